"""After rejected and returned payments: new accounts, verified by two people, and a new batch."""

from datetime import timedelta
from uuid import UUID

from settlement_api.rehearsal import paying, settling, synthetic
from settlement_api.rehearsal.client import gather_bounded
from settlement_api.rehearsal.setting_up import verify
from settlement_api.rehearsal.stage import Stage

AT_ONCE = 4
FIRST_NEW_NUMBER = 1_000_000
"""New accounts are numbered from here; their plain endings make no trouble at the bank."""


async def reissue(stage: Stage) -> None:
    """Suppliers name other accounts; what came back or was refused is paid as a new payment."""
    names = await _unpaid_payees(stage)
    await _name_new_accounts(stage, names)
    batches = await settling.freeze(stage, title="Second batches frozen")
    await settling.decide_batches(stage, batches, title="Second batches approved and released")
    await paying.wait_for_the_bank(stage, title="Re-issued payments through the bank")
    await paying.read_statements(stage, through=await stage.today() + timedelta(days=1))
    await paying.acknowledge_offsets(stage, title="Offsets of the second batches")


async def _unpaid_payees(stage: Stage) -> dict[UUID, str]:
    """The suppliers whose payments were rejected or returned, with the account's name."""
    names: dict[UUID, str] = {}
    for area_code in stage.areas:
        maker = await stage.official("maker", area_code)
        for outcome in ("rejected", "returned"):
            async for payment in maker.pages("/payments", outcome=outcome):
                names[UUID(payment["supplier_id"])] = payment["payee_name"]
    return names


async def _name_new_accounts(stage: Stage, names: dict[UUID, str]) -> None:
    ranked = sorted(names, key=lambda supplier_id: stage.suppliers[supplier_id].code)
    today = await stage.today()
    with stage.step("New accounts, verified by two people", total=len(ranked)) as step:

        async def propose(place: int) -> str:
            supplier_id, number = ranked[place], FIRST_NEW_NUMBER + place
            account = {
                "account_number": synthetic.account_number(2, number * 1_000),
                "account_name": names[supplier_id],
                "cnaps_code": synthetic.cnaps_code(9_000 + place),
                "valid_from": today.isoformat(),
            }
            caller = stage.system_of(supplier_id)
            proposed = await caller.post(f"/suppliers/{supplier_id}/payee-accounts", account)
            step.advance()
            return str(proposed["id"])

        ids = await gather_bounded(propose, range(len(ranked)), at_once=AT_ONCE)
        for post in ("maker", "checker"):
            await verify(await stage.official(post, stage.areas[0]), ids)
