"""The server that comes with the program: starts, survives a kill, is shared."""

import asyncio
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from settlement_api.embedded_postgres import (
    SUPERUSER,
    EmbeddedServer,
    EmbeddedServerError,
    embedded_server,
    plan_layout,
    remove_data,
)
from settlement_api.rehearsal.opening import remove_everything
from tests.builders.processes import is_alive, wait_until

KEEPER = """
import signal, sys, time
from pathlib import Path
from settlement_api.embedded_postgres import embedded_server
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, wherever tests run
with embedded_server(Path(sys.argv[1])) as server:
    print(server.started_here, flush=True)
    time.sleep(120)
"""


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder inside a 0700 folder, as a clone in root's home would have."""
    tmp_path.chmod(0o700)
    state = tmp_path / "state"
    yield state
    remove_data(state)


def _keep(state: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(state)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as printed:
        assert printed.readline().strip() == "True"
    return process


async def _ask(server: EmbeddedServer, sql: str) -> object:
    connection = await asyncpg.connect(server.dsn(SUPERUSER, "postgres"))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def test_starts_and_stops_in_a_closed_folder(closed_folder: Path) -> None:
    with embedded_server(closed_folder) as server:
        assert asyncio.run(_ask(server, "SHOW fsync")) == "on"
        assert asyncio.run(_ask(server, "SHOW listen_addresses")) == ""
        assert asyncio.run(_ask(server, "SHOW server_encoding")) == "UTF8"
        data = server.layout.data
    assert not (data / "postmaster.pid").exists()
    assert data.stat().st_mode & 0o777 == 0o700


def test_the_server_needs_nothing_that_its_user_cannot_enter(closed_folder: Path) -> None:
    """As root it is another user's: the clone, the environment and their parents may be closed."""
    with embedded_server(closed_folder) as server:
        process = Path("/proc") / str(_server_of(closed_folder))
        user = server.layout.run_as
        assert process.stat().st_uid == (pwd.getpwnam(user).pw_uid if user else os.geteuid())
        assert (os.geteuid() == 0) == (user is not None)
        if user is not None:
            needed = [(process / name).resolve() for name in ("exe", "cwd")]
            for path in (*needed, server.layout.data, server.layout.socket):
                assert not path.is_relative_to(closed_folder.parent), path
                assert not path.is_relative_to(sys.prefix), path


def test_a_strict_umask_does_not_lock_the_server_out(closed_folder: Path) -> None:
    before = os.umask(0o077)
    try:
        with embedded_server(closed_folder) as server:
            assert asyncio.run(_ask(server, "SELECT 1")) == 1
    finally:
        os.umask(before)


def test_a_wrong_password_is_refused(closed_folder: Path) -> None:
    with embedded_server(closed_folder) as server:
        stranger = EmbeddedServer(server.layout, {SUPERUSER: "guessed"})
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(_ask(stranger, "SELECT 1"))


def test_rows_survive_kill_9_of_program_and_server(closed_folder: Path) -> None:
    with embedded_server(closed_folder) as server:
        asyncio.run(_ask(server, "CREATE TABLE kept AS SELECT 42 AS n"))
        pid = int((server.layout.data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGKILL)
    with embedded_server(closed_folder) as server:
        assert asyncio.run(_ask(server, "SELECT n FROM kept")) == 42


def test_a_server_left_by_a_killed_program_is_stopped_and_started_again(
    closed_folder: Path,
) -> None:
    program = _keep(closed_folder)
    program.kill()
    program.wait()
    with embedded_server(closed_folder) as server:
        assert server.started_here
        assert asyncio.run(_ask(server, "SELECT 1")) == 1


def test_a_second_program_joins_the_running_server(closed_folder: Path) -> None:
    program = _keep(closed_folder)
    try:
        with embedded_server(closed_folder) as server:
            assert not server.started_here
            assert asyncio.run(_ask(server, "SELECT 1")) == 1
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(timeout=60)


def _server_of(state: Path) -> int:
    pid = (plan_layout(state).data / "postmaster.pid").read_text().split("\n", 1)[0]
    return int(pid)


def test_a_killed_program_takes_its_server_along(closed_folder: Path) -> None:
    program = _keep(closed_folder)
    server = _server_of(closed_folder)
    assert is_alive(server)
    program.kill()
    program.wait()
    wait_until(lambda: not is_alive(server), "the server ends")
    assert not (plan_layout(closed_folder).data / "postmaster.pid").exists(), "it stopped in order"


def test_a_server_that_dies_is_started_again(closed_folder: Path) -> None:
    with embedded_server(closed_folder) as server:
        asyncio.run(_ask(server, "CREATE TABLE kept AS SELECT 42 AS n"))
        first = _server_of(closed_folder)
        os.kill(first, signal.SIGKILL)

        def back() -> bool:
            try:
                return asyncio.run(_ask(server, "SELECT n FROM kept")) == 42
            except (OSError, asyncpg.PostgresError):
                return False

        wait_until(back, "the server is back")
        second = _server_of(closed_folder)
        assert second != first
    assert not is_alive(second), "the new one is stopped like the first"


def test_data_in_use_is_not_removed(closed_folder: Path) -> None:
    with embedded_server(closed_folder) as server:
        with pytest.raises(EmbeddedServerError, match="is running; stop it first"):
            remove_data(closed_folder)
        assert asyncio.run(_ask(server, "SELECT 1")) == 1
    remove_data(closed_folder)
    assert not plan_layout(closed_folder).data.exists()


def test_everything_below_a_folder_is_removed_or_nothing(tmp_path: Path) -> None:
    folders = [tmp_path, tmp_path / "demo", tmp_path / "run"]
    for folder in folders:
        with embedded_server(folder):
            pass
    (tmp_path / "encryption-keys.json").touch()
    with embedded_server(tmp_path / "run"):
        with pytest.raises(EmbeddedServerError, match="run is running"):
            remove_everything(tmp_path)
        assert all(plan_layout(folder).data.exists() for folder in folders)
    remove_everything(tmp_path)
    assert not any(plan_layout(folder).data.exists() for folder in folders)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "encryption-keys.json",
        "postgres.log",
    ]
