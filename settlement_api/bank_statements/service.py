"""Turns each statement into entries, evidence for payments, and postings of the bank account."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from schemas.bank import BankStatement
from schemas.codes.bank_statements import Continuity, EntryClass, SuspenseReason
from schemas.codes.ledger import Book
from schemas.events.bank_statements import OpeningTransferred, StatementImported
from schemas.money import Money
from schemas.tables.bank_statements import BankStatementRow
from settlement_api.approvals.service import deciding_person
from settlement_api.bank_statements.errors import (
    OpeningNotNeeded,
    StatementOfAnotherAccount,
    StatementUnfit,
)
from settlement_api.bank_statements.policy import (
    Figures,
    Line,
    Previous,
    bookings_of,
    classify,
    continuity_of,
    figures_of,
    leg_of,
    lines_of,
    names_no_payment,
    open_day,
    opening_leg,
    proves_its_day,
    suspense_reason,
    taken_apart,
)
from settlement_api.bank_statements.queries import explained_lines, require_one_dialect
from settlement_api.encryption import Keyring
from settlement_api.ledger.policy import STATEMENT, STATEMENT_ENTRY
from settlement_api.ledger.queries import last_closed_period
from settlement_api.ledger.service import EntryDraft, post_entries
from settlement_api.outcomes.queries import doubtful_entries
from settlement_api.outcomes.service import cover_day, record_bookings
from settlement_api.persistence import load_sql
from settlement_api.statement_files.service import ReadBy, StatementAccount, mark_read
from settlement_api.suspense.queries import funding_indexes
from settlement_api.suspense.service import open_cases
from settlement_api.unit_of_work import UnitOfWork

_LINE_TABLE: Final = """
    entry_id uuid DEFAULT uuidv7(), line_number int, detail_number int, content_digest bytea,
    amount_minor bigint, is_credit bool, is_return bool, booking_date date, value_date date,
    bank_reference text, end_to_end_id text, return_reason text, counterparty_name text,
    counterparty_blind_index bytea, counterparty_last4 text, remittance text
"""
_LINE_COLUMNS: Final = (
    "line_number", "detail_number", "content_digest", "amount_minor", "is_credit", "is_return",
    "booking_date", "value_date", "bank_reference", "end_to_end_id", "return_reason",
    "counterparty_name", "counterparty_blind_index", "counterparty_last4", "remittance",
)  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """What one statement came to."""

    statement_id: UUID
    entries: int
    known_before: int
    suspense: int
    balanced: bool
    continuity: Continuity


@dataclass(frozen=True)
class _Judged:
    entry_id: UUID
    line: Line
    entry_class: EntryClass


@dataclass(frozen=True)
class _Counted:
    """A statement's figures, its lines, and how many of them were known before."""

    figures: Figures
    entries: int
    known_before: int


async def import_file(
    uow: UnitOfWork,
    *,
    keyring: Keyring,
    file_id: UUID,
    statements: Sequence[BankStatement],
    xsd_valid: bool | None,
    read_by: ReadBy | None = None,
) -> list[Imported]:
    """Books every statement of a stored file, once; a file read before gives nothing.

    Raises StatementOfAnotherAccount and StatementUnfit, naming every fault.
    """
    account = await mark_read(uow, file_id=file_id, xsd_valid=xsd_valid, read_by=read_by)
    if account is None:
        return []
    imported = []
    for statement in statements:
        number = statement.header.account_number
        if number is not None and keyring.blind_index(number) != account.blind_index:
            raise StatementOfAnotherAccount(statement=statement.header.statement_id)
        imported.append(await _import(uow, keyring, file_id, account, statement))
    return imported


async def _import(
    uow: UnitOfWork,
    keyring: Keyring,
    file_id: UUID,
    account: StatementAccount,
    statement: BankStatement,
) -> Imported:
    figures, faults = figures_of(statement)
    if figures is None:
        raise StatementUnfit(faults=faults)
    await require_one_dialect(uow, file_id=file_id, figures=figures)
    lines = lines_of(statement, account_id=account.id, to_date=figures.to_date)
    fresh = await _stage_lines(uow, keyring, account.id, lines)
    known_before = len(lines) - len(fresh)
    counted = _Counted(figures, len(lines), known_before)
    row = await _store_statement(uow, file_id, account, counted)
    fresh = await _take_apart(uow, keyring, account.id, fresh)
    not_ours = await record_bookings(
        uow,
        cause_id=row.id,
        agency_account_id=account.id,
        bookings=bookings_of(fresh),
    )
    judged = await _judge(uow, keyring, account.id, fresh, not_ours)
    await _store_entries(uow, account, row.id, judged)
    await _post(uow, account, judged)
    suspense = await open_cases(uow, waiting=await _waiting(uow, judged))
    await uow.record(
        StatementImported(
            area_code=uow.area_code,
            aggregate_id=row.id,
            agency_account_id=account.id,
            from_date=figures.from_date,
            to_date=figures.to_date,
            entry_count=len(lines),
            known_before_count=known_before,
            suspense_count=suspense,
            balanced=figures.balanced,
            continuity=row.continuity,
        )
    )
    continuity = Continuity(row.continuity)
    return Imported(row.id, len(lines), known_before, suspense, figures.balanced, continuity)


async def _stage_lines(
    uow: UnitOfWork, keyring: Keyring, account_id: UUID, lines: Sequence[Line]
) -> list[tuple[UUID, Line]]:
    """The lines that no statement brought before, each with its new id."""
    await uow.keep_staging({"statement_line": _LINE_TABLE})
    await uow.copy_rows("statement_line", _LINE_COLUMNS, (_record(line, keyring) for line in lines))
    rows = await uow.fetch_all(
        load_sql(__file__, "new_lines"), area_code=uow.area_code, agency_account_id=account_id
    )
    by_number = {(line.line_number, line.detail_number): line for line in lines}
    return [(row.entry_id, by_number[row.line_number, row.detail_number]) for row in rows]


async def _take_apart(
    uow: UnitOfWork, keyring: Keyring, account_id: UUID, fresh: list[tuple[UUID, Line]]
) -> list[tuple[UUID, Line]]:
    """Collective entries as the payments that the bank's own word says they are, staged anew."""
    unnamed = {str(entry_id): line for entry_id, line in fresh if names_no_payment(line)}
    if not unnamed:
        return fresh
    explained = await explained_lines(uow, agency_account_id=account_id, lines=unnamed)
    if not explained:
        return fresh
    lines: list[Line] = []
    for entry_id, line in fresh:
        payments = explained.get(str(entry_id))
        lines += taken_apart(line, payments) if payments else [line]
    return await _stage_lines(uow, keyring, account_id, lines)


def _record(line: Line, keyring: Keyring) -> tuple[Any, ...]:
    number = line.counterparty_account
    return (
        line.line_number, line.detail_number, line.content_digest, line.amount, line.is_credit,
        line.is_return, line.booking_date, line.value_date, line.bank_reference,
        line.end_to_end_id, line.return_reason, line.counterparty_name,
        keyring.blind_index(number) if number else None, number[-4:] if number else None,
        line.remittance,
    )  # fmt: skip


async def _store_statement(
    uow: UnitOfWork, file_id: UUID, account: StatementAccount, counted: _Counted
) -> BankStatementRow:
    figures = counted.figures
    position = {
        "area_code": uow.area_code,
        "agency_account_id": account.id,
        "identification": figures.identification,
        "from_date": figures.from_date,
        "to_date": figures.to_date,
        "sequence": figures.sequence or 0,
    }
    reissued = await uow.fetch_value(
        "SELECT count(*) FROM bank_statement WHERE area_code = :area_code"
        " AND agency_account_id = :agency_account_id"
        " AND statement_identification = :identification",
        area_code=uow.area_code,
        agency_account_id=account.id,
        identification=figures.identification,
    )
    before = await uow.fetch_one(load_sql(__file__, "previous_statement"), **position)
    repeats = bool(counted.known_before or reissued)
    continuity, difference = continuity_of(figures, _previous(before), repeats=repeats)
    row = BankStatementRow(
        area_code=uow.area_code,
        statement_file_id=file_id,
        agency_account_id=account.id,
        scheme=account.scheme,
        statement_identification=figures.identification,
        sequence_number=figures.sequence,
        from_date=figures.from_date,
        to_date=figures.to_date,
        opening_minor=figures.opening,
        closing_minor=figures.closing,
        credit_minor=figures.credits,
        debit_minor=figures.debits,
        entry_count=counted.entries,
        known_before_count=counted.known_before,
        not_booked_count=figures.not_booked,
        balanced=figures.balanced,
        continuity=continuity,
        chain_difference_minor=difference,
        imported_at=uow.at,
    )
    uow.session.add(row)
    await uow.session.flush()
    await _cover_day(uow, account.id, figures, continuity)
    if not repeats:
        await _rejoin_following(uow, figures, position)
    return row


async def _cover_day(
    uow: UnitOfWork, account_id: UUID, figures: Figures, continuity: Continuity
) -> None:
    if proves_its_day(figures, continuity, today=uow.on):
        await cover_day(uow, agency_account_id=account_id, day=figures.to_date)


def _previous(row: Any) -> Previous | None:
    return Previous(row.sequence_number, row.to_date, row.closing_minor) if row else None


async def _rejoin_following(uow: UnitOfWork, figures: Figures, position: dict[str, Any]) -> None:
    """A statement that arrives late may close the gap before the one after it."""
    after = await uow.fetch_one(load_sql(__file__, "following_statement"), **position)
    if after is None or after.continuity == Continuity.OVERLAP or after.opening_proposed_by:
        return
    following = Figures(
        after.statement_identification,
        after.sequence_number,
        after.from_date,
        after.to_date,
        after.opening_minor,
        after.closing_minor,
        after.credit_minor,
        after.debit_minor,
        after.not_booked_count,
    )
    before = Previous(figures.sequence, figures.to_date, figures.closing)
    continuity, difference = continuity_of(following, before, repeats=False)
    await uow.execute(
        "UPDATE bank_statement SET continuity = :continuity, chain_difference_minor = :difference"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=after.id,
        continuity=continuity,
        difference=difference,
    )
    await _cover_day(uow, position["agency_account_id"], following, continuity)


async def _judge(
    uow: UnitOfWork,
    keyring: Keyring,
    account_id: UUID,
    fresh: Sequence[tuple[UUID, Line]],
    not_ours: AbstractSet[str],
) -> list[_Judged]:
    """Says what each line is; `not_ours` are end-to-end ids of no payment of this area."""
    indexes = await funding_indexes(uow, agency_account_id=account_id)
    payers = {line.counterparty_account for _, line in fresh if line.counterparty_account}
    funding = {payer for payer in payers if keyring.blind_index(payer) in indexes}
    return [
        _Judged(entry_id, line, classify(line, not_ours=not_ours, funding=funding))
        for entry_id, line in fresh
    ]


async def _waiting(uow: UnitOfWork, judged: Sequence[_Judged]) -> list[tuple[UUID, SuspenseReason]]:
    returns = {
        item.entry_id: UUID(hex=item.line.end_to_end_id)
        for item in judged
        if item.entry_class is EntryClass.RETURN and item.line.end_to_end_id
    }
    partial = await doubtful_entries(
        uow, attempt_ids=list(returns.values()), entry_ids=list(returns)
    )
    reasons = [
        (
            item.entry_id,
            suspense_reason(item.line, item.entry_class, is_partial=item.entry_id in partial),
        )
        for item in judged
    ]
    return [(entry_id, reason) for entry_id, reason in reasons if reason is not None]


async def _store_entries(
    uow: UnitOfWork, account: StatementAccount, statement_id: UUID, judged: Sequence[_Judged]
) -> None:
    await uow.execute(
        load_sql(__file__, "insert_entries"),
        area_code=uow.area_code,
        statement_id=statement_id,
        agency_account_id=account.id,
        scheme=account.scheme,
        entry_ids=[item.entry_id for item in judged],
        entry_classes=[item.entry_class.value for item in judged],
    )


async def _post(uow: UnitOfWork, account: StatementAccount, judged: Sequence[_Judged]) -> None:
    """Books each line on its day, or today where that month is closed."""
    closed = await last_closed_period(uow)
    entries = [
        EntryDraft(
            book=Book.FUND,
            scheme=account.scheme,
            basis_kind=STATEMENT_ENTRY,
            basis_id=item.entry_id,
            booking_date=open_day(item.line.booking_date, closed_through=closed, today=uow.on),
            legs=(leg_of(item.line, item.entry_class, account_id=account.id),),
            purpose="booked",
            value_date=item.line.value_date or item.line.booking_date,
        )
        for item in judged
    ]
    await post_entries(uow, entries=entries)


async def propose_opening(uow: UnitOfWork, *, statement_id: UUID) -> None:
    """The first person vouches for the opening balance of an account's first statement.

    Raises NotAPerson, OpeningNotNeeded.
    """
    moved = await uow.execute(
        "UPDATE bank_statement SET opening_proposed_by = :person"
        " WHERE area_code = :area_code AND id = :statement_id AND continuity = 'first'"
        " AND opening_minor <> 0 AND opening_proposed_by IS NULL",
        area_code=uow.area_code,
        statement_id=statement_id,
        person=deciding_person(uow),
    )
    if moved != 1:
        raise OpeningNotNeeded


async def confirm_opening(uow: UnitOfWork, *, statement_id: UUID) -> None:
    """A second person confirms: the opening transfer, citing the statement, is booked.

    Raises NotAPerson, OpeningNotNeeded.
    """
    person = deciding_person(uow)
    row = await uow.fetch_one(
        "UPDATE bank_statement SET opening_confirmed_by = :person"
        " WHERE area_code = :area_code AND id = :statement_id"
        " AND opening_proposed_by <> :person AND opening_confirmed_by IS NULL"
        " RETURNING agency_account_id, scheme, from_date, opening_minor, opening_proposed_by",
        area_code=uow.area_code,
        statement_id=statement_id,
        person=person,
    )
    if row is None:
        raise OpeningNotNeeded
    closed = await last_closed_period(uow)
    entry = EntryDraft(
        book=Book.FUND,
        scheme=row.scheme,
        basis_kind=STATEMENT,
        basis_id=statement_id,
        booking_date=open_day(row.from_date, closed_through=closed, today=uow.on),
        legs=(opening_leg(Money(row.opening_minor), account_id=row.agency_account_id),),
        purpose="opening",
        value_date=row.from_date,
    )
    await post_entries(uow, entries=[entry])
    await uow.record(
        OpeningTransferred(
            area_code=uow.area_code,
            aggregate_id=statement_id,
            agency_account_id=row.agency_account_id,
            amount_minor=row.opening_minor,
            proposed_by=row.opening_proposed_by,
            confirmed_by=person,
        )
    )
