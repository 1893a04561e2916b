"""What follows from outcomes: a payee's account from which money came back is paid no more."""

from typing import Any, Final
from uuid import UUID

from schemas.codes.payments import Outcome
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.outcomes import policy
from settlement_api.parties.errors import AccountNotVerified
from settlement_api.parties.service import freeze_account
from settlement_api.unit_of_work import Actor, PlatformScope

FREEZE: Final = "outcomes.freeze_payees"


async def freeze_payees(context: JobContext, payload: dict[str, Any]) -> None:
    """Freezes accounts that sent money back or that the bank does not know (domain.md section 7).

    They must be verified anew by two people; an account frozen before stays as it is.
    """
    actor = Actor.system(FREEZE)
    for change in payload["changes"]:
        account_id, after = change["payee_account_id"], Outcome(change["after"])
        if account_id is None or not policy.blames_account(after, change["reason_code"]):
            continue
        async with context.database.begin(PlatformScope(), actor=actor) as uow:
            try:
                await freeze_account(
                    uow,
                    account_id=UUID(account_id),
                    reason=f"payment {after}: {change['reason_code']}",
                )
            except AccountNotVerified:
                continue


HANDLERS: Final[dict[str, JobHandler]] = {FREEZE: freeze_payees}

SUBSCRIPTIONS: Final = {"outcomes.payment.changed": FREEZE}
