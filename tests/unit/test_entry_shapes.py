"""Entries that are built alike are read by the places worked out for the first of them."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bank_adapters.iso20022 import entry_shapes, statements
from bank_adapters.iso20022.entry_shapes import Shapes
from schemas.bank import StatementEntry

NAMES = (
    *("NtryDtls", "TxDtls", "Refs", "EndToEndId", "RltdPties", "Cdtr", "Pty", "Nm", "CdtrAcct"),
    *("Id", "Othr", "IBAN", "Dbtr", "DbtrAcct", "RtrInf", "Rsn", "Cd", "Prtry", "RmtInf", "Ustrd"),
    *("Btch", "MsgId", "NbOfTxs", "Sts", "NtryRef", "BkTxCd"),
)
TEXTS = ("", " ", "BOOK", "3", " E1 ", "NOTPROVIDED")
leaves = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(NAMES), st.sampled_from(TEXTS))
elements = st.recursive(
    st.one_of(leaves, st.just("<!-- said -->")),
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format, st.sampled_from(NAMES), st.lists(inner, max_size=4).map("".join)
    ),
    max_leaves=12,
)
DETAIL = (
    "<NtryDtls><TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs>"
    "<RltdPties><Cdtr><Pty><Nm>{}</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls>"
)
details = st.builds(DETAIL.format, st.sampled_from(TEXTS), st.sampled_from(TEXTS))
entries = st.lists(st.one_of(elements, details), max_size=4).map(
    lambda parts: (
        "<Ntry><Amt Ccy='CNY'>12.5</Amt><CdtDbtInd>DBIT</CdtDbtInd>" + "".join(parts) + "</Ntry>"
    )
)


def read(*given: str) -> list[StatementEntry]:
    body = f"<Document><BkToCstmrStmt><Stmt>{''.join(given)}</Stmt></BkToCstmrStmt></Document>"
    parts = statements.read_statement(BytesIO(body.encode()))
    return [part for part in parts if isinstance(part, StatementEntry)]


def first_along(entry: etree._Element, *path: str) -> str | None:
    """The text along a path, each step to the first of its name: said in another way."""
    found = entry.xpath("/".join((".", *(f"*[local-name()='{name}'][1]" for name in path))))
    assert isinstance(found, list)
    texts = [one.text for one in found if isinstance(one, etree._Element)]
    return ((texts[0] if texts else None) or "").strip() or None


@given(st.lists(entries, min_size=1, max_size=6))
def test_an_entry_is_read_alike_alone_and_among_others(given: list[str]) -> None:
    assert read(*given, *given) == [*(read(one)[0] for one in given)] * 2


@given(entries)
def test_what_stands_first_along_a_path_is_read(given: str) -> None:
    element = etree.fromstring(given)
    alone = read(given)[0]
    assert alone.entry_reference == (first_along(element, "NtryRef") or "")
    inside = [one for one in element.xpath("NtryDtls/TxDtls[*]") if isinstance(one, etree._Element)]
    assert len(alone.details) == len(inside)
    for detail, one in zip(alone.details, inside, strict=True):
        identity = first_along(one, "Refs", "EndToEndId")
        assert detail.end_to_end_id == (None if identity == "NOTPROVIDED" else identity)
        assert detail.remittance == first_along(one, "RmtInf", "Ustrd")
        assert (detail.return_reason is None) == (one.find("RtrInf") is None)


def test_a_file_that_builds_every_entry_differently_holds_few_shapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entry_shapes, "MOST_SHAPES", 3)
    shapes = Shapes()
    for children in range(10):
        entry = etree.fromstring("<Ntry>" + "<Amt/>" * children + "</Ntry>")
        assert shapes.of(list(entry.iter())).amount == ((1,) if children else ())
        assert len(shapes._known) <= 3


def test_deep_nesting_is_read() -> None:
    deep = "<BkTxCd>" * 200 + "</BkTxCd>" * 200
    assert len(read(f"<Ntry><Amt Ccy='CNY'>1</Amt><CdtDbtInd>DBIT</CdtDbtInd>{deep}</Ntry>")) == 1
