"""Facts about imports of master data."""

from schemas.events.base import DomainEvent


class FileImported(DomainEvent):
    """A file of one kind was imported; received = accepted + unchanged + rejected."""

    name = "master_data.file.imported"
    kind: str
    sha256: str
    received: int
    accepted: int
    unchanged: int
    rejected: int
