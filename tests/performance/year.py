"""A year in PostgreSQL: orders arriving on it, and all of it replayed under other rules."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, Final
from uuid import UUID

import asyncpg
import uvloop
from rich.progress import track

from schemas.messages.replays import ReplayOrder
from settlement_api.config import Settings
from settlement_api.embedded_postgres import SUPERUSER
from settlement_api.installation import open_installation
from settlement_api.rehearsal.stage import Stage
from settlement_api.replays.jobs import work_replay
from settlement_api.replays.service import request_replay
from settlement_api.unit_of_work import AreaScope
from tests.performance.ingest import Addresses
from tests.performance.matchers import match_areas
from tests.performance.matching import keep_house, match_arrivals, store
from tests.performance.measure import Figure, Stopwatch

MONTHS: Final = 12
ARRIVAL_GOAL_MILLISECONDS: Final = 20.0
REPLAY_GOAL_SECONDS: Final = 60.0
COMPONENTS_AT_ONCE: Final = 20_000
AREAS_AT_ONCE: Final = 2
PROCESSES: Final = 2

TABLES: Final = (
    "document",
    "purchase_order_line",
    "goods_receipt_line",
    "return_note_line",
    "invoice_line",
    "invoice_claim",
    "invoice_registry",
    "payable",
    "discrepancy",
    "order_line_forecast",
)
"""What matching reads and writes. Despatch advices and bodies as they came are not multiplied."""

IDS: Final = frozenset(
    ("id", "document_id", "order_line_id", "receipt_line_id", "invoice_line_id", "other_line_id")
) | {"adjusts_payable_id"}
NUMBERS: Final = frozenset(("order_number", "receipt_number", "return_number"))
INVOICE_NUMBERS: Final = frozenset(
    ("invoice_number", "blue_invoice_number", "upstream_invoice_number", "invoice_key")
)


@dataclass(frozen=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    indexes: tuple[tuple[str, str], ...]
    """Those that keep no rule: name and definition."""


async def measure_year(stage: Stage) -> list[Figure]:
    """A month is stored and matched, both as ever, then copied eleven times under other ids and
    numbers; orders arrive on that year, and it is replayed. Needs a stage without workers."""
    folders = sorted((stage.files / "documents").iterdir())
    await store(stage, [file for folder in folders for file in sorted(folder.glob("*.ndjson"))])
    await keep_house(stage)
    await match_areas(stage.installation.database, stage.areas, kept=True)
    owner = await asyncpg.connect(Addresses.of(stage).server.dsn(SUPERUSER))
    try:
        lines = await _multiply(owner)
    finally:
        await owner.close()
    arrivals = await match_arrivals(
        stage,
        folders[0],
        f"one order matched on arrival, on {lines:,} order lines",
        ARRIVAL_GOAL_MILLISECONDS,
    )
    return [arrivals, await _replay(stage)]


async def _multiply(owner: "asyncpg.Connection[Any]") -> int:
    """Copies the month until there is a year; the number of order lines."""
    tables = [await _describe(owner, name) for name in TABLES]
    # Rules were checked when the month came; a table is loaded first and indexed after.
    await owner.execute(
        "SET session_replication_role = replica; SET synchronous_commit = off;"
        " SET maintenance_work_mem = '1GB'"
    )
    for table in track(tables, "a year of rows"):
        for index, _ in table.indexes:
            await owner.execute(f"DROP INDEX {index}")
        await owner.execute(_copying(table), timeout=None)
        for _, definition in table.indexes:
            await owner.execute(definition)
        await owner.execute(f"VACUUM (ANALYZE) {table.name}")
    lines: int = await owner.fetchval("SELECT count(*) FROM purchase_order_line")
    return lines


async def _describe(owner: "asyncpg.Connection[Any]", name: str) -> _Table:
    columns = await owner.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'"
        " ORDER BY ordinal_position",
        name,
    )
    indexes = await owner.fetch(
        "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index"
        " JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE indrelid = $1::regclass AND NOT indisunique",
        name,
    )
    return _Table(name, tuple(row[0] for row in columns), tuple(tuple(row) for row in indexes))


def _copying(table: _Table) -> str:
    names = ", ".join(table.columns)
    values = ", ".join(_copied(column) for column in table.columns)
    # A charge's component is named by its invoice: those that matching made are not copied.
    kept = "NOT starts_with(component_code, 'charge:')" if "component_code" in names else "true"
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name},"
        f" generate_series(1, {MONTHS - 1}) AS copy (number) WHERE {kept}"
    )


def _copied(column: str) -> str:
    """The digit of an id that tells its version (never 7 in a copy), the first digits of an
    invoice's number and the end of any other number say which copy it is."""
    invoice = f"overlay({column} PLACING (copy.number + 50)::text FROM 1 FOR 2)"
    numbered = f"{column} || '-' || copy.number"
    if column in IDS:
        digit = "to_hex(copy.number + CASE WHEN copy.number < 7 THEN 0 ELSE 1 END)"
        return f"overlay({column}::text PLACING {digit} FROM 15 FOR 1)::uuid"
    if column in INVOICE_NUMBERS:
        return invoice
    if column == "external_number":
        return f"CASE WHEN kind IN ('invoice', 'credit_note') THEN {invoice} ELSE {numbered} END"
    return numbered if column in NUMBERS else column


async def _replay(stage: Stage) -> Figure:
    month = str(stage.manifest["first_order_day"])[:7]
    rules = {"tolerances": []}
    order = ReplayOrder(from_month=month, to_month=month, rules=rules)
    async with stage.installation.database.platform() as uow:
        replay_id = await request_replay(uow, order=order, areas=stage.areas)
    shares = [list(stage.areas)[share::PROCESSES] for share in range(PROCESSES)]
    watch = Stopwatch()
    with (
        ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes,
        watch.round(),
    ):
        work = partial(_work_areas, stage.installation.settings, replay_id)
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(processes, work, share) for share in shares))
    seconds = watch.rounds[0]
    owner = await asyncpg.connect(Addresses.of(stage).server.dsn(SUPERUSER))
    try:
        replayed, lines = await owner.fetchrow(
            "SELECT count(*) FILTER (WHERE status = 'completed'), sum(order_line_count)::bigint"
            " FROM replay WHERE id = $1",
            replay_id,
        )
    finally:
        await owner.close()
    return Figure(
        "a year replayed under other rules, PostgreSQL to PostgreSQL",
        seconds,
        "s",
        f"< {REPLAY_GOAL_SECONDS:.0f} s",
        seconds < REPLAY_GOAL_SECONDS and replayed == len(stage.areas),
        note=f"{lines:,} order lines, matched twice, {PROCESSES} processes, differences stored",
    )


def _work_areas(settings: Settings, replay_id: UUID, areas: list[str]) -> None:
    """One process' share of the areas."""
    uvloop.run(_work_areas_beside_each_other(settings, replay_id, areas))


async def _work_areas_beside_each_other(
    settings: Settings, replay_id: UUID, areas: list[str]
) -> None:
    places = asyncio.Semaphore(AREAS_AT_ONCE)
    async with open_installation(settings) as installation:

        async def work(area: str) -> None:
            async with places:
                await work_replay(
                    installation.database,
                    area_code=AreaScope(area).area_code,
                    replay_id=replay_id,
                    components=COMPONENTS_AT_ONCE,
                )

        await asyncio.gather(*(work(area) for area in areas))
