"""Bulk intake over HTTP beside the owner's binary COPY of the same rows, and the API's memory."""

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from settlement_api.embedded_postgres import SUPERUSER, SYSTEM, EmbeddedServer, plan_layout
from settlement_api.rehearsal import people
from settlement_api.rehearsal.client import Caller
from settlement_api.rehearsal.stage import Stage
from settlement_api.rehearsal.trading import NDJSON
from tests.performance.measure import Figure, Stopwatch, forget_peak, peak_megabytes

KIND = "purchase_order"
NUMBER = b'"external_number":"'
ROUNDS = 3
LOOK_EVERY_SECONDS = 0.02
GOAL_RATIO = 0.30
GOAL_MEGABYTES = 300.0
LARGE_BODY_BYTES = 200_000_000
TABLES = {
    "document": "SELECT * FROM document WHERE intake_id = '{intake}'",
    "purchase_order_line": (
        "SELECT line.* FROM purchase_order_line line JOIN document USING (area_code)"
        " WHERE document.id = line.document_id AND document.intake_id = '{intake}'"
    ),
}


@dataclass(frozen=True)
class Addresses:
    """The embedded server of the stage, by role."""

    server: EmbeddedServer

    @staticmethod
    def of(stage: Stage) -> "Addresses":
        """Joins the server the stage runs on."""
        layout = plan_layout(stage.installation.settings.state_directory)
        passwords = json.loads((layout.state / "passwords.json").read_text())
        return Addresses(EmbeddedServer(layout, passwords, started_here=False))


async def measure_ingest(stage: Stage) -> list[Figure]:
    """Bodies of some days' orders, each beside a COPY of exactly the rows it left behind."""
    caller = await stage.person(people.ADMINISTRATOR)
    ours, limit, rows, ratios = Stopwatch(), Stopwatch(), 0, []
    for number in range(ROUNDS):
        body = _orders_of_round(stage.files, number)
        with ours.round():
            intake = await caller.upload("/intakes", [body], media_type=NDJSON)
            await _wait_until_applied(caller, intake["id"])
        copied = await _copy_same_rows(Addresses.of(stage), intake["id"], limit)
        await stage.be_quiet()
        rows += copied
        ratios.append(limit.rounds[-1] / ours.rounds[-1])
    ratio = median(ratios)
    return [
        Figure(
            "bulk ingest over HTTP until the last chunk is applied",
            rows / sum(ours.rounds),
            "rows/s",
            f">= {GOAL_RATIO:.0%} of the owner's binary COPY",
            ratio >= GOAL_RATIO,
            limit=rows / sum(limit.rounds),
            limit_name="rows/s, binary COPY",
            note=f"{rows:,} rows of {len(TABLES)} tables; median of {ROUNDS} bodies {ratio:.0%}",
        )
    ]


def _orders_of_round(files: Path, number: int) -> Path:
    """Every order of the province in one body, under numbers of this round's own."""
    path = files / f"bench-orders-{number}.ndjson"
    with path.open("wb") as out:
        for part in sorted((files / "documents").glob(f"*/*{KIND}*.ndjson")):
            out.write(part.read_bytes().replace(NUMBER, NUMBER + b"B%d-" % number))
    return path


async def _wait_until_applied(caller: Caller, intake_id: str) -> None:
    while (await caller.get(f"/intakes/{intake_id}"))["state"] != "applied":  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _copy_same_rows(addresses: Addresses, intake: str, watch: Stopwatch) -> int:
    """Copies an intake's rows into identical keyed tables, row security off; rows copied."""
    reader = await asyncpg.connect(addresses.server.dsn(SYSTEM))
    owner = await asyncpg.connect(addresses.server.dsn(SUPERUSER))
    try:
        bodies = {}
        for table, question in TABLES.items():
            buffer = io.BytesIO()
            await reader.copy_from_query(
                question.format(intake=intake), output=buffer, format="binary"
            )
            bodies[table] = buffer.getvalue()
            await owner.execute(
                f"DROP TABLE IF EXISTS bench_{table};"
                f" CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)"
            )
        return await _timed_copy(owner, bodies, watch)
    finally:
        await reader.close()
        await owner.close()


async def _timed_copy(
    owner: "asyncpg.Connection[Any]", bodies: dict[str, bytes], watch: Stopwatch
) -> int:
    copied = 0
    with watch.round():
        async with owner.transaction():
            for table, body in bodies.items():
                answer = await owner.copy_to_table(
                    f"bench_{table}", source=io.BytesIO(body), format="binary"
                )
                copied += int(answer.split()[-1])
    for table in bodies:
        await owner.execute(f"DROP TABLE bench_{table}")
    return copied


async def measure_memory(stage: Stage) -> list[Figure]:
    """The most memory the API process holds while a body of 200 MB streams in; beside it, the most
    it ever held, which its imports of master data decide."""
    caller = await stage.person(people.ADMINISTRATOR)
    template = _first_order(stage.files / "documents")
    headers = {**caller.headers, "Idempotency-Key": "bench-large-body", "Content-Type": NDJSON}
    ever = peak_megabytes(_api_process())
    forget_peak(_api_process())
    answer = await caller.http.post(
        "/intakes", content=_large_body(template), headers=headers, timeout=600
    )
    answer.raise_for_status()
    peak = peak_megabytes(_api_process())
    return [
        Figure(
            "API process while a 200 MB NDJSON body streams in",
            peak,
            "MB at most",
            f"< {GOAL_MEGABYTES:.0f} MB",
            peak < GOAL_MEGABYTES,
            note=f"{answer.json()['received']:,} documents; {ever:,.0f} MB at most ever before, "
            "while master data was imported",
        )
    ]


def _first_order(folder: Path) -> dict[str, Any]:
    path = min(folder.glob(f"*/*{KIND}*.ndjson"))
    with path.open(encoding="utf-8") as file:
        order: dict[str, Any] = json.loads(file.readline())
    return order


async def _large_body(template: dict[str, Any]) -> AsyncIterator[bytes]:
    """Distinct orders of the template's content until the body is large enough."""
    sent = number = 0
    while sent < LARGE_BODY_BYTES:
        lines = []
        for _ in range(500):
            number += 1
            order = template | {"external_number": f"BENCH-{number:08d}"}
            lines.append(json.dumps(order, ensure_ascii=False).encode() + b"\n")
        block = b"".join(lines)
        sent += len(block)
        yield block


def _api_process() -> int:
    """The process id of the API that this process started."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == os.getpid() and command[-2:] == [b"api", b""]:
            return int(entry.name)
    raise LookupError("the API process is not running")
