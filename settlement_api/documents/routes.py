"""Documents as stored: lists and single ones, within what the caller may see."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from schemas.codes.documents import DocumentKind, DocumentState
from schemas.messages.intakes import DocumentView
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_id,
    encode_cursor,
    page_of,
)
from schemas.problems import NotFound
from schemas.tables.documents import Document
from settlement_api.access import require_rows
from settlement_api.documents import queries
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@get("/documents")
async def list_documents(
    uow: NamedDependency[UnitOfWork],
    kind: FromQuery[DocumentKind | None] = None,
    external_number: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DocumentView]:
    """Documents, the last stored first."""
    require_rows(uow)
    start = decode_id(after)
    rows = await queries.list_documents(
        uow, kind=kind, external_number=external_number, after=start, limit=limit
    )
    return page_of(
        await _views(uow, rows), limit=limit, cursor_of=lambda row: encode_cursor(str(row.id))
    )


@get("/documents/{kind:str}/{document_id:uuid}")
async def show_document(
    kind: FromPath[str], document_id: FromPath[UUID], uow: NamedDependency[UnitOfWork]
) -> DocumentView:
    """One document."""
    require_rows(uow)
    document = await queries.find_document(uow, document_id)
    if document is None or document.kind != kind:
        raise NotFound
    return (await _views(uow, [document]))[0]


async def _views(uow: UnitOfWork, rows: list[Document]) -> list[DocumentView]:
    hospitals, suppliers = await queries.party_codes(uow, rows)
    return [
        DocumentView(
            id=row.id,
            kind=DocumentKind(row.kind),
            source_system=row.source_system,
            external_number=row.external_number,
            revision=row.revision,
            hospital_code=hospitals[row.hospital_id],
            supplier_uscc=suppliers[row.supplier_id],
            supplier_alias=row.supplier_alias,
            document_date=row.document_date,
            state=DocumentState(row.state),
            superseded_by_id=row.superseded_by_id,
            sha256=row.content_sha256.hex(),
            intake_id=row.intake_id,
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


router = Router(path="/", route_handlers=[list_documents, show_document], tags=["documents"])
