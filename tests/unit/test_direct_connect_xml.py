"""What packages of a front end mean, and what of them means nothing."""

from base64 import b64encode
from io import BytesIO

import pytest

from bank_adapters.direct_connect_xml import statements, wire
from bank_adapters.direct_connect_xml.status import version_of
from bank_adapters.errors import UnreadableMessage
from bank_adapters.registry import BankProfile, open_adapter
from schemas.bank import BankAccount, BankMeaning, CreditInstruction
from schemas.codes.banks import CodeMeaning, Dialect

CODES = {"E1": CodeMeaning.REJECTED, "E2": CodeMeaning.DUPLICATE, "E3": CodeMeaning.NOT_FOUND}


def packed(kind: str, code: str, out: str = "", words: str = "") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="GBK"?><CMS><eb><pub><TransCode>{kind}</TransCode>'
        f"<fSeqno>M1</fSeqno><RetCode>{code}</RetCode><RetMsg>{words}</RetMsg></pub>"
        f"<out>{out}</out></eb></CMS>"
    )
    return b"reqData=" + b64encode(text.encode("gbk"))


def line(result: str, code: str = "", words: str = "") -> str:
    return (
        f"<rd><iSeqno>L1</iSeqno><Result>{result}</Result><iRetCode>{code}</iRetCode>"
        f"<iRetMsg>{words}</iRetMsg></rd>"
    )


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (line("6", "X"), BankMeaning.REJECTED),
        (line("8"), BankMeaning.REJECTED),
        (line("7"), BankMeaning.DEBITED),
        (line("9"), BankMeaning.PENDING),
        (line(""), BankMeaning.PENDING),
        (line("5"), BankMeaning.UNRECOGNIZED),
        (line("0"), BankMeaning.UNRECOGNIZED),
        (line("6", "E2"), BankMeaning.DUPLICATE),
        (line("6", "X", "指令序号重复"), BankMeaning.DUPLICATE),
    ],
)
def test_results_of_lines(given: str, meaning: BankMeaning) -> None:
    (status,) = wire.read_report(packed(wire.PAYMENT, "0", given), CODES).statuses
    assert status.meaning is meaning


@pytest.mark.parametrize(
    ("kind", "code", "words", "meaning"),
    [
        (wire.PAYMENT, "E1", "", BankMeaning.REJECTED),
        (wire.PAYMENT, "E1", "批次号重复", BankMeaning.DUPLICATE),
        (wire.PAYMENT, "E2", "", BankMeaning.DUPLICATE),
        (wire.PAYMENT, "E9", "交易失败", BankMeaning.UNRECOGNIZED),
        (wire.PAYMENT, "", "", BankMeaning.UNRECOGNIZED),
        (wire.INQUIRY, "E1", "", BankMeaning.PENDING),
        (wire.INQUIRY, "E9", "", BankMeaning.PENDING),
        (wire.PAYMENT, "0", "", None),
    ],
)
def test_only_a_declared_code_of_a_payment_refuses_it(
    kind: str, code: str, words: str, meaning: BankMeaning | None
) -> None:
    report = wire.read_report(packed(kind, code, words=words), CODES)
    assert report.default is meaning
    assert wire.read_report(packed(kind, code), {}).default is not BankMeaning.REJECTED


def test_lines_under_an_error_are_not_read() -> None:
    assert not wire.read_report(packed(wire.PAYMENT, "E9", line("6")), CODES).statuses


def test_evidence_names_the_codes_it_was_read_under() -> None:
    assert version_of(CODES) == version_of(dict(reversed(CODES.items())))
    assert version_of(CODES) != version_of({})


def test_lengths_count_bytes_of_gbk() -> None:
    profile = BankProfile("http://127.0.0.1:9", dialect=Dialect.DIRECT_CONNECT_XML)
    adapter = open_adapter(profile)

    def faults(name: str) -> list[str]:
        payee = BankAccount("6222", name, "102451000017")
        return adapter.faults_of(CreditInstruction("L1", 1, payee, "x"))

    assert faults("药" * 30) == []
    assert faults("药" * 31) == ["payee name has 62 bytes of GBK, the bank carries 1 to 60"]


def page(tag: str, *amounts: int, day: str = "20260803", total: int = 3, end: int = 600) -> bytes:
    head = (
        f"<AccNo>37</AccNo><Date>{day}</Date><BeginBal>0</BeginBal><EndBal>{end}</EndBal>"
        f"<TotalNum>{total}</TotalNum><NextTag>{tag}</NextTag>"
    )
    rows = [
        f"<rd><SerialNo>{amount}</SerialNo><Drcrf>2</Drcrf><CurrType>001</CurrType>"
        f"<Amount>{amount}</Amount></rd>"
        for amount in amounts
    ]
    return packed(wire.STATEMENT, "0", head + "".join(rows))


def test_pages_are_one_statement() -> None:
    source = BytesIO(b"\n".join([page("2", 100, 200), page("", 300)]))
    assert len(list(statements.read_statement(source))) == 3 + 3


@pytest.mark.parametrize(
    "pages",
    [
        [page("2", 100, 200)],
        [page("", 300)],
        [page("", 100, 200), page("", 300)],
        [page("2", 100, 200), page("", 300, day="20260804")],
        [page("2", 100, 200), page("", 301)],
        [page("2", 100), page("", 500)],
        [page("2", 100, 200), packed(wire.STATEMENT, "E9")],
        [page("2", 100, 200), packed(wire.PAYMENT, "0")],
    ],
    ids=["first_only", "last_only", "end_twice", "two_days", "sum", "count", "error", "other"],
)
def test_a_statement_with_a_fault_gives_nothing(pages: list[bytes]) -> None:
    given = statements.read_statement(BytesIO(b"\n".join(pages)))
    with pytest.raises(UnreadableMessage):
        next(given)
