"""Works off replays; taken up again after a crash, they go on at their place."""

from typing import Any, Final
from uuid import UUID

from schemas.problems import Problem
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.persistence import Database
from settlement_api.replays import service
from settlement_api.replays.service import CHUNK_COMPONENTS
from settlement_api.unit_of_work import Actor, AreaScope

WORK_JOB: Final = "replays.work"
WORKER: Final = Actor.system(WORK_JOB)


async def work(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code, aggregate_id (the replay). Repeating, or two at once, change nothing."""
    await work_replay(
        context.database,
        area_code=payload["area_code"],
        replay_id=UUID(str(payload["aggregate_id"])),
    )


async def work_replay(
    database: Database, *, area_code: str, replay_id: UUID, components: int = CHUNK_COMPONENTS
) -> None:
    """Every chunk of one area that is left. A refusal ends the replay as failed; other errors are
    the queue's to try again."""
    scope = AreaScope(area_code)
    try:
        async with database.begin(scope, actor=WORKER) as uow:
            await service.start_replay(uow, replay_id=replay_id)
        more = True
        while more:
            async with database.begin(scope, actor=WORKER) as uow:
                more = await service.work_chunk(uow, replay_id=replay_id, components=components)
    except Problem as refused:
        async with database.begin(scope, actor=WORKER) as uow:
            await service.fail_replay(uow, replay_id=replay_id, failure=refused.code)


HANDLERS: Final[dict[str, JobHandler]] = {WORK_JOB: work}
SUBSCRIPTIONS: Final[dict[str, str]] = {"replays.replay.requested": WORK_JOB}
