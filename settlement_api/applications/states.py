"""How an application line moves: every legal step and what makes it."""

from collections.abc import Mapping
from typing import Final

from schemas.codes.applications import LineEvent, LineStatus

TRANSITIONS: Final[Mapping[tuple[LineStatus, LineStatus], LineEvent]] = {
    (LineStatus.SUBMITTED, LineStatus.CONFIRMED): LineEvent.CONFIRM,
    (LineStatus.SUBMITTED, LineStatus.DISPUTED): LineEvent.DISPUTE,
    (LineStatus.DISPUTED, LineStatus.CONFIRMED): LineEvent.RESOLVE,
    (LineStatus.SUBMITTED, LineStatus.WITHDRAWN): LineEvent.WITHDRAW,
    (LineStatus.DISPUTED, LineStatus.WITHDRAWN): LineEvent.WITHDRAW,
    (LineStatus.CONFIRMED, LineStatus.UNDER_REVIEW): LineEvent.REVIEW,
    (LineStatus.UNDER_REVIEW, LineStatus.ACCEPTED): LineEvent.RE_REVIEW,
    (LineStatus.CONFIRMED, LineStatus.REJECTED): LineEvent.REJECT,
    (LineStatus.UNDER_REVIEW, LineStatus.REJECTED): LineEvent.REJECT,
    (LineStatus.WITHDRAWN, LineStatus.SUBMITTED): LineEvent.REINSTATE,
    (LineStatus.REJECTED, LineStatus.SUBMITTED): LineEvent.REINSTATE,
}


def origins(event: LineEvent) -> tuple[LineStatus, ...]:
    """The states from which `event` moves a line."""
    return tuple(start for (start, _), each in TRANSITIONS.items() if each is event)


def destination(event: LineEvent) -> LineStatus:
    """The one state into which `event` moves a line."""
    (end,) = {end for (_, end), each in TRANSITIONS.items() if each is event}
    return end
