"""The platform for acceptance tests: API, worker and bank as processes, spoken to over HTTP.

A story brings files of its own and plays on the same stage as the demonstration.
"""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from settlement_api.config import Settings
from settlement_api.embedded_postgres import remove_data
from settlement_api.rehearsal import paying, people, setting_up, settling
from settlement_api.rehearsal.client import Caller, gather_bounded
from settlement_api.rehearsal.opening import PROVINCE, Ports, rehearsal_settings, run_on_stage
from settlement_api.rehearsal.people import KnownParty
from settlement_api.rehearsal.processes import free_port
from settlement_api.rehearsal.stage import Stage
from settlement_api.verification.policy import INVARIANTS, InvariantResult
from tests.builders.api import open_session_directly

T = TypeVar("T")
Row = Mapping[str, Any]
Document = Mapping[str, Any]
NDJSON = "application/x-ndjson"
CSV = "text/csv"


@dataclass(frozen=True)
class Story:
    """What a story starts from: when, where, and every file that is sent."""

    areas: Sequence[str]
    period: str
    opens: date
    """The first business day."""
    master: Mapping[str, Sequence[Row]]
    fund: Mapping[str, Sequence[Row]]
    """Rows of the fund file of each area that has one."""
    credits: Sequence[Row]
    traders: Sequence[Row]
    bodies: Sequence[Sequence[Document]]
    """Documents, body by body, in the order sent."""
    behavior: Mapping[str, Any]
    """The temper of the bank."""


def play(story: Story, folder: Path, plot: Callable[[Stage], Awaitable[T]]) -> T:
    """Starts every process on a fresh folder, lets the plot run, stops everything."""
    state = (folder / "platform").resolve()
    write_files(story, state / PROVINCE)
    ports = Ports(free_port(), free_port())
    settings = rehearsal_settings(Settings(), state=state, ports=ports)
    manifest = {
        "areas": list(story.areas),
        "period": story.period,
        "first_order_day": story.opens.isoformat(),
        "kinds": list(story.master),
    }
    screen, ending = StringIO(), []

    async def perform(stage: Stage) -> int:
        ending.append(await plot(stage))
        return 0

    console = Console(file=screen, width=160)
    status = asyncio.run(run_on_stage(settings, ports, manifest, perform, console=console))
    print(screen.getvalue())  # noqa: T201 - shown by pytest when the story fails
    assert status == 0, screen.getvalue()
    remove_data(state)
    return ending[0]


def write_files(story: Story, folder: Path) -> None:
    """Writes every file where the stage looks for it."""
    for kind, rows in story.master.items():
        write_csv(folder / "master" / f"{kind}.csv", rows)
    for area_code, rows in story.fund.items():
        write_csv(folder / "fund" / f"fund-{area_code}.csv", rows)
    write_csv(folder / "bank" / "credits.csv", story.credits)
    write_csv(folder / "trade" / "traders.csv", story.traders)
    (folder / "bank" / "behavior.json").write_text(json.dumps(story.behavior))
    (folder / "documents").mkdir()
    for number, documents in enumerate(story.bodies, start=1):
        body = "\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
        (folder / "documents" / f"{number:02d}.ndjson").write_text(body + "\n", encoding="utf-8")


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Rows as CSV, their columns those of the first row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


async def import_master_data(stage: Stage) -> dict[str, Any]:
    """The report of each kind's file, imported in the order of the story."""
    caller = await stage.person(people.ADMINISTRATOR)
    folder = stage.files / "master"
    return {
        kind: await caller.upload(f"/imports/{kind}", [folder / f"{kind}.csv"], media_type=CSV)
        for kind in stage.manifest["kinds"]
    }


async def open_for_business(stage: Stage) -> dict[str, Any]:
    """People, master data, keys of the parties, and accounts verified by two."""
    await setting_up.let_people_in(stage)
    await _log_everybody_in(stage)
    reports = await import_master_data(stage)
    await setting_up.meet_the_parties(stage)
    maker = await stage.official("maker", stage.areas[0])
    checker = await stage.official("checker", stage.areas[0])
    accounts = [row["id"] async for row in maker.pages("/payee-accounts")]
    await setting_up.verify(maker, accounts)
    await setting_up.verify(checker, accounts)
    return reports


async def _log_everybody_in(stage: Stage) -> None:
    """Sessions of the areas' people without the slow password check: logging in is not the story,
    and the first login of 150 people takes longer than all that they do."""
    async with stage.installation.database.platform() as uow:
        rows = await uow.fetch_all("SELECT id, login_name FROM user_account")
        for row in rows:
            token = await open_session_directly(uow, row.id)
            caller = Caller(stage.api, {"Authorization": f"Bearer {token}"})
            stage._callers[row.login_name] = caller


async def send_bodies(stage: Stage) -> list[dict[str, Any]]:
    """Sends every body and waits until it is applied; the intakes as they ended."""
    return [await _send(stage, [path]) for path in _bodies(stage)]


async def send_all_again(stage: Stage) -> dict[str, Any]:
    """Sends everything once more, in one body; the intake as it ended."""
    intake = await _send(stage, _bodies(stage))
    await stage.be_quiet()
    return intake


def _bodies(stage: Stage) -> list[Path]:
    return sorted((stage.files / "documents").glob("*.ndjson"))


async def _send(stage: Stage, paths: Sequence[Path]) -> dict[str, Any]:
    caller = await stage.person(people.ADMINISTRATOR)
    asking = Caller(caller.http, {**caller.headers, "Prefer": "wait=30"})
    intake: dict[str, Any] = await asking.upload("/intakes", paths, media_type=NDJSON)
    while intake["state"] == "received":
        await asyncio.sleep(0.1)
        intake = await caller.get(f"/intakes/{intake['id']}")
    return intake


async def fund(stage: Stage) -> None:
    """Claims imported, money placed at the bank, and its first statements read the next day."""
    await settling.import_claims(among(stage, fund_areas(stage)))
    await paying.fund_the_accounts(among(stage, fund_areas(stage)))
    await bank_news_of(stage, await stage.today() + timedelta(days=1))


async def bank_news_of(stage: Stage, day: date) -> None:
    """Moves to a day and has everything the bank says until then fetched."""
    await stage.move_clock(day)
    await paying.ask_for_bank_news(stage.installation.database)
    await stage.be_quiet()


def fund_areas(stage: Stage) -> list[str]:
    """The areas that have a fund file."""
    return [area for area in stage.areas if (stage.files / "fund" / f"fund-{area}.csv").exists()]


def among(stage: Stage, areas: Sequence[str]) -> Stage:
    """The same stage with fewer areas: where a step is played only there."""
    return replace(stage, manifest={**stage.manifest, "areas": list(areas)})


async def confirm(stage: Stage, decide: Callable[[KnownParty, Row], str | None]) -> None:
    """Each hospital's system says for each line `silent`, why it disputes it, or None."""

    async def answer(hospital: KnownParty) -> None:
        caller = stage.system_of(hospital.id)
        lines = await every(caller, "/application-lines", status="submitted")
        words = {line["id"]: decide(hospital, line) for line in lines}
        told = [line for line in lines if words[line["id"]] != "silent"]
        decisions = [_decision(line["id"], words[line["id"]]) for line in told]
        if decisions:
            path = "/application-lines/decisions"
            result = await caller.post(path, {"decisions": decisions})
            assert result["done"] == len(decisions), result

    await gather_bounded(answer, stage.hospitals.values(), at_once=settling.AT_ONCE)


def _decision(line_id: str, reason: str | None) -> dict[str, Any]:
    if reason is None:
        return {"line_id": line_id, "decision": "confirm"}
    return {"line_id": line_id, "decision": "dispute", "reason": reason}


async def review(stage: Stage, *, not_at_all: Sequence[str], only_once: Sequence[str]) -> None:
    """Both reviews by two people, but for areas that are late with one of them."""
    first = [area for area in stage.areas if area not in not_at_all]
    second = [area for area in first if area not in only_once]
    await settling.review(among(stage, first), step_name="first", post="maker", waiting="confirmed")
    await stage.let_pass(timedelta(hours=2))
    await settling.review(
        among(stage, second), step_name="second", post="checker", waiting="under_review"
    )


async def pay(stage: Stage, *, statement_days: int) -> list[settling.Frozen]:
    """A batch per agency and scheme through three people and the bank to its statement."""
    frozen = await settling.freeze(stage)
    await settling.decide_batches(stage, frozen)
    with stage.step("Sent to the bank"):
        await stage.be_quiet()
    with stage.step("Bank news"):
        await bank_news_of(stage, await stage.today() + timedelta(days=statement_days))
    await paying.acknowledge_offsets(stage)
    return frozen


async def every(caller: Caller, path: str, **query: Any) -> list[Mapping[str, Any]]:
    """All items of a list."""
    return [item async for item in caller.pages(path, **query)]


def assert_all_held(
    results: Sequence[InvariantResult], *, without: Collection[str] = frozenset()
) -> None:
    """Every invariant holds, and each found rows to look at but those `without` any; besides,
    no books were closed, and the well-behaved bank left nothing in suspense."""
    broken = [result for result in results if not result.ok]
    assert not broken, broken
    idle = {result.invariant.name for result in results if not result.examined}
    assert idle <= {"closed_periods_stand", "suspense_is_waiting", *without}
    assert len(results) == len(INVARIANTS)
