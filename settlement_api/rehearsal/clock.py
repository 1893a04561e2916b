"""`zhijie move-clock`: moves the business clock of a running `zhijie run` and of its bank."""

from datetime import datetime

from rich.console import Console

from schemas.times import SHANGHAI
from settlement_api.config import Settings
from settlement_api.installation import open_installation
from settlement_api.persistence import SimulatedClock
from settlement_api.rehearsal.client import open_http
from settlement_api.rehearsal.opening import rehearsal_settings
from settlement_api.rehearsal.paying import ask_for_bank_news
from settlement_api.rehearsal.serve import FOLDER, ports_of


async def move(*, to: datetime, settings: Settings) -> int:
    """Moves forward to an instant (Shanghai time) and has bank news looked for; 1 when it lies
    behind."""
    console, ports = Console(), ports_of(settings)
    state = (settings.state_directory / FOLDER).resolve()
    instant = to.replace(tzinfo=SHANGHAI) if to.tzinfo is None else to
    async with open_installation(rehearsal_settings(settings, state=state, ports=ports)) as opened:
        clock = opened.clock
        assert isinstance(clock, SimulatedClock)
        now = await clock.now()
        if instant <= now:
            console.print(f"The business clock stands at {now.astimezone(SHANGHAI)}; only forward.")
            return 1
        await clock.move_to(instant)
        async with open_http(ports.urls.bank, connections=1) as bank:
            answer = await bank.post("/clock", json={"instant": instant.isoformat()})
            answer.raise_for_status()
        await ask_for_bank_news(opened.database)
    console.print(f"The business clock stands at {instant.astimezone(SHANGHAI)}.")
    return 0
