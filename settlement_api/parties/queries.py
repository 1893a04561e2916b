"""Finding parties, their accounts and mandates; what is seen is what the scope may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.codes.parties import PayeeRefusal, VerificationState
from schemas.tables.parties import Area, Hospital, Supplier
from settlement_api.parties.policy import AccountToVerify
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

ALL_ROWS: Final = 1 << 31


@dataclass(frozen=True)
class Payee:
    """Where a supplier is paid on a day, or why it cannot be.

    Exactly one of `reason` and the account's columns is set. `payee_supplier_id` is the
    supplier itself or its successor.
    """

    supplier_id: UUID
    payee_supplier_id: UUID
    reason: PayeeRefusal | None
    payee_account_id: UUID | None
    account_ciphertext: bytes | None
    key_id: str | None
    account_blind_index: bytes | None
    account_last4: str | None
    account_name: str | None
    cnaps_code: str | None


def with_present_names(question: str) -> str:
    """A recursive question in which `present_name` (id, head_id) stands for `:present_names`."""
    return question.replace(":present_names", load_sql(__file__, "present_names"))


async def resolve_payees(
    uow: UnitOfWork, *, supplier_ids: Sequence[UUID], on: date, cooling_days: int = 0
) -> list[Payee]:
    """The payee of each known supplier on a day, in the order of supplier ids, in one question."""
    rows = await uow.fetch_all(
        load_sql(__file__, "payees_at"),
        supplier_ids=list(supplier_ids),
        on=on,
        cooling_days=cooling_days,
    )
    return [_payee(row) for row in rows]


def _payee(row: Row[Any]) -> Payee:
    values = dict(row._mapping)
    if values["reason"] is not None:
        shown = ("supplier_id", "payee_supplier_id", "reason")
        values = {name: values[name] if name in shown else None for name in values}
        values["reason"] = PayeeRefusal(values["reason"])
    return Payee(**values)


async def mandates_in_force(uow: UnitOfWork, on: date) -> dict[UUID, UUID]:
    """Hospitals of the area with a mandate in force on a day, each with the mandate's id."""
    rows = await uow.fetch_all(
        load_sql(__file__, "mandates_in_force"), area_code=uow.area_code, on=on
    )
    return {row.hospital_id: row.mandate_id for row in rows}


async def find_suppliers(uow: UnitOfWork, *, usccs: Sequence[str]) -> dict[str, UUID]:
    """Ids of suppliers by USCC; unknown ones are left out."""
    found = await uow.session.exec(
        select(col(Supplier.uscc), col(Supplier.id)).where(col(Supplier.uscc).in_(usccs))
    )
    return dict(found.all())


async def find_supplier(uow: UnitOfWork, *, supplier_id: UUID) -> Supplier | None:
    """A supplier by id."""
    found = await uow.session.exec(select(Supplier).where(col(Supplier.id) == supplier_id))
    return found.one_or_none()


async def find_hospital(uow: UnitOfWork, *, hospital_id: UUID) -> Hospital | None:
    """A hospital by id, in the area or to itself."""
    found = await uow.session.exec(select(Hospital).where(col(Hospital.id) == hospital_id))
    return found.one_or_none()


async def list_areas(uow: UnitOfWork) -> Sequence[Area]:
    """Every settlement area by code: a few hundred at most."""
    return (await uow.session.exec(select(Area).order_by(col(Area.area_code)))).all()


async def list_hospitals(
    uow: UnitOfWork, *, after: tuple[str, str] | None = None, limit: int = ALL_ROWS
) -> Sequence[Row[Any]]:
    """Hospitals by name; `after` is (name_pinyin, id) of the last one seen."""
    return await _by_name(uow, "list_hospitals", after, limit)


async def list_suppliers(
    uow: UnitOfWork, *, after: tuple[str, str] | None = None, limit: int = ALL_ROWS
) -> Sequence[Row[Any]]:
    """Suppliers by name; `after` is (name_pinyin, id) of the last one seen."""
    return await _by_name(uow, "list_suppliers", after, limit)


async def _by_name(
    uow: UnitOfWork, question: str, after: tuple[str, str] | None, limit: int
) -> Sequence[Row[Any]]:
    after_name, after_id = after or (None, None)
    return await uow.fetch_all(
        load_sql(__file__, question), after_name=after_name, after_id=after_id, row_limit=limit
    )


async def list_payee_accounts(
    uow: UnitOfWork,
    *,
    account_id: UUID | None = None,
    supplier_id: UUID | None = None,
    state: VerificationState | None = None,
    after: str | None = None,
    limit: int = ALL_ROWS,
) -> Sequence[Row[Any]]:
    """Receiving accounts in the order recorded, without their numbers."""
    return await uow.fetch_all(
        load_sql(__file__, "list_payee_accounts"),
        account_id=account_id,
        supplier_id=supplier_id,
        state=state,
        after_id=after,
        row_limit=limit,
    )


async def list_mandates(
    uow: UnitOfWork,
    *,
    hospital_id: UUID | None = None,
    after: str | None = None,
    limit: int = ALL_ROWS,
) -> Sequence[Row[Any]]:
    """Mandates as now known, in the order recorded."""
    return await uow.fetch_all(
        load_sql(__file__, "list_mandates"),
        hospital_id=hospital_id,
        after_id=after,
        row_limit=limit,
    )


async def list_agency_accounts(
    uow: UnitOfWork, *, after: str | None = None, limit: int = ALL_ROWS
) -> Sequence[Row[Any]]:
    """Expenditure accounts of the area, without their numbers."""
    return await uow.fetch_all(
        load_sql(__file__, "list_agency_accounts"),
        area_code=uow.area_code,
        after_id=after,
        row_limit=limit,
    )


async def lock_accounts(
    uow: UnitOfWork, *, account_ids: Sequence[UUID]
) -> dict[UUID, AccountToVerify]:
    """Accounts by id, locked until the end of the transaction; those not visible are left out."""
    rows = await uow.fetch_all(
        load_sql(__file__, "lock_accounts"), account_ids=list(account_ids), on=uow.on
    )
    return {
        row.id: AccountToVerify(
            id=row.id,
            supplier_id=row.supplier_id,
            state=VerificationState(row.verification_state),
            proposed_by=row.proposed_by,
            verified_by_first=row.verified_by_first,
            has_ended=row.has_ended,
        )
        for row in rows
    }
