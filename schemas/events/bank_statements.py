"""Events of bank statements."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class StatementImported(DomainEvent):
    """A statement's entries are booked; the aggregate is the statement.

    A `gap`, an `overlap` or an unbalanced statement is for a person to look at.
    """

    name: ClassVar[str] = "bank_statements.statement.imported"

    agency_account_id: UUID
    from_date: date
    to_date: date
    entry_count: int
    known_before_count: int
    suspense_count: int
    balanced: bool
    continuity: str


class OpeningTransferred(DomainEvent):
    """Two people took the opening balance of an account's first statement into the ledger."""

    name: ClassVar[str] = "bank_statements.opening.transferred"

    agency_account_id: UUID
    amount_minor: int
    proposed_by: UUID
    confirmed_by: UUID
