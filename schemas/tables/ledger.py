"""The ledger: double entry by shape, append-only, one gap-free series of postings per ledger.

A transfer names both accounts together with its ledger in composite foreign keys, so that money
of one scheme cannot be booked into another: there is no such row.
"""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from schemas.codes.ledger import (
    COUNTERPARTY_KINDS,
    FUND_KINDS,
    PARTY_KINDS,
    TRADE_KINDS,
    AccountKind,
)
from schemas.tables.base import (
    TenantRow,
    datetime,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

NIL: Final = "'00000000-0000-0000-0000-000000000000'"
"""Stands for "no party", so that account keys compare by plain equality."""


def _listed(kinds: frozenset[AccountKind]) -> str:
    return ", ".join(f"'{kind}'" for kind in sorted(kinds))


class Ledger(TenantRow, table=True):
    """One book of one area: `trade` without a scheme, `fund` once per scheme."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("area_code", "book", "scheme"),
        UniqueConstraint("area_code", "id", "book"),
        CheckConstraint(
            "(book = 'trade' AND scheme = '') OR (book = 'fund' AND scheme IN ('310', '390'))",
            name="book_scheme",
        ),
        tenant(),
    )

    book: str = text_field()
    scheme: str = text_field()


class LedgerHead(TenantRow, table=True):
    """The last posting number of a ledger (`id` is the ledger's); locked by every posting."""

    __tablename__ = "ledger_head"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "id"], ["ledger.area_code", "ledger.id"]),
        CheckConstraint("last_number >= 0", name="last_number"),
        tenant(updatable=("last_number", "last_posted_at")),
    )

    last_number: int = minor_field()
    last_posted_at: datetime = instant_field()


class LedgerAccount(TenantRow, table=True):
    """One account of one ledger; the nil UUID stands for "no party"."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "ledger_id", "book"], ["ledger.area_code", "ledger.id", "ledger.book"]
        ),
        UniqueConstraint("area_code", "ledger_id", "account_kind", "party_id", "counterparty_id"),
        UniqueConstraint("area_code", "ledger_id", "id"),
        CheckConstraint(
            f"(book = 'trade' AND account_kind IN ({_listed(TRADE_KINDS)}))"
            f" OR (book = 'fund' AND account_kind IN ({_listed(FUND_KINDS)}))",
            name="kind_of_book",
        ),
        CheckConstraint(
            f"(party_id <> {NIL}) = (account_kind IN ({_listed(PARTY_KINDS)}))"
            f" AND (counterparty_id <> {NIL})"
            f" = (account_kind IN ({_listed(COUNTERPARTY_KINDS)}))",
            name="parties_of_kind",
        ),
        tenant(),
    )

    ledger_id: UUID
    book: str = text_field()
    account_kind: str = text_field()
    party_id: UUID
    counterparty_id: UUID


class AccountingPeriod(TenantRow, table=True):
    """One month of an area's books: postings share-lock it, closing takes it alone."""

    __tablename__ = "accounting_period"
    __table_args__ = (
        UniqueConstraint("area_code", "period"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL AND closed_by IS NOT NULL)", name="closed"
        ),
        tenant(updatable=("state", "closed_at", "closed_by")),
    )

    period: str = text_field()
    state: str = text_field()
    closed_at: datetime | None = instant_field(default=None)
    closed_by: str | None = text_field(default=None)


class PeriodMovement(TenantRow, table=True):
    """What had moved on one kind of account in a month when its books were closed.

    Months before the closed one that nobody closed are kept with it. `digest` is the SHA-256 over
    the month's transfers on these accounts, so that a closed month can be shown to stand to the
    fen, whenever something was posted to it.
    """

    __tablename__ = "period_movement"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "ledger_id"], ["ledger.area_code", "ledger.id"]),
        UniqueConstraint("area_code", "period", "ledger_id", "account_kind"),
        CheckConstraint("debit_minor >= 0 AND credit_minor >= 0", name="sides"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        tenant(),
    )

    period: str = text_field()
    ledger_id: UUID
    account_kind: str = text_field()
    debit_minor: int = minor_field()
    """Posted to the debit of these accounts, fen."""
    credit_minor: int = minor_field()
    """Posted to their credit, fen."""
    digest: bytes = Field(sa_type=LargeBinary)


class LedgerPosting(TenantRow, table=True):
    """One numbered batch of transfers of one ledger; numbers have no gap."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "ledger_id"], ["ledger.area_code", "ledger.id"]),
        UniqueConstraint("area_code", "ledger_id", "posting_number"),
        CheckConstraint("posting_number > 0", name="posting_number"),
        CheckConstraint("transfer_count > 0", name="transfer_count"),
        tenant(),
    )

    ledger_id: UUID
    posting_number: int = minor_field()
    posted_at: datetime = instant_field()
    transfer_count: int = Field(sa_type=Integer)
    actor_kind: str = text_field()
    actor_id: UUID | None = None
    actor_name: str = text_field()
    recorded_at: datetime = recorded_at_field()


class Transfer(TenantRow, table=True):
    """One amount from one account to another of the same ledger; never changed, only reversed.

    A pending transfer is resolved at most once, by a posted one of at most its amount (the rest
    is released) or by a void one; the foreign key proves that accounts and amount are those of
    the pending transfer.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "ledger_id", "debit_account_id"],
            ["ledger_account.area_code", "ledger_account.ledger_id", "ledger_account.id"],
            name="fk_transfer_debit_account",
        ),
        ForeignKeyConstraint(
            ["area_code", "ledger_id", "credit_account_id"],
            ["ledger_account.area_code", "ledger_account.ledger_id", "ledger_account.id"],
            name="fk_transfer_credit_account",
        ),
        ForeignKeyConstraint(
            ["area_code", "period"], ["accounting_period.area_code", "accounting_period.period"]
        ),
        UniqueConstraint(
            "area_code",
            "id",
            "ledger_id",
            "debit_account_id",
            "credit_account_id",
            "state",
            "amount_minor",
            name="uq_transfer_shape",
        ),
        ForeignKeyConstraint(
            [
                "area_code",
                "resolves_transfer_id",
                "ledger_id",
                "debit_account_id",
                "credit_account_id",
                "resolves_state",
                "resolves_amount_minor",
            ],
            [
                "transfer.area_code",
                "transfer.id",
                "transfer.ledger_id",
                "transfer.debit_account_id",
                "transfer.credit_account_id",
                "transfer.state",
                "transfer.amount_minor",
            ],
            name="fk_transfer_resolves",
        ),
        Index(
            "uq_transfer_resolved_once",
            "area_code",
            "resolves_transfer_id",
            unique=True,
            postgresql_where=text("resolves_transfer_id IS NOT NULL"),
        ),
        Index(
            "uq_transfer_purpose",
            "area_code",
            "ledger_id",
            "basis_kind",
            "basis_id",
            "purpose",
            "leg_number",
            unique=True,
            postgresql_where=text("purpose <> ''"),
        ),
        Index("ix_transfer_basis", "area_code", "basis_kind", "basis_id"),
        Index("ix_transfer_posting", "area_code", "ledger_id", "posting_number"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        CheckConstraint("state IN ('pending', 'posted', 'void')", name="state"),
        CheckConstraint(
            "period = extract(year FROM booking_date)::text || '-'"
            " || lpad(extract(month FROM booking_date)::text, 2, '0')",
            name="period",
        ),
        CheckConstraint(
            "CASE WHEN resolves_transfer_id IS NULL"
            " THEN state <> 'void' AND resolves_state IS NULL AND resolves_amount_minor IS NULL"
            " ELSE state <> 'pending' AND coalesce(resolves_state, '') = 'pending'"
            " AND amount_minor <= coalesce(resolves_amount_minor, 0)"
            " AND (state = 'posted' OR amount_minor = resolves_amount_minor) END",
            name="resolves",
        ),
        tenant(),
    )

    ledger_id: UUID
    posting_number: int = minor_field()
    entry_id: UUID
    leg_number: int = Field(sa_type=Integer)
    debit_account_id: UUID
    credit_account_id: UUID
    amount_minor: int = minor_field()
    state: str = text_field()
    resolves_transfer_id: UUID | None = None
    resolves_state: str | None = text_field(default=None)
    resolves_amount_minor: int | None = minor_field(default=None)
    booking_date: date
    """The day in whose month it is booked."""
    value_date: date
    """The day from which the money counts; a bank's may lie before a booking in an open month."""
    period: str = text_field()
    basis_kind: str = text_field()
    basis_id: UUID
    purpose: str = text_field()
    recorded_at: datetime = recorded_at_field()


class AccountBalance(TenantRow, table=True):
    """Running totals of an account after a posting that touched it; the last row is now."""

    __tablename__ = "account_balance"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "ledger_id", "account_id"],
            ["ledger_account.area_code", "ledger_account.ledger_id", "ledger_account.id"],
        ),
        UniqueConstraint("area_code", "account_id", "posting_number"),
        CheckConstraint(
            "posted_debit_minor >= 0 AND posted_credit_minor >= 0"
            " AND pending_debit_minor >= 0 AND pending_credit_minor >= 0",
            name="not_negative",
        ),
        tenant(),
    )

    ledger_id: UUID
    account_id: UUID
    posting_number: int = minor_field()
    posted_at: datetime = instant_field()
    posted_debit_minor: int = minor_field()
    posted_credit_minor: int = minor_field()
    pending_debit_minor: int = minor_field()
    pending_credit_minor: int = minor_field()
