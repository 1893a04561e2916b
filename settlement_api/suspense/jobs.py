"""Opens a case for what people say the bank booked on the wrong payment."""

from typing import Any, Final
from uuid import UUID

from schemas.codes.bank_statements import SuspenseReason
from schemas.codes.payments import DecisionKind
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.suspense.queries import disbelieved_entries
from settlement_api.suspense.service import open_cases
from settlement_api.unit_of_work import Actor, AreaScope

DISBELIEVED: Final = "suspense.open_disbelieved"


async def open_disbelieved(context: JobContext, payload: dict[str, Any]) -> None:
    """The money of a booking that people do not believe has an owner until the bank corrects it.

    So has a return that they dismiss: the first of two debits had come back for certain before
    the second was booked. A case that is open already stays as it is.
    """
    if payload["kind"] not in (DecisionKind.DISBELIEVED, DecisionKind.RETURN_DISMISSED):
        return
    area = AreaScope(payload["area_code"])
    async with context.database.begin(area, actor=Actor.system(DISBELIEVED)) as uow:
        entries = await disbelieved_entries(
            uow,
            attempt_id=UUID(payload["attempt_id"]),
            evidence_ids=[UUID(named) for named in payload["evidence_ids"]],
        )
        await open_cases(uow, waiting=[(entry, SuspenseReason.DISBELIEVED) for entry in entries])


HANDLERS: Final[dict[str, JobHandler]] = {DISBELIEVED: open_disbelieved}

SUBSCRIPTIONS: Final = {"decisions.decision.confirmed": DISBELIEVED}
