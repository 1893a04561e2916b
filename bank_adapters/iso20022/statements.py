"""camt.053 in: a bank's statement, read part by part in constant memory."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from lxml import etree

from bank_adapters.errors import UnreadableMessage
from bank_adapters.iso20022.elements import (
    amount_of,
    child_of,
    day_of,
    instant_at,
    local_name,
    placed,
    refuse_document_type,
    text_of,
)
from bank_adapters.iso20022.entry_shapes import (
    DetailPlaces,
    EntryPlaces,
    Parts,
    Shapes,
    first_text,
)
from schemas.bank import EntryDetail, StatementBalance, StatementEntry, StatementHeader

SEQUENCE: Final = re.compile(r"[0-9]{1,18}")
"""ISO's electronic sequence number."""


def read_statement(
    source: BinaryIO,
) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
    """Headers, balances and entries in the order of the file, in constant memory.

    A header precedes what belongs to it. Raises UnreadableMessage, perhaps after having given
    parts: callers keep nothing of a statement that does not end cleanly.
    """
    events = etree.iterparse(
        source,
        events=("end",),
        tag=("{*}Ntry", "{*}Bal", "{*}Stmt"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        yield from _statement_parts(events)
    except etree.XMLSyntaxError as error:
        raise UnreadableMessage(f"not well-formed XML: {error.msg}") from error


def _statement_parts(
    events: "etree.iterparse[tuple[str, etree._Element]]",
) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
    announced, seen, shapes = False, False, Shapes()
    for _, element in events:
        kind = local_name(element)
        if kind == "Stmt":
            if not announced:
                yield _header(element)
            announced = False
            element.clear()
            continue
        if not announced and (parent := element.getparent()) is not None:
            if not seen:
                refuse_document_type(element)
            yield _header(parent)
            announced = seen = True
        try:
            part = _balance(element) if kind == "Bal" else _entry(element, shapes)
        except UnreadableMessage as error:
            raise placed(element, error) from error
        yield part
        _forget(element)
    if not seen and events.root is not None and not _is_statement(events.root):
        raise UnreadableMessage(f"line {events.root.sourceline}: not an account statement")


def _is_statement(root: etree._Element) -> bool:
    return child_of(root, "BkToCstmrStmt") is not None


def _forget(element: etree._Element) -> None:
    """Empties an element that was read and drops those before it of its kind."""
    element.clear()
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None and parent is not None and previous.tag == element.tag:
        parent.remove(previous)


def _header(statement: etree._Element) -> StatementHeader:
    account = child_of(statement, "Acct", "Id")
    sequence = text_of(statement, "ElctrncSeqNb") or ""
    return StatementHeader(
        statement_id=text_of(statement, "Id") or "",
        sequence=int(sequence) if SEQUENCE.fullmatch(sequence) else None,
        account_number=text_of(account, "Othr", "Id") or text_of(account, "IBAN"),
        created_at=instant_at(statement, "CreDtTm"),
        from_at=instant_at(statement, "FrToDt", "FrDtTm"),
        to_at=instant_at(statement, "FrToDt", "ToDtTm"),
    )


def _balance(balance: etree._Element) -> StatementBalance:
    sign = -1 if text_of(balance, "CdtDbtInd") == "DBIT" else 1
    amount = child_of(balance, "Amt")
    on = text_of(balance, "Dt", "Dt") or text_of(balance, "Dt", "DtTm") or text_of(balance, "Dt")
    return StatementBalance(
        code=text_of(balance, "Tp", "CdOrPrtry", "Cd") or "",
        amount_minor=sign * amount_of(text_of(amount)),
        currency="" if amount is None else amount.get("Ccy") or "",
        on=day_of(on),
    )


def _entry(element: etree._Element, shapes: Shapes) -> StatementEntry:
    """One entry; a status may be text (older versions) or a coded child."""
    parts = list(element.iter())
    places = shapes.of(parts)
    credit = first_text(parts, places.direction)
    if credit not in ("CRDT", "DBIT"):
        raise UnreadableMessage("an entry is neither credit nor debit")
    return StatementEntry(
        entry_reference=first_text(parts, places.entry_reference) or "",
        amount_minor=amount_of(first_text(parts, places.amount)),
        currency=(parts[places.amount[0]].get("Ccy") if places.amount else None) or "",
        credit=credit == "CRDT",
        booked="BOOK" in [first_text(parts, (place,)) for place in places.status],
        reversal=first_text(parts, places.reversal) in ("true", "1"),
        booking_date=day_of(first_text(parts, places.booking_date)),
        value_date=day_of(first_text(parts, places.value_date)),
        bank_reference=first_text(parts, places.bank_reference),
        details=tuple([_detail(parts, detail) for detail in places.details]),
        batch_references=_batch_references(parts, places),
        batch_count=_batch_count(parts, places),
    )


def _batch_references(parts: Parts, places: EntryPlaces) -> tuple[str, ...]:
    """The messages and payment blocks that an entry says it books, each once, in order."""
    named = [first_text(parts, (place,)) for place in places.batch_references]
    return tuple(dict.fromkeys(name for name in named if name and name != "NOTPROVIDED"))


def _batch_count(parts: Parts, places: EntryPlaces) -> int | None:
    """Of how many payments the bank says an entry is; None unless every batch in it says so."""
    stated = [first_text(parts, count) or "" for count in places.batch_counts]
    numeric = stated and all(text.isascii() and text.isdigit() for text in stated)
    return sum(map(int, stated)) if numeric else None


def _detail(parts: Parts, places: DetailPlaces) -> EntryDetail:
    """One transaction of an entry; absent references stay None (ISO's NOTPROVIDED too)."""
    identity = first_text(parts, places.end_to_end_id)
    stated = first_text(parts, places.amount)
    name, account = _counterparty(parts, places)
    returned = first_text(parts, places.return_reason) or "NARR"
    return EntryDetail(
        end_to_end_id=None if identity == "NOTPROVIDED" else identity,
        amount_minor=amount_of(stated) if stated else None,
        return_reason=returned if places.returned else None,
        counterparty_name=name,
        counterparty_account=account,
        remittance=first_text(parts, places.remittance),
    )


def _counterparty(parts: Parts, places: DetailPlaces) -> tuple[str | None, str | None]:
    """The other side: the creditor if one is named, else the debtor."""
    for names, numbers in places.parties:
        name, number = first_text(parts, names), first_text(parts, numbers)
        if name or number:
            return name, number
    return None, None
