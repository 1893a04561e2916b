"""Uploading statements, reading what was booked, and opening transfers by two people."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter
from sqlalchemy import Row

from reconciler.bank_matching import EntriesMatched
from schemas.codes.bank_statements import (
    Continuity,
    EntryClass,
    FileFormat,
    FileSource,
    FileState,
    ProposalReason,
)
from schemas.codes.roles import Role
from schemas.messages.bank_statements import (
    AccountBalancesView,
    AccountBalanceView,
    EntryProposalsView,
    EntryProposalView,
    Moved,
    StatementEntryView,
    StatementFileTaken,
    StatementFileView,
    StatementView,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import format_yuan
from schemas.problems import NotFound
from schemas.tables.bank_statements import BankStatementRow, StatementEntryRow
from settlement_api.access import Principal, require_rows
from settlement_api.bank_statements import queries
from settlement_api.bank_statements.service import confirm_opening, propose_opening
from settlement_api.encryption import Keyring
from settlement_api.statement_files.policy import require_sound
from settlement_api.statement_files.service import MAX_FILE_BYTES, store_file
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
READERS: Final = (
    Role.FINANCE,
    Role.AGENCY_MAKER,
    Role.AGENCY_CHECKER,
    Role.AGENCY_RELEASER,
    Role.BUREAU_VIEWER,
    Role.ADMINISTRATOR,
)


@post("/", status_code=202, request_max_body_size=MAX_FILE_BYTES)
async def upload_statement(
    request: Request[Any, Any, Any],
    agency_account_id: FromQuery[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    keyring: NamedDependency[Keyring],
) -> StatementFileTaken:
    """Keeps a camt.05x, MT940, CSV or XLSX file of an account; it is read in the background.

    It is known by its content. The same bytes again are the same file. XML that is not plain is
    refused with its place, and so is what is none of these; what turns out to be no statement of
    this account stays, with its fault.
    """
    principal.require(Role.FINANCE, Role.AGENCY_MAKER)
    require_rows(uow)
    body = await request.body()
    if body:
        await asyncio.to_thread(require_sound, body)
    file_id = await store_file(
        uow,
        keyring=keyring,
        agency_account_id=agency_account_id,
        body=body,
        source=FileSource.UPLOADED,
    )
    return StatementFileTaken(file_id=file_id)


@get("/")
async def list_statements(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    agency_account_id: FromQuery[UUID | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[StatementView]:
    """Statements, the last imported first."""
    _require_reader(principal, uow)
    rows = await queries.list_statements(
        uow, agency_account_id=agency_account_id, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_statement_view(row) for row in rows], limit=limit)


@get("/files")
async def list_files(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    file_state: FromQuery[FileState | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[StatementFileView]:
    """Files that came, the newest first, and what became of each; `file_state=unreadable` for those
    of which nothing was booked."""
    _require_reader(principal, uow)
    rows = await queries.list_files(uow, state=file_state, after=decode_id(after), limit=limit + 1)
    return page_by_id([_file_view(row) for row in rows], limit=limit)


@get("/files/{file_id:uuid}")
async def show_file(
    file_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> StatementFileView:
    """What became of one file: waiting, read, or unreadable with its fault and place."""
    _require_reader(principal, uow)
    row = await queries.find_file(uow, file_id)
    if row is None:
        raise NotFound
    return _file_view(row)


@get("/balances")
async def list_balances(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> AccountBalancesView:
    """Per agency account: what its last statement closes with, and what the ledger says."""
    _require_reader(principal, uow)
    rows = await queries.closing_balances(uow)
    views = [
        AccountBalanceView(
            agency_account_id=row.agency_account_id,
            scheme=row.scheme,
            to_date=row.to_date,
            statement_closing=format_yuan(row.closing_minor),
            ledger_balance=format_yuan(row.ledger_minor),
        )
        for row in rows
    ]
    return AccountBalancesView(accounts=views)


@get("/proposals")
async def list_proposals(
    agency_account_id: FromQuery[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> EntryProposalsView:
    """What the debits of an account that wait in suspense may be; nothing is booked by it.

    Not paged: a proposal is read beside those it is tied with, and few debits wait.
    """
    _require_reader(principal, uow)
    matched = await queries.match_waiting(uow, agency_account_id=agency_account_id)
    return _proposals_view(matched)


@get("/{statement_id:uuid}/entries")
async def list_entries(
    *,
    statement_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[StatementEntryView]:
    """Entries that this statement brought, in its order."""
    _require_reader(principal, uow)
    rows = await queries.list_entries(
        uow, statement_id=statement_id, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_entry_view(row) for row in rows], limit=limit)


@post("/{statement_id:uuid}/opening/propose", status_code=200)
async def propose(
    statement_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Moved:
    """The first person vouches for the opening balance of an account's first statement."""
    principal.require(Role.FINANCE, Role.AGENCY_MAKER)
    require_rows(uow)
    await propose_opening(uow, statement_id=statement_id)
    return Moved(id=statement_id)


@post("/{statement_id:uuid}/opening/confirm", status_code=200)
async def confirm(
    statement_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Moved:
    """A second person confirms, and the opening transfer is booked."""
    principal.require(Role.FINANCE, Role.AGENCY_CHECKER)
    require_rows(uow)
    await confirm_opening(uow, statement_id=statement_id)
    return Moved(id=statement_id)


def _require_reader(principal: Principal, uow: UnitOfWork) -> None:
    principal.require(*READERS)
    require_rows(uow)


def _file_view(row: Row[Any]) -> StatementFileView:
    return StatementFileView(
        id=row.id,
        agency_account_id=row.agency_account_id,
        source=FileSource(row.source),
        format=FileFormat(row.format),
        statement_date=row.statement_date,
        state=FileState(row.state),
        fault=row.fault,
        xsd_valid=row.xsd_valid,
        profile=row.profile,
        received_at=row.received_at,
        received_by=row.received_by,
    )


def _statement_view(row: BankStatementRow) -> StatementView:
    return StatementView(
        id=row.id,
        agency_account_id=row.agency_account_id,
        scheme=row.scheme,
        statement_identification=row.statement_identification,
        from_date=row.from_date,
        to_date=row.to_date,
        opening=format_yuan(row.opening_minor),
        closing=format_yuan(row.closing_minor),
        credits=format_yuan(row.credit_minor),
        debits=format_yuan(row.debit_minor),
        entry_count=row.entry_count,
        known_before_count=row.known_before_count,
        not_booked_count=row.not_booked_count,
        balanced=row.balanced,
        continuity=Continuity(row.continuity),
        chain_difference=format_yuan(row.chain_difference_minor),
        opening_confirmed=row.opening_confirmed_by is not None,
    )


def _entry_view(row: StatementEntryRow) -> StatementEntryView:
    return StatementEntryView(
        id=row.id,
        line_number=row.line_number,
        entry_class=EntryClass(row.entry_class),
        amount=format_yuan(row.amount_minor),
        is_credit=row.is_credit,
        booking_date=row.booking_date,
        end_to_end_id=row.end_to_end_id,
        return_reason=row.return_reason,
        counterparty_name=row.counterparty_name,
        counterparty_last4=row.counterparty_last4,
        remittance=row.remittance,
    )


def _proposals_view(matched: EntriesMatched) -> EntryProposalsView:
    certain = [
        EntryProposalView(
            statement_entry_ids=[UUID(one.entry)],
            end_to_end_ids=list(one.payments),
            reason=ProposalReason.BANKS_WORD,
            difference=format_yuan(0),
            tied=False,
        )
        for one in matched.explained
    ]
    others = [
        EntryProposalView(
            statement_entry_ids=[UUID(entry) for entry in one.entries],
            end_to_end_ids=list(one.payments),
            reason=one.reason,
            difference=format_yuan(one.difference),
            tied=one.tied,
        )
        for one in matched.proposals
    ]
    return EntryProposalsView(
        amount=format_yuan(matched.amount),
        proposed=format_yuan(matched.matched + matched.discrepant),
        waiting=format_yuan(matched.still_waiting),
        unexplained=[UUID(entry) for entry in matched.waiting],
        proposals=certain + others,
    )


router = Router(
    "/bank-statements",
    route_handlers=[
        upload_statement,
        list_statements,
        list_files,
        show_file,
        list_balances,
        list_proposals,
        list_entries,
        propose,
        confirm,
    ],
    tags=["bank statements"],
)
