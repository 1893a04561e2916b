"""A replay on a terminal: asked for, worked off here and now, and its difference as a table."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from schemas.messages.replays import PackName, ReplayMessage, ReplayOrder, ReplayPart
from schemas.problems import Problem
from settlement_api.persistence import Database
from settlement_api.replays import service
from settlement_api.replays.jobs import work_replay
from settlement_api.unit_of_work import Actor

REFUSED = 1
ACTOR = Actor.system("replays.command")


def read_order(from_month: str, to_month: str, pack: str | None, rules: Path | None) -> ReplayOrder:
    """What was typed: `pack` as CODE:VERSION, `rules` a JSON file. Raises ValueError."""
    name: PackName | None = None
    if pack is not None:
        code, _, version = pack.rpartition(":")
        name = PackName.model_validate({"code": code, "version": version})
    given: Any = None if rules is None else json.loads(rules.read_text("utf-8"))
    return ReplayOrder(from_month=from_month, to_month=to_month, pack=name, rules=given)


async def print_replay(
    database: Database,
    *,
    order: ReplayOrder,
    area_code: str | None,
    as_json: bool,
    console: Console | None = None,
) -> int:
    """Replays one area or all of them and prints the difference; the exit status."""
    out = console or Console(soft_wrap=as_json)
    try:
        told = await _replayed(database, order, area_code)
    except Problem as refused:
        out.print(f"{refused.title}: {refused.detail}", markup=False)
        for fault in refused.faults:
            out.print(f"{fault.place}: {fault.message}", markup=False)
        return REFUSED
    if as_json:
        out.print(told.model_dump_json(indent=2), markup=False, highlight=False)
    else:
        _print(out, told)
    return 0 if told.total.failure is None else REFUSED


async def _replayed(database: Database, order: ReplayOrder, area_code: str | None) -> ReplayMessage:
    async with database.platform(actor=ACTOR) as uow:
        areas = await service.areas_of(uow) if area_code is None else [area_code]
        replay_id = await service.request_replay(uow, order=order, areas=areas)
    for area in areas:
        await work_replay(database, area_code=area, replay_id=replay_id)
    async with database.platform(actor=ACTOR) as uow:
        return await service.tell(uow, replay_id=replay_id, areas=areas)


def _print(out: Console, told: ReplayMessage) -> None:
    out.print(f"{told.from_month} to {told.to_month}, replay {told.id}. {told.basis}")
    for stretch in told.stretches:
        name = f"{stretch.pack.code}:{stretch.pack.version}"
        changed = {
            rule: (stretch.base.get(rule), value)
            for rule, value in stretch.alternative.items()
            if stretch.base.get(rule) != value
        }
        out.print(f"{stretch.first_day} to {stretch.last_day}, in force {name}:", markup=False)
        for rule, (before, after) in changed.items():
            out.print(f"  {rule}: {before} -> {after}", markup=False)
        if not changed:
            out.print("  the same rules", markup=False)
    parts = told.areas if len(told.areas) == 1 else [*told.areas, told.total]
    for part in parts:
        out.print(_table(part))
        out.print(
            f"{part.changed_order_lines} of {part.order_lines} order lines change; invoiced"
            f" {part.before.invoiced} - credited {part.before.credited} = matched, waiting and held"
            f" before {_sides(part, 'before')}, after {_sides(part, 'after')}",
            markup=False,
            highlight=False,
        )


def _sides(part: ReplayPart, side: str) -> str:
    balance = part.before if side == "before" else part.after
    return f"{balance.matched} + {balance.waiting} + {balance.held}"


def _table(part: ReplayPart) -> Table:
    table = Table(title=part.area_code or "all areas")
    table.add_column("ended")
    table.add_column("reason, or route and kind")
    for name in ("lines before", "after", "+/-", "yuan before", "after", "+/-"):
        table.add_column(name, justify="right")
    for row in part.differences:
        table.add_row(
            row.ending,
            row.reason or f"{row.route} {row.kind}",
            *(str(count) for count in (row.lines_before, row.lines_after, row.lines_difference)),
            *(row.amount_before, row.amount_after, row.amount_difference),
        )
    return table
