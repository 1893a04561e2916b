"""Events of replays."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class ReplayRequested(DomainEvent):
    """Somebody asked what other rules would have made of past months; the aggregate is it."""

    name: ClassVar[str] = "replays.replay.requested"

    from_month: str
    to_month: str


class ReplayCompleted(DomainEvent):
    """Every component of one area was replayed. Amounts in fen."""

    name: ClassVar[str] = "replays.replay.completed"

    component_count: int
    changed_count: int
    matched_before_minor: int
    matched_after_minor: int


class ReplayCancelled(DomainEvent):
    """Somebody ended a replay before it was over."""

    name: ClassVar[str] = "replays.replay.cancelled"


class ReplayFailed(DomainEvent):
    """A replay ended with a refusal (its code)."""

    name: ClassVar[str] = "replays.replay.failed"

    failure: str
