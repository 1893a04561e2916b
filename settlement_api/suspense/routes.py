"""Suspense cases ended by two people, and the accounts that fund an agency account."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter

from schemas.codes.bank_statements import SuspenseReason, SuspenseResolution, SuspenseStatus
from schemas.codes.roles import Role
from schemas.messages.bank_statements import (
    FundingSourceProposal,
    FundingSourceTaken,
    Moved,
    ResolutionProposal,
    SuspenseCaseView,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import format_yuan
from schemas.tables.bank_statements import SuspenseCase
from schemas.times import business_date
from settlement_api.access import Principal, require_rows
from settlement_api.encryption import Keyring
from settlement_api.suspense import queries, service
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
DECIDERS: Final = (Role.FINANCE, Role.AGENCY_MAKER, Role.AGENCY_CHECKER)


@get("/suspense-cases")
async def list_cases(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    status: FromQuery[SuspenseStatus | None] = None,
    agency_account_id: FromQuery[UUID | None] = None,
    overdue: FromQuery[bool] = False,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SuspenseCaseView]:
    """Money that nothing explains, the newest first; of one account, or only what is overdue."""
    _require(principal, uow, *DECIDERS, Role.AGENCY_RELEASER, Role.BUREAU_VIEWER)
    rows = await queries.list_cases(
        uow,
        status=status,
        agency_account_id=agency_account_id,
        overdue_on=uow.on if overdue else None,
        after=decode_id(after),
        limit=limit + 1,
    )
    return page_by_id([_view(row, today=uow.on) for row in rows], limit=limit)


@post("/suspense-cases/{case_id:uuid}/propose", status_code=200)
async def propose(
    case_id: FromPath[UUID],
    data: JSONBody[ResolutionProposal],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Moved:
    """The first person says what the money is."""
    _require(principal, uow, *DECIDERS)
    await service.propose_resolution(
        uow,
        case_id=case_id,
        resolution=data.resolution,
        note=data.note,
        attempt_id=data.attempt_id,
        attempt_ids=[UUID(hex=named) for named in data.end_to_end_ids],
    )
    return Moved(id=case_id)


@post("/suspense-cases/{case_id:uuid}/refuse", status_code=200)
async def refuse(
    case_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Moved:
    """Somebody does not agree: the case is open again."""
    _require(principal, uow, *DECIDERS)
    await service.refuse_resolution(uow, case_id=case_id)
    return Moved(id=case_id)


@post("/suspense-cases/{case_id:uuid}/confirm", status_code=200)
async def confirm(
    case_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Moved:
    """A second person confirms, and the money leaves suspense."""
    _require(principal, uow, *DECIDERS)
    await service.confirm_resolution(uow, case_id=case_id)
    return Moved(id=case_id)


@post("/funding-sources", status_code=201)
async def propose_source(
    data: JSONBody[FundingSourceProposal],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    keyring: NamedDependency[Keyring],
) -> FundingSourceTaken:
    """The first person names an account that funds an agency account."""
    _require(principal, uow, *DECIDERS)
    source_id = await service.propose_funding_source(
        uow,
        keyring=keyring,
        agency_account_id=data.agency_account_id,
        account_number=data.account_number,
        account_name=data.account_name,
    )
    return FundingSourceTaken(id=source_id)


@post("/funding-sources/{source_id:uuid}/approve", status_code=200)
async def approve_source(
    source_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Moved:
    """A second person approves: credits from it are funding from now on."""
    _require(principal, uow, *DECIDERS)
    await service.approve_funding_source(uow, source_id=source_id)
    return Moved(id=source_id)


def _require(principal: Principal, uow: UnitOfWork, *roles: Role) -> None:
    principal.require(*roles)
    require_rows(uow)


def _view(row: SuspenseCase, *, today: date) -> SuspenseCaseView:
    ended = today if row.resolved_at is None else business_date(row.resolved_at)
    waits = row.status != SuspenseStatus.RESOLVED
    return SuspenseCaseView(
        id=row.id,
        statement_entry_id=row.statement_entry_id,
        agency_account_id=row.agency_account_id,
        scheme=row.scheme,
        amount=format_yuan(row.amount_minor),
        is_credit=row.is_credit,
        reason=SuspenseReason(row.reason),
        owner_role=row.owner_role,
        due_date=row.due_date,
        status=SuspenseStatus(row.status),
        resolution=SuspenseResolution(row.resolution) if row.resolution else None,
        attempt_id=row.attempt_id,
        end_to_end_ids=[one.hex for one in row.attempt_ids],
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        age_days=(ended - business_date(row.opened_at)).days,
        overdue=waits and row.due_date is not None and row.due_date < today,
    )


router = Router(
    "/",
    route_handlers=[list_cases, propose, refuse, confirm, propose_source, approve_source],
    tags=["suspense"],
)
