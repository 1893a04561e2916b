"""Importing what the fund owes hospitals; capacities; offsets and their acknowledgement."""

from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter

from schemas.codes.fund_claims import FundDocumentKind, OffsetStatus
from schemas.codes.parties import Scheme
from schemas.codes.roles import PartyKind, Role
from schemas.messages.fund_claims import (
    Acknowledged,
    Acknowledgement,
    ClaimCapacityView,
    FundDocumentView,
    FundImportResult,
    OffsetInstructionView,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import format_yuan
from schemas.problems import Forbidden
from schemas.tables.fund_claims import ClaimCapacity, FundDocument, OffsetInstruction
from settlement_api.access import Principal, require_rows
from settlement_api.fund_claims import queries, service
from settlement_api.fund_claims.policy import NDJSON
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.spreadsheets import MAX_FILE_BYTES
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@post("/fund-imports", status_code=200, request_max_body_size=MAX_FILE_BYTES)
async def import_fund_documents(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> FundImportResult:
    """Imports claims, advances and prepayments: CSV or XLSX, or NDJSON by its content type.

    Every row gets its result. The same row again is unchanged; another content under the same
    identity and version is rejected, a higher version supersedes.
    """
    principal.require(Role.FINANCE, Role.AGENCY_MAKER)
    _require_area(principal, uow)
    media_type = request.content_type[0]
    return await service.import_fund_documents(
        uow,
        content=await request.body(),
        media_type=NDJSON if media_type == NDJSON else media_type or "text/csv",
    )


@get("/fund-documents")
async def list_fund_documents(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    month: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[FundDocumentView]:
    """Every version ever imported; a hospital sees its own."""
    _require_area(principal, uow)
    rows = await queries.list_documents(uow, after=decode_id(after), limit=limit, month=month)
    return page_by_id([_document_view(row) for row in rows], limit=limit)


@get("/claim-capacities")
async def list_capacities(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    month: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ClaimCapacityView]:
    """What of each month's claim can be offset, is reserved and is consumed."""
    _require_area(principal, uow)
    rows = await queries.list_capacities(uow, after=decode_id(after), limit=limit, month=month)
    return page_by_id([_capacity_view(row, code) for row, code in rows], limit=limit)


@get("/offset-instructions")
async def list_offset_instructions(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    status: FromQuery[OffsetStatus | None] = None,
    overdue: FromQuery[bool] = False,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OffsetInstructionView]:
    """Instructions to pay hospitals less; `overdue` are those nobody acknowledged in time."""
    _require_area(principal, uow)
    rows = await queries.list_offsets(
        uow,
        after=decode_id(after),
        limit=limit,
        status=status,
        overdue_on=uow.on if overdue else None,
    )
    return page_by_id([_offset_view(row, code) for row, code in rows], limit=limit)


@post("/offset-instructions/acknowledgements", status_code=200)
async def acknowledge_offsets(
    data: JSONBody[Acknowledgement],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Acknowledged:
    """Finance says that the hospitals' payer acts on these instructions; all or none."""
    principal.require((await pack_in_force(uow, uow.on)).roles.offset_acknowledger)
    _require_area(principal, uow)
    count, amount = await service.acknowledge_offsets(uow, instruction_ids=data.instruction_ids)
    return Acknowledged(count=count, amount=format_yuan(amount))


def _require_area(principal: Principal, uow: UnitOfWork) -> None:
    """Suppliers have no business here; people of the platform choose an area."""
    if principal.party_kind is PartyKind.SUPPLIER:
        raise Forbidden
    require_rows(uow)


def _document_view(row: FundDocument) -> FundDocumentView:
    return FundDocumentView(
        id=row.id,
        hospital_id=row.hospital_id,
        kind=FundDocumentKind(row.kind),
        aspect=row.aspect,
        scheme=Scheme(row.scheme),
        month=row.month,
        external_number=row.external_number,
        version=row.version,
        amount=format_yuan(row.amount_minor),
        paid_date=row.paid_date,
        state=row.state,
    )


def _capacity_view(row: ClaimCapacity, hospital_code: str) -> ClaimCapacityView:
    return ClaimCapacityView(
        id=row.id,
        hospital_id=row.hospital_id,
        hospital_code=hospital_code,
        scheme=Scheme(row.scheme),
        month=row.month,
        available=format_yuan(row.available_minor),
        reserved=format_yuan(row.reserved_minor),
        consumed=format_yuan(row.consumed_minor),
        excess=format_yuan(row.excess_minor),
    )


def _offset_view(row: OffsetInstruction, hospital_code: str) -> OffsetInstructionView:
    return OffsetInstructionView(
        id=row.id,
        hospital_id=row.hospital_id,
        hospital_code=hospital_code,
        scheme=Scheme(row.scheme),
        month=row.month,
        payment_batch_id=row.payment_batch_id,
        instruction_no=row.instruction_no,
        amount=format_yuan(row.amount_minor),
        status=OffsetStatus(row.status),
        issued_at=row.issued_at,
        acknowledge_by_date=row.acknowledge_by_date,
        acknowledged_at=row.acknowledged_at,
    )


router = Router(
    "/",
    route_handlers=[
        import_fund_documents,
        list_fund_documents,
        list_capacities,
        list_offset_instructions,
        acknowledge_offsets,
    ],
    tags=["fund claims"],
)
