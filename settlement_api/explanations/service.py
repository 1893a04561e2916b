"""Walks the chain both ways from whatever somebody asks about, and says what every rule said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from schemas.codes.explanations import EdgeKind, NodeKind
from schemas.codes.reconciliation import DiscrepancyReason, Route
from schemas.messages.explanations import (
    CutShort,
    ExplainedNode,
    Explanation,
    ForecastShown,
    NodeName,
)
from schemas.messages.paging import encode_cursor
from settlement_api.explanations import policy, queries
from settlement_api.explanations.errors import NothingToExplain
from settlement_api.explanations.queries import TABLES, Seed, View
from settlement_api.remedies import policy as remedies
from settlement_api.unit_of_work import HospitalScope, SupplierScope

PAGE: Final = 100
"""Items of one payment that one answer explains."""

LINES: Final = {
    NodeKind.RECEIPT_LINE: "receipt_lines",
    NodeKind.INVOICE_LINE: "invoice_lines",
    NodeKind.RETURN_LINE: "return_lines",
}
"""The question that tells the lines of each kind by id."""


@dataclass
class _Chain:
    """What the walk has found so far."""

    view: View
    orders: set[UUID] = field(default_factory=set)
    lines: set[UUID] = field(default_factory=set)
    """Receipt, invoice, credit and return lines."""
    payables: set[UUID] = field(default_factory=set)
    payments: set[UUID] = field(default_factory=set)
    entries: set[UUID] = field(default_factory=set)
    named: list[tuple[tuple[NodeKind, UUID], tuple[NodeKind, UUID]]] = field(default_factory=list)
    """Pairs tied by number: the line named first."""
    rows: dict[NodeKind, dict[UUID, Any]] = field(default_factory=dict)
    discrepancies: dict[UUID, Any] = field(default_factory=dict)
    forecasts: Sequence[Any] = ()
    items: Sequence[Any] = ()
    set_offs: Sequence[Any] = ()
    exclusions: Sequence[Any] = ()
    evidence: Sequence[Any] = ()
    next: str | None = None

    async def ask(self, question: str, ids: Iterable[Any], **binds: Any) -> Sequence[Any]:
        """Rows of a question on these ids; none is asked about nothing."""
        chosen = list(ids)
        return await self.view.ask(question, ids=chosen, **binds) if chosen else []

    def keep(self, kind: NodeKind, rows: Iterable[Any]) -> None:
        """Adds rows as links of one kind."""
        self.rows.setdefault(kind, {}).update({row.id: row for row in rows})

    def ids(self, kind: NodeKind) -> list[UUID]:
        """Links of one kind that were found."""
        return list(self.rows.get(kind, {}))


async def explain(view: View, seeds: Sequence[Seed], *, after: UUID | None = None) -> Explanation:
    """The whole chain of these links, as far as the reader sees it. Raises NothingToExplain.

    `after` goes on with the items of one payment where the last page ended.
    """
    if not seeds:
        raise NothingToExplain
    chain = _Chain(view.within(sorted({seed.area_code for seed in seeds})))
    for seed in seeds:
        await _start(chain, seed, after)
    await _find_orders(chain)
    await _read_papers(chain)
    await _read_settlement(chain)
    if view.sees(NodeKind.PAYMENT):
        await _read_payments(chain)
    await _read_terms(chain)
    return await _told(chain, seeds)


async def find_seeds(view: View, *, line: str) -> list[Seed]:
    """What a person may type: an id of the chain, an end-to-end id, or an order's or invoice's
    number with `:` and the line, or without for all of its lines."""
    try:
        return await queries.seeds_by_id(view, asked_id=UUID(line))  # an end-to-end id is one too
    except ValueError:
        number, _, place = line.rpartition(":")
    chosen = int(place) if number and place.isdecimal() and len(place) < 10 else None
    if chosen is None:
        number = line
    orders = await queries.seeds_by_order(view, number=number, line=chosen, hospital_code=None)
    return orders + await queries.seeds_by_invoice(view, number=number, line=chosen)


# ── from what was asked about to order lines and payables ───────────────────────────────────


async def _start(chain: _Chain, seed: Seed, after: UUID | None) -> None:
    match seed.kind:
        case NodeKind.ORDER_LINE:
            chain.orders.add(seed.id)
        case NodeKind.PAYABLE:
            chain.payables.add(seed.id)
        case NodeKind.APPLICATION_LINE | NodeKind.PAYABLE_SHARE:
            chain.payables |= await queries.column_of(
                chain.view, kind=seed.kind, column="payable_id", ids=[seed.id]
            )
        case NodeKind.DISCREPANCY:
            await _start_at_discrepancy(chain, seed.id)
        case NodeKind.PAYMENT | NodeKind.PAYMENT_ATTEMPT | NodeKind.STATEMENT_ENTRY:
            await _start_at_bank(chain, seed, after)
        case _:
            chain.lines.add(seed.id)


async def _start_at_discrepancy(chain: _Chain, discrepancy_id: UUID) -> None:
    (row,) = await chain.ask("discrepancies", [discrepancy_id])
    chain.discrepancies[row.id] = row
    if row.order_line_id is not None:
        chain.orders.add(row.order_line_id)
    else:
        chain.lines |= {row.receipt_line_id, row.invoice_line_id, row.other_line_id} - {None}


async def _start_at_bank(chain: _Chain, seed: Seed, after: UUID | None) -> None:
    """From a bank line to its attempt, to its payment, to a page of what the payment pays."""
    payments = {seed.id} if seed.kind is NodeKind.PAYMENT else set[UUID]()
    attempts = {seed.id} if seed.kind is NodeKind.PAYMENT_ATTEMPT else set[UUID]()
    if seed.kind is NodeKind.STATEMENT_ENTRY:
        chain.entries.add(seed.id)
        (entry,) = await chain.ask("statement_entries", [seed.id], names=[])
        attempts |= {entry.suspense_attempt_id} - {None}
        if entry.end_to_end_id is not None:
            named = await chain.view.ask("payment_by_end_to_end", name=entry.end_to_end_id)
            payments |= {row.id for row in named}
    if attempts:
        payments |= await queries.column_of(
            chain.view, kind=NodeKind.PAYMENT_ATTEMPT, column="payment_id", ids=list(attempts)
        )
    chain.payments |= payments
    for payment_id in payments:
        await _page_of_payment(chain, payment_id, after)


async def _page_of_payment(chain: _Chain, payment_id: UUID, after: UUID | None) -> None:
    rows = await chain.view.ask(
        "page_of_payment", payment_id=payment_id, after=after, limit=PAGE + 1
    )
    shown = rows[:PAGE]
    chain.payables |= {row.payable_id for row in shown}
    if len(rows) > PAGE:
        chain.next = encode_cursor(str(shown[-1].id))
    if shown and len(shown) < shown[0].item_count:
        cut = CutShort(what="payment_items", shown=len(shown), total=shown[0].item_count)
        chain.view.cuts.append(cut)


async def _find_orders(chain: _Chain) -> None:
    """The order lines behind papers and payables, in all their revisions."""
    if asked := set(chain.lines):
        for row in await chain.ask("papers_corrected", asked):
            chain.lines.add(row.id)
        for row in await chain.ask("orders_named", chain.lines):
            chain.orders.add(row.id)
        await _read_lines(chain)
        await _find_payables(chain, chain.lines)
    payables = await chain.ask("payables", chain.payables)
    chain.orders |= {row.order_line_id for row in payables}
    chain.payables |= {row.adjusts_payable_id for row in payables} - {None}
    chain.orders |= {row.id for row in await chain.ask("revisions_of_orders", chain.orders)}


async def _find_payables(chain: _Chain, ids: Iterable[UUID]) -> None:
    found = await chain.ask("payables_of_lines", ids, **_components(chain))
    chain.payables |= {row.id for row in found}


def _components(chain: _Chain) -> dict[str, list[Any]]:
    """Hospital, supplier and product of every line found: where matching keeps its results."""
    components = {
        (row.hospital_id, row.supplier_id, code)
        for kind in (NodeKind.ORDER_LINE, *LINES, NodeKind.CREDIT_LINE)
        for row in chain.rows.get(kind, {}).values()
        if (code := getattr(row, "component_code", row.product_code)) is not None
    }
    hospitals, suppliers, codes = zip(*components, strict=True) if components else ((), (), ())
    return {"hospitals": list(hospitals), "suppliers": list(suppliers), "codes": list(codes)}


# ── the papers and what matching made of them ───────────────────────────────────────────────


async def _read_papers(chain: _Chain) -> None:
    """Order lines, the papers that name them or are matched to them, payables, discrepancies."""
    chain.keep(NodeKind.ORDER_LINE, await chain.ask("order_lines", chain.orders))
    for row in await chain.ask("papers_naming_orders", chain.orders):
        chain.lines.add(row.id)
        order = (NodeKind.ORDER_LINE, row.order_line_id)
        chain.named.append((order, (NodeKind(row.kind), row.id)))
    await _find_payables(chain, chain.orders)
    payables = await chain.ask("payables", chain.payables)
    chain.keep(NodeKind.PAYABLE, payables)
    for row in payables:
        chain.lines |= {row.receipt_line_id, row.invoice_line_id} - {None}
    for row in await chain.ask("papers_about_papers", chain.lines):
        chain.lines.add(row.id)
        kind = NodeKind(row.kind)
        about = NodeKind.RECEIPT_LINE if kind is NodeKind.RETURN_LINE else NodeKind.INVOICE_LINE
        chain.named.append(((about, row.about_id), (kind, row.id)))
    await _read_lines(chain)
    for row in await chain.ask(
        "discrepancies_of_lines", chain.orders | chain.lines, **_components(chain)
    ):
        chain.discrepancies[row.id] = row
    chain.forecasts = await chain.ask("forecasts", chain.orders)


async def _read_lines(chain: _Chain) -> None:
    for kind, question in LINES.items():
        for row in await chain.ask(question, chain.lines):
            credit = kind is NodeKind.INVOICE_LINE and row.document_kind == "credit_note"
            chain.keep(NodeKind.CREDIT_LINE if credit else kind, [row])


# ── what people and batches made of it ──────────────────────────────────────────────────────


async def _read_settlement(chain: _Chain) -> None:
    """Application lines, shares, what they were set off against, what batches left out."""
    lines = await chain.ask("application_lines", chain.ids(NodeKind.PAYABLE))
    chain.keep(NodeKind.APPLICATION_LINE, lines)
    line_ids = [row.id for row in lines]
    if line_ids:
        shares = await chain.view.ask("payable_shares", ids=[], line_ids=line_ids)
        chain.keep(NodeKind.PAYABLE_SHARE, shares)
    chain.items = await chain.ask("items_of_shares", chain.ids(NodeKind.PAYABLE_SHARE))
    chain.set_offs = await chain.ask("set_offs", chain.ids(NodeKind.PAYABLE_SHARE))
    others = {each.negative_share_id for each in chain.set_offs}
    others |= {each.positive_share_id for each in chain.set_offs}
    others -= set(chain.ids(NodeKind.PAYABLE_SHARE))
    chain.keep(NodeKind.PAYABLE_SHARE, await chain.ask("payable_shares", others, line_ids=[]))
    chain.exclusions = await chain.ask("exclusions", line_ids)


async def _read_payments(chain: _Chain) -> None:
    """Payments with their batches, attempts, evidence and bank lines, as far as granted."""
    view = chain.view
    chain.payments |= {item.payment_id for item in chain.items}
    payments = await chain.ask("payments", chain.payments, released_only=view.released_only)
    chain.keep(NodeKind.PAYMENT, payments)
    if view.sees(NodeKind.PAYMENT_BATCH):
        batches = {row.payment_batch_id for row in (*payments, *chain.exclusions, *chain.set_offs)}
        rows = await chain.ask("payment_batches", batches - {None})
        chain.keep(NodeKind.PAYMENT_BATCH, rows)
    if view.sees(NodeKind.PAYMENT_ATTEMPT):
        await _read_attempts(chain)


async def _read_attempts(chain: _Chain) -> None:
    """What was tried at the bank, what was learned of it, and the lines the bank booked."""
    attempts = await chain.ask("payment_attempts", chain.ids(NodeKind.PAYMENT))
    chain.keep(NodeKind.PAYMENT_ATTEMPT, attempts)
    chain.evidence = await chain.ask("evidence_of_attempts", [row.id for row in attempts])
    cited = {each.statement_entry_id for each in chain.evidence} - {None}
    names = [row.end_to_end_id for row in attempts]
    if chain.entries or cited or names:
        entries = await chain.view.ask(
            "statement_entries", ids=list(chain.entries | cited), names=names
        )
        chain.keep(NodeKind.STATEMENT_ENTRY, entries)


async def _read_terms(chain: _Chain) -> None:
    """The contract rows that priced any of it."""
    bound = {row.contract_id for row in chain.rows.get(NodeKind.PAYABLE, {}).values()}
    bound |= {row.contract_id for row in chain.forecasts}
    chain.keep(NodeKind.CONTRACT, await chain.ask("contracts", bound - {None}))


# ── what is told ────────────────────────────────────────────────────────────────────────────


async def _told(chain: _Chain, seeds: Sequence[Seed]) -> Explanation:
    payables = list(chain.rows.get(NodeKind.PAYABLE, {}).values())
    prices = remedies.prices_of_orders(chain.rows, chain.forecasts)
    runs = await _versions(chain, "rule_versions", chain.discrepancies.values(), "match_run_id")
    contexts = await _versions(chain, "decision_contexts", payables, "decision_context_id")
    return Explanation(
        asked=[NodeName(kind=seed.kind, id=seed.id) for seed in seeds],
        nodes=await _nodes(chain),
        edges=_edges(chain).edges(),
        rules=[
            remedies.rule_of(
                row,
                version=remedies.version_of(runs.get(row.match_run_id)),
                rows=chain.rows,
                prices=prices,
            )
            for row in chain.discrepancies.values()
        ],
        decisions=[
            remedies.decision_of(
                row,
                version=remedies.version_of(contexts.get(row.decision_context_id)),
                rows=chain.rows,
            )
            for row in payables
        ],
        forecasts=[_forecast(row) for row in chain.forecasts],
        left_out=[remedies.left_out_of(row) for row in chain.exclusions],
        steps=list(remedies.steps_of(chain.rows)),
        cuts=chain.view.cuts,
        hidden=[kind for kind in TABLES if not chain.view.sees(kind)],
        next=chain.next,
    )


async def _versions(
    chain: _Chain, question: str, rows: Iterable[Any], column: str
) -> dict[UUID, Any]:
    """By which kernel and pack rows were decided, by the id that one column names."""
    ids = {getattr(row, column) for row in rows}
    if not ids:
        return {}
    return {row.id: row for row in await chain.view.ask_behind(question, ids=list(ids))}


async def _nodes(chain: _Chain) -> list[ExplainedNode]:
    names = await _names(chain.view, policy.people_of(chain.rows))
    evidence = policy.grouped(chain.evidence, "attempt_id")
    return [
        policy.node_of(kind, row, names=names, evidence=evidence.get(row.id, ()))
        for kind in NodeKind
        for row in chain.rows.get(kind, {}).values()
    ]


async def _names(view: View, ids: set[UUID]) -> dict[UUID, str | None]:
    """The people that the reader may know: parties only their own, areas whoever acted there."""
    if not ids:
        return {}
    people = {row.id: row for row in await view.ask_platform("people", ids=list(ids))}
    match view.scope:
        case HospitalScope(own):
            return {who: row.display_name for who, row in people.items() if row.hospital_id == own}
        case SupplierScope(own):
            return {who: row.display_name for who, row in people.items() if row.supplier_id == own}
    return {who: people[who].display_name if who in people else None for who in ids}


def _edges(chain: _Chain) -> policy.Ties:
    ties = policy.Ties(chain.rows)
    for each in chain.forecasts:
        order = (NodeKind.ORDER_LINE, each.id)
        ties.tie((NodeKind.CONTRACT, each.contract_id), order, EdgeKind.PRICED)
    for first, second in chain.named:
        ties.tie(first, second, EdgeKind.NAMED)
    policy.tie_payables(ties, list(chain.rows.get(NodeKind.PAYABLE, {}).values()))
    policy.tie_applied(ties, chain.rows)
    policy.tie_paid(ties, chain.rows, items=chain.items, set_offs=chain.set_offs)
    policy.tie_booked(ties, chain.rows, evidence=chain.evidence)
    return ties


def _forecast(row: Any) -> ForecastShown:
    return ForecastShown(
        order_line_id=row.id,
        route=Route(row.route),
        reason=DiscrepancyReason(row.reason) if row.reason else None,
        contract_id=row.contract_id,
        matched=policy.quantity_text(row.matched_milli),
        open=policy.quantity_text(row.open_milli),
    )
