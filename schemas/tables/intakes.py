"""Bodies as received: the control row, the raw bytes, and what became of each record."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from schemas.codes.documents import (
    DocumentKind,
    IntakeFormat,
    IntakeState,
    RecordOutcome,
    sql_list,
)
from schemas.tables.base import (
    PlainRow,
    datetime,
    instant_field,
    recorded_at_field,
    system,
    text_field,
)


class Intake(PlainRow, table=True):
    """One body received: who sent it, how it is encoded, how far it has come, and its totals."""

    __tablename__ = "intake"
    __table_args__ = (
        CheckConstraint(f"state IN ({sql_list(IntakeState)})", name="state"),
        CheckConstraint(f"format IN ({sql_list(IntakeFormat)})", name="format"),
        CheckConstraint(
            f"document_kind IS NULL OR document_kind IN ({sql_list(DocumentKind)})",
            name="document_kind",
        ),
        CheckConstraint(
            "state <> 'applied' OR received_records"
            " = accepted_records + unchanged_records + rejected_records",
            name="totals",
        ),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        CheckConstraint("announced_at IS NULL OR state = 'applied'", name="announced_applied"),
        Index("ix_intake_sender", "sender_kind", "sender_id", "id"),
        Index(
            "ix_intake_waiting",
            "state",
            "id",
            postgresql_where=text(
                "state = 'received' OR state = 'applied' AND announced_at IS NULL"
            ),
        ),
        system(),
    )

    sender_kind: str = text_field()
    sender_id: UUID | None = None
    sender_name: str = text_field()
    area_code: str | None = text_field(default=None, nullable=True)
    """The sender's own area (agencies, hospitals); documents go to the hospital's area."""
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    format: str = text_field()
    document_kind: str | None = text_field(default=None, nullable=True)
    """The kind of every document of the body; None when each document names its own."""
    encoding: str = text_field()
    compressed: bool = False
    state: str = text_field(default="receiving")
    byte_count: int = Field(default=0, sa_type=BigInteger)
    body_sha256: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    refusal: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    received_records: int = Field(default=0, sa_type=BigInteger)
    accepted_records: int = Field(default=0, sa_type=BigInteger)
    unchanged_records: int = Field(default=0, sa_type=BigInteger)
    rejected_records: int = Field(default=0, sa_type=BigInteger)
    started_at: datetime = instant_field()
    applied_at: datetime | None = Field(
        default=None, sa_type=DateTime(timezone=True), nullable=True
    )
    announced_at: datetime | None = Field(
        default=None, sa_type=DateTime(timezone=True), nullable=True
    )
    """When every area was told that the body is applied."""
    recorded_at: datetime = recorded_at_field()


class IntakePart(SQLModel, table=True):
    """A stretch of an intake's bytes exactly as they came over the wire."""

    __tablename__ = "intake_part"
    __table_args__ = (system(updatable=()),)

    intake_id: UUID = Field(primary_key=True, foreign_key="intake.id")
    part_number: int = Field(primary_key=True, sa_type=Integer)
    body: bytes = Field(sa_type=LargeBinary)
    sha256: bytes = Field(sa_type=LargeBinary)


class IntakeResult(SQLModel, table=True):
    """What became of a record (or of the adjacent CSV rows of one document)."""

    __tablename__ = "intake_result"
    __table_args__ = (
        CheckConstraint(f"outcome IN ({sql_list(RecordOutcome)})", name="outcome"),
        CheckConstraint("last_record_number >= record_number", name="range"),
        CheckConstraint("(outcome = 'rejected') = (faults IS NOT NULL)", name="faults"),
        CheckConstraint("(outcome = 'rejected') = (document_id IS NULL)", name="document"),
        system(updatable=()),
    )

    intake_id: UUID = Field(primary_key=True)
    record_number: int = Field(primary_key=True, sa_type=BigInteger)
    """1-based: the NDJSON line, the element of a JSON array, the CSV row after the header."""
    last_record_number: int = Field(sa_type=BigInteger)
    outcome: str = text_field()
    document_kind: str | None = text_field(default=None, nullable=True)
    external_number: str | None = text_field(default=None, nullable=True)
    area_code: str | None = text_field(default=None, nullable=True)
    document_id: UUID | None = None
    faults: list[dict[str, Any]] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )


class IntakeChunk(SQLModel, table=True):
    """A chunk of an intake that was applied in one area, in one transaction."""

    __tablename__ = "intake_chunk"
    __table_args__ = (system(updatable=()),)

    intake_id: UUID = Field(primary_key=True)
    chunk_number: int = Field(primary_key=True, sa_type=Integer)
    area_code: str = Field(primary_key=True, sa_type=Text)
    """Empty for the records of the chunk that could not be given to any area."""
    record_count: int = Field(sa_type=BigInteger)
    document_count: int = Field(sa_type=BigInteger)
    applied_at: datetime = recorded_at_field()
