"""camt.053 in: a bank's statement, read part by part in constant memory."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO, Final

from lxml import etree

from bank_adapters.errors import UnreadableMessage
from bank_adapters.iso20022.elements import (
    amount_of,
    child_of,
    day_of,
    instant_at,
    local_name,
    name_of_tag,
    placed,
    refuse_document_type,
    text_of,
)
from schemas.bank import EntryDetail, StatementBalance, StatementEntry, StatementHeader

Tree = dict[str, Any]
"""An element by its children's local names: text, or a tree, or a list for repeated ones."""
REPEATED: Final = frozenset({"NtryDtls", "TxDtls"})
CURRENCY: Final = "@Ccy"
READ: Final = REPEATED | {
    *("NtryRef", "Amt", "CdtDbtInd", "Sts", "RvslInd", "BookgDt", "ValDt", "AcctSvcrRef"),
    *("Tp", "CdOrPrtry", "Cd", "Prtry", "Dt", "DtTm", "Btch", "NbOfTxs", "MsgId", "PmtInfId"),
    *("Refs", "EndToEndId", "AmtDtls", "TxAmt", "RtrInf", "Rsn", "RmtInf", "Ustrd"),
    *("RltdPties", "Cdtr", "CdtrAcct", "Dbtr", "DbtrAcct", "Pty", "Nm", "Id", "Othr", "IBAN"),
}
"""What is read of entries and balances; nothing else in them is looked at."""
SEQUENCE: Final = re.compile(r"[0-9]{1,18}")
"""ISO's electronic sequence number."""


class _Names(dict[object, str | None]):
    """The local name of each tag that is read of an entry, None of one that is not: asked of every
    element of every entry, so that it is looked up and not worked out."""

    def __missing__(self, tag: object) -> str | None:
        name = name_of_tag(tag)
        return self.setdefault(tag, name if name in READ else None)


def _tree(element: etree._Element, names: _Names) -> Tree:
    """Reads an element once; of several children of one name the first, but for REPEATED."""
    tree: Tree = {}
    for child in element:
        name = names[child.tag]
        if name is None:
            continue
        text = child.text
        value: Any = text.strip() if text else None
        if not value:  # asked first: asking lxml for children costs more
            value = _tree(child, names) if len(child) else None
        if name in REPEATED:
            tree.setdefault(name, []).append(value)
        elif name not in tree:
            tree[name] = value
            if name == "Amt":
                tree[CURRENCY] = child.get("Ccy")
    return tree


def _at(tree: Tree | str | None, *path: str) -> str | None:
    """The text along a path of local names, or None."""
    found: Any = tree
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found if isinstance(found, str) else None


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
    announced, seen, names = False, False, _Names()
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
        tree = _tree(element, names)
        try:
            part = _balance(tree) if kind == "Bal" else _entry(tree)
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


def _balance(tree: Tree) -> StatementBalance:
    sign = -1 if _at(tree, "CdtDbtInd") == "DBIT" else 1
    return StatementBalance(
        code=_at(tree, "Tp", "CdOrPrtry", "Cd") or "",
        amount_minor=sign * amount_of(_at(tree, "Amt")),
        currency=_at(tree, CURRENCY) or "",
        on=_date_choice(tree.get("Dt")),
    )


def _entry(tree: Tree) -> StatementEntry:
    """One entry; a status may be text (older versions) or a coded child."""
    blocks = [block for block in tree.get("NtryDtls", ()) if isinstance(block, dict)]
    inside = [one for block in blocks for one in block.get("TxDtls", ()) if isinstance(one, dict)]
    return StatementEntry(
        entry_reference=_at(tree, "NtryRef") or "",
        amount_minor=amount_of(_at(tree, "Amt")),
        currency=_at(tree, CURRENCY) or "",
        credit=_direction(tree.get("CdtDbtInd")),
        booked="BOOK" in (tree.get("Sts"), _at(tree, "Sts", "Cd")),
        reversal=tree.get("RvslInd") in ("true", "1"),
        booking_date=_date_choice(tree.get("BookgDt")),
        value_date=_date_choice(tree.get("ValDt")),
        bank_reference=_at(tree, "AcctSvcrRef"),
        details=tuple(_detail(one) for one in inside),
        batch_references=_batch_references(blocks, inside),
        batch_count=_batch_count(blocks),
    )


def _batch_references(blocks: Sequence[Tree], inside: Sequence[Tree]) -> tuple[str, ...]:
    """The messages and payment blocks that an entry says it books, each once, in order."""
    holders = [block.get("Btch") for block in blocks] + [one.get("Refs") for one in inside]
    named = [_at(tree, name) for tree in holders if tree for name in ("MsgId", "PmtInfId")]
    return tuple(dict.fromkeys(name for name in named if name and name != "NOTPROVIDED"))


def _batch_count(blocks: Sequence[Tree]) -> int | None:
    """Of how many payments the bank says an entry is; None unless every batch in it says so."""
    stated = [_at(block, "Btch", "NbOfTxs") or "" for block in blocks]
    numeric = stated and all(text.isascii() and text.isdigit() for text in stated)
    return sum(map(int, stated)) if numeric else None


def _direction(code: object) -> bool:
    if code not in ("CRDT", "DBIT"):
        raise UnreadableMessage("an entry is neither credit nor debit")
    return code == "CRDT"


def _date_choice(choice: Tree | str | None) -> date | None:
    """A day, given as such or as an instant; older versions give it without a choice."""
    if not isinstance(choice, dict):
        return day_of(choice)
    return day_of(choice.get("Dt") or choice.get("DtTm"))


def _detail(tree: Tree) -> EntryDetail:
    """One transaction of an entry; absent references stay None (ISO's NOTPROVIDED too)."""
    identity = _at(tree, "Refs", "EndToEndId")
    stated = _at(tree, "Amt") or _at(tree, "AmtDtls", "TxAmt", "Amt")
    name, account = _counterparty(tree.get("RltdPties"))
    returned = tree.get("RtrInf")
    return EntryDetail(
        end_to_end_id=None if identity == "NOTPROVIDED" else identity,
        amount_minor=amount_of(stated) if stated else None,
        return_reason=None
        if returned is None
        else _at(returned, "Rsn", "Cd") or _at(returned, "Rsn", "Prtry") or "NARR",
        counterparty_name=name,
        counterparty_account=account,
        remittance=_at(tree, "RmtInf", "Ustrd"),
    )


def _counterparty(parties: Tree | None) -> tuple[str | None, str | None]:
    """The other side: the creditor if one is named, else the debtor."""
    for party, account in (("Cdtr", "CdtrAcct"), ("Dbtr", "DbtrAcct")):
        name = _at(parties, party, "Pty", "Nm") or _at(parties, party, "Nm")
        number = _at(parties, account, "Id", "Othr", "Id") or _at(parties, account, "Id", "IBAN")
        if name or number:
            return name, number
    return None, None
