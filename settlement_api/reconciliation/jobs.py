"""Matching on arrival: each applied chunk of documents matches the components it touches."""

from typing import Any, Final
from uuid import UUID

from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import Actor, AreaScope


async def match_arrival(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, intake_id, first_position, last_position. Repeating changes nothing.

    A chunk of a larger body waits for the rest of it: components are read once, not by chunk.
    """
    if payload.get("more_follows"):
        return
    scope, actor = AreaScope(payload["area_code"]), Actor.system("reconciliation.match_arrival")
    async with context.database.begin(scope, actor=actor) as uow:
        await service.match_arrival(
            uow,
            intake_id=UUID(str(payload["intake_id"])),
            first_position=payload["first_position"],
            last_position=payload["last_position"],
        )


async def match_area(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code. Matches everything the area has."""
    scope, actor = AreaScope(payload["area_code"]), Actor.system("reconciliation.match_area")
    async with context.database.begin(scope, actor=actor) as uow:
        await service.match_area(uow)


HANDLERS: Final[dict[str, JobHandler]] = {
    "reconciliation.match_arrival": match_arrival,
    "reconciliation.match_area": match_area,
}
SUBSCRIPTIONS: Final[dict[str, str]] = {
    "documents.intake_chunk.applied": "reconciliation.match_arrival",
    "documents.intake.applied": "reconciliation.match_arrival",
    "reconciliation.run.requested": "reconciliation.match_area",
}
