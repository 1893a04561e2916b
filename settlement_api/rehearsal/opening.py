"""Opens a rehearsal: a fresh state folder, the province's files, the database and every process."""

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy.exc import NoResultFound

from schemas.times import SHANGHAI
from settlement_api.config import ClockKind, Settings
from settlement_api.embedded_postgres import find_data, remove_data, require_stopped
from settlement_api.encryption import KEY_FILE_NAME, open_keyring
from settlement_api.installation import (
    Installation,
    SettingsRefused,
    open_installation,
    require_own_key,
)
from settlement_api.persistence import SimulatedClock
from settlement_api.rehearsal.client import Refused, open_http
from settlement_api.rehearsal.processes import (
    Child,
    ProcessFailed,
    child_environment,
    run_beside,
    zhijie,
)
from settlement_api.rehearsal.stage import JobsFailed, Stage, Urls, make_progress
from settlement_api.rehearsal.words import Language

CONNECTIONS = 16
PROVINCE = "province"
LOGS = "logs"
OPENING_HOUR = 6


@dataclass(frozen=True)
class Ports:
    """Where the processes listen on the loopback."""

    api: int
    bank: int

    @property
    def urls(self) -> Urls:
        """The same as addresses."""
        return Urls(f"http://127.0.0.1:{self.api}", f"http://127.0.0.1:{self.bank}")


def rehearsal_settings(settings: Settings, *, state: Path, ports: Ports) -> Settings:
    """Settings of a rehearsal: embedded database, simulated clock, its own folder and ports.

    Raises SettingsRefused on an external database: a synthetic province has no place there.
    """
    if settings.database_dsn:
        raise SettingsRefused(
            "a rehearsal runs on the embedded database: unset ZHIJIE_DATABASE_DSN"
        )
    if settings.bank_signature:
        raise SettingsRefused("a rehearsal's bank wants no signatures: unset ZHIJIE_BANK_SIGNATURE")
    return settings.model_copy(
        update={
            "state_directory": state,
            "clock": ClockKind.SIMULATED,
            "host": "127.0.0.1",
            "port": ports.api,
            "bank_url": ports.urls.bank,
            "log_level": "warning",
        }
    )


def clear_state(state: Path) -> None:
    """Removes everything an earlier rehearsal left in a folder of its own.

    Raises EmbeddedServerError while it still runs.
    """
    remove_data(state)
    shutil.rmtree(state, ignore_errors=True)


def remove_everything(state: Path) -> None:
    """Deletes the database of a state folder and every rehearsal kept in it, or nothing at all.

    Raises EmbeddedServerError while one of them runs.
    """
    folders = find_data(state)
    for folder in folders:
        require_stopped(folder)
    for folder in folders:
        if folder == state:
            remove_data(folder)
        else:
            clear_state(folder)


def children(state: Path, ports: Ports, *, first_instant: datetime, workers: int) -> list[Child]:
    """The processes of a rehearsal: bank, API, workers."""
    bank = [
        *(sys.executable, "-m", "bank_adapters.simulator", "--port", str(ports.bank)),
        *("--book", str(state / "bank.sqlite"), "--instant", first_instant.isoformat()),
        *("--behavior", str(state / PROVINCE / "bank" / "behavior.json")),
    ]
    return [
        Child("simulated bank", bank, f"{ports.urls.bank}/health"),
        Child("API", zhijie("api"), f"{ports.urls.api}/health"),
        *(Child(f"worker {number}", zhijie("worker")) for number in range(1, workers + 1)),
    ]


def opening_instant(first_day: date) -> datetime:
    """When a rehearsal begins: early on the first order day."""
    return datetime.combine(first_day, time(OPENING_HOUR), SHANGHAI)


@asynccontextmanager
async def open_rehearsed(settings: Settings, *, at: datetime) -> AsyncIterator[Installation]:
    """The installation of a rehearsal with its clock set (an earlier clock goes on)."""
    state = settings.state_directory
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    open_keyring(state)  # people read on the console where a new key lies: no log line besides
    async with open_installation(settings) as installation:
        clock = installation.clock
        assert isinstance(clock, SimulatedClock)
        await _set_clock(clock, at)
        await require_own_key(installation)
        yield installation


async def _set_clock(clock: SimulatedClock, at: datetime) -> None:
    try:
        await clock.now()
    except NoResultFound:
        await clock.move_to(at)


async def run_on_stage(
    settings: Settings,
    ports: Ports,
    manifest: Mapping[str, Any],
    play: Callable[[Stage], Awaitable[int]],
    *,
    console: Console,
    workers: int = 1,
    language: Language = Language.EN,
) -> int:
    """Starts everything, lets `play` run on it, and stops everything; the exit status.

    A process or job that fails ends it with status 1 and its own words.
    """
    try:
        return await _run(
            *(settings, ports, manifest, play),
            console=console,
            workers=workers,
            language=language,
        )
    except (ProcessFailed, JobsFailed, Refused) as error:
        console.print(str(error), style="red", markup=False)
        console.print(f"Logs: {settings.state_directory / LOGS}")
        return 1


async def _run(
    settings: Settings,
    ports: Ports,
    manifest: Mapping[str, Any],
    play: Callable[[Stage], Awaitable[int]],
    *,
    console: Console,
    workers: int,
    language: Language,
) -> int:
    state = settings.state_directory
    at = opening_instant(date.fromisoformat(manifest["first_order_day"]))
    async with open_rehearsed(settings, at=at) as installation:
        _say_where_the_key_lies(console, state, language)
        beside = children(state, ports, first_instant=at, workers=workers)

        async def work() -> int:
            async with (
                open_http(ports.urls.api, connections=CONNECTIONS) as api,
                open_http(ports.urls.bank, connections=CONNECTIONS) as bank,
            ):
                with make_progress(console) as progress:
                    stage = Stage(
                        *(state / PROVINCE, manifest, installation, ports.urls),
                        *(api, bank, console, progress),
                        language=language,
                    )
                    return await play(stage)

        environment = child_environment(settings)
        return await run_beside(beside, work, environment=environment, logs=state / LOGS)


def _say_where_the_key_lies(console: Console, state: Path, language: Language) -> None:
    told = {
        Language.EN: "Account numbers are encrypted with the key in {}: do not lose it.",
        Language.ZH: "账号已用 {} 中的密钥加密，丢失密钥即丢失账号。",
    }
    console.print(told[language].format(state / KEY_FILE_NAME), style="dim", highlight=False)
