"""Processes of an installation: started together, watched, stopped in reverse order."""

import asyncio
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from settlement_api.config import ClockKind, Settings
from settlement_api.rehearsal.processes import (
    Child,
    ProcessFailed,
    child_environment,
    free_port,
    require_free,
    run_beside,
)
from settlement_api.rehearsal.serve import SEEDED, province_of
from tests.builders.processes import is_alive, wait_until

SERVER = """
import http.server, signal, sys, pathlib
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *rest): pass
def stop(*rest):
    with open(sys.argv[2], "a") as file: file.write(sys.argv[3] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def _server(name: str, stops: Path) -> Child:
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port), str(stops), name]
    return Child(name, command, f"http://127.0.0.1:{port}/")


def _script(name: str, text: str) -> Child:
    return Child(name, [sys.executable, "-c", text])


async def _forever() -> None:
    await asyncio.sleep(60)


async def test_work_runs_beside_ready_children_which_stop_in_reverse_order(tmp_path: Path) -> None:
    stops = tmp_path / "stops"
    children = [_server("bank", stops), _server("api", stops)]

    async def work() -> int:
        return 7

    result = await run_beside(children, work, environment=os.environ, logs=tmp_path)
    assert result == 7
    assert stops.read_text().split() == ["api", "bank"]


async def test_a_child_that_ends_ends_everything_and_says_why(tmp_path: Path) -> None:
    stops = tmp_path / "stops"
    dying = _script("worker", "import time; time.sleep(0.3); raise SystemExit('no database')")
    with pytest.raises(ProcessFailed, match=r"the worker ended by itself(.|\n)*no database"):
        await run_beside(
            [_server("api", stops), dying], _forever, environment=os.environ, logs=tmp_path
        )
    assert stops.read_text().split() == ["api"]


async def test_a_child_that_never_becomes_ready_stops_the_others(tmp_path: Path) -> None:
    stops = tmp_path / "stops"
    broken = Child("api", [sys.executable, "-c", "print('port taken')"], "http://127.0.0.1:9/")
    with pytest.raises(ProcessFailed, match="port taken"):
        await run_beside(
            [_server("bank", stops), broken], _forever, environment=os.environ, logs=tmp_path
        )
    assert stops.read_text().split() == ["bank"]


async def test_an_error_of_the_work_comes_through(tmp_path: Path) -> None:
    async def work() -> None:
        raise LookupError("nothing to settle")

    with pytest.raises(LookupError, match="nothing to settle"):
        await run_beside(
            [_server("api", tmp_path / "stops")], work, environment=os.environ, logs=tmp_path
        )


async def test_sigterm_cancels_the_work_and_stops_the_children(tmp_path: Path) -> None:
    stops = tmp_path / "stops"

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await _forever()

    with pytest.raises(asyncio.CancelledError):
        await run_beside([_server("api", stops)], work, environment=os.environ, logs=tmp_path)
    assert stops.read_text().split() == ["api"]


async def test_a_deaf_child_is_killed(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print('up', flush=True); time.sleep(60)"
    )

    async def work() -> None:
        while "up" not in (tmp_path / "deaf.log").read_text():  # noqa: ASYNC110 - not ours
            await asyncio.sleep(0.02)

    started = asyncio.get_running_loop().time()
    await run_beside(
        [_script("deaf", deaf)], work, environment=os.environ, logs=tmp_path, patience_seconds=0.3
    )
    assert asyncio.get_running_loop().time() - started < 10


PARENT = """
import asyncio, os, sys
from pathlib import Path
from settlement_api.rehearsal.processes import Child, run_beside
async def work():
    await asyncio.sleep(60)
CHILD = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
child = Child("child", [sys.executable, "-c", CHILD])
asyncio.run(run_beside([child], work, environment=os.environ, logs=Path(sys.argv[1])))
"""


def test_a_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)]) as parent:
        wait_until(lambda: log.exists() and log.read_text() != "", "the child speaks")
        child = int(log.read_text())
        assert is_alive(child)
        parent.kill()
    wait_until(lambda: not is_alive(child), "the child ends")


def test_a_taken_port_is_named() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ProcessFailed, match="for the API is taken"):
            require_free(taken.getsockname()[1], name="API")


def test_children_get_the_settings_of_their_parent(tmp_path: Path) -> None:
    settings = Settings(state_directory=tmp_path, clock=ClockKind.SIMULATED, port=1234)
    environment = child_environment(settings)
    assert environment["ZHIJIE_STATE_DIRECTORY"] == str(tmp_path.resolve())
    assert environment["ZHIJIE_CLOCK"] == "simulated"
    assert environment["ZHIJIE_PORT"] == "1234"
    assert "ZHIJIE_DATABASE_DSN" not in environment


def test_a_seeding_that_was_cut_off_begins_anew(tmp_path: Path) -> None:
    state, screen = tmp_path / "run", Console(file=StringIO())
    left_behind = state / "bank.sqlite"
    province_of(screen, state, scale="taste", seed=1)
    left_behind.touch()
    manifest = province_of(screen, state, scale="taste", seed=2)
    assert not left_behind.exists()
    (state / SEEDED).touch()
    assert province_of(screen, state, scale="taste", seed=3) == manifest, "seeded: it goes on"
