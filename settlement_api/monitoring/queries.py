"""Indicators of self-settled lines as of any day, and where every invoiced fen stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import col, select

from reconciler.near_payments import Near, near_payments
from reconciler.self_payment_matching import (
    OwnDebt,
    OwnPayment,
    PaymentsMatched,
    Raised,
    Use,
    match_own_payments,
)
from schemas.codes.documents import DocumentKind, DocumentState
from schemas.codes.invoice_numbers import as_invoice_number
from schemas.codes.monitoring import GroupBy, Voice
from schemas.money import Money
from schemas.problems import NotFound
from schemas.tables.documents import InvoiceLine
from settlement_api.monitoring.errors import PartOfTheFuture
from settlement_api.monitoring.policy import Figures, end_of_day, ranked
from settlement_api.persistence import AS_PLANNED, HASHED, Database, load_sql
from settlement_api.unit_of_work import AreaScope, UnitOfWork

NAMES: Final = {
    GroupBy.AREA: "SELECT area_code AS id, name FROM area",
    GroupBy.HOSPITAL: "SELECT id::text AS id, name FROM hospital",
    GroupBy.SUPPLIER: "SELECT id::text AS id, name FROM supplier",
}


async def indicators(
    uow: UnitOfWork,
    *,
    as_of: date,
    known_on: date | None = None,
    group_by: GroupBy = GroupBy.HOSPITAL,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
    hospital_id: UUID | None = None,
) -> list[Figures]:
    """Figures per group of one area as of a day, as known at the end of `known_on` (that day).

    Raises PartOfTheFuture.
    """
    known = known_on or as_of
    if not as_of <= known <= uow.on:
        raise PartOfTheFuture
    await uow.execute(HASHED)
    rows = await uow.fetch_all(
        load_sql(__file__, "indicators"),
        area_code=uow.area_code,
        hospital_id=hospital_id,
        as_of=as_of,
        known_before=end_of_day(known),
        group_by=group_by.value,
        voice=voice.value,
    )
    await uow.execute(AS_PLANNED)
    names = await _names(uow, group_by)
    return [_figures(row, names) for row in rows]


async def ranking(
    uow: UnitOfWork,
    *,
    as_of: date,
    minimum: Money,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
) -> list[Figures]:
    """Hospitals of one area, best on-time rate first; below the minimum due they are unranked."""
    return ranked(await indicators(uow, as_of=as_of, voice=voice), minimum=minimum)


async def province_indicators(
    database: Database,
    *,
    as_of: date,
    group_by: GroupBy = GroupBy.AREA,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
) -> list[Figures]:
    """Figures across every area, on the read-only system role: for reports and city ranking."""
    async with database.system() as connection:
        await connection.execute(text(HASHED))
        rows = await connection.execute(
            text(load_sql(__file__, "indicators")),
            {
                "area_code": None,
                "hospital_id": None,
                "as_of": as_of,
                "known_before": end_of_day(as_of),
                "group_by": group_by.value,
                "voice": voice.value,
            },
        )
        found = rows.all()
        names = {row.id: row.name for row in await connection.execute(text(NAMES[group_by]))}
    return [_figures(row, names) for row in found]


@dataclass(frozen=True, slots=True)
class OwnMoney:
    """What a hospital owes a supplier, what one voice says it paid it, and for what."""

    payments: Sequence[OwnPayment]
    debts: Sequence[OwnDebt]
    raised: Sequence[Raised]
    said: Sequence[Use]

    def matched(self) -> PaymentsMatched:
        """The payments laid on what is owed; keys are ids of self-payments and payables."""
        return match_own_payments(self.payments, self.debts, self.raised, self.said)

    def near(self, matched: PaymentsMatched) -> Near:
        """What else may be meant by what that leaves, ranked for people."""
        return near_payments(matched, self.payments, self.debts)


async def own_money(
    uow: UnitOfWork,
    *,
    hospital_id: UUID,
    supplier_id: UUID,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
) -> OwnMoney:
    """One voice's payments of a hospital to a supplier beside what it owes it as of now.

    Fen by fen the sums of the indicators of today; what they only count as unmatched is compared
    by amount here, for people to look at.
    """
    pair = {"area_code": uow.area_code, "hospital_id": hospital_id, "supplier_id": supplier_id}
    owed = await uow.fetch_all(load_sql(__file__, "owed_by_pair"), **pair, as_of=uow.on)
    paid = await uow.fetch_all(load_sql(__file__, "paid_by_pair"), **pair, voice=voice.value)
    raised = await uow.fetch_all(load_sql(__file__, "raised_by_pair"), **pair)
    said = await uow.fetch_all(load_sql(__file__, "uses_by_pair"), **pair, voice=voice.value)
    both = str(hospital_id), str(supplier_id)
    return OwnMoney(
        [
            OwnPayment(
                str(row.id),
                *both,
                (row.invoice_number,),
                row.amount_minor,
                row.paid_date.toordinal(),
            )
            for row in paid
        ],
        [
            OwnDebt(
                str(row.id),
                *both,
                row.invoice_number,
                row.amount_minor,
                row.clock_start_date.toordinal(),
                row.due_date and row.due_date.toordinal(),
            )
            for row in owed
        ],
        [
            Raised(*both, row.invoice_number, row.blue_invoice_number, row.amount_minor)
            for row in raised
        ],
        [Use(str(row.payment_id), row.invoice_number, row.amount_minor) for row in said],
    )


async def area_of_hospital(uow: UnitOfWork, *, hospital_id: UUID) -> AreaScope:
    """The area a hospital belongs to. Raises NotFound where the reader may not know it."""
    found = await uow.fetch_value("SELECT area_code FROM hospital WHERE id = :id", id=hospital_id)
    if found is None:
        raise NotFound
    return AreaScope(str(found))


_INVOICED_PART: Final = "line_id uuid, ending text, reason text, amount_minor bigint"


async def invoiced_totals(
    uow: UnitOfWork, *, from_date: date | None, to_date: date | None
) -> Sequence[Row[Any]]:
    """Where every fen of the area's invoices of some days stands: rows of charge_kind, ending,
    reason, line_count, amount_minor (fen).
    """
    await _stage_invoiced(uow, from_date=from_date, to_date=to_date)
    return await uow.fetch_all(load_sql(__file__, "invoiced_totals"), area_code=uow.area_code)


async def invoiced_lines(
    uow: UnitOfWork, *, after: UUID | None, limit: int, invoice_number: str | None = None
) -> Sequence[Row[Any]]:
    """Invoice lines of the area after a key, each with its parts (`parts`, amounts in fen)."""
    chosen = (
        select(col(InvoiceLine.id))
        .where(
            col(InvoiceLine.area_code) == uow.area_code,
            col(InvoiceLine.state) == DocumentState.EFFECTIVE,
            col(InvoiceLine.document_kind) == DocumentKind.INVOICE,
        )
        .order_by(col(InvoiceLine.id))
        .limit(limit)
    )
    if after is not None:
        chosen = chosen.where(col(InvoiceLine.id) > after)
    if invoice_number is not None:
        chosen = chosen.where(col(InvoiceLine.invoice_number) == as_invoice_number(invoice_number))
    ids = list((await uow.session.exec(chosen)).all())
    await _stage_invoiced(uow, line_ids=ids)
    return await uow.fetch_all(load_sql(__file__, "invoiced_lines"), area_code=uow.area_code)


async def drawn_volumes(uow: UnitOfWork, *, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Agreed volumes of the area after a key, with what was drawn (thousandths, fen)."""
    return await uow.fetch_all(
        load_sql(__file__, "drawn_volumes"),
        area_code=uow.area_code,
        after=after,
        row_limit=limit,
    )


async def _stage_invoiced(
    uow: UnitOfWork,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    line_ids: list[UUID] | None = None,
) -> None:
    await uow.execute("DROP TABLE IF EXISTS pg_temp.invoiced_part")
    await uow.create_staging("invoiced_part", _INVOICED_PART)
    await uow.execute(HASHED)
    await uow.execute(
        load_sql(__file__, "invoiced_parts"),
        area_code=uow.area_code,
        from_date=from_date,
        to_date=to_date,
        line_ids=line_ids,
    )
    await uow.execute(AS_PLANNED)


async def _names(uow: UnitOfWork, group_by: GroupBy) -> Mapping[str, str]:
    return {row.id: row.name for row in await uow.fetch_all(NAMES[group_by])}


def _figures(row: Row[Any], names: Mapping[str, str]) -> Figures:
    return Figures(
        group_id=row.group_id,
        line_count=row.line_count,
        amount=Money(row.amount_minor),
        paid=Money(row.paid_minor),
        open=Money(row.open_minor),
        credit=Money(row.credit_minor),
        due=Money(row.due_minor),
        due_count=row.due_count,
        on_time=Money(row.on_time_minor),
        on_time_count=row.on_time_count,
        payback_weight=int(row.payback_weight),
        open_age_weight=int(row.open_age_weight),
        ageing=tuple(Money(amount) for amount in row.ageing),
        conflict_count=row.conflict_count,
        unmatched=Money(row.unmatched_minor),
        group_name=names.get(row.group_id, ""),
    )
