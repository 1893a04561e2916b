"""Works off runs that people asked for; taken up again after a crash, they go on at their place."""

from typing import Any, Final
from uuid import UUID

from schemas.problems import Problem
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.match_requests import service
from settlement_api.match_requests.service import CHUNK_COMPONENTS
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope

WORK_JOB: Final = "match_requests.work"
WORKER: Final = Actor.system(WORK_JOB)


async def work(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, aggregate_id (the request). Repeating, or two at once, change nothing."""
    await work_request(
        context.database,
        area_code=payload["area_code"],
        request_id=UUID(str(payload["aggregate_id"])),
    )


async def work_request(
    database: Database,
    *,
    area_code: str,
    request_id: UUID,
    components: int = CHUNK_COMPONENTS,
) -> None:
    """Every chunk that is left, `components` at a time. A refusal (no rule pack in force) ends the
    request as failed; other errors are the queue's to try again."""
    scope = AreaScope(area_code)
    try:
        async with database.begin(scope, actor=WORKER) as uow:
            await service.start_request(uow, request_id=request_id)
        more = True
        while more:
            async with database.begin(scope, actor=WORKER) as uow:
                more = await service.work_chunk(uow, request_id=request_id, components=components)
    except Problem as refused:
        async with database.begin(scope, actor=WORKER) as uow:
            await service.fail_request(uow, request_id=request_id, failure=refused.code)


HANDLERS: Final[dict[str, JobHandler]] = {WORK_JOB: work}
SUBSCRIPTIONS: Final[dict[str, str]] = {
    "reconciliation.run.requested": WORK_JOB,
    "reconciliation.request.resumed": WORK_JOB,
}
