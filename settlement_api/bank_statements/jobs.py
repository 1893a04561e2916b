"""Fetches statements from the bank, and reads the files that came, however they came."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import structlog

from bank_adapters import mt940
from bank_adapters.errors import UnreadableMessage
from bank_adapters.port import BankAdapter
from bank_adapters.registry import open_adapter
from schemas.bank import BankStatement, StatementBalance, StatementEntry, StatementHeader, Verdict
from schemas.codes.bank_statements import FileFormat, FileSource
from schemas.problems import Problem
from schemas.times import CalendarMissing, WorkingCalendar, business_date
from settlement_api.bank_statements.errors import StatementOfAnotherAccount, StatementUnfit
from settlement_api.bank_statements.queries import covers_day, list_accounts
from settlement_api.bank_statements.service import import_file
from settlement_api.banks import bank_profile
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.rule_packs.service import load_calendar
from settlement_api.statement_files.service import (
    ReadBy,
    StoredBody,
    mark_unreadable,
    read_body,
    store_file,
)
from settlement_api.statement_tables.errors import TableUnreadable
from settlement_api.statement_tables.service import load_profiles, read_table
from settlement_api.unit_of_work import Actor, AreaScope

FETCH: Final = "bank_statements.fetch"
READ: Final = "bank_statements.read"
LOOK_BACK_DAYS: Final = 62
"""How far back an account without any statement is asked for."""
SATURDAY: Final = 5
UNBOOKABLE: Final = (
    UnreadableMessage,
    TableUnreadable,
    StatementUnfit,
    StatementOfAnotherAccount,
)
"""Faults of the file itself: it stays with them, and asking again would change nothing."""

log = structlog.get_logger()


async def fetch(context: JobContext, payload: dict[str, Any]) -> None:
    """Fetches every uncovered day of one or all accounts of an area, up to `through`.

    Payload: area_code; optional agency_account_id, `from` and `through` (days; default: after
    the last covered day, until yesterday). A day whose statement the bank does not have yet, or
    for which it gives something else, ends that account's turn, so that no later day is taken
    across a gap; only a rest day of a bank that states none is passed over. A fault of one account
    keeps no other from its turn; it is raised when all had theirs, so that the job runs again.
    """
    area = AreaScope(payload["area_code"])
    wanted = payload.get("agency_account_id")
    async with context.database.begin(area, actor=Actor.system(FETCH)) as uow:
        accounts = await list_accounts(uow, agency_account_id=UUID(wanted) if wanted else None)
        calendar = await load_calendar(uow)
    today = business_date(await context.clock.now())
    through = _day(payload.get("through")) or today - timedelta(days=1)
    adapter = _adapter(context)
    turn = _Turn(context, adapter, area, calendar)
    failed: list[Exception] = []
    try:
        for account in accounts:
            first = _day(payload.get("from")) or _first_day(account, through)
            try:
                await _fetch_account(turn, account, _days(first, through))
            except Exception as error:
                log.exception("bank_statements.account.failed", agency_account_id=str(account.id))
                failed.append(error)
    finally:
        await adapter.close()
    if failed:
        raise ExceptionGroup("statements of some accounts were not fetched", failed)


def _adapter(context: JobContext) -> BankAdapter:
    return open_adapter(bank_profile(context.settings, context.clock))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _first_day(account: Any, through: date) -> date:
    if account.covered_to_date is not None:
        covered: date = account.covered_to_date
        return covered + timedelta(days=1)
    valid_from: date = account.valid_from
    return max(valid_from, through - timedelta(days=LOOK_BACK_DAYS))


def _days(first: date, through: date) -> Iterator[date]:
    while first <= through:
        yield first
        first += timedelta(days=1)


@dataclass(frozen=True)
class _Turn:
    """One round of asking the bank for an area's statements."""

    context: JobContext
    adapter: BankAdapter
    area: AreaScope
    calendar: WorkingCalendar

    def may_lack(self, day: date) -> bool:
        """Whether the bank may have none of the day; one missing after all shows in the chain.

        A make-up Saturday works for us and perhaps not for the bank.
        """
        if self.adapter.capabilities.states_rest_days:
            return False
        try:
            return day.weekday() >= SATURDAY or not self.calendar.is_working(day)
        except CalendarMissing:
            return False


async def _fetch_account(turn: _Turn, account: Any, days: Iterator[date]) -> None:
    context, area = turn.context, turn.area
    number = context.keyring.account_number(
        account.account_ciphertext,
        account.key_id,
        of=account.id,
        blind_index=account.account_blind_index,
    )
    covered = account.covered_to_date is not None
    for day in days:
        covered = covered or (account.first_paid_date or date.max) <= day
        reply = await turn.adapter.fetch_statement(number, day)
        if reply.verdict is not Verdict.TAKEN:
            if reply.verdict is Verdict.UNKNOWN or (covered and not turn.may_lack(day)):
                log.info("bank_statements.day.missing", day=day.isoformat(), fault=reply.fault)
                return
            continue  # the bank opened the account later, or rested
        covered = True
        async with context.database.begin(area, actor=Actor.system(FETCH)) as uow:
            file_id = await store_file(
                uow,
                keyring=context.keyring,
                agency_account_id=account.id,
                body=reply.body,
                source=FileSource.FETCHED,
                statement_date=day,
            )
        await _read(context, turn.adapter, area, file_id)
        async with context.database.begin(area, actor=Actor.system(FETCH)) as uow:
            if not await covers_day(uow, agency_account_id=account.id, day=day):
                return


async def read(context: JobContext, payload: dict[str, Any]) -> None:
    """Reads one stored file (payload: area_code, aggregate_id); read before, it does nothing."""
    adapter = _adapter(context)
    try:
        area = AreaScope(payload["area_code"])
        await _read(context, adapter, area, UUID(payload["aggregate_id"]))
    finally:
        await adapter.close()


async def _read(context: JobContext, adapter: BankAdapter, area: AreaScope, file_id: UUID) -> None:
    """Reads, then books in one transaction; a file that cannot be taken says why and stays.

    Only faults of the message itself mark it so; anything else is raised, and the job runs again.
    """
    actor = Actor.system(READ)
    async with context.database.begin(area, actor=actor) as uow:
        stored = await read_body(uow, keyring=context.keyring, file_id=file_id)
    if stored is None:
        return
    try:
        parsed = await _parsed(context, adapter, stored)
        async with context.database.begin(area, actor=actor) as uow:
            await import_file(
                uow,
                keyring=context.keyring,
                file_id=file_id,
                statements=parsed.statements,
                xsd_valid=parsed.xsd_valid,
                read_by=parsed.read_by,
            )
    except UNBOOKABLE as error:
        fault = _fault_of(error)
        log.warning("bank_statements.file.unreadable", file_id=str(file_id), fault=fault)
        async with context.database.begin(area, actor=actor) as uow:
            await mark_unreadable(uow, file_id=file_id, fault=fault)


@dataclass(frozen=True)
class _Parsed:
    """The statements of a file, whether they keep to the official schema where their format has
    one, and the profile that read a table."""

    statements: Sequence[BankStatement]
    xsd_valid: bool | None = None
    read_by: ReadBy | None = None


async def _parsed(context: JobContext, adapter: BankAdapter, stored: StoredBody) -> _Parsed:
    """A file as its format is read. Raises UnreadableMessage, TableUnreadable, ProfilesBroken."""
    match stored.format:
        case FileFormat.MT940:
            return _Parsed(await asyncio.to_thread(mt940.read_statements, stored.body))
        case FileFormat.CSV | FileFormat.XLSX:
            profiles = load_profiles(context.settings.statement_profiles)
            declared, statement = await asyncio.to_thread(
                read_table, stored.body, stored.format, profiles
            )
            return _Parsed([statement], None, ReadBy(declared.profile.name, declared.sha256))
        case FileFormat.BANK_MESSAGE:
            statements = read_statements(adapter, stored.body)
            return _Parsed(statements, adapter.statement_is_valid(stored.body))


def read_statements(adapter: BankAdapter, body: bytes) -> Sequence[BankStatement]:
    """Every statement of a file, complete. Raises UnreadableMessage."""
    headers: list[StatementHeader] = []
    balances: list[list[StatementBalance]] = []
    entries: list[list[StatementEntry]] = []
    for part in adapter.read_statement(BytesIO(body)):
        if isinstance(part, StatementHeader):
            headers.append(part)
            balances.append([])
            entries.append([])
        elif isinstance(part, StatementBalance):
            balances[-1].append(part)
        else:
            entries[-1].append(part)
    if not headers:
        raise UnreadableMessage("/Document/BkToCstmrStmt: no statement in the file")
    return [BankStatement(*parts) for parts in zip(headers, balances, entries, strict=True)]


def _fault_of(error: Exception) -> str:
    if not isinstance(error, Problem):
        return str(error)
    faults = "; ".join(f"{fault.place}: {fault.message}" for fault in error.faults)
    return f"{error.code}: {faults or error.title}"


HANDLERS: dict[str, JobHandler] = {FETCH: fetch, READ: read}
SUBSCRIPTIONS: dict[str, str] = {"statement_files.file.received": READ}
AREA_SCHEDULES: dict[str, float] = {FETCH: 300.0}
