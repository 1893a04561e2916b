"""Self-settlement watched: what hospitals say they paid, what others say, every city."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from settlement_api.rehearsal import people
from settlement_api.rehearsal.client import gather_bounded
from settlement_api.rehearsal.stage import Stage
from settlement_api.rehearsal.words import HEADINGS, Language, said

AT_ONCE = 6
Payment = dict[str, str]
VERIFIED_PERCENT, MISSTATED_PERCENT = 90, 1
"""Payments the agency finds on bank statements, and those it finds with another amount."""
CONFIRMING_SUPPLIERS = 3
"""How many suppliers of each area confirm what they received; the others stay silent."""


def read_own_payments(stage: Stage) -> list[Payment]:
    """What hospitals paid suppliers themselves, as the generator planned it."""
    with (stage.files / "trade" / "own-payments.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


async def tell_own_payments(stage: Stage) -> None:
    """Hospitals claim, agencies verify most, a few suppliers confirm: three voices."""
    await stage.move_clock(date.fromisoformat(stage.manifest["own_payments_told_on"]))
    by_code = {party.code: party for party in stage.hospitals.values()}
    claimed: dict[str, list[Payment]] = defaultdict(list)
    for payment in read_own_payments(stage):
        claimed[payment["hospital_code"]].append(payment)
    with stage.step("Hospitals tell what they paid themselves", total=len(claimed)) as step:

        async def claim(code: str) -> None:
            caller = stage.system_of(by_code[code].id)
            await _tell(caller, claimed[code])

        await gather_bounded(claim, sorted(claimed), at_once=AT_ONCE, on_done=step.advance)
    areas: dict[str, list[Payment]] = defaultdict(list)
    for code, payments in sorted(claimed.items()):
        areas[by_code[code].area_code or ""] += payments
    await _hear_the_others(stage, areas)


async def _hear_the_others(stage: Stage, areas: Mapping[str, Sequence[Payment]]) -> None:
    with stage.step("Agencies verify, suppliers confirm", total=len(areas)) as step:

        async def hear(area_code: str) -> None:
            finance = await stage.official("finance", area_code)
            found = [_as_found(payment) for payment in areas[area_code] if _is_found(payment)]
            await _tell(finance, found)
            await _confirm(stage, area_code, areas[area_code])

        await gather_bounded(hear, sorted(areas), at_once=2, on_done=step.advance)


async def _confirm(stage: Stage, area_code: str, payments: Sequence[Payment]) -> None:
    by_code = {party.code: party for party in stage.suppliers.values()}
    received: dict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        received[payment["supplier_uscc"]].append(payment)
    for uscc in sorted(received)[:CONFIRMING_SUPPLIERS]:
        await _tell(stage.system_of(by_code[uscc].id), received[uscc], area_code=area_code)


async def _tell(caller: Any, payments: Sequence[Payment], **query: str) -> None:
    if payments:
        result = await caller.post("/monitoring/self-payments", {"payments": payments}, **query)
        assert result["rejected"] == 0, result


def _percent(payment: Payment) -> int:
    return int.from_bytes(sha256(payment["reference"].encode()).digest()[:4]) % 100


def _is_found(payment: Payment) -> bool:
    return _percent(payment) < VERIFIED_PERCENT


def _as_found(payment: Payment) -> Payment:
    """As the agency finds it on a statement: one in a hundred shows another amount."""
    whole = payment["amount"].split(".")[0]
    if _percent(payment) >= MISSTATED_PERCENT or whole == "0":
        return payment
    return payment | {"amount": f"{whole}.00"}


async def watch(stage: Stage) -> list[dict[str, Any]]:
    """The province's bureau looks at every city as of today."""
    caller = await stage.person(people.BUREAU)
    with stage.step("Self-settlement, city by city"):
        report = await caller.get("/monitoring/province", group_by="area", minimum="1000")
    return [dict(group) for group in report["groups"]]


def ranking_table(
    groups: Sequence[Mapping[str, Any]], *, language: Language = Language.EN
) -> Table:
    """Cities by on-time rate, with what is open and how old it is."""
    title = said("Self-settlement by city", language)
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    columns = {
        "rank": "rank",
        "group_name": "city",
        "line_count": "lines",
        "amount": "amount",
        "paid": "paid",
        "open": "open",
        "on_time_rate_by_amount": "on time",
        "payback_days": "payback days",
        "open_age_days": "open age",
        "conflicting_payments": "conflicts",
    }
    for name, heading in columns.items():
        shown = said(heading, language, HEADINGS)
        table.add_column(shown, justify="left" if name == "group_name" else "right")
    for group in groups:
        table.add_row(*(_told(name, group[name]) for name in columns))
    return table


def _told(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in ("amount", "paid", "open"):
        return f"{Decimal(value):,}"
    return f"{Decimal(value):.2%}" if column == "on_time_rate_by_amount" else str(value)
