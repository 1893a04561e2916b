"""Bank statements: files kept before they are read, statements that chain, entries booked once."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint

from schemas.codes.bank_statements import (
    Continuity,
    EntryClass,
    FileFormat,
    FileSource,
    FileState,
    SuspenseReason,
    SuspenseResolution,
    SuspenseStatus,
)
from schemas.tables.base import (
    TenantRow,
    ids_field,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def _of_agency_account() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["area_code", "agency_account_id"], ["agency_account.area_code", "agency_account.id"]
    )


SCHEMES = "scheme IN ('310', '390')"


class StatementFile(TenantRow, table=True):
    """The exact bytes of one statement file, encrypted; the digest is over the plaintext.

    `xsd_valid` is a flag, never a gate: refusing a statement is worse than storing it.
    """

    __tablename__ = "statement_file"
    __table_args__ = (
        _of_agency_account(),
        UniqueConstraint("area_code", "agency_account_id", "body_sha256"),
        CheckConstraint("octet_length(body_sha256) = 32", name="digest_length"),
        CheckConstraint(_one_of("state", FileState), name="state_known"),
        CheckConstraint(_one_of("source", FileSource), name="source_known"),
        CheckConstraint(_one_of("format", FileFormat), name="format_known"),
        CheckConstraint(
            "(profile IS NULL) = (profile_sha256 IS NULL)"
            " AND (profile IS NULL OR (format IN ('csv', 'xlsx') AND state = 'read'))",
            name="profile_of_a_table",
        ),
        CheckConstraint("octet_length(profile_sha256) = 32", name="profile_digest_length"),
        CheckConstraint("(state = 'unreadable') = (fault IS NOT NULL)", name="fault_when_unread"),
        Index("ix_statement_file_state", "area_code", "state"),
        tenant(updatable=("state", "fault", "xsd_valid", "profile", "profile_sha256")),
    )

    agency_account_id: UUID
    source: str = text_field()
    format: str = text_field()
    statement_date: date | None = None
    body_ciphertext: bytes
    key_id: str = text_field()
    body_sha256: bytes
    state: str = text_field()
    xsd_valid: bool | None = None
    profile: str | None = text_field(default=None)
    profile_sha256: bytes | None = None
    fault: str | None = text_field(default=None)
    received_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class BankStatementRow(TenantRow, table=True):
    """One statement of one account: its balances, whether they add up, and how it chains.

    `balanced`: opening + credits − debits = closing. `chain_difference_minor` is its opening
    less the closing before it. A first statement that does not open at 0 needs an opening
    transfer by two people.
    """

    __tablename__ = "bank_statement"
    __table_args__ = (
        _of_agency_account(),
        ForeignKeyConstraint(
            ["area_code", "statement_file_id"], ["statement_file.area_code", "statement_file.id"]
        ),
        UniqueConstraint(
            "area_code", "agency_account_id", "statement_identification", "statement_file_id"
        ),
        Index("ix_bank_statement_account", "area_code", "agency_account_id", "to_date"),
        CheckConstraint(SCHEMES, name="scheme_known"),
        CheckConstraint(_one_of("continuity", Continuity), name="continuity_known"),
        CheckConstraint(
            "balanced = (opening_minor + credit_minor - debit_minor = closing_minor)",
            name="balanced_is_computed",
        ),
        CheckConstraint("credit_minor >= 0 AND debit_minor >= 0", name="sums_not_negative"),
        CheckConstraint("from_date <= to_date", name="dates_in_order"),
        CheckConstraint("opening_proposed_by <> opening_confirmed_by", name="opening_by_two"),
        CheckConstraint(
            "opening_confirmed_by IS NULL OR opening_proposed_by IS NOT NULL",
            name="opening_proposed_first",
        ),
        CheckConstraint(
            "opening_proposed_by IS NULL OR (continuity = 'first' AND opening_minor <> 0)",
            name="opening_of_a_first_statement",
        ),
        tenant(
            updatable=(
                "opening_proposed_by",
                "opening_confirmed_by",
                "continuity",
                "chain_difference_minor",
            )
        ),
    )

    statement_file_id: UUID
    agency_account_id: UUID
    scheme: str = text_field()
    statement_identification: str = text_field()
    sequence_number: int | None = minor_field(default=None)
    from_date: date
    to_date: date
    opening_minor: int = minor_field()
    closing_minor: int = minor_field()
    credit_minor: int = minor_field()
    debit_minor: int = minor_field()
    entry_count: int
    known_before_count: int
    not_booked_count: int
    balanced: bool
    continuity: str = text_field()
    chain_difference_minor: int = minor_field()
    opening_proposed_by: UUID | None = None
    opening_confirmed_by: UUID | None = None
    imported_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class StatementEntryRow(TenantRow, table=True):
    """One booked line of an account, once, whichever statements repeat it.

    `content_digest` covers account, day, direction, amount, references and the occurrence
    number among equal lines of one statement.
    """

    __tablename__ = "statement_entry"
    __table_args__ = (
        _of_agency_account(),
        ForeignKeyConstraint(
            ["area_code", "bank_statement_id"], ["bank_statement.area_code", "bank_statement.id"]
        ),
        UniqueConstraint("area_code", "agency_account_id", "content_digest"),
        Index("ix_statement_entry_statement", "area_code", "bank_statement_id", "line_number"),
        Index("ix_statement_entry_end_to_end", "area_code", "end_to_end_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("octet_length(content_digest) = 32", name="digest_length"),
        CheckConstraint(_one_of("entry_class", EntryClass), name="class_known"),
        CheckConstraint(
            "CASE entry_class WHEN 'payment' THEN NOT is_credit"
            " WHEN 'suspense' THEN true ELSE is_credit END",
            name="class_fits_direction",
        ),
        CheckConstraint(SCHEMES, name="scheme_known"),
        tenant(),
    )

    bank_statement_id: UUID
    agency_account_id: UUID
    scheme: str = text_field()
    line_number: int
    detail_number: int
    content_digest: bytes
    entry_class: str = text_field()
    amount_minor: int = minor_field()
    is_credit: bool
    is_return: bool
    booking_date: date
    value_date: date | None = None
    bank_reference: str | None = text_field(default=None)
    end_to_end_id: str | None = text_field(default=None)
    return_reason: str | None = text_field(default=None)
    counterparty_name: str | None = text_field(default=None)
    counterparty_blind_index: bytes | None = None
    counterparty_last4: str | None = text_field(default=None)
    remittance: str | None = text_field(default=None)
    recorded_at: datetime = recorded_at_field()


class SuspenseCase(TenantRow, table=True):
    """Money on the account that nothing explains yet, until two people end it.

    No `due_date` while the working-day calendar of that year is not loaded. `attempt_id` names the
    payment that came back where the entry itself does not, `attempt_ids` the payments that a debit
    is.
    """

    __tablename__ = "suspense_case"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "statement_entry_id"], ["statement_entry.area_code", "statement_entry.id"]
        ),
        ForeignKeyConstraint(
            ["area_code", "attempt_id"], ["payment_attempt.area_code", "payment_attempt.id"]
        ),
        UniqueConstraint("area_code", "statement_entry_id"),
        Index("ix_suspense_case_status", "area_code", "status", "due_date"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(_one_of("reason", SuspenseReason), name="reason_known"),
        CheckConstraint(_one_of("status", SuspenseStatus), name="status_known"),
        CheckConstraint(
            f"resolution IS NULL OR {_one_of('resolution', SuspenseResolution)}",
            name="resolution_known",
        ),
        CheckConstraint(
            "attempt_id IS NULL OR coalesce(resolution = 'payment_return', false)",
            name="attempt_of_a_return",
        ),
        CheckConstraint(
            "(attempt_ids <> '{}') = coalesce(resolution = 'payments', false)"
            " AND (attempt_ids = '{}' OR NOT is_credit)",
            name="attempts_of_a_debit",
        ),
        CheckConstraint("proposed_by <> confirmed_by", name="two_people"),
        CheckConstraint(
            "(status = 'open') = (proposed_by IS NULL)"
            " AND (proposed_by IS NULL) = (resolution IS NULL)"
            " AND (status = 'resolved') = (confirmed_by IS NOT NULL)"
            " AND (confirmed_by IS NULL) = (resolved_at IS NULL)",
            name="people_of_status",
        ),
        tenant(
            updatable=(
                "reason",
                "owner_role",
                "due_date",
                "status",
                "resolution",
                "attempt_id",
                "attempt_ids",
                "note",
                "proposed_by",
                "confirmed_by",
                "resolved_at",
            )
        ),
    )

    statement_entry_id: UUID
    agency_account_id: UUID
    scheme: str = text_field()
    amount_minor: int = minor_field()
    is_credit: bool
    reason: str = text_field()
    owner_role: str = text_field()
    due_date: date | None = None
    status: str = text_field()
    resolution: str | None = text_field(default=None)
    attempt_id: UUID | None = None
    attempt_ids: list[UUID] = ids_field()
    note: str | None = text_field(default=None)
    proposed_by: UUID | None = None
    confirmed_by: UUID | None = None
    opened_at: datetime = instant_field()
    resolved_at: datetime | None = instant_field(default=None)
    recorded_at: datetime = recorded_at_field()


class FundingSource(TenantRow, table=True):
    """An account from which an agency account is funded: the special fiscal account (财政专户).

    Credits from it are fund transfers; from any other account they wait in suspense.
    """

    __tablename__ = "funding_source"
    __table_args__ = (
        _of_agency_account(),
        UniqueConstraint("area_code", "agency_account_id", "account_blind_index"),
        CheckConstraint("octet_length(account_blind_index) = 32", name="blind_index_length"),
        CheckConstraint("proposed_by <> approved_by", name="two_people"),
        tenant(updatable=("approved_by", "approved_at")),
    )

    agency_account_id: UUID
    account_ciphertext: bytes
    key_id: str = text_field()
    account_blind_index: bytes
    account_last4: str = text_field()
    account_name: str = text_field()
    proposed_by: UUID
    approved_by: UUID | None = None
    approved_at: datetime | None = instant_field(default=None)
    recorded_at: datetime = recorded_at_field()
