"""What is said about bodies received and documents stored."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from schemas.codes.documents import (
    DocumentKind,
    DocumentState,
    IntakeFormat,
    IntakeState,
    RecordOutcome,
)
from schemas.messages.base import Message


class FaultMessage(Message):
    """One fault and its place."""

    place: str
    code: str
    message: str


class IntakeMessage(Message):
    """A body received, how far it has come, and its totals.

    Once applied, received = accepted + unchanged + rejected.
    """

    id: UUID
    state: IntakeState
    format: IntakeFormat
    kind: DocumentKind | None
    byte_count: int
    sha256: str | None = Field(description="Of the bytes exactly as they came over the wire.")
    received: int
    accepted: int
    unchanged: int
    rejected: int
    refusal: dict[str, object] | None
    started_at: datetime
    applied_at: datetime | None


class RecordResultMessage(Message):
    """What became of a record: an NDJSON line, an array element, or the CSV rows of a document."""

    record_number: int
    last_record_number: int
    outcome: RecordOutcome
    kind: DocumentKind | None
    external_number: str | None
    document_id: UUID | None
    faults: list[FaultMessage]


class StoredDocument(Message):
    """The answer to one document: stored now, or known before with the same bytes."""

    id: UUID
    outcome: RecordOutcome
    intake_id: UUID


class DocumentView(Message):
    """A document as stored; its content is the bytes that came."""

    id: UUID
    kind: DocumentKind
    source_system: str
    external_number: str
    revision: int
    hospital_code: str
    supplier_uscc: str
    supplier_alias: str | None = Field(
        description="What the document calls its supplier, where that is an alias and no code."
    )
    document_date: date | None
    state: DocumentState
    superseded_by_id: UUID | None
    sha256: str
    intake_id: UUID
    recorded_at: datetime
