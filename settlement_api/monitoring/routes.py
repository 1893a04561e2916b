"""Indicators of self-settled lines, reports of own payments, and where invoiced fen stand."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter
from sqlalchemy import Row

from reconciler.near_payments import Near, NearPayment
from reconciler.self_payment_matching import PaymentsMatched, Use
from schemas.codes.documents import ChargeKind
from schemas.codes.monitoring import GroupBy, InvoicedEnd, Voice
from schemas.codes.roles import PartyKind, Role
from schemas.messages.monitoring import (
    DrawnVolume,
    IndicatorMessage,
    IndicatorReport,
    InvoicedLine,
    InvoicedPart,
    InvoicedReport,
    InvoicedTotal,
    OwnDebtOpen,
    OwnPaymentLaid,
    OwnPaymentNear,
    OwnPaymentProposal,
    OwnPaymentRest,
    OwnPaymentUse,
    OwnPaymentUses,
    OwnProposalAcceptance,
    OwnUsesWithdrawal,
    SelfPaymentMatches,
    SelfPaymentReport,
    SelfPaymentReportResult,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import Money, format_scaled, format_yuan, yuan
from schemas.problems import Fault, Forbidden, Invalid
from settlement_api.access import AreaNeeded, Principal, named_area, require_area, require_rows
from settlement_api.monitoring import queries
from settlement_api.monitoring.errors import PartOfTheFuture
from settlement_api.monitoring.policy import Figures, ranked
from settlement_api.monitoring.service import (
    Pair,
    accept_proposal,
    tell_self_payments,
    withdraw_uses,
)
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
VOICES: Final = {
    PartyKind.HOSPITAL: Voice.CLAIMED_BY_HOSPITAL,
    PartyKind.SUPPLIER: Voice.CONFIRMED_BY_SUPPLIER,
    PartyKind.AREA: Voice.BANK_VERIFIED,
}


@post("/self-payments", status_code=200)
async def tell(
    data: JSONBody[SelfPaymentReport],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    area_code: FromQuery[str | None] = None,
) -> SelfPaymentReportResult:
    """Payments that hospitals made themselves, in the voice of whoever tells them.

    Hospitals claim, suppliers confirm (naming the area), agencies verify by bank statements.
    Every row gets its result; telling again changes nothing.
    """
    voice = _own_voice(principal)
    await uow.switch(await named_area(uow, _area(principal, area_code)))
    return await tell_self_payments(
        uow,
        voice=voice,
        rows=data.payments,
        hospital_id=principal.hospital_id,
        supplier_id=principal.supplier_id,
    )


@get("/self-payment-matches")
async def match_own_payments(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    hospital_id: FromQuery[UUID],
    supplier_id: FromQuery[UUID],
    voice: FromQuery[Voice] = Voice.CLAIMED_BY_HOSPITAL,
) -> SelfPaymentMatches:
    """One voice's own payments of a hospital to a supplier, laid on what it still owes it.

    A payment is laid on the invoices that it names. Groups of payments and lines that agree in
    nothing but their sums are proposals for people to look at, and so are near matches, ranked:
    open invoices whose number or amount is nearly a payment's. They pay nothing and change no
    figure. Read anew each time, as of today. A hospital or supplier sees only its own.
    """
    await _look_at(principal, uow, hospital_id, supplier_id)
    money = await queries.own_money(
        uow, hospital_id=hospital_id, supplier_id=supplier_id, voice=voice
    )
    matched = money.matched()
    return _own_matches(matched, money.near(matched), voice, uow.on)


@post("/self-payment-matches/acceptance", status_code=200)
async def accept(
    data: JSONBody[OwnProposalAcceptance],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> OwnPaymentUses:
    """A person says that a proposal or near match holds, and why: what its payments were for.

    In the voice of whoever says it, for whom it must be shown now. Nothing is edited: the
    figures of that voice are laid by it from now on, and of past days as they were known.
    """
    pair = await _pair(principal, uow, data.hospital_id, data.supplier_id)
    said = await accept_proposal(
        uow,
        pair=pair,
        self_payment_ids=data.self_payment_ids,
        payable_ids=data.payable_ids,
        tied=data.tied,
        reason=data.reason,
    )
    return _uses(pair, said)


@post("/self-payment-matches/withdrawal", status_code=200)
async def withdraw(
    data: JSONBody[OwnUsesWithdrawal],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> OwnPaymentUses:
    """Takes back what was said in the caller's voice that these payments were for, and why."""
    pair = await _pair(principal, uow, data.hospital_id, data.supplier_id)
    gone = await withdraw_uses(
        uow, pair=pair, self_payment_ids=data.self_payment_ids, reason=data.reason
    )
    return _uses(pair, gone)


def _own_voice(principal: Principal) -> Voice:
    voice = VOICES.get(principal.party_kind)
    if voice is None:
        raise Forbidden
    if voice is Voice.BANK_VERIFIED:
        principal.require(Role.FINANCE, Role.AGENCY_MAKER)
    return voice


async def _pair(
    principal: Principal, uow: UnitOfWork, hospital_id: UUID, supplier_id: UUID
) -> Pair:
    """The two, where the caller may speak of them; in the caller's voice."""
    voice = _own_voice(principal)
    await _look_at(principal, uow, hospital_id, supplier_id)
    return Pair(hospital_id, supplier_id, voice)


async def _look_at(
    principal: Principal, uow: UnitOfWork, hospital_id: UUID, supplier_id: UUID
) -> None:
    """Goes where the rows of the two lie. Raises Forbidden for those of others."""
    own = (principal.hospital_id or hospital_id, principal.supplier_id or supplier_id)
    if own != (hospital_id, supplier_id):
        raise Forbidden
    require_rows(uow)
    if principal.hospital_id is not None:
        await uow.switch(AreaScope(_area(principal, None)))
    elif principal.supplier_id is not None:
        await uow.switch(await queries.area_of_hospital(uow, hospital_id=hospital_id))


def _uses(pair: Pair, said: Sequence[Use]) -> OwnPaymentUses:
    return OwnPaymentUses(
        voice=pair.voice,
        uses=[
            OwnPaymentUse(
                self_payment_id=UUID(one.payment),
                invoice_number=one.invoice,
                amount=format_yuan(one.amount),
            )
            for one in said
        ],
    )


def _own_matches(
    matched: PaymentsMatched, near: Near, voice: Voice, on: date
) -> SelfPaymentMatches:
    return SelfPaymentMatches(
        as_of=on,
        voice=voice,
        laid=[
            OwnPaymentLaid(
                self_payment_id=UUID(one.payment),
                payable_id=UUID(one.debt),
                amount=format_yuan(one.amount),
            )
            for one in matched.laid
        ],
        rests=[
            OwnPaymentRest(
                self_payment_id=UUID(one.payment),
                amount=format_yuan(one.amount),
                reason=one.reason.value,
                proposed=one.proposed,
            )
            for one in matched.rests
        ],
        open=[
            OwnDebtOpen(payable_id=UUID(key), amount=format_yuan(amount))
            for key, amount in sorted(matched.open_debts.items())
        ],
        proposals=[
            OwnPaymentProposal(
                self_payment_ids=[UUID(key) for key in one.payments],
                payable_ids=[UUID(key) for key in one.debts],
                amount=format_yuan(one.amount),
                tied=one.tied,
            )
            for one in matched.proposals
        ],
        near=[_near(one) for one in near.found],
        searched_all=not (matched.gave_up or near.gave_up),
    )


def _near(one: NearPayment) -> OwnPaymentNear:
    return OwnPaymentNear(
        self_payment_ids=[UUID(one.payment)],
        payable_ids=[UUID(key) for key in one.debts],
        invoice_number=one.invoice,
        amount=format_yuan(one.amount),
        rank=one.rank,
        score=one.score,
        tied=one.tied,
        fits=list(one.fits),
    )


@get("/indicators")
async def show_indicators(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    as_of: FromQuery[date | None] = None,
    known_on: FromQuery[date | None] = None,
    group_by: FromQuery[GroupBy] = GroupBy.HOSPITAL,
    voice: FromQuery[Voice] = Voice.CLAIMED_BY_HOSPITAL,
    minimum: FromQuery[str] = "0",
) -> IndicatorReport:
    """Ageing, on-time rates and payback days as of a day, ranked above a minimum amount due.

    A past day gives the figures known on it; `known_on` gives them with later knowledge. A
    hospital sees its own figures, unranked. Not paged: one row per hospital, supplier or area,
    and a rank needs all of them.
    """
    if principal.party_kind is PartyKind.SUPPLIER:
        raise Forbidden
    day = as_of or uow.on
    require_rows(uow)
    own = principal.hospital_id
    if own is not None:
        await uow.switch(AreaScope(_area(principal, None)))
    found = await queries.indicators(
        uow, as_of=day, known_on=known_on, group_by=group_by, voice=voice, hospital_id=own
    )
    groups = found if own is not None else ranked(found, minimum=_minimum(minimum))
    return _report(groups, day, known_on or day, voice)


@get("/province")
async def show_province(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    database: NamedDependency[Database],
    as_of: FromQuery[date | None] = None,
    group_by: FromQuery[GroupBy] = GroupBy.AREA,
    voice: FromQuery[Voice] = Voice.CLAIMED_BY_HOSPITAL,
    minimum: FromQuery[str] = "0",
) -> IndicatorReport:
    """The same across every city, for people of the platform: the province's bureau.

    Not paged: at most one row per hospital or supplier of the province, some thousands.
    """
    principal.require(Role.BUREAU_VIEWER, Role.ADMINISTRATOR)
    if principal.party_kind is not PartyKind.PLATFORM:
        raise Forbidden
    day = as_of or uow.on
    if day > uow.on:
        raise PartOfTheFuture
    found = await queries.province_indicators(database, as_of=day, group_by=group_by, voice=voice)
    return _report(ranked(found, minimum=_minimum(minimum)), day, day, voice)


@get("/invoiced")
async def show_invoiced(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    from_date: FromQuery[date | None] = None,
    to_date: FromQuery[date | None] = None,
) -> InvoicedReport:
    """Where every fen of the area's invoices stands, and why; of some invoice days, if given."""
    require_area(uow)
    rows = await queries.invoiced_totals(uow, from_date=from_date, to_date=to_date)
    return InvoicedReport(
        amount=format_yuan(sum(row.amount_minor for row in rows)),
        totals=[
            InvoicedTotal(
                charge_kind=ChargeKind(row.charge_kind),
                end=InvoicedEnd(row.ending),
                reason=row.reason,
                line_count=row.line_count,
                amount=format_yuan(row.amount_minor),
            )
            for row in rows
        ],
    )


@get("/invoiced-lines")
async def list_invoiced(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    invoice_number: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[InvoicedLine]:
    """The area's invoice lines, each with the ends its fen stand at."""
    require_area(uow)
    rows = await queries.invoiced_lines(
        uow, after=decode_id(after), limit=limit + 1, invoice_number=invoice_number
    )
    return page_by_id([_invoiced_line(row) for row in rows], limit=limit)


def _invoiced_line(row: Row[Any]) -> InvoicedLine:
    return InvoicedLine(
        id=row.id,
        invoice_number=row.invoice_number,
        line_number=row.line_number,
        charge_kind=ChargeKind(row.charge_kind),
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        amount=format_yuan(row.total_minor),
        parts=[
            InvoicedPart(
                end=InvoicedEnd(part["end"]),
                reason=part["reason"],
                amount=format_yuan(part["amount_minor"]),
            )
            for part in row.parts
        ],
    )


@get("/volumes")
async def list_volumes(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DrawnVolume]:
    """The area's agreed volumes and how far they are drawn."""
    require_area(uow)
    rows = await queries.drawn_volumes(uow, after=decode_id(after), limit=limit + 1)
    return page_by_id([_drawn_volume(row) for row in rows], limit=limit)


def _drawn_volume(row: Row[Any]) -> DrawnVolume:
    return DrawnVolume(
        id=row.id,
        contract_code=row.contract_code,
        item_no=row.item_no,
        manufacturer=row.manufacturer,
        scope_code=row.scope_code,
        year=row.year,
        agreed=format_scaled(row.quantity_milli, scale=3),
        drawn=format_scaled(row.drawn_milli, scale=3),
        amount=format_yuan(row.drawn_minor),
        is_over_agreed=row.drawn_milli > row.quantity_milli,
    )


def _area(principal: Principal, named: str | None) -> str:
    """The area the rows belong to: the principal's own, or the one a supplier names."""
    area_code = principal.area_code or named
    if area_code is None:
        raise AreaNeeded
    return area_code


def _minimum(text: str) -> Money:
    try:
        return max(yuan(text), Money(0))
    except ValueError as error:
        message = "an amount in yuan with at most two decimals"
        raise Invalid(faults=[Fault("minimum", "bad_number", message)]) from error


def _report(groups: list[Figures], as_of: date, known_on: date, voice: Voice) -> IndicatorReport:
    return IndicatorReport(
        as_of=as_of, known_on=known_on, voice=voice, groups=[_message(one) for one in groups]
    )


def _message(figures: Figures) -> IndicatorMessage:
    return IndicatorMessage(
        group_id=figures.group_id,
        group_name=figures.group_name,
        line_count=figures.line_count,
        amount=format_yuan(figures.amount),
        paid=format_yuan(figures.paid),
        open=format_yuan(figures.open),
        credit=format_yuan(figures.credit),
        due_amount=format_yuan(figures.due),
        on_time_rate_by_amount=figures.on_time_rate_by_amount,
        on_time_rate_by_count=figures.on_time_rate_by_count,
        payback_days=figures.payback_days,
        open_age_days=figures.open_age_days,
        ageing={bucket: format_yuan(open_) for bucket, open_ in figures.by_bucket.items()},
        conflicting_payments=figures.conflict_count,
        unmatched_paid=format_yuan(figures.unmatched),
        rank=figures.rank,
    )


router = Router(
    "/monitoring",
    route_handlers=[
        tell,
        match_own_payments,
        accept,
        withdraw,
        show_indicators,
        show_province,
        show_invoiced,
        list_invoiced,
        list_volumes,
    ],
    tags=["monitoring"],
)
