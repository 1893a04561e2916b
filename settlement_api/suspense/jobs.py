"""Cases of what people say the bank booked on the wrong payment, while they say so."""

from typing import Any, Final
from uuid import UUID

from schemas.codes.payments import DecisionKind
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.suspense.service import settle_corrected
from settlement_api.unit_of_work import Actor, AreaScope

DISBELIEVED: Final = "suspense.open_disbelieved"


async def open_disbelieved(context: JobContext, payload: dict[str, Any]) -> None:
    """The money of a booking that people do not believe has an owner until the bank corrects it,
    or they believe it again, which ends the case.

    So has a return that they dismiss: the first of two debits had come back for certain before
    the second was booked. A case that is open already stays as it is.
    """
    if payload["kind"] not in (DecisionKind.DISBELIEVED, DecisionKind.RETURN_DISMISSED):
        return
    area = AreaScope(payload["area_code"])
    async with context.database.begin(area, actor=Actor.system(DISBELIEVED)) as uow:
        await settle_corrected(
            uow,
            attempt_id=UUID(payload["attempt_id"]),
            evidence_ids=[UUID(named) for named in payload["evidence_ids"]],
        )


HANDLERS: Final[dict[str, JobHandler]] = {DISBELIEVED: open_disbelieved}

SUBSCRIPTIONS: Final = {"decisions.decision.confirmed": DISBELIEVED}
