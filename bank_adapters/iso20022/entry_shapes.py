"""Where the texts of a statement's entries lie, worked out once for all that are built alike.

A bank builds its entries in a few ways. To walk the elements of each by name costs three times what
it costs to list them in the order of the file and to know, from an entry built the same way, which
of them is which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from lxml import etree

from bank_adapters.iso20022.elements import name_of_tag

Places = tuple[int, ...]
"""Numbers of elements in the order of the file, the entry itself being 0: where a text may stand,
what counts first in front; empty where there is no such element."""
Parts = Sequence[etree._Element]
"""The elements of an entry, by their numbers."""
TAG: Final = attrgetter("tag")
MOST_SHAPES: Final = 1_000
"""Of a file that builds every entry differently, the shapes before are forgotten."""


def first_text(parts: Parts, places: Places) -> str | None:
    """The first text that is not blank, without blanks around it."""
    for place in places:
        text = parts[place].text
        if text and (text := text.strip()):
            return text
    return None


@dataclass(frozen=True, slots=True)
class DetailPlaces:
    """Of one transaction of an entry; `parties` are names and account numbers, `returned` whether
    it says anything of a return."""

    end_to_end_id: Places
    amount: Places
    returned: bool
    return_reason: Places
    parties: tuple[tuple[Places, Places], ...]
    remittance: Places


@dataclass(frozen=True, slots=True)
class EntryPlaces:
    """Of one entry; `status` may be text or a code, and each of `batch_counts` is of one block."""

    entry_reference: Places
    amount: Places
    direction: Places
    status: Places
    reversal: Places
    booking_date: Places
    value_date: Places
    bank_reference: Places
    details: tuple[DetailPlaces, ...]
    batch_references: Places
    batch_counts: tuple[Places, ...]


@dataclass
class _Node:
    """An element by its number, and its children by their local names, in the order of the file."""

    place: int
    children: dict[str, list["_Node"]] = field(default_factory=dict)

    def at(self, *path: str) -> Places:
        """Where the first element along a path is."""
        node: _Node | None = self
        for name in path:
            node = next(iter(node.children.get(name, ())), None) if node else None
        return () if node is None else (node.place,)


class Shapes:
    """The shapes met so far: tags and numbers of children in the order of the file tell how an
    element is built."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[object, ...], Places], EntryPlaces] = {}
        self._last: tuple[list[object], list[int], EntryPlaces] | None = None

    def of(self, parts: Parts) -> EntryPlaces:
        """The places of an entry, given by its elements in the order of the file."""
        tags: list[object] = list(map(TAG, parts))
        counts = list(map(len, parts))
        last = self._last
        if last is not None and last[0] == tags and last[1] == counts:
            return last[2]
        shape = tuple(tags), tuple(counts)
        places = self._known.get(shape)
        if places is None:
            if len(self._known) >= MOST_SHAPES:
                self._known.clear()
            places = self._known[shape] = _entry_places(_built(tags, counts))
        self._last = tags, counts, places
        return places


def _built(tags: Sequence[object], counts: Sequence[int]) -> _Node:
    """The elements as a tree. They may be nested deeply: no recursion."""
    root = _Node(0)
    open_nodes = [(root, counts[0])]
    for place in range(1, len(tags)):
        while open_nodes[-1][1] == 0:
            open_nodes.pop()
        parent, left = open_nodes.pop()
        node = _Node(place)
        if name := name_of_tag(tags[place]):  # remarks have none
            parent.children.setdefault(name, []).append(node)
        open_nodes += [(parent, left - 1), (node, counts[place])]
    return root


def _entry_places(entry: _Node) -> EntryPlaces:
    blocks = [block for block in entry.children.get("NtryDtls", ()) if block.children]
    inside = [one for block in blocks for one in block.children.get("TxDtls", ()) if one.children]
    named = [(block, "Btch") for block in blocks] + [(one, "Refs") for one in inside]
    return EntryPlaces(
        entry_reference=entry.at("NtryRef"),
        amount=entry.at("Amt"),
        direction=entry.at("CdtDbtInd"),
        status=entry.at("Sts") + entry.at("Sts", "Cd"),
        reversal=entry.at("RvslInd"),
        booking_date=_day(entry, "BookgDt"),
        value_date=_day(entry, "ValDt"),
        bank_reference=entry.at("AcctSvcrRef"),
        details=tuple(map(_detail_places, inside)),
        batch_references=tuple(
            place
            for node, part in named
            for name in ("MsgId", "PmtInfId")
            for place in node.at(part, name)
        ),
        batch_counts=tuple(block.at("Btch", "NbOfTxs") for block in blocks),
    )


def _day(entry: _Node, name: str) -> Places:
    """A day, given as such or as an instant; older versions give it without a choice."""
    return entry.at(name) + entry.at(name, "Dt") + entry.at(name, "DtTm")


def _detail_places(detail: _Node) -> DetailPlaces:
    return DetailPlaces(
        end_to_end_id=detail.at("Refs", "EndToEndId"),
        amount=detail.at("Amt") + detail.at("AmtDtls", "TxAmt", "Amt"),
        returned="RtrInf" in detail.children,
        return_reason=detail.at("RtrInf", "Rsn", "Cd") + detail.at("RtrInf", "Rsn", "Prtry"),
        parties=tuple(
            (
                detail.at("RltdPties", party, "Pty", "Nm") + detail.at("RltdPties", party, "Nm"),
                detail.at("RltdPties", account, "Id", "Othr", "Id")
                + detail.at("RltdPties", account, "Id", "IBAN"),
            )
            for party, account in (("Cdtr", "CdtrAcct"), ("Dbtr", "DbtrAcct"))
        ),
        remittance=detail.at("RmtInf", "Ustrd"),
    )
