"""Runs the kernel for suppliers who have not invoiced yet: what to invoice. Takes no lock and
writes no row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from reconciler.columns import Rows, day_number
from reconciler.dossier import Dossier
from reconciler.draft import NO_AMOUNT, UNCLEAR, propose_lines
from reconciler.line_ids import uuids
from reconciler.match_rules import MatchRules
from reconciler.outcome import Outcome
from reconciler.purchase_matching import match_purchases
from schemas.codes.proposals import NoProposal, RateSource
from schemas.messages.documents import AMOUNT, MAX_LINES
from schemas.messages.proposals import InvoiceProposal, ProposedLine, UnproposedLine
from schemas.money import format_scaled, format_yuan
from settlement_api.proposals import policy, queries
from settlement_api.reconciliation.policy import rules_of
from settlement_api.reconciliation.queries import dossier_of, terms_then
from settlement_api.rule_packs.service import Terms, terms_in_force
from settlement_api.unit_of_work import AreaScope, PlatformScope, UnitOfWork


@dataclass(frozen=True)
class Matched:
    """Documents, and what the kernel makes of them by the terms in force."""

    dossier: Dossier
    outcome: Outcome
    rules: MatchRules
    terms: Terms


async def match_as_it_is(
    uow: UnitOfWork, raw: Mapping[str, Rows], strangers: frozenset[UUID] = frozenset()
) -> Matched:
    """The kernel on copied documents, as a run of today would call it; nothing is written."""
    terms = await terms_in_force(uow, uow.on)
    today = rules_of(terms.pack)
    then = await terms_then(uow, raw, terms.pack)
    dossier = await dossier_of(uow, raw, strangers=strangers, terms=then)
    rules = replace(today, earlier=then.rules)
    return Matched(dossier, match_purchases(dossier.columns, rules), rules, terms)


# ── what to invoice ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Wanted:
    """Whose proposals, and how: the tax rate in per cent if given, one for each order or not."""

    supplier_id: UUID
    tax_rate: int | None
    by_order: bool


async def propose(
    uow: UnitOfWork, *, wanted: Wanted, orders: Sequence[Row[Any]]
) -> list[InvoiceProposal]:
    """The invoices that these orders (area, hospital, number) call for, in their order.

    What was invoiced since they were found is not proposed again.
    """
    await uow.switch(PlatformScope())
    codes = await queries.hospital_codes(uow, [row.hospital_id for row in orders])
    proposals: list[InvoiceProposal] = []
    for at, area_code in enumerate(sorted({row.area_code for row in orders})):
        await uow.switch(AreaScope(area_code))
        here = [(row.hospital_id, row.order_number) for row in orders if row.area_code == area_code]
        if at:
            await queries.empty_staging(uow)
        else:
            await queries.begin_reading(uow)
        proposals += await _propose_in_area(uow, wanted, here, codes)
    rank = {(row.hospital_id, row.order_number): at for at, row in enumerate(orders)}
    by_code = {codes[hospital_id]: hospital_id for hospital_id in codes}

    def placed(proposal: InvoiceProposal) -> int:
        named = [*proposal.lines, *proposal.not_proposed]
        return min(rank[by_code[proposal.hospital_code], line.order_number] for line in named)

    return sorted(proposals, key=placed)


async def _propose_in_area(
    uow: UnitOfWork,
    wanted: Wanted,
    orders: Sequence[tuple[UUID, str]],
    codes: Mapping[UUID, str],
) -> list[InvoiceProposal]:
    touched = await queries.touch_orders(uow, supplier_id=wanted.supplier_id, orders=orders)
    if not touched:
        return []
    matched = await match_as_it_is(uow, await queries.copy_documents(uow, touched=touched))
    rows = propose_lines(
        matched.dossier.columns,
        matched.outcome,
        matched.rules,
        invoice_day=day_number(uow.on),
    )
    lines = await _named_lines(uow, matched.dossier, rows, set(orders))
    rates = await _rates(uow, wanted, lines)
    groups: dict[tuple[UUID, str | None], list[_Line]] = {}
    for line in lines:
        number = line.order.order_number if wanted.by_order else None
        groups.setdefault((line.order.hospital_id, number), []).append(line)
    return [
        _proposal(uow.area_code, codes[hospital_id], number, part, rates)
        for (hospital_id, number), members in groups.items()
        for part in _batched(members)
    ]


def _batched(members: "list[_Line]") -> "list[list[_Line]]":
    """As many as one invoice holds."""
    return [members[at : at + MAX_LINES] for at in range(0, len(members), MAX_LINES)]


@dataclass(frozen=True)
class _Line:
    """A proposed line with the names of its order line and receipt line."""

    order: Row[Any]
    receipt: Row[Any]
    quantity: int
    amount: int

    def references(self) -> dict[str, Any]:
        milli, unit = self.stated()
        return {
            "order_number": self.order.order_number,
            "order_line_number": self.order.line_number,
            "receipt_number": self.receipt.receipt_number,
            "receipt_line_number": self.receipt.line_number,
            "product_code": self.receipt.product_code,
            "quantity": format_scaled(milli, scale=3),
            "unit": unit,
        }

    def stated(self) -> tuple[int, str]:
        receipt = self.receipt
        factor = (receipt.numerator, receipt.denominator) if receipt.unit_factor_known else None
        if factor is not None and factor[0] is None:
            factor = (1, 1)
        return policy.quantity_in_unit(self.quantity, receipt.unit, factor, receipt.smallest_unit)

    def missing(self) -> NoProposal | None:
        if self.amount == NO_AMOUNT:
            return NoProposal.NO_PRICE
        if self.amount == UNCLEAR:
            return NoProposal.REFERENCE_UNCLEAR
        if self.amount == 0:
            return NoProposal.NOTHING_TO_PAY
        return None if self.amount <= AMOUNT.maximum else NoProposal.AMOUNT_TOO_LARGE


async def _named_lines(
    uow: UnitOfWork, dossier: Dossier, rows: Rows, orders: set[tuple[UUID, str]]
) -> list[_Line]:
    order_ids = uuids(dossier.orders["id"][rows["order"]])
    receipt_ids = uuids(dossier.raw["receipts"]["id"][rows["receipt"]])
    by_order = await queries.names_of(uow, "order_names", order_ids)
    by_receipt = await queries.names_of(uow, "receipt_names", receipt_ids)
    columns = zip(
        order_ids, receipt_ids, rows["quantity"].tolist(), rows["amount"].tolist(), strict=True
    )
    lines = [
        _Line(by_order[order], by_receipt[receipt], quantity, amount)
        for order, receipt, quantity, amount in columns
    ]
    kept = [line for line in lines if (line.order.hospital_id, line.order.order_number) in orders]
    return sorted(kept, key=lambda line: (line.order.order_number, line.order.line_number))


Rates = Mapping[str, tuple[int, RateSource]]


async def _rates(uow: UnitOfWork, wanted: Wanted, lines: Sequence[_Line]) -> Rates:
    codes = sorted({(line.order.hospital_id, line.receipt.product_code) for line in lines})
    if wanted.tax_rate is not None:
        return {code: (wanted.tax_rate, RateSource.GIVEN) for _, code in codes}
    stated = await queries.usual_rates(uow, supplier_id=wanted.supplier_id, components=codes)
    return {
        code: (policy.rate_of(*stated[code]), RateSource.LAST_INVOICE)
        if code in stated
        else (policy.STANDARD_RATE, RateSource.STANDARD)
        for _, code in codes
    }


def _proposal(
    area_code: str, hospital_code: str, number: str | None, members: list[_Line], rates: Rates
) -> InvoiceProposal:
    billed = [line for line in members if line.missing() is None]
    splits = [policy.split_tax(line.amount, rates[line.receipt.product_code][0]) for line in billed]
    nets, taxes = sum(net for net, _ in splits), sum(tax for _, tax in splits)
    return InvoiceProposal(
        area_code=area_code,
        hospital_code=hospital_code,
        order_number=number,
        lines=[
            ProposedLine(
                line_number=at,
                product_name=line.receipt.product_name,
                tax_rate_percent=rates[line.receipt.product_code][0],
                tax_rate_source=rates[line.receipt.product_code][1],
                net_amount=format_yuan(net),
                tax_amount=format_yuan(tax),
                total_amount=format_yuan(line.amount),
                **line.references(),
            )
            for at, (line, (net, tax)) in enumerate(zip(billed, splits, strict=True), start=1)
        ],
        net_amount=format_yuan(nets),
        tax_amount=format_yuan(taxes),
        total_amount=format_yuan(nets + taxes),
        remark=policy.remark_of(
            hospital_code,
            [line.order.order_number for line in billed],
            [line.receipt.receipt_number for line in billed],
        ),
        not_proposed=[
            UnproposedLine(why=why, **line.references())
            for line in members
            if (why := line.missing()) is not None
        ],
    )
