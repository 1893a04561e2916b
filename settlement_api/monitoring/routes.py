"""Indicators of self-settled lines as of any day, ranking, and reports of own payments."""

from datetime import date
from typing import Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from schemas.codes.monitoring import GroupBy, Voice
from schemas.codes.roles import PartyKind, Role
from schemas.messages.monitoring import (
    IndicatorMessage,
    IndicatorReport,
    SelfPaymentReport,
    SelfPaymentReportResult,
)
from schemas.money import Money, format_yuan, yuan
from schemas.problems import Forbidden, Invalid
from settlement_api.access import AreaNeeded, Principal
from settlement_api.monitoring import queries
from settlement_api.monitoring.errors import PartOfTheFuture
from settlement_api.monitoring.policy import Figures, ranked
from settlement_api.monitoring.service import tell_self_payments
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, PlatformScope, UnitOfWork

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
    voice = VOICES.get(principal.party_kind)
    if voice is None:
        raise Forbidden
    if voice is Voice.BANK_VERIFIED:
        principal.require(Role.FINANCE, Role.AGENCY_MAKER)
    await uow.switch(AreaScope(_area(principal, area_code)))
    return await tell_self_payments(
        uow,
        voice=voice,
        rows=data.payments,
        hospital_id=principal.hospital_id,
        supplier_id=principal.supplier_id,
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
    hospital sees its own figures, unranked.
    """
    if principal.party_kind is PartyKind.SUPPLIER:
        raise Forbidden
    day = as_of or uow.on
    if isinstance(uow.scope, PlatformScope):
        raise AreaNeeded
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
    """The same across every city, for people of the platform: the province's bureau."""
    principal.require(Role.BUREAU_VIEWER, Role.ADMINISTRATOR)
    if principal.party_kind is not PartyKind.PLATFORM:
        raise Forbidden
    day = as_of or uow.on
    if day > uow.on:
        raise PartOfTheFuture
    found = await queries.province_indicators(database, as_of=day, group_by=group_by, voice=voice)
    return _report(ranked(found, minimum=_minimum(minimum)), day, day, voice)


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
        raise Invalid("minimum is an amount in yuan") from error


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
    "/monitoring", route_handlers=[tell, show_indicators, show_province], tags=["monitoring"]
)
