"""What leaves for the bank is valid and complete; what arrives is read without trust."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from bank_adapters.errors import InvalidOutgoingMessage, UnfitInstruction, UnreadableMessage
from bank_adapters.iso20022 import statements, wire
from bank_adapters.iso20022.status import MEANINGS, meaning_of
from bank_adapters.registry import BankProfile, open_adapter
from bank_adapters.signing import open_signer
from schemas.bank import (
    BankAccount,
    BankMeaning,
    CreditInstruction,
    PaymentOrder,
    StatementBalance,
    StatementEntry,
    StatementHeader,
)
from schemas.codes.signing import SignatureAlgorithm

AGENCY = BankAccount("3700010000000310", "济南市医疗保险事业中心", "102451000017")
SUPPLIER = BankAccount("6222020200112233445", "山东某某医药有限公司 & 分公司", "102451000017")


def instruction(number: int = 1, **changes: Any) -> CreditInstruction:
    usual = CreditInstruction(f"{number:032x}", 123_45, SUPPLIER, "药械结算 2026-07")
    return replace(usual, **changes)


def order(*instructions: CreditInstruction) -> PaymentOrder:
    return PaymentOrder(
        message_id="a" * 32,
        created_at=datetime(2026, 8, 3, 2, tzinfo=UTC),
        execution_date=date(2026, 8, 3),
        debtor=AGENCY,
        instructions=instructions,
    )


def render(*instructions: CreditInstruction) -> bytes:
    return wire.render_order(order(*instructions), initiating_party="医保经办机构").body


def test_a_rendered_order_is_valid_and_says_exactly_what_was_asked() -> None:
    rendered = wire.render_order(
        order(instruction(1), instruction(2, amount_minor=1)), initiating_party="医保经办机构"
    )
    root = etree.fromstring(rendered.body)
    assert wire.is_valid(rendered.body, wire.PAIN_001)
    assert root.findtext(".//{*}GrpHdr/{*}CtrlSum") == "123.46"
    assert [e.text for e in root.iter("{*}EndToEndId")] == [f"{1:032x}", f"{2:032x}"]
    assert root.findtext(".//{*}Cdtr/{*}Nm") == SUPPLIER.name
    assert root.findtext(".//{*}CdtrAgt//{*}MmbId") == SUPPLIER.cnaps_code
    assert root.findtext(".//{*}Ustrd", "").startswith(f"{1:032x} ")
    assert (rendered.payment_count, rendered.control_sum_minor) == (2, 123_46)


def test_rendering_again_gives_the_same_bytes() -> None:
    assert render(instruction()) == render(instruction())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"amount_minor": 0}, "not positive"),
        ({"payee": BankAccount("1" * 33, "甲", "102451000017")}, "33 characters"),
        ({"payee": BankAccount("1", "甲" * 61, "102451000017")}, "61 characters"),
        ({"payee": BankAccount("1", "甲\U00020000", "102451000017")}, "GBK cannot carry"),
        ({"payee": BankAccount("1", "甲\x07", "102451000017")}, "not plain text"),
        ({"payee": BankAccount("1", "甲", "1024")}, "12 digits"),
        ({"remittance": "x" * 108}, "108 characters"),
    ],
)
def test_an_instruction_that_would_arrive_changed_is_refused(
    changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(UnfitInstruction, match=fault):
        render(instruction(**changes))


def test_an_end_to_end_id_may_occur_once_in_a_message() -> None:
    with pytest.raises(UnfitInstruction, match="twice"):
        render(instruction(), instruction())


def test_our_own_bytes_must_pass_the_official_schema() -> None:
    too_long = replace(order(instruction()), message_id="a" * 36)
    with pytest.raises(InvalidOutgoingMessage, match="36"):
        wire.render_order(too_long, initiating_party="医保经办机构")


def test_a_signature_is_over_the_exact_bytes() -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = open_signer(pem, SignatureAlgorithm.ED25519)
    adapter = open_adapter(BankProfile("http://bank.test", signer=signer))
    message = adapter.render(order(instruction()))
    assert message.signature is not None
    key.public_key().verify(message.signature, message.body)


def report(group: str, lines: str = "", version: str = "pain.002.001.10") -> bytes:
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-08-03T10:00:00+08:00</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"
        f"{group}</OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>M1</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def line(status: str, reason: str = "", identity: str = "E1") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{identity}</OrgnlEndToEndId>"
        f"<TxSts>{status}</TxSts>{why}</TxInfAndSts>"
    )


def test_a_partial_report_decides_only_the_lines_it_lists() -> None:
    read = wire.read_report(report("<GrpSts>PART</GrpSts>", line("RJCT", "AC04")))
    assert read.default is None
    (status,) = read.statuses
    assert (status.meaning, status.code, status.reason_code) == ("rejected", "RJCT", "AC04")
    assert status.happened_at == datetime(2026, 8, 3, 2, tzinfo=UTC)


def test_any_other_group_status_speaks_for_unlisted_lines() -> None:
    assert wire.read_report(report("<GrpSts>ACCP</GrpSts>")).default is BankMeaning.ACCEPTED


CODE, OWN, WORDS = (
    "<Rsn><Cd>{}</Cd></Rsn>",
    "<Rsn><Prtry>{}</Prtry></Rsn>",
    "<AddtlInf>{}</AddtlInf>",
)
REASONS = [
    ([CODE.format("DUPL")], "duplicate", "DUPL"),
    ([CODE.format("AM05")], "duplicate", "AM05"),
    ([OWN.format("DUPL")], "duplicate", "DUPL"),
    ([OWN.format("E-DuplicateSerial")], "duplicate", "E-DuplicateSerial"),
    ([OWN.format("am05")], "duplicate", "am05"),
    ([OWN.format("流水号重复")], "duplicate", "流水号重复"),
    ([CODE.format("NARR") + WORDS.format("指令序列号重复")], "duplicate", "指令序列号重复"),
    ([CODE.format("AC04"), OWN.format("DUPL")], "duplicate", "DUPL"),
    ([CODE.format("AC04"), CODE.format("AM04")], "rejected", "AC04"),
    ([OWN.format("E1234")], "rejected", "E1234"),
    ([WORDS.format("账户已销户")], "rejected", "账户已销户"),
    ([], "rejected", None),
]


@pytest.mark.parametrize(("given", "meaning", "reason"), REASONS)
@pytest.mark.parametrize("place", ["line", "message"])
def test_a_refusal_that_says_seen_before_is_a_duplicate(
    given: list[str], meaning: str, reason: str | None, place: str
) -> None:
    why = "".join(f"<StsRsnInf>{one}</StsRsnInf>" for one in given)
    if place == "message":
        read = wire.read_report(report(f"<GrpSts>RJCT</GrpSts>{why}"))
        assert (read.default, read.default_reason) == (meaning, reason)
        return
    lines = (
        f"<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>RJCT</TxSts>{why}</TxInfAndSts>"
    )
    (status,) = wire.read_report(report("<GrpSts>PART</GrpSts>", lines)).statuses
    assert (status.meaning, status.reason_code) == (meaning, reason)


@pytest.mark.parametrize("code", sorted(set(MEANINGS) - {"RJCT"}))
def test_only_a_refusal_is_doubted_for_its_reason(code: str) -> None:
    assert meaning_of(code, "DUPL") is MEANINGS[code]


def test_a_code_that_is_not_listed_means_nothing() -> None:
    assert "ABCD" not in MEANINGS
    assert meaning_of("ABCD", None) is BankMeaning.UNRECOGNIZED


@pytest.mark.parametrize("version", ["pain.002.001.03", "pain.002.001.14"])
def test_reports_of_other_versions_are_read_by_local_name(version: str) -> None:
    assert wire.read_report(report("", line("ACSC"), version)).statuses[0].meaning == "debited"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502</body></html>",
        b"<Document><CstmrPmtStsRpt>",
        b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + report("<GrpSts>&e;</GrpSts>"),
        b"\xff\xfe\x00garbage",
    ],
)
def test_nonsense_is_unreadable_and_nothing_else(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        wire.read_report(body)


def statement(entries: str, version: str = "camt.053.001.08") -> bytes:
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>X</MsgId></GrpHdr><Stmt><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb>"
        "<Acct><Id><Othr><Id>3700</Id></Othr></Id></Acct>"
        "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>5.00</Amt>"
        "<CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-08-03</Dt></Dt></Bal>"
        f"{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


ENTRY = (
    "<Ntry><NtryRef>9</NtryRef><Amt Ccy='CNY'>12.5</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    "<Sts>{status}</Sts><BookgDt><Dt>2026-08-03</Dt></BookgDt><NtryDtls>"
    "<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs>"
    "<RtrInf><Rsn><Prtry>B07</Prtry></Rsn></RtrInf></TxDtls>"
    "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
)


def whole(body: bytes) -> list[StatementHeader | StatementBalance | StatementEntry]:
    return list(statements.read_statement(BytesIO(body)))


@pytest.mark.parametrize(
    ("details", "references", "count"),
    [
        (
            "<Btch><MsgId>M1</MsgId><PmtInfId>P1</PmtInfId><NbOfTxs>3</NbOfTxs></Btch>",
            ("M1", "P1"),
            3,
        ),
        ("<Btch><PmtInfId>P1</PmtInfId></Btch>", ("P1",), None),
        ("<Btch><MsgId>NOTPROVIDED</MsgId><NbOfTxs>two</NbOfTxs></Btch>", (), None),
        ("<TxDtls><Refs><MsgId>M1</MsgId></Refs></TxDtls>", ("M1",), None),
        ("", (), None),
    ],
)
def test_a_collective_entry_says_which_messages_it_books_and_how_many_payments(
    details: str, references: tuple[str, ...], count: int | None
) -> None:
    entry = (
        "<Ntry><Amt Ccy='CNY'>12.5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )
    *_, read = whole(statement(entry))
    assert isinstance(read, StatementEntry)
    assert (read.batch_references, read.batch_count) == (references, count)


@pytest.mark.parametrize("status", ["BOOK", "<Cd>BOOK</Cd>"])
def test_a_statement_is_read_part_by_part(status: str) -> None:
    parts = whole(statement(ENTRY.format(status=status)))
    header, balance, entry = parts
    assert isinstance(header, StatementHeader)
    assert isinstance(balance, StatementBalance)
    assert isinstance(entry, StatementEntry)
    assert (header.statement_id, header.sequence, header.account_number) == ("S1", 7, "3700")
    assert (balance.code, balance.amount_minor) == ("OPBD", -500)
    assert (entry.amount_minor, entry.credit, entry.booked, entry.is_return) == (1250, True, 1, 1)
    assert [detail.end_to_end_id for detail in entry.details] == ["E1", None]
    assert [detail.return_reason for detail in entry.details] == ["B07", None]


def test_a_statement_that_breaks_off_is_unreadable() -> None:
    body = statement(ENTRY.format(status="BOOK"))
    with pytest.raises(UnreadableMessage):
        whole(body[: len(body) // 2])


def test_a_statement_with_a_document_type_is_unreadable() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(UnreadableMessage, match="document type"):
        whole(bomb + statement(ENTRY.format(status="BOOK")))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("CreDtTm", "<CreDtTm>yesterday</CreDtTm>"),
        ("FrDtTm", "<FrToDt>\n<FrDtTm>yesterday</FrDtTm></FrToDt>"),
        ("ToDtTm", "<FrToDt>\n<ToDtTm>yesterday</ToDtTm></FrToDt>"),
    ],
)
def test_a_fault_of_the_header_names_its_line(name: str, wrong: str) -> None:
    body = statement("").replace(b"<Acct>", f"\n\n{wrong}<Acct>".encode())
    line = 3 + wrong.count("\n")
    with pytest.raises(UnreadableMessage, match=f"^line {line}, {name}: not an instant: 'yester"):
        whole(body)


@pytest.mark.parametrize("given", ["²", "x", "1" * 19, ""])
def test_a_sequence_that_is_no_number_is_none(given: str) -> None:
    body = statement("").replace(b">7<", f">{given}<".encode())
    header = whole(body)[0]
    assert isinstance(header, StatementHeader)
    assert header.sequence is None


@pytest.mark.parametrize("amount", ["1.234", "NaN", "1e400", "-", ""])
def test_an_amount_that_is_not_fen_is_unreadable(amount: str) -> None:
    body = statement(ENTRY.format(status="BOOK").replace("12.5", amount))
    with pytest.raises(UnreadableMessage):
        whole(body)


def test_another_message_is_not_a_statement() -> None:
    with pytest.raises(UnreadableMessage, match="not an account statement"):
        list(statements.read_statement(BytesIO(b"<Document><Other/></Document>")))


def test_a_bank_recognizes_repeated_messages_only_when_its_profile_says_so() -> None:
    silent = open_adapter(BankProfile("http://bank.test"))
    assert not silent.capabilities.deduplicates_message_id
    declared = open_adapter(BankProfile("http://bank.test", deduplicates_message_id=True))
    assert declared.capabilities.deduplicates_message_id
