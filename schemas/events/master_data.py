"""Facts about imports of master data."""

from datetime import datetime

from schemas.events.base import DomainEvent


class RowsChanged(DomainEvent):
    """Rows of one kind were stored or superseded, in the transaction that did it.

    They are those of the kind recorded or superseded at `since` (the database's clock) or later.
    """

    name = "master_data.rows.changed"
    kind: str
    since: datetime


class FileImported(DomainEvent):
    """A file of one kind was imported; received = accepted + unchanged + rejected."""

    name = "master_data.file.imported"
    kind: str
    sha256: str
    received: int
    accepted: int
    unchanged: int
    rejected: int
