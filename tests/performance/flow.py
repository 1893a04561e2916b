"""Order, receipt and invoice lines stored and matched for a CPU second, beside Tryton's flow.

Ours: bodies over HTTP, validated, stored, matched, payables and ledger written; client, API and
server counted. Theirs: purchase, shipment and invoice through its own models, client and server
counted. Both write to the same PostgreSQL server, one after the other.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from settlement_api.embedded_postgres import SUPERUSER
from settlement_api.rehearsal.stage import Stage
from tests.performance.ingest import Addresses
from tests.performance.measure import Figure
from tests.performance.peers import PeerUnavailable, open_environment, run_script

ORDERS, LINES = 10, 11
"""Of Tryton's: a line costs it about a tenth of a second."""
MAINTENANCE = "postgres"


@dataclass
class CpuMeter:
    """CPU seconds of this process, all it started, and the database server."""

    roots: tuple[int, ...]
    seconds: float = field(default=0.0)

    @staticmethod
    def of(stage: Stage) -> "CpuMeter":
        """Of the platform on this stage."""
        told = (Addresses.of(stage).server.layout.data / "postmaster.pid").read_text()
        return CpuMeter((os.getpid(), int(told.split(maxsplit=1)[0])))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Adds what is spent meanwhile."""
        before = self._spent()
        yield
        self.seconds += self._spent() - before

    def _spent(self) -> float:
        """Of the living, each with its dead children, which it has inherited."""
        ticks, children = {}, defaultdict(list)
        for place in Path("/proc").glob("[0-9]*"):
            try:
                told = (place / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            children[int(told[1])].append(int(place.name))
            ticks[int(place.name)] = sum(map(int, told[11:15]))
        family, found = set(self.roots), list(self.roots)
        while found:
            new = set(children[found.pop()]) - family
            family |= new
            found += new
        return sum(ticks.get(one, 0) for one in family) / os.sysconf("SC_CLK_TCK")


async def flow_figure(stage: Stage, order_lines: int, meter: CpuMeter) -> Figure:
    """Ours as measured, beside Tryton's on the same server, where that can be had."""
    try:
        theirs = await asyncio.to_thread(_tryton, stage)
        note = ""
    except PeerUnavailable as reason:
        theirs, note = None, f"; Tryton: {reason}"
    ours = order_lines / meter.seconds
    return Figure(
        "order, receipt and invoice of a line stored and matched",
        ours,
        "order lines per CPU s",
        "> Tryton's purchase, shipment and invoice",
        theirs is None or ours > theirs,
        limit=theirs,
        limit_name="order lines per CPU s, Tryton",
        note=f"{order_lines:,} order lines with all their documents in {meter.seconds:.1f} CPU s;"
        f" Tryton {ORDERS * LINES} lines" + note,
    )


def _tryton(stage: Stage) -> float:
    folder = stage.installation.settings.state_directory / "peer"
    folder.mkdir()
    python = open_environment(folder, "tryton.txt")
    address = Addresses.of(stage).server.dsn(SUPERUSER, MAINTENANCE)
    words = (address, str(folder), str(ORDERS), str(LINES))
    answer = run_script(python, "peer_tryton.py", *words)
    return float(answer["lines"] / answer["cpu_seconds"])
