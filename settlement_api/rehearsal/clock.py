"""`zhijie move-clock`: moves the business clock of a running `zhijie run` and of its bank."""

from datetime import datetime

import httpx
from rich.console import Console

from schemas.times import SHANGHAI
from settlement_api.config import Settings
from settlement_api.installation import open_installation
from settlement_api.persistence import SimulatedClock
from settlement_api.rehearsal.client import open_http
from settlement_api.rehearsal.opening import rehearsal_settings
from settlement_api.rehearsal.paying import ask_for_bank_news
from settlement_api.rehearsal.serve import FOLDER, ports_in


async def move(*, to: datetime, settings: Settings) -> int:
    """Moves forward to an instant (Shanghai time) and has bank news looked for; 1 when it lies
    behind, or when nothing runs.

    The bank is moved first: where it does not answer nothing has moved, and the command can be
    given again.
    """
    console = Console()
    state = (settings.state_directory / FOLDER).resolve()
    ports = ports_in(state)
    if ports is None:
        console.print("Nothing runs here; `make run` starts the platform.")
        return 1
    instant = to.replace(tzinfo=SHANGHAI) if to.tzinfo is None else to
    async with open_installation(rehearsal_settings(settings, state=state, ports=ports)) as opened:
        clock = opened.clock
        assert isinstance(clock, SimulatedClock)
        now = await clock.now()
        if instant <= now:
            console.print(f"The business clock stands at {now.astimezone(SHANGHAI)}; only forward.")
            return 1
        try:
            async with open_http(ports.urls.bank, connections=1) as bank:
                answer = await bank.post("/clock", json={"instant": instant.isoformat()})
                answer.raise_for_status()
        except httpx.HTTPError:
            console.print(
                f"The simulated bank at {ports.urls.bank} does not answer: is it running?"
            )
            return 1
        await clock.move_to(instant)
        await ask_for_bank_news(opened.database)
    console.print(f"The business clock stands at {instant.astimezone(SHANGHAI)}.")
    return 0
