"""The pages that say what to type, word for word: the README's tour, and the trial by hand."""

import ast
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from settlement_api.embedded_postgres import plan_layout
from settlement_api.rehearsal.processes import free_port
from tests.builders.processes import descendants, is_alive, wait_until

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
AREA = "370100"
LAST_WORDS = "Ctrl-C stops everything."
TOURS = {
    "README.md": ("## Five minutes with curl", "## The map"),
    "README.zh-CN.md": ("## 五分钟上手", "## 目录"),
}


def tour_of(page: str) -> str:
    """The commands of a page's tour, without comments."""
    beginning, end = TOURS[page]
    text = (ROOT / page).read_text(encoding="utf-8")
    return commands(text.split(beginning, 1)[1].split(end, 1)[0])


def commands(text: str) -> str:
    """Every block of a text, without comments."""
    blocks = "".join(re.findall(r"```\n(.*?)```", text, re.DOTALL))
    return re.sub(r"[ ]+# .*$", "", blocks, flags=re.MULTILINE)


@dataclass
class Running:
    """A platform started as `make run` starts it."""

    program: "subprocess.Popen[str]"
    printed: str
    key: str
    url: str

    def payables(self) -> Any:
        """The first payables of the area, whole."""
        headers = {"X-Api-Key": self.key, "X-Area-Code": AREA}
        answer = httpx.get(
            f"{self.url}/reconciliation/payables?limit=200", headers=headers, trust_env=False
        )
        answer.raise_for_status()
        return answer.json()["items"]


class Clone:
    """A folder like a fresh clone with its environment, on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".venv").symlink_to(sys.prefix)
        self.ports = (free_port(), free_port())
        outside = {name: text for name, text in os.environ.items() if "ZHIJIE" not in name}
        self.environment = outside | {
            "ZHIJIE_PORT": str(self.ports[0]),
            "ZHIJIE_BANK_URL": f"http://127.0.0.1:{self.ports[1]}",
        }

    def start(self, *command: str, until: str) -> tuple["subprocess.Popen[str]", str]:
        """Starts a program, and what it prints until it says that."""
        program = subprocess.Popen(
            [".venv/bin/zhijie", *command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a terminal of its own, for Ctrl-C
        )
        assert program.stdout is not None
        printed = ""
        for line in program.stdout:
            printed += line
            if until in line:
                break
        return program, printed

    def start_platform(self) -> Running:
        """Starts the platform and waits until it serves."""
        program, printed = self.start("run", until=LAST_WORDS)
        found = re.search(r"X-Api-Key\): (\S+)", printed)
        assert found, printed
        return Running(program, printed, found[1], f"http://127.0.0.1:{self.ports[0]}")

    @contextmanager
    def started(self) -> Iterator[Running]:
        """A running platform that is gone at the latest when the test is over."""
        running = self.start_platform()
        try:
            yield running
        finally:
            running.program.kill()
            running.program.wait()
            assert running.program.stdout is not None
            running.program.stdout.close()

    def shell(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Runs commands as typed in a second terminal."""
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def assert_nothing_runs(self, started: set[int]) -> None:
        """No process, no port, no socket, no server is left."""
        wait_until(lambda: not any(map(is_alive, started)), "every process has ended")
        layout = plan_layout(self.folder / ".zhijie" / "run")
        assert not (layout.data / "postmaster.pid").exists()
        assert list(layout.socket.iterdir()) == []
        for port in self.ports:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))


def test_both_pages_have_the_same_tour() -> None:
    assert tour_of("README.md") == tour_of("README.zh-CN.md")
    made = subprocess.run(
        ["make", "-n", "run"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ".venv/bin/zhijie run" in made.stdout.splitlines(), "what is started below"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour needs curl")
def test_the_tour_goes_as_written_and_leaves_nothing_behind(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    with clone.started() as first:
        _take_the_tour(clone, first)
        _removing_is_refused_meanwhile(clone)
        seen, processes = first.payables(), descendants(first.program.pid)
        os.killpg(first.program.pid, signal.SIGINT)
        rest, _ = first.program.communicate(timeout=60)
        assert (first.program.returncode, "Traceback" in rest) == (0, False), rest
        assert "Everything is stopped, the database last." in rest
        clone.assert_nothing_runs(processes)
    with clone.started() as second:
        assert second.payables() == seen != []
        assert "Business day 2026-08-10" in second.printed, "the clock goes on where it was"
        processes = descendants(second.program.pid)
        assert len(processes) > 4
        second.program.kill()
        second.program.communicate()
        clone.assert_nothing_runs(processes)
    stopped = clone.shell(".venv/bin/zhijie move-clock 2026-09-01T09:00:00")
    assert (stopped.returncode, "Traceback" in stopped.stderr) == (1, False), stopped.stderr
    assert "does not answer" in stopped.stdout
    key = tmp_path / ".zhijie" / "encryption-keys.json"
    key.write_text("{}")
    removed = clone.shell(f"make -f {ROOT / 'Makefile'} clean")
    assert removed.returncode == 0, removed.stderr
    assert key.exists(), "account numbers of an external database are read with it"
    assert not (tmp_path / ".venv").exists()
    assert not plan_layout(tmp_path / ".zhijie" / "run").data.exists()
    assert not (tmp_path / ".zhijie" / "run").exists()


def test_a_demonstration_cut_off_stops_in_order(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    program, _ = clone.start("demo", "--scale", "taste", until="People of every role")
    processes = descendants(program.pid)
    os.killpg(program.pid, signal.SIGINT)
    rest, _ = program.communicate(timeout=60)
    assert (program.returncode, "Traceback" in rest) == (130, False), rest
    assert "Stopped." in rest
    wait_until(lambda: not any(map(is_alive, processes)), "every process has ended")
    assert not (plan_layout(tmp_path / ".zhijie" / "demo").data / "postmaster.pid").exists()
    assert clone.shell(".venv/bin/zhijie remove-data --yes").returncode == 0


def _take_the_tour(clone: Clone, running: Running) -> None:
    """Every block of the page in one shell; only address and key are filled in."""
    started, tour = tour_of("README.md").split("\n", 1)
    assert started == "make run"
    tour = tour.replace("http://127.0.0.1:8080", running.url).replace("KEY=…", f"KEY={running.key}")
    # A second terminal: it was never told the ports.
    done = clone.shell(f"unset ZHIJIE_PORT ZHIJIE_BANK_URL\nset -euo pipefail\n{tour}")
    assert done.returncode == 0, done.stdout + done.stderr
    for wanted in (
        '"hospital_code"',
        '"due_date"',
        '"reason"',
        '"kind": "contract"',
        '"name": "maker.370100"',
        '"code": "document_faults"',
        "Invariants",
        "The business clock stands at 2026-08-10",
    ):
        assert wanted in done.stdout, done.stdout


def _removing_is_refused_meanwhile(clone: Clone) -> None:
    refused = clone.shell(".venv/bin/zhijie remove-data --yes")
    assert refused.returncode == 1
    assert "is running; stop it first" in refused.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="the trial needs curl")
def test_the_trial_with_generated_files_goes_as_written(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    page = (ROOT / "docs" / "how-to" / "try-with-generated-files.md").read_text(encoding="utf-8")
    script = commands(page).replace("127.0.0.1:8080", f"127.0.0.1:{clone.ports[0]}")
    done = clone.shell(f"set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n{script}trap - EXIT\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Written to {tmp_path / 'province'} (seed 20260301, taste)" in done.stdout
    manifest = json.loads((tmp_path / "province" / "manifest.json").read_text())
    reports = [ast.literal_eval(line) for line in done.stdout.splitlines() if line[:2] == "{'"]
    *imported, documents = reports
    rows = [number for kind, number in manifest["rows"].items() if " " not in kind]
    assert sorted(report["accepted"] for report in imported) == sorted(rows)
    assert not any(report["rejected"] for report in imported)
    sent = sum(sum(kind["files"].values()) for kind in manifest["documents"].values())
    assert documents["received"] == sent == 485
    assert documents["accepted"] + documents["unchanged"] + documents["rejected"] == sent
    assert '"due_date"' in done.stdout
    assert not plan_layout(tmp_path / ".zhijie" / "trial").data.exists()
