"""An installation's key: recognized by every process, on every start."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from settlement_api.config import ClockKind, Settings
from settlement_api.embedded_postgres import (
    APPLICATION,
    SUPERUSER,
    EmbeddedServer,
    remove_data,
)
from settlement_api.installation import (
    InstallationRefused,
    WrongKey,
    open_installation,
    require_own_key,
)
from settlement_api.rehearsal.opening import open_rehearsed


def _settings(postgres: EmbeddedServer, database: str, folder: Path) -> Settings:
    return Settings(state_directory=folder, database_dsn=postgres.dsn(APPLICATION, database))


async def _start(settings: Settings) -> bytes:
    async with open_installation(settings) as opened:
        await require_own_key(opened)
        return opened.keyring.index_key


async def test_the_first_key_is_recognized_and_another_is_refused(
    postgres: EmbeddedServer, database_name: str, tmp_path: Path
) -> None:
    ours = _settings(postgres, database_name, tmp_path / "ours")
    others = _settings(postgres, database_name, tmp_path / "others")
    first = await _start(ours)
    assert await _start(ours) == first, "a second start, the same key"
    with pytest.raises(WrongKey, match=r"encrypted with another key than the one in .*others"):
        await _start(others)


async def test_of_two_first_starts_with_two_keys_one_is_refused(
    postgres: EmbeddedServer, database_name: str, tmp_path: Path
) -> None:
    starts = [_start(_settings(postgres, database_name, tmp_path / name)) for name in "ab"]
    ended = await asyncio.gather(*starts, return_exceptions=True)
    assert {type(result) for result in ended} == {WrongKey, bytes}


@pytest.mark.parametrize("process", ["api", "worker"])
async def test_a_process_with_another_key_says_so_and_ends(
    postgres: EmbeddedServer, database_name: str, tmp_path: Path, process: str
) -> None:
    await _start(_settings(postgres, database_name, tmp_path / "ours"))
    environment = os.environ | {
        "ZHIJIE_STATE_DIRECTORY": str(tmp_path / "others"),
        "ZHIJIE_DATABASE_DSN": postgres.dsn(APPLICATION, database_name),
        "ZHIJIE_PORT": "0",
    }
    command = [sys.executable, "-m", "settlement_api.cli", process]
    ended = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert "encrypted with another key" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_where_a_new_key_lies_is_said_once(
    postgres: EmbeddedServer, database_name: str, tmp_path: Path
) -> None:
    """In the log; not beside the sentence of a demo, whose console people read."""
    with capture_logs() as logs:
        for _ in range(2):
            await _start(_settings(postgres, database_name, tmp_path / "ours"))
    assert [line["event"] for line in logs] == ["installation.encryption_key.made"]
    rehearsal = Settings(state_directory=tmp_path / "demo", clock=ClockKind.SIMULATED)
    try:
        with capture_logs() as logs:
            async with open_rehearsed(rehearsal, at=datetime(2026, 3, 1, tzinfo=UTC)):
                pass
        assert logs == []
    finally:
        remove_data(tmp_path / "demo")


async def test_a_database_that_was_never_migrated_is_named(
    postgres: EmbeddedServer, tmp_path: Path
) -> None:
    async with open_installation(_settings(postgres, "postgres", tmp_path)) as opened:
        with pytest.raises(InstallationRefused, match="never migrated"):
            await require_own_key(opened, patience_seconds=0)


async def test_the_mark_cannot_be_changed(
    postgres: EmbeddedServer, database_name: str, tmp_path: Path
) -> None:
    await _start(_settings(postgres, database_name, tmp_path))
    application = await asyncpg.connect(postgres.dsn(APPLICATION, database_name))
    owner = await asyncpg.connect(postgres.dsn(SUPERUSER, database_name))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("UPDATE installation_key SET mark = sha256('x')")
        with pytest.raises(asyncpg.CheckViolationError, match="only_row"):
            await owner.execute("INSERT INTO installation_key VALUES (false, sha256('x'))")
        with pytest.raises(asyncpg.CheckViolationError, match="mark_of_32_bytes"):
            await owner.execute("UPDATE installation_key SET mark = 'short'")
    finally:
        await application.close()
        await owner.close()
