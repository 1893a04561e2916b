"""The month's trade: documents come in day by day, and are matched as they come."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from settlement_api.rehearsal import people
from settlement_api.rehearsal.client import Caller
from settlement_api.rehearsal.stage import Stage

NDJSON = "application/x-ndjson"
WAIT = "wait=30"
PAUSE_SECONDS = 0.1


class IntakeFailed(RuntimeError):
    """An intake did not take what the generator says it should; the message shows how."""


async def take_documents_in(stage: Stage) -> None:
    """One body a day with documents of every kind in one stream, sent by the trading platform."""
    caller = await stage.person(people.ADMINISTRATOR)
    days = list(_days(stage.files / "documents"))
    with stage.step("Documents, day by day", total=_records(stage)) as step:
        for day, files in days:
            await stage.move_clock(day, hour=12)
            intake = await _take_in(caller, files)
            step.advance(intake["received"])
    with stage.step("Matching"):
        await stage.be_quiet()


def _days(folder: Path) -> Iterator[tuple[date, Sequence[Path]]]:
    for path in sorted(folder.iterdir()):
        yield date.fromisoformat(path.name), sorted(path.glob("*.ndjson"))


def _records(stage: Stage) -> int:
    kinds = stage.manifest["documents"].values()
    return sum(sum(kind["files"].values()) for kind in kinds)


async def _take_in(caller: Caller, files: Sequence[Path]) -> Any:
    """Sends a body and waits until its last chunk is applied. Raises IntakeFailed."""
    asking = Caller(caller.http, {**caller.headers, "Prefer": WAIT})
    intake = await asking.upload("/intakes", files, media_type=NDJSON)
    while intake["state"] == "received":
        await asyncio.sleep(PAUSE_SECONDS)
        intake = await caller.get(f"/intakes/{intake['id']}")
    parts = intake["accepted"] + intake["unchanged"] + intake["rejected"]
    if intake["state"] != "applied" or intake["received"] != parts:
        raise IntakeFailed(str(intake))
    return intake
