"""The month's trade: documents come in day by day, and are matched as they come."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from settlement_api.rehearsal import people
from settlement_api.rehearsal.client import Caller
from settlement_api.rehearsal.stage import Stage

NDJSON = "application/x-ndjson"
WAIT = "wait=30"
PAUSE_SECONDS = 0.1
FEW_DAYS, BODIES = 15, 4
"""Up to so many days of arrival come in about so many bodies; a month comes day by day."""


class IntakeFailed(RuntimeError):
    """An intake did not take what the generator says it should; the message shows how."""


async def take_documents_in(
    stage: Stage,
    *,
    since: date = date.min,
    until: date = date.max,
    leave_out: Collection[str] = (),
    after_each: Callable[[date], Awaitable[None]] | None = None,
) -> None:
    """Documents of every kind in one stream, sent by the trading platform every few days.

    Those of one day come in the order of their kinds; what is matched does not depend on it.
    Those that come from `since` on and before `until`; days already gone by come today. Kinds of
    `leave_out` are not sent; `after_each` is told the last day of every body.
    """
    caller = await stage.person(people.ADMINISTRATOR)
    days = [day for day in _days(stage.files / "documents") if since <= day[0] < until]
    if not days:
        return
    size = max(1, len(days) // BODIES) if len(days) <= FEW_DAYS else 1
    with stage.step("Documents as they arrive", total=_records(days)) as step:
        for start in range(0, len(days), size):
            part = days[start : start + size]
            if part[-1][0] > await stage.today():
                await stage.move_clock(part[-1][0], hour=12)
            sent = [file for _, files in part for file in files if file.stem not in leave_out]
            if sent:
                step.advance((await _take_in(caller, sent))["received"])
            if after_each is not None:
                await after_each(part[-1][0])
    with stage.step("Matching"):
        await stage.be_quiet()


def _days(folder: Path) -> Iterator[tuple[date, Sequence[Path]]]:
    for path in sorted(folder.iterdir()):
        yield date.fromisoformat(path.name), sorted(path.glob("*.ndjson"))


def _records(days: Sequence[tuple[date, Sequence[Path]]]) -> int:
    return sum(file.read_bytes().count(b"\n") for _, files in days for file in files)


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
