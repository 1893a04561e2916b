"""Batches and their frozen content as looked up, listed and locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, func, or_, select

from schemas.codes.batches import ExclusionReason
from schemas.codes.ledger import AccountKind, Book
from schemas.tables.batches import BatchExclusion, BatchRecovery, PaymentBatch, SetOff
from schemas.tables.parties import AgencyAccount
from schemas.tables.payments import Payment, PaymentItem
from settlement_api.batches.errors import AgencyAccountMissing, BatchNotFound
from settlement_api.batches.policy import spendable
from settlement_api.ledger.policy import AccountKey
from settlement_api.ledger.queries import balance_of
from settlement_api.parties.queries import Payee, mandates_in_force, resolve_payees
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def get_batch(uow: UnitOfWork, *, batch_id: UUID) -> PaymentBatch:
    """The batch. Raises BatchNotFound."""
    return await _batch(uow, batch_id, lock=False)


async def lock_batch(uow: UnitOfWork, *, batch_id: UUID) -> PaymentBatch:
    """The batch, locked until commit. Raises BatchNotFound."""
    return await _batch(uow, batch_id, lock=True)


async def _batch(uow: UnitOfWork, batch_id: UUID, *, lock: bool) -> PaymentBatch:
    statement = (
        select(PaymentBatch)
        .where(col(PaymentBatch.area_code) == uow.area_code)
        .where(col(PaymentBatch.id) == batch_id)
    )
    if lock:
        statement = statement.with_for_update(key_share=True)
        statement = statement.execution_options(populate_existing=True)
    batch = (await uow.session.exec(statement)).one_or_none()
    if batch is None:
        raise BatchNotFound
    return batch


async def content_hash(uow: UnitOfWork, *, batch_id: UUID) -> bytes:
    """SHA-256 over the batch's rows as they are now (32 bytes)."""
    digest: bytes = await uow.fetch_value(
        f"SELECT sha256(content) FROM ({content_question()}\n) AS told",
        area_code=uow.area_code,
        batch_id=batch_id,
    )
    return digest


def content_question() -> str:
    """Asks for the bytes that a batch's content hash is taken over (`content`)."""
    items = load_sql(__file__, "content_items")
    return load_sql(__file__, "content").replace(":items", items)


def items_question() -> str:
    """Asks for the bytes that the content names by their SHA-256 (`items`)."""
    items = load_sql(__file__, "content_items")
    return f"SELECT string_agg(fields, '' ORDER BY fields) AS items FROM ({items}) AS item (fields)"


async def account_in_force(uow: UnitOfWork, *, agency_id: UUID, scheme: str) -> AgencyAccount:
    """The agency's expenditure account of a scheme today. Raises AgencyAccountMissing."""
    account = AgencyAccount
    found = await uow.session.exec(
        select(account)
        .where(col(account.area_code) == uow.area_code)
        .where(col(account.agency_id) == agency_id)
        .where(col(account.scheme) == scheme)
        .where(col(account.valid_from) <= uow.on)
        .where(or_(col(account.valid_to).is_(None), col(account.valid_to) >= uow.on))
    )
    in_force = found.one_or_none()
    if in_force is None:
        raise AgencyAccountMissing(scheme=scheme)
    return in_force


async def spendable_minor(uow: UnitOfWork, *, account: AgencyAccount) -> int:
    """What the account can still pay (fen): statement balance less money under way or in suspense.

    What batches hold is read before the ledger: a debit booked in between is then counted
    twice, never not at all.
    """
    reserved = await uow.fetch_value(
        load_sql(__file__, "reserved_total"), area_code=uow.area_code, scheme=account.scheme
    )
    bank = await balance_of(
        uow,
        book=Book.FUND,
        scheme=account.scheme,
        account=AccountKey(AccountKind.BANK, account.id),
    )
    in_transit = await balance_of(
        uow, book=Book.FUND, scheme=account.scheme, account=AccountKey(AccountKind.IN_TRANSIT)
    )
    suspense = await balance_of(
        uow, book=Book.FUND, scheme=account.scheme, account=AccountKey(AccountKind.SUSPENSE)
    )
    return spendable(
        bank_minor=bank,
        in_transit_minor=in_transit,
        reserved_minor=reserved,
        suspense_minor=suspense,
    )


async def payees_of_open_shares(uow: UnitOfWork, *, scheme: str, cooling_days: int) -> list[Payee]:
    """Where every supplier with something open in a scheme is paid today, or why it is not."""
    rows = await uow.fetch_all(
        load_sql(__file__, "suppliers_of_open_shares"), area_code=uow.area_code, scheme=scheme
    )
    return await resolve_payees(
        uow,
        supplier_ids=[row.supplier_id for row in rows],
        on=uow.on,
        cooling_days=cooling_days,
    )


async def unmandated_hospitals(uow: UnitOfWork, *, batch_id: UUID) -> list[str]:
    """Codes of the batch's hospitals without a mandate in force today."""
    rows = await uow.fetch_all(
        load_sql(__file__, "unmandated_hospitals"),
        area_code=uow.area_code,
        batch_id=batch_id,
        mandated=list(await mandates_in_force(uow, uow.on)),
    )
    return [row.hospital_code for row in rows]


async def blocked_payees(uow: UnitOfWork, *, batch_id: UUID) -> list[str]:
    """USCCs of the batch's suppliers whose account in it has been blocked since."""
    rows = await uow.fetch_all(
        load_sql(__file__, "frozen_payees"), area_code=uow.area_code, batch_id=batch_id
    )
    return [row.uscc for row in rows]


async def list_batches(
    uow: UnitOfWork, *, after: UUID | None, limit: int, period: str | None = None
) -> Sequence[PaymentBatch]:
    """`limit + 1` batches of the area in the order of their ids."""
    batch = PaymentBatch
    statement = select(batch).where(col(batch.area_code) == uow.area_code).order_by(col(batch.id))
    if after is not None:
        statement = statement.where(col(batch.id) > after)
    if period is not None:
        statement = statement.where(col(batch.period) == period)
    return (await uow.session.exec(statement.limit(limit + 1))).all()


async def list_payments(
    uow: UnitOfWork, *, batch_id: UUID, after: UUID | None, limit: int
) -> Sequence[Payment]:
    """`limit + 1` payments of a batch in the order of their ids."""
    return await _of_batch(Payment, uow, batch_id=batch_id, after=after, limit=limit)


async def list_items(
    uow: UnitOfWork, *, payment_id: UUID, after: UUID | None, limit: int
) -> Sequence[PaymentItem]:
    """`limit + 1` items of one payment in the order of their ids."""
    item = PaymentItem
    statement = (
        select(item)
        .where(col(item.area_code) == uow.area_code)
        .where(col(item.payment_id) == payment_id)
        .order_by(col(item.id))
    )
    if after is not None:
        statement = statement.where(col(item.id) > after)
    return (await uow.session.exec(statement.limit(limit + 1))).all()


async def list_exclusions(
    uow: UnitOfWork, *, batch_id: UUID, after: UUID | None, limit: int
) -> Sequence[BatchExclusion]:
    """`limit + 1` exclusions of a batch in the order of their ids."""
    return await _of_batch(BatchExclusion, uow, batch_id=batch_id, after=after, limit=limit)


async def list_recoveries(
    uow: UnitOfWork, *, batch_id: UUID, after: UUID | None, limit: int
) -> Sequence[BatchRecovery]:
    """`limit + 1` hospitals of a batch with what is planned and what is short."""
    return await _of_batch(BatchRecovery, uow, batch_id=batch_id, after=after, limit=limit)


async def list_set_offs(
    uow: UnitOfWork, *, batch_id: UUID, after: UUID | None, limit: int
) -> Sequence[SetOff]:
    """`limit + 1` set-offs of a batch in the order of their ids."""
    return await _of_batch(SetOff, uow, batch_id=batch_id, after=after, limit=limit)


_Row = TypeVar("_Row", Payment, BatchExclusion, BatchRecovery, SetOff)


async def _of_batch(
    table: type[_Row], uow: UnitOfWork, *, batch_id: UUID, after: UUID | None, limit: int
) -> Sequence[_Row]:
    statement = (
        select(table)
        .where(col(table.area_code) == uow.area_code)
        .where(col(table.payment_batch_id) == batch_id)
        .order_by(col(table.id))
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(col(table.id) > after)
    return (await uow.session.exec(statement)).all()


@dataclass(frozen=True)
class ExclusionTotal:
    """How much one reason left out of a batch."""

    reason: ExclusionReason
    count: int
    amount_minor: int


async def exclusion_totals(uow: UnitOfWork, *, batch_id: UUID) -> list[ExclusionTotal]:
    """Per reason: how many were left out, and how much."""
    exclusion = BatchExclusion
    found = await uow.session.exec(
        select(exclusion.reason, func.count(), func.sum(exclusion.amount_minor))
        .where(col(exclusion.area_code) == uow.area_code)
        .where(col(exclusion.payment_batch_id) == batch_id)
        .group_by(exclusion.reason)
        .order_by(exclusion.reason)
    )
    return [
        ExclusionTotal(ExclusionReason(reason), count, int(amount))
        for reason, count, amount in found.all()
    ]
