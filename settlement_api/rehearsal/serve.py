"""`zhijie run`: the platform started for use with a small synthetic province, until Ctrl-C."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from settlement_api.config import Settings
from settlement_api.rehearsal import people, setting_up, trading
from settlement_api.rehearsal.demo import generate, make_console
from settlement_api.rehearsal.generator import read_manifest
from settlement_api.rehearsal.month import first_monday, prepare_settlement
from settlement_api.rehearsal.opening import (
    PROVINCE,
    Ports,
    clear_state,
    rehearsal_settings,
    run_on_stage,
)
from settlement_api.rehearsal.processes import ProcessFailed, require_free
from settlement_api.rehearsal.stage import Stage

FOLDER = "run"
PORTS = "ports.json"
"""A file in the state folder: where what runs there listens."""
SEEDED = "seeded"
"""A file in the state folder: seeding came to its end."""


async def run(*, scale: str, seed: int, settings: Settings, console: Console | None = None) -> int:
    """Serves until it is stopped; a folder that was seeded before goes on where it was."""
    screen = console or make_console()
    ports = ports_of(settings)
    state = (settings.state_directory / FOLDER).resolve()
    chosen = rehearsal_settings(settings, state=state, ports=ports)
    try:
        require_free(ports.api, name="API (ZHIJIE_PORT)")
        require_free(ports.bank, name="simulated bank (ZHIJIE_BANK_URL)")
    except ProcessFailed as error:
        screen.print(str(error), style="red")
        return 1
    manifest = province_of(screen, state, scale=scale, seed=seed)
    try:
        return await run_on_stage(chosen, ports, manifest, _serve, console=screen)
    except asyncio.CancelledError:
        screen.print("Everything is stopped, the database last.")
        return 0


def ports_of(settings: Settings) -> Ports:
    """Where `zhijie run` is to listen: as the settings say."""
    return Ports(settings.port, urlsplit(settings.bank_url).port or 80)


def ports_in(state: Path) -> Ports | None:
    """Where what runs in a state folder listens, or listened last; None where nothing ever ran."""
    try:
        return Ports(**json.loads((state / PORTS).read_text()))
    except FileNotFoundError:
        return None


def province_of(console: Console, state: Path, *, scale: str, seed: int) -> Mapping[str, Any]:
    """The manifest of the province that was seeded here; else a fresh one, begun from nothing.

    What a seeding that was cut off left behind cannot be seeded again.
    """
    if (state / SEEDED).exists():
        return read_manifest(state / PROVINCE)
    clear_state(state)
    return generate(console, state, scale=scale, seed=seed)


async def _serve(stage: Stage) -> int:
    settings = stage.installation.settings
    (settings.state_directory / PORTS).write_text(json.dumps(asdict(ports_of(settings))))
    await _seed_once(stage)
    if not stage.hospitals:
        await setting_up.look_parties_up(stage)
    stage.progress.stop()
    key = await people.issue_platform_key(stage.installation.database)
    await _print_addresses(stage, key)
    await asyncio.Event().wait()
    return 0


async def _seed_once(stage: Stage) -> None:
    """Everything up to the day on which suppliers may apply for the month."""
    mark = stage.installation.settings.state_directory / SEEDED
    if mark.exists():
        return
    await setting_up.set_everything_up(stage)
    await trading.take_documents_in(stage, until=first_monday(stage.period))
    await prepare_settlement(stage)
    mark.touch()


async def _print_addresses(stage: Stage, key: str) -> None:
    console, urls = stage.console, stage.urls
    console.print()
    console.print(f"API             {urls.api}   (documentation at {urls.api}/docs)")
    console.print(f"Simulated bank  {urls.bank}   (its book at {urls.bank}/book)")
    console.print(f"Settlement month {stage.period}, areas {', '.join(stage.areas)}")
    console.print(f"Business day {await stage.today()}; `zhijie move-clock` moves it forward")
    console.print(f"API key of the platform (header X-Api-Key): {key}", soft_wrap=True)
    console.print(_people_table(stage))
    console.print("Ctrl-C stops everything.")


def _people_table(stage: Stage) -> Table:
    table = Table(title=f"People; everybody's password is {people.PASSWORD}", title_justify="left")
    table.add_column("login name")
    table.add_column("who")
    table.add_row(people.ADMINISTRATOR, "administrator of the platform")
    table.add_row(people.BUREAU, "viewer of the provincial bureau")
    area = stage.areas[0]
    for post, roles in people.AREA_ROLES.items():
        table.add_row(people.area_login(post, area), f"{roles[0]} of {area} (and of each area)")
    hospitals, suppliers = people.first_parties(stage.hospitals, stage.suppliers, area)
    for hospital in hospitals[:1]:
        for post in ("clerk", "confirmer"):
            table.add_row(people.party_login(post, hospital.code), f"hospital {post}")
    for supplier in suppliers[:1]:
        table.add_row(people.party_login("supplier", supplier.code), "supplier")
    return table
