"""What documents ask of the platform's records: parties, sources, products, and documents."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from schemas.codes.invoice_numbers import as_invoice_number
from schemas.codes.parties import RevisionProfile
from schemas.codes.supplier_codes import alias_in
from schemas.tables.documents import Document
from schemas.tables.parties import Hospital, Supplier
from schemas.units import ProductFacts
from settlement_api.documents.policy import Directory, Known
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def load_directory(uow: UnitOfWork, named: Collection[Any]) -> Directory:
    """The parties and sources that documents name, or what is left of them (`Parties`); what is
    not there is unknown. A window of hostile documents names more codes than a statement can
    bind one by one, so each list is one array."""
    hospitals = await uow.fetch_all(
        "SELECT hospital_code, area_code, hospital_id FROM hospital_registry"
        " WHERE hospital_code = ANY(:codes)",
        codes=_stated(one.hospital_code for one in named),
    )
    called = _stated(one.supplier_uscc for one in named)
    suppliers = await uow.fetch_all(
        "SELECT uscc, id FROM supplier WHERE uscc = ANY(:codes)", codes=called
    )
    found = {row.uscc: (row.id, row.uscc) for row in suppliers}
    if aliases := [code for code in called if alias_in(code)]:
        rows = await uow.fetch_all(load_sql(__file__, "suppliers_by_alias"), aliases=aliases)
        found |= {row.alias: (row.id, row.uscc) for row in rows}
    sources = await uow.fetch_all(
        "SELECT code, revision_profile FROM source_system WHERE code = ANY(:codes)",
        codes=_stated(one.source_system for one in named),
    )
    return Directory(
        {row.hospital_code: (row.area_code, row.hospital_id) for row in hospitals},
        found,
        {row.code: row.revision_profile == RevisionProfile.NEXT_REVISION for row in sources},
    )


def _stated(codes: Iterable[str | None]) -> list[str]:
    return sorted({code for code in codes if code is not None})


async def load_products(uow: UnitOfWork, codes: Iterable[str]) -> dict[str, ProductFacts]:
    """The products of `codes` that are known, each with its units."""
    rows = await uow.fetch_all(load_sql(__file__, "products"), codes=sorted(codes))
    units: dict[str, dict[str, tuple[int, int]]] = {}
    ids: dict[str, UUID] = {}
    for row in rows:
        ids[row.product_code] = row.id
        units.setdefault(row.product_code, {})[row.unit] = (row.numerator, row.denominator)
    return {code: ProductFacts(product_id, units[code]) for code, product_id in ids.items()}


async def known_identities(uow: UnitOfWork, count: int) -> list[list[Known]]:
    """For each of `count` staged identities the revisions that are stored already."""
    known: list[list[Known]] = [[] for _ in range(count)]
    rows = await uow.fetch_all(load_sql(__file__, "known_identities"), area_code=uow.area_code)
    for row in rows:
        known[row.position].append(Known(row.id, row.revision, row.content_sha256))
    return known


async def identities_elsewhere(
    uow: UnitOfWork, given: Mapping[str, Sequence[str]]
) -> set[tuple[str, ...]]:
    """Those of the given identities, as columns, whose number belongs to another area."""
    sql = load_sql(__file__, "identities_elsewhere")
    return {tuple(row) for row in await uow.fetch_all(sql, area_code=uow.area_code, **given)}


async def list_documents(
    uow: UnitOfWork,
    *,
    kind: str | None,
    external_number: str | None,
    after: UUID | None,
    limit: int,
) -> list[Document]:
    """Documents the scope may see, newest first; one row more than `limit` if there is more."""
    wanted = select(Document).order_by(col(Document.id).desc()).limit(limit + 1)
    if kind is not None:
        wanted = wanted.where(col(Document.kind) == kind)
    if external_number is not None:
        spelled = {external_number, as_invoice_number(external_number)}
        wanted = wanted.where(col(Document.external_number).in_(spelled))
    if after is not None:
        wanted = wanted.where(col(Document.id) < after)
    return list((await uow.session.exec(wanted)).all())


async def find_document(uow: UnitOfWork, document_id: UUID) -> Document | None:
    """A document the scope may see."""
    wanted = select(Document).where(col(Document.id) == document_id)
    return (await uow.session.exec(wanted)).one_or_none()


async def party_codes(
    uow: UnitOfWork, documents: Collection[Document]
) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """Hospital codes and USCCs by the ids that the documents carry."""
    hospitals = await uow.session.exec(
        select(Hospital.id, Hospital.hospital_code).where(
            col(Hospital.id).in_({one.hospital_id for one in documents})
        )
    )
    suppliers = await uow.session.exec(
        select(Supplier.id, Supplier.uscc).where(
            col(Supplier.id).in_({one.supplier_id for one in documents})
        )
    )
    return dict(hospitals.all()), dict(suppliers.all())
