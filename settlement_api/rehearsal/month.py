"""The month, step by step, as its users live it."""

from settlement_api.rehearsal import setting_up
from settlement_api.rehearsal.stage import Stage


async def play_month(stage: Stage) -> int:
    """Plays the whole month; 0 when every invariant holds."""
    await setting_up.let_people_in(stage)
    await setting_up.import_master_data(stage)
    await setting_up.meet_the_parties(stage)
    await setting_up.verify_accounts(stage)
    await setting_up.fund_the_accounts(stage)
    await stage.be_quiet()
    return 0
