"""The month, step by step, as its users live it."""

from settlement_api.rehearsal.people import seed_people
from settlement_api.rehearsal.stage import Stage


async def play_month(stage: Stage) -> int:
    """Plays the whole month; 0 when every invariant holds."""
    with stage.step("People of the agencies"):
        await seed_people(stage.installation.database, stage.areas)
        await stage.be_quiet()
    await stage.official("maker", stage.areas[0])
    return 0
