"""Matching on arrival: each applied chunk of documents matches the components it touches."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.parties.queries import list_areas
from settlement_api.reconciliation import queries, service
from settlement_api.trace_codes.service import areas_stating
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


async def follow_flags(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, invoice_numbers. Every other area that claims one matches it again."""
    numbers: list[str] = payload["invoice_numbers"]
    async with context.database.platform(actor=Actor.system("reconciliation.follow_flags")) as uow:
        areas = await queries.areas_claiming(uow, invoice_numbers=numbers)
    for area_code in areas:
        if area_code != payload["area_code"]:
            found = {"area_code": area_code, "invoice_numbers": numbers}
            await context.enqueue("reconciliation.match_claims", found)


async def match_claims(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, invoice_numbers. Repeating changes nothing."""
    scope, actor = AreaScope(payload["area_code"]), Actor.system("reconciliation.match_claims")
    async with context.database.begin(scope, actor=actor) as uow:
        await service.match_claims(uow, invoice_numbers=payload["invoice_numbers"])


async def follow_traces(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: codes. Every area whose receipts state one of them matches these again."""
    codes: list[str] = payload["codes"]
    async with context.database.platform(actor=Actor.system("reconciliation.follow_traces")) as uow:
        areas = await areas_stating(uow, codes=codes)
    for area_code in areas:
        found = {"area_code": area_code, "codes": codes}
        await context.enqueue("reconciliation.match_traces", found)


async def match_traces(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, codes. Repeating changes nothing."""
    scope, actor = AreaScope(payload["area_code"]), Actor.system("reconciliation.match_traces")
    async with context.database.begin(scope, actor=actor) as uow:
        await service.match_traces(uow, codes=payload["codes"])


TERMS: Final = frozenset(
    {"products", "product-groups", "contracts", "charge-terms", "authorizations", "suppliers"}
)
"""Kinds of master data that lines are resolved and matched by."""


async def follow_master_data(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: kind, since. Products and contracts are everybody's: every area looks."""
    if payload["kind"] not in TERMS:
        return
    actor = Actor.system("reconciliation.follow_master_data")
    async with context.database.platform(actor=actor) as uow:
        areas = [area.area_code for area in await list_areas(uow)]
    for area_code in areas:
        found = {"area_code": area_code, "since": payload["since"]}
        await context.enqueue("reconciliation.match_terms", found)


async def match_terms(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, since. Repeating changes nothing."""
    scope, actor = AreaScope(payload["area_code"]), Actor.system("reconciliation.match_terms")
    async with context.database.begin(scope, actor=actor) as uow:
        await service.match_terms(uow, since=datetime.fromisoformat(payload["since"]))


HANDLERS: Final[dict[str, JobHandler]] = {
    "reconciliation.match_arrival": match_arrival,
    "reconciliation.follow_flags": follow_flags,
    "reconciliation.match_claims": match_claims,
    "reconciliation.follow_traces": follow_traces,
    "reconciliation.match_traces": match_traces,
    "reconciliation.follow_master_data": follow_master_data,
    "reconciliation.match_terms": match_terms,
}
SUBSCRIPTIONS: Final[dict[str, str]] = {
    "documents.intake_chunk.applied": "reconciliation.match_arrival",
    "documents.intake.applied": "reconciliation.match_arrival",
    "documents.invoice_flags.changed": "reconciliation.follow_flags",
    "documents.trace_codes.changed": "reconciliation.follow_traces",
    "master_data.rows.changed": "reconciliation.follow_master_data",
}
