"""MT940 in: a bank's statement in the older SWIFT form, in the same neutral words as camt.053.

The `mt-940` library reads the fields. What it would pass over in silence is refused here, with the
line: amounts cut off after fifteen characters, transactions without a type (which it takes for part
of the next), and dates that it moves into their month.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from mt940.models import Amount, Balance, Transaction, Transactions
from mt940.options import Options
from mt940.processors import transactions_to_transaction

from bank_adapters.errors import UnreadableMessage
from schemas.bank import (
    BankStatement,
    EntryDetail,
    StatementBalance,
    StatementEntry,
    StatementHeader,
)
from schemas.times import SHANGHAI

MAX_BYTES: Final = 32 << 20
"""The library keeps every field of a file at once."""
DAY: Final = timedelta(days=1)
OUR_ID: Final = re.compile("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_STARTS: Final = re.compile(r"^:20:", re.MULTILINE)
_ENVELOPE: Final = re.compile(r"^(?:\{.*|-\}?.*\}?|-)$")
_CLOSING: Final = re.compile(r"^:62[FM]?:.*$", re.MULTILINE)
_MONEY: Final = re.compile(r"^:(60|61|62)([A-Z]?):", re.MULTILINE)
_KINDS: Final = ("60", "60F", "60M", "61", "62", "62F", "62M")
_BALANCE: Final = re.compile(
    r"[DC][0-9]{6}[A-Z]{3}(?=[0-9,]{1,16}[ \t]*(?:\n|\Z))[0-9]+(?:,[0-9]{0,2})?[ \t]*(?:\n|\Z)",
    re.IGNORECASE,
)
_LINE: Final = re.compile(
    r"[0-9]{6}(?:[0-9]{4}|\s{4})?R?[DC][A-Z]?[\n ]?(?=[0-9,]{1,15}[A-Z])[0-9]+(?:,[0-9]{0,2})?"
    r"[A-Z][A-Z0-9 ]{3}",
    re.IGNORECASE,
)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_FULL_LINE: Final = 65
"""A line of :86: that is full goes on without a break in the next."""
_BROKEN: Final = (RuntimeError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError)
"""What the library raises on fields that it cannot read."""

# It logs whole fields, account numbers too, before it raises.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class _Page:
    """One message: a whole statement, or part of one that goes on in the next."""

    reference: str
    account: str
    number: int
    part: int
    opening: StatementBalance
    closing: StatementBalance
    goes_on: bool
    continues: bool
    entries: Sequence[StatementEntry]


def read_statements(body: bytes) -> list[BankStatement]:
    """Every statement of a file; its pages are put together. Raises UnreadableMessage."""
    if len(body) > MAX_BYTES:
        raise UnreadableMessage(f"the file is larger than {MAX_BYTES} bytes")
    text = _decoded(body).replace("\r\n", "\n").replace("\r", "\n")
    starts = [match.start() for match in _STARTS.finditer(text)]
    if not starts:
        raise UnreadableMessage("no statement in the file: nothing begins with :20:")
    pages = [
        _page(text[start:end], first_line=text.count("\n", 0, start) + 1)
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
    ]
    return [_statement(joined) for joined in _joined(pages)]


def _decoded(body: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError as error:
            fault = error
        else:
            if "\x00" in text:
                line = text.count("\n", 0, text.index("\x00")) + 1
                raise UnreadableMessage(f"line {line}: a zero byte")
            return text
    line = body.count(b"\n", 0, fault.start) + 1
    message = f"line {line}, byte {fault.start}: the bytes are neither UTF-8 nor GB 18030"
    raise UnreadableMessage(message)


def _page(block: str, *, first_line: int) -> _Page:
    """One message, up to its closing balance: what follows is about the statement, no entry."""
    lines = [line for line in block.split("\n") if not _ENVELOPE.match(line)]
    if len(lines) < block.count("\n") + 1:
        block = "\n".join(("" if _ENVELOPE.match(line) else line) for line in block.split("\n"))
    closing = _CLOSING.search(block)
    block = block if closing is None else block[: closing.end()] + "\n"
    expected = _checked(block, first_line=first_line)
    read = Transactions(
        {
            "pre_statement": [],  # dates stay as they are written
            "post_statement": [transactions_to_transaction("transaction_reference")],
        },
        options=Options.all(),
    )
    try:
        read.parse(block)
        entries = [_entry(one, read.currency or "") for one in read.transactions]
        page = _page_of(read.data, entries)
    except UnreadableMessage as error:
        raise UnreadableMessage(f"statement at line {first_line}: {error}") from error
    except _BROKEN as error:
        message = f"statement at line {first_line}: {str(error)[:80]}"
        raise UnreadableMessage(message) from error
    if len(entries) != expected:
        message = f"statement at line {first_line}: {expected} entries, {len(entries)} can be read"
        raise UnreadableMessage(message)
    return page


def _checked(block: str, *, first_line: int) -> int:
    """How many entries a message has. Raises UnreadableMessage where one is not plain money, or
    where a second opening or closing would take the place of the first."""
    entries, seen = 0, set()
    for match in _MONEY.finditer(block):
        kind = match[1]
        shape = _LINE if kind == "61" else _BALANCE
        fault = None
        if kind + match[2] not in _KINDS:
            fault = "there is no such field"
        elif shape.match(block, match.end()) is None:
            fault = "not money with at most two decimals"
        elif kind in seen:
            fault = "a second balance of this kind"
        if fault is not None:
            line = first_line + block.count("\n", 0, match.start())
            raise UnreadableMessage(f"line {line}, {match[0]} {fault}")
        if kind == "61":
            entries += 1
        else:
            seen.add(kind)
    return entries


def _page_of(data: dict[str, Any], entries: Sequence[StatementEntry]) -> _Page:
    opening = _balance(data, "OPBD", "final_opening_balance", "opening_balance")
    carried = _balance(data, "OPBD", "intermediate_opening_balance")
    closing = _balance(data, "CLBD", "final_closing_balance", "closing_balance")
    carries = _balance(data, "CLBD", "intermediate_closing_balance")
    first, last = opening or carried, closing or carries
    if first is None:
        raise UnreadableMessage("no opening balance (:60F:)")
    if last is None:
        raise UnreadableMessage("no closing balance (:62F:)")
    return _Page(
        reference=(data.get("transaction_reference") or "").strip(),
        account=_account(data.get("account_identification") or ""),
        number=int(data.get("statement_number") or 0),
        part=int(data.get("sequence_number") or 0),
        opening=first,
        closing=last,
        goes_on=closing is None,
        continues=opening is None,
        entries=entries,
    )


def _balance(data: dict[str, Any], code: str, *names: str) -> StatementBalance | None:
    found: Balance | None = next((data[name] for name in names if data.get(name)), None)
    if found is None:
        return None
    amount = found.amount
    if not isinstance(amount, Amount):
        raise UnreadableMessage("a balance without an amount")
    return StatementBalance(code, _fen(amount.amount), (amount.currency or "").upper(), found.date)


def _fen(amount: Decimal) -> int:
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise UnreadableMessage(f"not an amount in fen: {amount}")
    return int(scaled)


def _account(text: str) -> str:
    """The account of :25:, behind a bank's code and before a currency."""
    parts = [part.strip() for part in text.split("/") if part.strip()]
    if len(parts) > 1 and _CURRENCY.fullmatch(parts[-1].upper()):
        parts.pop()
    number = parts[-1] if parts else ""
    number = number.removesuffix("CNY").strip()
    if not number:
        raise UnreadableMessage("no account (:25:)")
    return number


def _entry(one: Transaction, currency: str) -> StatementEntry:
    data = one.data
    amount: Amount = data["amount"]
    fen = _fen(amount.amount)
    mark = str(data.get("status") or "").upper()
    remittance = _text(data)
    reference = data.get("bank_reference") or None
    if (named := (data.get("customer_reference") or "").strip()) in ("", "NONREF"):
        named = ""
    credit = fen > 0
    return StatementEntry(
        entry_reference=named,
        amount_minor=abs(fen),
        currency=currency,
        credit=credit,
        booked=True,
        reversal=mark.startswith("R"),
        booking_date=_day(data.get("entry_date")),
        value_date=_day(data.get("date")),
        bank_reference=reference or named or None,
        details=(
            EntryDetail(
                end_to_end_id=_end_to_end_id(data, remittance, credit=credit),
                amount_minor=None,
                return_reason=None,
                counterparty_name=_line_of(data.get("applicant_name")),
                counterparty_account=_line_of(
                    data.get("gvc_applicant_iban") or data.get("applicant_iban")
                ),
                remittance=remittance,
            ),
        ),
    )


def _day(found: Any) -> date | None:
    """A plain day: the library's own kind of date is not stored."""
    return date(found.year, found.month, found.day) if isinstance(found, date) else None


def _line_of(found: Any) -> str | None:
    return str(found).replace("\n", "").strip() or None if found else None


def _text(data: dict[str, Any]) -> str | None:
    """The bank's words: the purpose where :86: has fields, else all of it, else what :61: adds."""
    found = data.get("purpose") or data.get("transaction_details") or data.get("extra_details")
    if not found:
        return None
    text = ""
    for line in str(found).split("\n"):
        text += line if len(line) == _FULL_LINE else f"{line} "
    return text.strip() or None


def _end_to_end_id(data: dict[str, Any], remittance: str | None, *, credit: bool) -> str | None:
    """An id where the bank has a field for it, else the one id of ours in a credit's text.

    Such a credit can only be a payment that came back; a debit's text may name a message of many
    payments, which matching finds out.
    """
    named = _line_of(data.get("end_to_end_reference"))
    if named and named != "NOTPROVIDED":
        return named
    ids = set(OUR_ID.findall((remittance or "").lower()))
    return ids.pop() if credit and len(ids) == 1 else None


def _joined(pages: Sequence[_Page]) -> Iterator[list[_Page]]:
    """Pages of one statement together: each but the last goes on, and the next continues it."""
    waiting: list[_Page] = []
    for page in pages:
        if page.continues and not waiting:
            raise UnreadableMessage(f"statement {page.number}: its first page is missing")
        if waiting and not (page.continues and _same(waiting[-1], page)):
            raise UnreadableMessage(f"statement {waiting[-1].number}: its next page is missing")
        waiting.append(page)
        if not page.goes_on:
            yield waiting
            waiting = []
    if waiting:
        raise UnreadableMessage(f"statement {waiting[-1].number}: its last page is missing")


def _same(before: _Page, page: _Page) -> bool:
    """Whether a page continues the one before; its opening is what that one closed with."""
    return (
        before.account == page.account
        and before.number == page.number
        and before.closing.amount_minor == page.opening.amount_minor
        and (not before.part or page.part == before.part + 1)
    )


def _statement(pages: Sequence[_Page]) -> BankStatement:
    """One statement of its pages, of the days from the entries' first to the closing balance's.

    An opening balance bears the date of the statement before: its day is over, unless an entry is
    booked on it. Number 1 begins a year, so that it follows no number; 0 is none.
    """
    first, last = pages[0], pages[-1]
    assert first.opening.on is not None, "read with its date"
    assert last.closing.on is not None, "read with its date"
    begins, ends = _day(first.opening.on), _day(last.closing.on)
    assert begins is not None, "a date"
    assert ends is not None, "a date"
    if begins > ends:
        raise UnreadableMessage(f"statement {first.number}: it closes before it opens")
    entries = [entry for page in pages for entry in page.entries]
    booked = [entry.booking_date for entry in entries if entry.booking_date is not None]
    if begins < ends and begins not in booked:
        begins += DAY
    header = StatementHeader(
        statement_id="-".join((first.reference, str(first.number), ends.isoformat())),
        sequence=first.number if first.number > 1 else None,
        account_number=first.account,
        created_at=None,
        from_at=datetime.combine(begins, time(), SHANGHAI),
        to_at=datetime.combine(ends + DAY, time(), SHANGHAI),
    )
    balances = (replace(first.opening, on=begins), replace(last.closing, on=ends))
    return BankStatement(header, balances, entries)
