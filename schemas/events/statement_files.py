"""Events of statement files."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class StatementFileReceived(DomainEvent):
    """The bytes of a statement are stored; the aggregate is the file."""

    name: ClassVar[str] = "statement_files.file.received"

    agency_account_id: UUID


class StatementFileUnreadable(DomainEvent):
    """A stored statement file cannot be read; the aggregate is the file."""

    name: ClassVar[str] = "statement_files.file.unreadable"

    agency_account_id: UUID
    fault: str
