"""Rows of the chain as its links, and what ties them to each other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from schemas.bank import BankMeaning
from schemas.codes.explanations import EdgeKind, NodeKind
from schemas.messages.explanations import (
    EvidenceBrief,
    ExplainedEdge,
    ExplainedNode,
    NodeName,
    PersonActing,
)
from schemas.money import format_scaled, format_yuan

Rows = Mapping[NodeKind, Mapping[UUID, Any]]
"""The rows found, by kind and id."""

DATES: Final[Mapping[NodeKind, tuple[str, ...]]] = {
    NodeKind.CONTRACT: ("valid_from", "valid_to", "superseded_at"),
    NodeKind.ORDER_LINE: ("order_date", "required_date"),
    NodeKind.RECEIPT_LINE: ("receipt_date", "accepted_date", "recorded_date", "expiry_date"),
    NodeKind.RETURN_LINE: ("return_date",),
    NodeKind.INVOICE_LINE: ("invoice_date",),
    NodeKind.CREDIT_LINE: ("invoice_date",),
    NodeKind.PAYABLE: ("basis_date", "clock_start_date", "due_date"),
    NodeKind.APPLICATION_LINE: (
        *("submitted_at", "confirm_by_date", "confirmed_at", "first_reviewed_at"),
        "accepted_at",
    ),
    NodeKind.PAYMENT_BATCH: ("cutoff_at", "made_at", "approved_at", "released_at", "voided_at"),
    NodeKind.PAYMENT_ATTEMPT: ("execution_date", "sent_at"),
    NodeKind.STATEMENT_ENTRY: ("booking_date", "value_date", "suspense_due_date"),
}

FACTS: Final[Mapping[NodeKind, tuple[str, ...]]] = {
    NodeKind.CONTRACT: ("manufacturer", "round_code", "pack_size"),
    NodeKind.ORDER_LINE: (
        *("document_kind", "product_code", "contract_code", "manufacturer", "supplier_alias"),
    ),
    NodeKind.RECEIPT_LINE: ("product_code", "lot_number", "supplier_alias"),
    NodeKind.RETURN_LINE: ("product_code", "lot_number", "supplier_alias"),
    NodeKind.INVOICE_LINE: (
        *("charge_kind", "product_code", "lot_number", "price_text", "upstream_invoice_number"),
        "supplier_alias",
    ),
    NodeKind.CREDIT_LINE: ("charge_kind", "product_code", "price_text", "supplier_alias"),
    NodeKind.PAYABLE: ("kind", "route"),
    NodeKind.APPLICATION_LINE: ("dispute_reason", "dispute_note"),
    NodeKind.PAYABLE_SHARE: ("scheme",),
    NodeKind.PAYMENT_BATCH: (
        *("content_hash", "payment_count", "rule_pack_code", "rule_pack_version"),
        "void_reason",
    ),
    NodeKind.PAYMENT: ("scheme", "purpose", "payee_name", "payee_account_last4", "item_count"),
    NodeKind.PAYMENT_ATTEMPT: ("attempt_no", "decision_state", "message_id"),
    NodeKind.STATEMENT_ENTRY: (
        *("is_credit", "is_return", "bank_reference", "end_to_end_id", "return_reason"),
        *("suspense_status", "suspense_reason"),
    ),
}

MONEY: Final[Mapping[NodeKind, tuple[str, ...]]] = {
    NodeKind.INVOICE_LINE: ("net_minor", "tax_minor"),
    NodeKind.CREDIT_LINE: ("net_minor", "tax_minor"),
    NodeKind.PAYABLE_SHARE: ("reserved_minor", "paid_minor", "returned_minor", "set_off_minor"),
    NodeKind.PAYMENT: ("returned_minor",),
    NodeKind.PAYMENT_ATTEMPT: ("returned_minor",),
}
"""Further amounts, given as facts in yuan."""

AMOUNTS: Final[Mapping[NodeKind, str]] = {
    NodeKind.PAYABLE_SHARE: "confirmed_minor",
    NodeKind.PAYMENT_BATCH: "control_sum_minor",
}
"""Where the amount of a kind is not called `amount_minor`."""

STATUSES: Final[Mapping[NodeKind, str]] = {
    NodeKind.PAYMENT: "outcome",
    NodeKind.PAYMENT_ATTEMPT: "outcome",
    NodeKind.STATEMENT_ENTRY: "entry_class",
}

ACTS: Final[Mapping[NodeKind, tuple[tuple[str, str, str], ...]]] = {
    NodeKind.APPLICATION_LINE: (
        ("submitted", "submitted_by", "submitted_at"),
        ("confirmed", "confirmed_by", "confirmed_at"),
        ("first_reviewed", "first_reviewed_by", "first_reviewed_at"),
        ("re_reviewed", "re_reviewed_by", "accepted_at"),
    ),
    NodeKind.PAYMENT_BATCH: (
        ("made", "made_by", "made_at"),
        ("approved", "approved_by", "approved_at"),
        ("released", "released_by", "released_at"),
        ("voided", "voided_by", "voided_at"),
    ),
}
"""(act, who, when) of the kinds that people move."""


def people_of(rows: Rows) -> set[UUID]:
    """Everybody who acted on these links."""
    return {
        who
        for kind, acts in ACTS.items()
        for row in rows.get(kind, {}).values()
        for _, who_column, _ in acts
        if (who := getattr(row, who_column)) is not None
    }


def node_of(
    kind: NodeKind,
    row: Any,
    *,
    names: Mapping[UUID, str | None],
    evidence: Sequence[Any] = (),
) -> ExplainedNode:
    """One link. `names` holds the people that the reader may know."""
    quantity = getattr(row, "quantity_milli", None)
    amount = getattr(row, AMOUNTS.get(kind, "amount_minor"), None)
    return ExplainedNode(
        kind=kind,
        id=row.id,
        area_code=getattr(row, "area_code", None),
        number=_number(kind, row),
        status=_status(kind, row),
        quantity=None if quantity is None else quantity_text(quantity),
        amount=None if amount is None else format_yuan(amount),
        hospital_id=getattr(row, "hospital_id", None),
        supplier_id=getattr(row, "supplier_id", None),
        dates=_dates(kind, row),
        facts=_facts(kind, row),
        people=[
            PersonActing(act=act, id=who if who in names else None, name=names.get(who), at=at)
            for act, who_column, at_column in ACTS.get(kind, ())
            if (who := getattr(row, who_column)) is not None
            for at in (getattr(row, at_column),)
        ],
        evidence=[_evidence(each) for each in evidence],
    )


def quantity_text(milli: int) -> str:
    """Thousandths of a unit as a decimal text."""
    return format_scaled(milli, scale=3)


def _number(kind: NodeKind, row: Any) -> str:
    match kind:
        case NodeKind.CONTRACT:
            return f"{row.contract_code}:{row.item_no}"
        case NodeKind.PAYABLE:
            return str(row.kind)
        case NodeKind.APPLICATION_LINE:
            return f"{row.period}/{row.run_no} part {row.part_no}"
        case NodeKind.PAYABLE_SHARE:
            return str(row.scheme)
        case NodeKind.PAYMENT_BATCH:
            return f"{row.scheme} {row.period}/{row.batch_no}"
        case NodeKind.PAYMENT:
            return f"{row.scheme} ****{row.payee_account_last4}"
        case NodeKind.PAYMENT_ATTEMPT:
            return str(row.end_to_end_id)
        case NodeKind.STATEMENT_ENTRY:
            return f"{row.statement_identification} {row.line_number}.{row.detail_number}"
    return f"{row.number}:{row.line_number}"


def _status(kind: NodeKind, row: Any) -> str | None:
    if kind is NodeKind.PAYABLE_SHARE:
        return _share_status(row)
    status = getattr(row, STATUSES.get(kind, "status"), None)
    return None if status is None else str(status)


def _share_status(row: Any) -> str:
    """Where the share stands by its balance."""
    open_minor = row.confirmed_minor - row.paid_minor + row.returned_minor - row.set_off_minor
    if open_minor == 0:
        return "settled"
    if row.reserved_minor:
        return "reserved"
    return "returned" if row.returned_minor else "open"


def _dates(kind: NodeKind, row: Any) -> dict[str, date | datetime]:
    pairs = ((name, getattr(row, name)) for name in DATES.get(kind, ()))
    return {name: value for name, value in pairs if value is not None}


def _facts(kind: NodeKind, row: Any) -> dict[str, str]:
    plain = {name: getattr(row, name) for name in FACTS.get(kind, ())}
    facts = {name: _text(value) for name, value in plain.items() if value is not None}
    for name in MONEY.get(kind, ()):
        facts[name.removesuffix("_minor")] = format_yuan(getattr(row, name))
    if price := getattr(row, "pack_price_micro", None):
        facts["pack_price"] = format_scaled(price, scale=6)
    if price := getattr(row, "price_micro", None):
        facts["price"] = format_scaled(price, scale=6)
        facts["price_pack_size"] = str(row.price_pack_size)
    if rejected := getattr(row, "rejected_milli", None):
        facts["rejected"] = quantity_text(rejected)
    if getattr(row, "unit_factor_known", True) is False and row.unit is not None:
        facts["unit"] = row.unit
    return facts


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _evidence(row: Any) -> EvidenceBrief:
    return EvidenceBrief(
        source=row.source,
        meaning=row.meaning,
        code=row.code,
        reason_code=row.reason_code,
        amount=None if row.amount_minor is None else format_yuan(row.amount_minor),
        learned_at=row.learned_at,
    )


# ── ties ────────────────────────────────────────────────────────────────────────────────────


class Ties:
    """Edges between links that are shown; the same tie found twice is one, its sums added."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._found: dict[tuple[NodeName, NodeName, EdgeKind], list[int | None]] = {}

    def tie(
        self,
        from_node: tuple[NodeKind, UUID | None],
        to_node: tuple[NodeKind, UUID | None],
        kind: EdgeKind,
        *,
        quantity: int | None = None,
        amount: int | None = None,
    ) -> None:
        """Adds what one link hands on to another, if both are there."""
        ends = (from_node, to_node)
        if any(end is None or end not in self._rows.get(its, {}) for its, end in ends):
            return
        first, second = (NodeName(kind=its, id=end) for its, end in ends if end is not None)
        sums = self._found.setdefault((first, second, kind), [None, None])
        for place, value in enumerate((quantity, amount)):
            if value is not None:
                sums[place] = (sums[place] or 0) + value

    def edges(self) -> list[ExplainedEdge]:
        """Every tie; one by number only gives way to one with a quantity."""
        matched = {
            (first, second) for first, second, kind in self._found if kind is not EdgeKind.NAMED
        }
        return [
            ExplainedEdge(
                from_node=first,
                to_node=second,
                kind=kind,
                quantity=None if quantity is None else quantity_text(quantity),
                amount=None if amount is None else format_yuan(amount),
            )
            for (first, second, kind), (quantity, amount) in self._found.items()
            if kind is not EdgeKind.NAMED or (first, second) not in matched
        ]


def tie_payables(ties: Ties, payables: Sequence[Any]) -> None:
    """Contract → order → receipt → invoice → payable, with what was matched; corrections too."""
    for row in payables:
        papers = [
            (NodeKind.ORDER_LINE, row.order_line_id),
            (NodeKind.RECEIPT_LINE, row.receipt_line_id),
            (NodeKind.INVOICE_LINE, row.invoice_line_id),
        ]
        named = [paper for paper in papers if paper[1] is not None]
        carried = {"quantity": row.quantity_milli, "amount": row.amount_minor}
        for first, second in pairwise(named):
            ties.tie(first, second, EdgeKind.MATCHED, **carried)
        own = (NodeKind.PAYABLE, row.id)
        ties.tie(named[-1], own, EdgeKind.PAYS_FOR, **carried)
        ties.tie((NodeKind.CONTRACT, row.contract_id), named[0], EdgeKind.PRICED, **carried)
        ties.tie((NodeKind.PAYABLE, row.adjusts_payable_id), own, EdgeKind.ADJUSTS, **carried)


def tie_applied(ties: Ties, rows: Rows) -> None:
    """Payable → application line → shares."""
    for line in rows.get(NodeKind.APPLICATION_LINE, {}).values():
        ties.tie(
            (NodeKind.PAYABLE, line.payable_id),
            (NodeKind.APPLICATION_LINE, line.id),
            EdgeKind.APPLIED,
            quantity=line.quantity_milli,
            amount=line.amount_minor,
        )
    for share in rows.get(NodeKind.PAYABLE_SHARE, {}).values():
        ties.tie(
            (NodeKind.APPLICATION_LINE, share.application_line_id),
            (NodeKind.PAYABLE_SHARE, share.id),
            EdgeKind.BORNE,
            amount=share.confirmed_minor,
        )


def tie_paid(ties: Ties, rows: Rows, *, items: Sequence[Any], set_offs: Sequence[Any]) -> None:
    """Shares → payments, shares set off against each other, batch → payment → attempt."""
    for item in items:
        ties.tie(
            (NodeKind.PAYABLE_SHARE, item.payable_share_id),
            (NodeKind.PAYMENT, item.payment_id),
            EdgeKind.PAID_BY,
            amount=item.amount_minor,
        )
    for one in set_offs:
        negative = (NodeKind.PAYABLE_SHARE, one.negative_share_id)
        positive = (NodeKind.PAYABLE_SHARE, one.positive_share_id)
        ties.tie(negative, positive, EdgeKind.SET_OFF, amount=one.amount_minor)
    for payment in rows.get(NodeKind.PAYMENT, {}).values():
        batch = (NodeKind.PAYMENT_BATCH, payment.payment_batch_id)
        own = (NodeKind.PAYMENT, payment.id)
        ties.tie(batch, own, EdgeKind.RELEASED, amount=payment.amount_minor)
    for attempt in rows.get(NodeKind.PAYMENT_ATTEMPT, {}).values():
        ties.tie(
            (NodeKind.PAYMENT, attempt.payment_id),
            (NodeKind.PAYMENT_ATTEMPT, attempt.id),
            EdgeKind.ATTEMPTED,
            amount=attempt.amount_minor,
        )


def tie_booked(ties: Ties, rows: Rows, *, evidence: Sequence[Any]) -> None:
    """Attempt → bank line: by the end-to-end id the line carries, or by evidence that cites it.

    A debit that two people booked as several payments is cited by each, for its own amount.
    """
    attempts = rows.get(NodeKind.PAYMENT_ATTEMPT, {}).values()
    by_name = {attempt.end_to_end_id: attempt.id for attempt in attempts}
    cited = {each.statement_entry_id: each.attempt_id for each in evidence}
    shared = grouped(
        [each for each in evidence if each.meaning == BankMeaning.BOOKED_DEBIT],
        "statement_entry_id",
    )
    for entry in rows.get(NodeKind.STATEMENT_ENTRY, {}).values():
        attempt_id = by_name.get(entry.end_to_end_id) or cited.get(entry.id)
        parts = {attempt_id or entry.suspense_attempt_id: entry.amount_minor}
        if entry.end_to_end_id is None and entry.id in shared:
            parts = {each.attempt_id: each.amount_minor for each in shared[entry.id]}
        for payer, amount in parts.items():
            ties.tie(
                (NodeKind.PAYMENT_ATTEMPT, payer),
                (NodeKind.STATEMENT_ENTRY, entry.id),
                EdgeKind.RETURNED if entry.is_credit else EdgeKind.BOOKED,
                amount=amount,
            )


def grouped(rows: Sequence[Any], column: str) -> dict[UUID, list[Any]]:
    """Rows by what one column holds."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found
