"""`zhijie demo`: one settlement month of a synthetic province, over HTTP, from orders to ledger."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from settlement_api.config import Settings
from settlement_api.rehearsal.generator import write_province
from settlement_api.rehearsal.month import play_month
from settlement_api.rehearsal.opening import (
    PROVINCE,
    Ports,
    clear_state,
    rehearsal_settings,
    run_on_stage,
)
from settlement_api.rehearsal.processes import free_port

FOLDER = "demo"
PLAIN_WIDTH = 110


async def run(*, scale: str, seed: int, settings: Settings, console: Console | None = None) -> int:
    """Runs the month in a fresh folder of its own; 1 when an invariant does not hold."""
    screen = console or make_console()
    ports = Ports(free_port(), free_port())
    state = (settings.state_directory / FOLDER).resolve()
    chosen = rehearsal_settings(settings, state=state, ports=ports)
    clear_state(state)
    manifest = generate(screen, state, scale=scale, seed=seed)
    return await run_on_stage(chosen, ports, manifest, play_month, console=screen)


def make_console() -> Console:
    """The terminal; what is not one gets lines long enough for the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


def generate(console: Console, state: Path, *, scale: str, seed: int) -> Mapping[str, Any]:
    """Writes the province below a state folder and says what it is; its manifest."""
    with console.status("Writing the synthetic province ..."):
        manifest = write_province(state / PROVINCE, scale=scale, seed=seed)
    lines = manifest["documents"]["purchase_order"]["lines"]
    console.print(
        f"A synthetic province of seed {seed}: {manifest['rows']['hospitals']:,} hospitals, "
        f"{manifest['rows']['suppliers']:,} suppliers, {len(manifest['areas'])} areas, "
        f"{lines:,} order lines. Files: {state / PROVINCE}"
    )
    return manifest
