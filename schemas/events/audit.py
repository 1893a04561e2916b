"""What administrators did to the machinery."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class JobRetried(DomainEvent):
    """A dead job was put back into the queue."""

    name: ClassVar[str] = "audit.job.retried"

    job: str
    job_number: int
