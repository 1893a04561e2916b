"""Events of documents."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class IntakeChunkApplied(DomainEvent):
    """Documents of one area were stored or changed state; the aggregate is the intake.

    The documents are those of the area with this `intake_id` and a `raw_position` in
    [first_position, last_position]; the older ones they superseded or cancelled are found
    through their numbers.
    """

    name: ClassVar[str] = "documents.intake_chunk.applied"

    intake_id: UUID
    chunk_number: int
    first_position: int
    last_position: int
    document_count: int
    on_behalf: bool = False
    """Sent by an administrator for the parties that issued the documents, not by one of them."""
    more_follows: bool = False
    """A part of a body: what follows from its documents waits for `documents.intake.applied`."""


class InvoiceFlagsChanged(DomainEvent):
    """What is wrong with invoice numbers changed, and other areas claim them too.

    The aggregate is the intake whose documents caused it, in the area that they are of.
    """

    name: ClassVar[str] = "documents.invoice_flags.changed"

    invoice_numbers: list[str]


class TraceCodesChanged(DomainEvent):
    """Trace codes stand on another receipt line too, or no more, which concerns lines of documents
    that came before.

    The aggregate is the intake whose documents caused it, in the area that they are of.
    """

    name: ClassVar[str] = "documents.trace_codes.changed"

    codes: list[str]


class IntakeApplied(DomainEvent):
    """Every chunk of a body is applied in this area; the aggregate is the intake.

    The range is that of `IntakeChunkApplied`, over the whole body.
    """

    name: ClassVar[str] = "documents.intake.applied"

    intake_id: UUID
    first_position: int
    last_position: int
