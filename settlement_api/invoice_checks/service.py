"""Runs the kernel on a draft laid among the documents: what matching will make of it. Takes no
lock and writes no row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import Row

from reconciler.columns import EPOCH, Integers, Rows, day_number, row_of
from reconciler.draft import lay_draft
from reconciler.line_ids import Ids, id_array, uuids
from reconciler.outcome import EFFECTS, KINDS, REASONS, ROUTES
from schemas.codes.documents import DocumentKind
from schemas.codes.reconciliation import DiscrepancyEffect, DueDateState, Route
from schemas.codes.remedies import REMEDIES
from schemas.messages.documents import Invoice
from schemas.messages.proposals import CheckedLine, CheckFinding, InvoiceCheck, PaidPart
from schemas.money import format_scaled, format_yuan
from schemas.problems import Fault
from schemas.units import Measures
from settlement_api.documents.errors import OF_ANOTHER_AREA, Rejection
from settlement_api.documents.policy import (
    TARGETS,
    Arrival,
    Placed,
    Sender,
    Verdict,
    place,
    stated_total,
)
from settlement_api.documents.queries import identities_elsewhere, load_directory, load_products
from settlement_api.invoice_checks import policy, queries
from settlement_api.invoice_checks.errors import DraftRefused
from settlement_api.proposals.queries import begin_reading, copy_documents, names_of
from settlement_api.proposals.service import Matched, match_as_it_is
from settlement_api.reconciliation.policy import DueDates
from settlement_api.unit_of_work import AreaScope, PlatformScope, UnitOfWork


async def check_invoice(uow: UnitOfWork, *, supplier_id: UUID, invoice: Invoice) -> InvoiceCheck:
    """What matching would make of this invoice if it came now. Raises DraftRefused for everything
    that the intake would refuse it for."""
    draft = await _placed(uow, supplier_id, invoice)
    await begin_reading(uow)
    total, difference = stated_total(invoice)
    fate = await queries.fate_of_number(
        uow,
        source=invoice.source_system,
        issuer=draft.issuer_code,
        number=invoice.external_number,
        hospital_id=draft.hospital_id,
        supplier_id=supplier_id,
        total=total,
        amount=(total or 0) - difference,
    )
    _refuse_known(draft, fate)
    raw, strangers = await _with_draft(uow, draft, fate, difference)
    ids = raw.ids
    matched = await match_as_it_is(uow, raw.documents, strangers)
    lines = await _checked_lines(uow, invoice, matched, ids)
    payable = sum(line.payable for line in lines)
    return InvoiceCheck(
        invoice_number=invoice.external_number,
        hospital_code=invoice.hospital_code,
        checked_on=uow.on,
        outcome=policy.sums_up([line.message.outcome for line in lines]),
        number_is_taken=fate.taken,
        stated=format_yuan(total or 0),
        payable=format_yuan(payable),
        total_difference=format_yuan(difference),
        lines=[line.message for line in lines],
    )


async def _placed(uow: UnitOfWork, supplier_id: UUID, invoice: Invoice) -> Placed:
    """The draft with its parties, in the scope of the area it would go to."""
    await uow.switch(PlatformScope())
    arrival = Arrival(0, 0, 0, 0, b"", DocumentKind.INVOICE, invoice)
    found = place(arrival, await load_directory(uow, [invoice]), Sender(supplier_id=supplier_id))
    if isinstance(found, Verdict):
        raise DraftRefused(faults=found.faults)
    area_code, draft = found
    await uow.switch(AreaScope(area_code))
    columns = zip(("sources", "kinds", "issuers", "numbers"), draft.identity, strict=True)
    if await identities_elsewhere(uow, {name: [value] for name, value in columns}):
        raise DraftRefused(faults=[OF_ANOTHER_AREA])
    return draft


def _refuse_known(draft: Placed, fate: Row[Any]) -> None:
    """An invoice that is there already, in this revision or above it, or was voided beforehand."""
    revision = draft.arrival.document.revision
    if fate.voided:
        message = "a void of this invoice came before it: its lines would never count"
        raise DraftRefused(faults=[Fault("/external_number", "invoice_voided", message)])
    if not draft.next_revision and any(known >= revision for known in fate.revisions):
        message = "this number was sent before, in this revision or a higher one"
        raise DraftRefused(faults=[Fault("/external_number", Rejection.IDENTITY_CONFLICT, message)])


@dataclass(frozen=True)
class _Laid:
    documents: Mapping[str, Rows]
    ids: Ids
    """Of the draft's lines, in their order."""


async def _with_draft(
    uow: UnitOfWork, draft: Placed, fate: Row[Any], difference: int
) -> tuple[_Laid, frozenset[UUID]]:
    invoice: Invoice = draft.arrival.document
    named = {line.product_code for line in invoice.lines if line.product_code is not None}
    measures = Measures(await load_products(uow, named))
    columns = _draft_columns(invoice, measures)
    touched = await queries.touch_draft(
        uow,
        hospital_id=draft.hospital_id,
        supplier_id=draft.supplier_id,
        codes=sorted(set(columns["codes"])),
    )
    parties = {"hospital_id": draft.hospital_id, "supplier_id": draft.supplier_id}
    await _stage(uow, invoice, columns)
    copied = await copy_documents(uow, touched=touched)
    stated = {
        "number": invoice.external_number,
        "day": invoice.document_date,
        "difference": difference,
        "flag": fate.flag,
    }
    del columns["kinds"]
    lines = await queries.draft_rows(uow, {**columns, **stated})
    factors = [measures[line.product_code, line.unit].factor for line in invoice.lines]
    links = await queries.links_of_draft(
        uow,
        **parties,
        number=invoice.external_number,
        numerators=[factor and factor[0] for factor in factors],
        denominators=[factor and factor[1] for factor in factors],
        **{name: columns[name] for name in ("line_numbers", "codes", "known", "charges")},
    )
    replaced = id_array(fate.replaced) if fate.replaced else id_array([UUID(int=0)])
    kept = copied["invoices"][row_of(copied["invoices"]["id"], replaced) < 0]
    documents = lay_draft(
        copied,
        lines,
        place=await _place_among(uow, kept, invoice),
        links=links,
        replaced=replaced,
    )
    numbers = sorted({line.order_number for line in invoice.lines if line.order_number})
    foreign = await queries.orders_of_others(
        uow, hospital_id=draft.hospital_id, supplier_id=draft.supplier_id, numbers=numbers
    )
    strangers = frozenset(
        line_id
        for line_id, line in zip(columns["ids"], invoice.lines, strict=True)
        if line.order_number in foreign
    )
    return _Laid(documents, id_array(columns["ids"])), strangers


async def _stage(uow: UnitOfWork, invoice: Invoice, columns: Mapping[str, list[Any]]) -> None:
    """What is compared across documents: the draft's charges by order, its goods by their sum."""
    number = invoice.external_number
    if any(columns["charges"]):
        names = ("ids", "line_numbers", "codes", "kinds", "order_numbers", "amounts")
        await queries.stage_charges(
            uow,
            number=number,
            day=invoice.document_date,
            **{name: columns[name] for name in names},
        )
    both = zip(columns["amounts"], columns["charges"], strict=True)
    goods = sum(fen for fen, is_charge in both if not is_charge)
    await queries.stage_draft(uow, number=number, amount=goods)


def _draft_columns(invoice: Invoice, measures: Measures) -> dict[str, list[Any]]:
    """The lines as the intake would store them, column by column."""
    target = TARGETS[DocumentKind.INVOICE]
    rows = [
        dict(zip(target.columns, row, strict=True))
        for row in target.rows(invoice, "invoice", measures)
    ]
    charge = f"charge:{invoice.external_number}"
    goods = [row["charge_kind"] == "goods" for row in rows]
    columns: dict[str, list[Any]] = {
        "ids": [uuid4() for _ in rows],
        "codes": [
            row["product_code"] if is_goods else charge
            for row, is_goods in zip(rows, goods, strict=True)
        ],
        "charges": [not is_goods for is_goods in goods],
        "kinds": [row["charge_kind"] for row in rows],
        "unknown": [
            is_goods and row["product_id"] is None
            for row, is_goods in zip(rows, goods, strict=True)
        ],
    }
    for name, stored in (
        ("line_numbers", "line_number"),
        ("order_numbers", "order_number"),
        ("order_lines", "order_line_number"),
        ("receipt_numbers", "receipt_number"),
        ("receipt_lines", "receipt_line_number"),
        ("blue_numbers", "blue_invoice_number"),
        ("blue_lines", "blue_line_number"),
        ("lots", "lot_number"),
        ("units", "unit"),
        ("known", "unit_factor_known"),
        ("quantities", "quantity_milli"),
        ("amounts", "total_minor"),
        ("upstream", "upstream_invoice_number"),
    ):
        columns[name] = [row[stored] for row in rows]
    return columns


async def _place_among(uow: UnitOfWork, kept: Rows, invoice: Invoice) -> int:
    """The row that the draft's lines go before: by date, then number, as all are laid."""
    day = day_number(invoice.document_date)
    earlier, same = kept["day"] < day, kept["day"] == day
    before = 0
    if same.any():
        ids = uuids(kept["id"][same])
        before = await queries.numbers_before(uow, ids=ids, number=invoice.external_number)
    return int(earlier.sum()) + before


@dataclass(frozen=True)
class _Checked:
    message: CheckedLine
    payable: int


async def _checked_lines(
    uow: UnitOfWork, invoice: Invoice, matched: Matched, ids: Ids
) -> list[_Checked]:
    dossier, outcome = matched.dossier, matched.outcome
    rows = row_of(ids, dossier.blue["id"])
    paid = outcome.payables[np.isin(outcome.payables["invoice"], rows)]
    found = outcome.discrepancies[np.isin(outcome.discrepancies["invoice"], rows)]
    orders = await names_of(uow, "order_names", _ids_at(dossier.orders, paid["order"]))
    receipts = await names_of(
        uow, "receipt_names", _ids_at(dossier.raw["receipts"], paid["receipt"])
    )
    checked = []
    for row, line in zip(rows.tolist(), invoice.lines, strict=True):
        parts = [
            _part(uow.on, matched, part, orders, receipts) for part in paid[paid["invoice"] == row]
        ]
        own = found[found["invoice"] == row]
        payable = int(paid["amount"][paid["invoice"] == row].sum())
        stated = int(dossier.blue["amount"][row])
        stops = own["effect"] != EFFECTS.index(DiscrepancyEffect.INFORMATION)
        message = CheckedLine(
            line_number=line.line_number,
            outcome=policy.outcome_of(stated, payable, stopped=bool(stops.any())),
            stated=format_yuan(stated),
            payable=format_yuan(payable),
            parts=parts,
            findings=[_finding(each) for each in own],
        )
        checked.append(_Checked(message, payable))
    return checked


def _ids_at(rows: Rows, places: Integers) -> list[UUID]:
    return uuids(rows["id"][places[places >= 0]])


def _part(
    today: date,
    matched: Matched,
    part: Any,
    orders: Mapping[UUID, Row[Any]],
    receipts: Mapping[UUID, Row[Any]],
) -> PaidPart:
    dossier, terms = matched.dossier, matched.terms
    deadlines = terms.pack.deadlines
    order = orders[_ids_at(dossier.orders, part["order"].reshape(1))[0]]
    named = _ids_at(dossier.raw["receipts"], part["receipt"].reshape(1))
    receipt = receipts[named[0]] if named else None
    accepted = EPOCH + timedelta(days=int(part["clock_day"]))
    due = DueDates(terms.calendar, deadlines.other_due_days).due_date(
        accepted, contracted=bool(part["contract"] >= 0)
    )
    route = ROUTES[part["route"]]
    days = None
    if route is Route.DIRECT:
        days = policy.application_days(
            accepted,
            today,
            terms.calendar,
            apply_by_day=deadlines.apply_by_day_of_month,
            confirm_days=deadlines.confirm_within_working_days,
        )
    return PaidPart(
        kind=KINDS[part["kind"]],
        quantity=format_scaled(int(part["quantity"]), scale=3),
        amount=format_yuan(int(part["amount"])),
        route=route,
        order_number=order.order_number,
        order_line_number=order.line_number,
        receipt_number=receipt and receipt.receipt_number,
        receipt_line_number=receipt and receipt.line_number,
        due_date=due,
        due_date_state=DueDateState.KNOWN if due else DueDateState.PENDING_CALENDAR,
        apply_by=days and days.apply_by,
        earliest_payment=days and days.earliest_payment,
    )


def _finding(row: Any) -> CheckFinding:
    reason = REASONS[row["reason"]]
    remedy = REMEDIES[reason]
    return CheckFinding(
        reason=reason,
        effect=EFFECTS[row["effect"]],
        quantity=format_scaled(int(row["quantity"]), scale=3),
        amount=format_yuan(int(row["amount"])),
        compared={"stated": int(row["stated"]), "allowed": int(row["allowed"])},
        rule=remedy.rule,
        hold=remedy.hold,
        acts=remedy.acts,
        cure=remedy.cure,
        cure_zh=remedy.cure_zh,
    )
