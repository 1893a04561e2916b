"""Keeps statement files, says which were read, and which could not be."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final
from uuid import UUID

from schemas.codes.bank_statements import FileFormat, FileSource, FileState
from schemas.events.statement_files import StatementFileReceived, StatementFileUnreadable
from schemas.tables.bank_statements import StatementFile
from settlement_api.encryption import Keyring
from settlement_api.statement_files.errors import AccountUnknown, StatementEmpty
from settlement_api.statement_files.policy import format_of
from settlement_api.unit_of_work import UnitOfWork

MAX_FILE_BYTES: Final = 256 << 20


@dataclass(frozen=True)
class StatementAccount:
    """An agency account whose statements are being taken."""

    id: UUID
    scheme: str
    blind_index: bytes


async def lock_account(uow: UnitOfWork, agency_account_id: UUID) -> StatementAccount:
    """The account, held so that statements of one account are taken one after another."""
    account = await uow.fetch_one(
        "SELECT id, scheme, account_blind_index FROM agency_account"
        " WHERE area_code = :area_code AND id = :account_id FOR NO KEY UPDATE",
        area_code=uow.area_code,
        account_id=agency_account_id,
    )
    if account is None:
        raise AccountUnknown
    return StatementAccount(
        UUID(int=account.id.int), account.scheme, bytes(account.account_blind_index)
    )


async def store_file(
    uow: UnitOfWork,
    *,
    keyring: Keyring,
    agency_account_id: UUID,
    body: bytes,
    source: FileSource,
    statement_date: date | None = None,
) -> UUID:
    """Keeps the bytes of a statement, encrypted, before anything reads them.

    The same bytes for the same account are the same file: its id is given again. Raises
    AccountUnknown, StatementEmpty.
    """
    if not 0 < len(body) <= MAX_FILE_BYTES:
        raise StatementEmpty
    await lock_account(uow, agency_account_id)
    digest = sha256(body).digest()
    known = await uow.fetch_value(
        "SELECT id FROM statement_file WHERE area_code = :area_code"
        " AND agency_account_id = :account_id AND body_sha256 = :digest",
        area_code=uow.area_code,
        account_id=agency_account_id,
        digest=digest,
    )
    if known is not None:
        return UUID(int=known.int)
    file_id = await uow.fresh_id()
    ciphertext, key_id = keyring.encrypt(body, of=file_id)
    stored = StatementFile(
        area_code=uow.area_code,
        id=file_id,
        agency_account_id=agency_account_id,
        source=source,
        format=FileFormat.BANK_MESSAGE if source is FileSource.FETCHED else format_of(body),
        statement_date=statement_date,
        body_ciphertext=ciphertext,
        key_id=key_id,
        body_sha256=digest,
        state=FileState.RECEIVED,
        received_at=uow.at,
    )
    uow.session.add(stored)
    await uow.session.flush()
    await uow.record(
        StatementFileReceived(
            area_code=uow.area_code, aggregate_id=stored.id, agency_account_id=agency_account_id
        )
    )
    return stored.id


async def mark_unreadable(uow: UnitOfWork, *, file_id: UUID, fault: str) -> None:
    """A stored file that cannot be read stays, with the reason; nothing of it is booked."""
    row = await uow.fetch_one(
        "UPDATE statement_file SET state = 'unreadable', fault = :fault"
        " WHERE area_code = :area_code AND id = :file_id AND state = 'received'"
        " RETURNING agency_account_id",
        area_code=uow.area_code,
        file_id=file_id,
        fault=fault,
    )
    if row is not None:
        await uow.record(
            StatementFileUnreadable(
                area_code=uow.area_code,
                aggregate_id=file_id,
                agency_account_id=row.agency_account_id,
                fault=fault,
            )
        )


@dataclass(frozen=True)
class StoredBody:
    """The plain bytes of a file, and what they are."""

    body: bytes
    format: FileFormat


async def read_body(uow: UnitOfWork, *, keyring: Keyring, file_id: UUID) -> StoredBody | None:
    """The bytes of a file that nobody has read yet; None when there is nothing to do."""
    stored = await uow.session.get(StatementFile, (uow.area_code, file_id))
    if stored is None or stored.state != FileState.RECEIVED:
        return None
    body = keyring.decrypt(stored.body_ciphertext, stored.key_id, of=stored.id)
    return StoredBody(body, FileFormat(stored.format))


@dataclass(frozen=True)
class ReadBy:
    """The profile that read a table, CODE:VERSION, and the digest of what declares it."""

    profile: str
    sha256: bytes


async def mark_read(
    uow: UnitOfWork, *, file_id: UUID, xsd_valid: bool | None, read_by: ReadBy | None = None
) -> StatementAccount | None:
    """Moves a file to `read` and locks its account; None when somebody read it before."""
    moved = await uow.fetch_one(
        "UPDATE statement_file SET state = 'read', xsd_valid = :xsd_valid,"
        " profile = :profile, profile_sha256 = :profile_sha256"
        " WHERE area_code = :area_code AND id = :file_id AND state = 'received'"
        " RETURNING agency_account_id",
        area_code=uow.area_code,
        file_id=file_id,
        xsd_valid=xsd_valid,
        profile=read_by.profile if read_by else None,
        profile_sha256=read_by.sha256 if read_by else None,
    )
    return await lock_account(uow, moved.agency_account_id) if moved else None
