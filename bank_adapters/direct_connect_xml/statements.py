"""Statements of this dialect: pages of one account and day, held together before any is given."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO, Final

from lxml import etree

from bank_adapters.direct_connect_xml import wire
from bank_adapters.direct_connect_xml.status import DONE
from bank_adapters.errors import UnreadableMessage
from bank_adapters.iso20022.elements import text_of
from schemas.bank import EntryDetail, StatementBalance, StatementEntry, StatementHeader

DIRECTIONS: Final = {"1": False, "2": True}
"""1 is a debit of the account, 2 a credit."""
MOST_DIGITS: Final = 18


def read_statement(
    source: BinaryIO,
) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
    """Header, balances and entries of one day.

    Pages of different days or accounts, a missing last page, and entries that do not lead from
    the opening to the closing balance raise UnreadableMessage before anything is given.
    """
    outs = [_out(line) for line in source.read().splitlines()]
    if not outs:
        raise UnreadableMessage("no page of a statement")
    (account, day), opening, closing = _common(outs)
    entries = [_entry(node, day) for out in outs for node in out.iterfind("rd")]
    stated = _number(outs[0], "TotalNum")
    if stated != len(entries):
        raise UnreadableMessage(f"{stated} entries are stated, {len(entries)} are given")
    moved = sum(one.amount_minor if one.credit else -one.amount_minor for one in entries)
    if opening + moved != closing:
        raise UnreadableMessage("the entries do not lead from the opening to the closing balance")
    yield StatementHeader(f"{account}-{day:%Y%m%d}", None, account, None, None, None)
    yield StatementBalance("OPBD", opening, "CNY", day)
    yield StatementBalance("CLBD", closing, "CNY", day)
    yield from entries


def _out(line: bytes) -> etree._Element:
    inner = wire.unwrap(line)
    out = inner.find("out")
    if (
        text_of(inner, "pub", "TransCode") != wire.STATEMENT
        or wire.code_of(inner) != DONE
        or out is None
    ):
        raise UnreadableMessage("not a page of a statement")
    return out


def _common(outs: Sequence[etree._Element]) -> tuple[tuple[str, date], int, int]:
    """What every page must say alike, and that the last says it is the last, and no other."""
    alike = {
        (text_of(out, "AccNo"), text_of(out, "Date"), _signed(out, "BeginBal"),
         _signed(out, "EndBal"), _number(out, "TotalNum"))
        for out in outs
    }  # fmt: skip
    if len(alike) != 1:
        raise UnreadableMessage("pages of different statements")
    if [bool(text_of(out, "NextTag")) for out in outs] != [True] * (len(outs) - 1) + [False]:
        raise UnreadableMessage("a page is missing or follows the last")
    account, day, opening, closing, _ = alike.pop()
    if account is None:
        raise UnreadableMessage("a statement of no account")
    return (account, _day(day)), opening, closing


def _entry(node: etree._Element, day: date) -> StatementEntry:
    """One entry. A debit for a package names it and says of how many lines it is."""
    credit = DIRECTIONS.get(text_of(node, "Drcrf") or "")
    if credit is None:
        raise UnreadableMessage("an entry is neither debit nor credit")
    if text_of(node, "CurrType") != wire.CURRENCY:
        raise UnreadableMessage("an entry is not in CNY")
    serial, amount = text_of(node, "PackageNo"), _number(node, "Amount")
    reference = text_of(node, "SerialNo")
    detail = EntryDetail(
        end_to_end_id=text_of(node, "iSeqno"),
        amount_minor=amount,
        return_reason=text_of(node, "BackReason"),
        counterparty_name=text_of(node, "RecipName"),
        counterparty_account=text_of(node, "RecipAccNo"),
        remittance=text_of(node, "Summary"),
    )
    return StatementEntry(
        entry_reference=reference or "",
        amount_minor=amount,
        currency="CNY",
        credit=credit,
        booked=True,
        reversal=False,
        booking_date=day,
        value_date=day,
        bank_reference=reference,
        details=() if serial else (detail,),
        batch_references=(serial,) if serial else (),
        batch_count=_number(node, "PackageNum") if serial else None,
    )


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise UnreadableMessage(f"not a day: {(text or '')[:20]!r}") from error


def _number(node: etree._Element, name: str) -> int:
    """A count or an amount in fen, without a sign."""
    text = text_of(node, name) or ""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise UnreadableMessage(f"{name} is not a number: {text[:40]!r}")
    return int(text)


def _signed(node: etree._Element, name: str) -> int:
    """A balance in fen."""
    text = text_of(node, name) or ""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise UnreadableMessage(f"{name} is not a balance: {text[:40]!r}")
    return int(text)
