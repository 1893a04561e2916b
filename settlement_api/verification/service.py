"""Asks every invariant of a live database, on the read-only system role."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciler.copy_layouts import STAGING_TABLES
from schemas.money import format_yuan
from settlement_api.persistence import HASHED, Database, load_sql
from settlement_api.unit_of_work import making_of
from settlement_api.verification.orphans import ask_orphans
from settlement_api.verification.policy import (
    INVARIANTS,
    AreaAnswer,
    Invariant,
    InvariantResult,
    Standing,
    judge,
)
from settlement_api.verification.seals import ask_seals
from settlement_api.verification.targets import ask_targets

MARKS = {
    Standing.HELD: "[green]held[/]",
    Standing.BROKEN: "[bold red]BROKEN[/]",
    Standing.NOTHING_EXAMINED: "[bold red]NOTHING EXAMINED[/]",
    Standing.NOTHING_TO_EXAMINE: "[dim]nothing to examine[/]",
}


ASKED_AT_ONCE: Final = 2
"""Questions asked side by side: each keeps one core of the server busy."""


async def run_verification(database: Database, *, chain_key: bytes) -> list[InvariantResult]:
    """Every invariant with the rows examined per area, all in one snapshot of the database.

    `chain_key` is that of the installation's keyring: the database does not hold it.
    """
    at = await database.clock.now()
    waiting = iter(enumerate(INVARIANTS))
    results: dict[int, InvariantResult] = {}
    async with AsyncExitStack() as looks:
        staging = making_of(STAGING_TABLES)
        first = await looks.enter_async_context(database.system(staging=staging))
        snapshot = (await first.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
        others = [
            await looks.enter_async_context(database.system(staging=staging, snapshot=snapshot))
            for _ in range(ASKED_AT_ONCE - 1)
        ]
        async with asyncio.TaskGroup() as askers:
            for connection in (first, *others):
                askers.create_task(
                    _ask_waiting(connection, waiting, results, Asking(at, chain_key))
                )
    return [results[number] for number in sorted(results)]


async def _ask_waiting(
    connection: AsyncConnection,
    waiting: Iterator[tuple[int, Invariant]],
    results: dict[int, InvariantResult],
    asking: "Asking",
) -> None:
    """Asks, one after another, what no other connection has taken yet."""
    for number, invariant in waiting:
        results[number] = await ask(connection, invariant, asking)


@dataclass(frozen=True)
class Asking:
    """What questions need besides rows: the business instant, and the key of the audit chain."""

    at: datetime
    chain_key: bytes


async def ask(connection: AsyncConnection, invariant: Invariant, asking: Asking) -> InvariantResult:
    """One invariant, as this connection sees the database."""
    await connection.execute(text(HASHED))
    if invariant.name == "targets_met":
        answers = await ask_targets(connection, at=asking.at)
    elif invariant.name == "seals_are_ours":
        answers = await ask_seals(connection, key=asking.chain_key)
    elif invariant.name == "orphans":
        answers = await ask_orphans(connection)
    else:
        answers = [
            AreaAnswer(row.area_code, row.examined, row.broken, row.figure_minor, row.sample)
            for row in await _rows(connection, invariant.query)
        ]
    needed: dict[str, int] = {}
    if invariant.needed is not None:
        needed = {row.area_code: row.rows for row in await _rows(connection, invariant.needed)}
    return judge(invariant, answers, needed)


async def _rows(connection: AsyncConnection, name: str) -> list[Any]:
    return list((await connection.execute(text(load_sql(__file__, name)))).all())


def all_hold(results: list[InvariantResult]) -> bool:
    """Whether nothing speaks against any invariant."""
    return all(result.ok for result in results)


def nothing_examined(results: list[InvariantResult]) -> bool:
    """Whether no question about money found a single row."""
    return not any(result.examined for result in results if result.invariant.of_money)


def as_table(results: list[InvariantResult], *, per_area: bool = False) -> Table:
    """A table for the terminal: one row an invariant, and one an area where asked or broken."""
    table = Table(title="Invariants", title_justify="left")
    for name in ("§12", "invariant", "area"):
        table.add_column(name, overflow="fold")
    for name in ("examined", "broken", "yuan"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("standing", overflow="fold")
    for result in results:
        invariant = result.invariant
        table.add_row(
            invariant.number,
            invariant.sentence,
            f"{len(result.areas)} areas",
            f"{result.examined:,}",
            f"{result.broken:,}",
            _yuan(result.figure_minor),
            MARKS[result.standing],
        )
        for area in result.areas:
            if per_area or area.broken:
                table.add_row(
                    "",
                    f"  [dim]{area.sample or ''}[/]",
                    area.area_code,
                    f"{area.examined:,}",
                    f"{area.broken:,}",
                    _yuan(area.figure_minor),
                    "",
                )
        for area_code in result.unexamined:
            table.add_row("", "  rows exist, none examined", area_code, "0", "", "", "")
    return table


def _yuan(amount: int | None) -> str:
    return "" if amount is None else format_yuan(amount)
