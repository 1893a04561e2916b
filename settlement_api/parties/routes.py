"""Parties, their accounts with hidden numbers, and mandates; proposing and verifying accounts."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from sqlalchemy import Row

from schemas.codes.parties import HospitalLevel, Ownership, Scheme, VerificationState
from schemas.codes.roles import PartyKind, Role
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_id,
    decode_key,
    encode_cursor,
    page_of,
)
from schemas.messages.parties import (
    AccountsToVerify,
    AccountVerification,
    AgencyAccountMessage,
    AreaMessage,
    HospitalMessage,
    MandateMessage,
    NewPayeeAccount,
    PayeeAccountMessage,
    SupplierMessage,
)
from schemas.problems import Forbidden, NotFound
from settlement_api.access import Principal, require_rows
from settlement_api.encryption import Keyring
from settlement_api.parties import queries, service
from settlement_api.parties.errors import UnknownAccount, UnknownSupplier
from settlement_api.parties.policy import masked
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@get("/areas")
async def list_areas(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> list[AreaMessage]:
    """Every settlement area."""
    return [
        AreaMessage(area_code=area.area_code, name=area.name, province_code=area.province_code)
        for area in await queries.list_areas(uow)
    ]


@get("/hospitals")
async def list_hospitals(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[HospitalMessage]:
    """Hospitals by name: of the area, or of every area to suppliers, or oneself."""
    require_rows(uow)
    rows = await queries.list_hospitals(uow, after=_name_cursor(after), limit=limit + 1)
    return _page_by_name(rows, limit, _hospital_message)


@get("/hospitals/{hospital_id:uuid}")
async def show_hospital(
    hospital_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> HospitalMessage:
    """One hospital."""
    require_rows(uow)
    found = await queries.find_hospital(uow, hospital_id=hospital_id)
    if found is None:
        raise NotFound
    return _hospital_message(found)


@get("/suppliers")
async def list_suppliers(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SupplierMessage]:
    """Suppliers by name; a supplier sees itself."""
    rows = await queries.list_suppliers(uow, after=_name_cursor(after), limit=limit + 1)
    return _page_by_name(rows, limit, _supplier_message)


@get("/suppliers/{supplier_id:uuid}")
async def show_supplier(
    supplier_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> SupplierMessage:
    """One supplier."""
    found = await queries.find_supplier(uow, supplier_id=supplier_id)
    if found is None:
        raise UnknownSupplier
    return _supplier_message(found)


@get("/payee-accounts")
async def list_payee_accounts(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    supplier_id: FromQuery[UUID | None] = None,
    verification_state: FromQuery[VerificationState | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PayeeAccountMessage]:
    """Receiving accounts in the order recorded, numbers hidden; a supplier sees its own."""
    _refuse_kinds(principal, PartyKind.HOSPITAL)
    rows = await queries.list_payee_accounts(
        uow,
        supplier_id=supplier_id,
        state=verification_state,
        after=_id_cursor(after),
        limit=limit + 1,
    )
    return _page_by_id([_payee_account_message(row) for row in rows], limit)


@get("/payee-accounts/{account_id:uuid}")
async def show_payee_account(
    account_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> PayeeAccountMessage:
    """One receiving account, its number hidden."""
    _refuse_kinds(principal, PartyKind.HOSPITAL)
    return await _show_account(uow, account_id)


@post("/suppliers/{supplier_id:uuid}/payee-accounts")
async def propose_payee_account(
    supplier_id: FromPath[UUID],
    data: JSONBody[NewPayeeAccount],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    keyring: NamedDependency[Keyring],
) -> PayeeAccountMessage:
    """Proposes an account for payments; two other people must verify it."""
    principal.require(Role.SUPPLIER, Role.AGENCY_MAKER)
    account_id = await service.propose_account(
        uow, supplier_id=supplier_id, account=data, keyring=keyring
    )
    return await _show_account(uow, account_id)


@post("/payee-accounts/verifications", status_code=200)
async def verify_payee_accounts(
    data: JSONBody[AccountsToVerify],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> list[AccountVerification]:
    """Records that you checked these accounts; the second person's check makes them payable."""
    principal.require(Role.AGENCY_MAKER, Role.AGENCY_CHECKER)
    if principal.kind != "user":
        raise Forbidden("accounts are verified by people")
    results = await service.verify_accounts(uow, account_ids=data.account_ids)
    return [AccountVerification(account_id=id_, result=result) for id_, result in results]


@post("/payee-accounts/{account_id:uuid}/reopening", status_code=200)
async def reopen_payee_account(
    account_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> PayeeAccountMessage:
    """A frozen account is looked at again: payable once two people have verified it anew."""
    principal.require(Role.AGENCY_MAKER, Role.AGENCY_CHECKER)
    if principal.kind != "user":
        raise Forbidden("accounts are reopened by people")
    await service.reopen_account(uow, account_id=account_id)
    return await _show_account(uow, account_id)


@get("/agency-accounts")
async def list_agency_accounts(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AgencyAccountMessage]:
    """Expenditure accounts of the area, numbers hidden."""
    _refuse_kinds(principal, PartyKind.HOSPITAL, PartyKind.SUPPLIER)
    require_rows(uow)
    rows = await queries.list_agency_accounts(uow, after=_id_cursor(after), limit=limit + 1)
    return _page_by_id([_agency_account_message(row) for row in rows], limit)


@get("/mandates")
async def list_mandates(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    hospital_id: FromQuery[UUID | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[MandateMessage]:
    """Mandates in the order recorded; a hospital sees its own."""
    _refuse_kinds(principal, PartyKind.SUPPLIER)
    require_rows(uow)
    rows = await queries.list_mandates(
        uow, hospital_id=hospital_id, after=_id_cursor(after), limit=limit + 1
    )
    return _page_by_id([MandateMessage(**row._mapping) for row in rows], limit)


def _refuse_kinds(principal: Principal, *kinds: PartyKind) -> None:
    if principal.party_kind in kinds:
        raise Forbidden


def _name_cursor(after: str | None) -> tuple[str, str] | None:
    if after is None:
        return None
    name, row_id = decode_key(after, tuple[str, UUID])
    return name, str(row_id)


def _id_cursor(after: str | None) -> str | None:
    return None if after is None else str(decode_id(after))


def _page_by_name(rows: Sequence[Row[Any]], limit: int, message: Any) -> Page[Any]:
    page = page_of(rows, limit=limit, cursor_of=lambda r: encode_cursor(r.name_pinyin, str(r.id)))
    return Page(items=[message(row) for row in page.items], next=page.next)


def _page_by_id(messages: Sequence[Any], limit: int) -> Page[Any]:
    return page_of(messages, limit=limit, cursor_of=lambda shown: encode_cursor(str(shown.id)))


async def _show_account(uow: UnitOfWork, account_id: UUID) -> PayeeAccountMessage:
    rows = await queries.list_payee_accounts(uow, account_id=account_id, limit=1)
    if not rows:
        raise UnknownAccount
    return _payee_account_message(rows[0])


def _hospital_message(row: Any) -> HospitalMessage:
    return HospitalMessage(
        id=row.id,
        area_code=row.area_code,
        hospital_code=row.hospital_code,
        name=row.name,
        level=HospitalLevel(row.level),
        ownership=Ownership(row.ownership),
        suspended_from=row.suspended_from,
    )


def _supplier_message(row: Any) -> SupplierMessage:
    return SupplierMessage(
        id=row.id,
        uscc=row.uscc,
        name=row.name,
        is_sme=row.is_sme,
        suspended_from=row.suspended_from,
        successor_id=row.successor_id,
    )


def _payee_account_message(row: Row[Any]) -> PayeeAccountMessage:
    values = dict(row._mapping)
    values["verification_state"] = VerificationState(values["verification_state"])
    return PayeeAccountMessage(account_masked=masked(values.pop("account_last4")), **values)


def _agency_account_message(row: Row[Any]) -> AgencyAccountMessage:
    values = dict(row._mapping)
    values["scheme"] = Scheme(values["scheme"])
    return AgencyAccountMessage(account_masked=masked(values.pop("account_last4")), **values)


router = Router(
    "/",
    route_handlers=[
        list_areas,
        list_hospitals,
        show_hospital,
        list_suppliers,
        show_supplier,
        list_payee_accounts,
        show_payee_account,
        propose_payee_account,
        verify_payee_accounts,
        reopen_payee_account,
        list_agency_accounts,
        list_mandates,
    ],
    tags=["parties"],
)
