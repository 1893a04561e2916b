"""Processes are killed at any moment: on restart the work goes on, and nothing is paid twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from settlement_api.queue import Job, enqueue
from settlement_api.rehearsal import people, setting_up
from settlement_api.rehearsal.client import open_http
from settlement_api.rehearsal.month import REPORT, live_through
from settlement_api.rehearsal.stage import Stage
from settlement_api.rehearsal.trading import NDJSON
from tests.acceptance.crashing import Cue, Theater, open_theater, play, require_paid_once

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]
SEED = 20260301


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of the same month without any accident."""
    return asyncio.run(_undisturbed(tmp_path_factory.mktemp("undisturbed")))


async def _undisturbed(folder: Path) -> dict[str, Any]:
    async with open_theater(folder, seed=SEED) as theater:
        report = await play(theater, {})
        await require_paid_once(theater, report)
    return report


async def test_a_worker_killed_again_and_again_changes_nothing(
    undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    moments = random.Random(SEED)
    killed = 0
    turn = asyncio.Lock()

    async with open_theater(tmp_path, seed=SEED) as theater:

        def torment(times: int) -> Cue:
            """Kills the worker soon after it began to work, so many times."""

            async def cue() -> None:
                nonlocal killed
                async with turn:
                    for _ in range(times):
                        await asyncio.sleep(moments.uniform(0.02, 0.5))
                        await theater.worker.kill()
                        killed += 1
                        await theater.restart_worker()

            return cue

        report = await play(
            theater,
            {
                "Documents": torment(5),
                "Bank statements": torment(2),
                "Approved and released": torment(5),
                "Second batches approved": torment(3),
            },
        )
        assert killed >= 15
        await require_paid_once(theater, report)
    assert report["figures"] == undisturbed["figures"]
    assert report["digest"] == undisturbed["digest"]


SLOW_BANK = {
    "slow_seconds": 3.0,
    "message_rules": [{"fault": "slow", "parts_per_million": 500_000}, {"fault": "bad_gateway"}],
}
"""Every first delivery is acted on, and then answered late or with a proxy's page."""


async def test_api_database_and_bank_may_die_and_the_work_goes_on(
    undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    async with open_theater(tmp_path, seed=SEED, behavior=SLOW_BANK) as theater:

        async def live(stage: Stage) -> int:
            await setting_up.set_everything_up(stage)
            await stage.move_clock(stage.first_day, hour=12)
            await _a_dead_api_leaves_no_half_a_body(theater)
            await _what_was_accepted_survives_everybody(theater)
            await _a_restarted_database_is_not_noticed(theater)
            return await live_through(stage)

        async def bank_closes() -> None:
            theater.stage.calm.clear()
            await theater.bank.kill()

        theater.stage.cues = {
            "Approved and released": bank_closes,
            "Payments through the bank": lambda: _the_bank_comes_and_goes(theater),
        }
        status = await theater.stage.perform(live)
        assert status == 0, theater.screen.getvalue()
        report = msgspec.json.decode((theater.state / REPORT).read_bytes())
        await require_paid_once(theater, report)
        await _only_what_the_bank_did_not_know_was_sent_again(theater)
    for question, rows in undisturbed["figures"].items():
        if question != "intakes":  # the first day came in twice
            assert report["figures"][question] == rows, question


def _first_day(theater: Theater) -> list[Path]:
    return sorted(min((theater.stage.files / "documents").iterdir()).glob("*.ndjson"))


async def _a_dead_api_leaves_no_half_a_body(theater: Theater) -> None:
    whole = b"".join(path.read_bytes() for path in _first_day(theater))

    async def half_a_body() -> AsyncIterator[bytes]:
        yield whole[: len(whole) // 2]

        async def opened() -> bool:
            return bool(await theater.ask("SELECT count(*) FROM intake"))

        await theater.until(opened, "the intake is opened")
        await theater.api.kill()
        yield whole[len(whole) // 2 :]

    admin = await theater.stage.person(people.ADMINISTRATOR)
    headers = {**admin.headers, "Idempotency-Key": "cut-by-accident", "Content-Type": NDJSON}
    with pytest.raises(httpx.TransportError):
        await theater.stage.api.post("/intakes", content=half_a_body(), headers=headers)
    await theater.api.start()
    assert await theater.ask("SELECT count(*) FROM document") == 0
    await _give_up_what_never_ended(theater)


async def _give_up_what_never_ended(theater: Theater) -> None:
    """A day later a body whose end never came is refused."""
    async with theater.stage.installation.database.platform() as uow:
        await uow.execute("UPDATE intake SET recorded_at = recorded_at - interval '2 days'")
        await enqueue(uow, [Job("intakes.give_up_cut", {})])

    async def refused() -> bool:
        return bool(await theater.ask("SELECT min(state) FROM intake") == "refused")

    await theater.until(refused, "what was cut is refused")


async def _what_was_accepted_survives_everybody(theater: Theater) -> None:
    """The same body, whole: accepted, then API and database die before it is applied."""
    await theater.worker.kill()
    admin = await theater.stage.person(people.ADMINISTRATOR)
    intake = await admin.upload("/intakes", _first_day(theater), media_type=NDJSON)
    assert (intake["state"], intake["accepted"]) == ("received", 0)
    await theater.api.kill()
    await theater.kill_database()
    await theater.until(theater.has_database, "the database answers")
    await theater.api.start()
    await theater.restart_worker()
    await theater.until(lambda: _is_applied(theater, intake["id"]), "the body is applied")
    ended = await admin.get(f"/intakes/{intake['id']}")
    assert ended["received"] == ended["accepted"] + ended["unchanged"] + ended["rejected"] > 0
    assert ended["accepted"] > 0


async def _is_applied(theater: Theater, intake_id: str) -> bool:
    admin = await theater.stage.person(people.ADMINISTRATOR)
    return bool((await admin.get(f"/intakes/{intake_id}"))["state"] == "applied")


async def _a_restarted_database_is_not_noticed(theater: Theater) -> None:
    """API and worker live through it: 503 while it is away, and afterwards no trace."""
    stage = theater.stage
    admin = await stage.person(people.ADMINISTRATOR)
    async with open_http(stage.urls.api, connections=12) as impatient:

        async def ask() -> httpx.Response:
            return await impatient.get("/areas", headers=admin.headers)

        await asyncio.gather(*(ask() for _ in range(12)))  # every connection was used
        await theater.kill_database()
        away = await ask()
        kind = away.headers["content-type"]
        assert (away.status_code, kind) == (503, "application/problem+json")
        seen: list[int] = []

        async def back() -> bool:
            seen.append((await ask()).status_code)
            return seen[-1] == 200

        await theater.until(back, "the API answers again")
        assert set(seen) <= {200, 503}
        again = await asyncio.gather(*(ask() for _ in range(12)))
        assert {answer.status_code for answer in again} == {200}, "no dead connection is left"
    await theater.until(lambda: _is_ready(theater), "the worker is seen again")


async def _is_ready(theater: Theater) -> bool:
    fresh = "SELECT count(*) FROM worker_heartbeat WHERE seen_at > pg_postmaster_start_time()"
    return bool(await theater.ask(fresh))


async def _the_bank_comes_and_goes(theater: Theater) -> None:
    """Away while messages wait; back; dead again between acting and answering."""
    await theater.until(lambda: _have(theater, "signed"), "messages wait to be sent")
    await asyncio.sleep(1)
    assert not await _have(theater, "sending"), "nothing is sent to a bank that is away"
    assert theater.booked() == {}
    await theater.bank.start()

    async def acted() -> bool:
        return bool(theater.booked())

    await theater.until(acted, "the bank has acted on a message")
    await theater.bank.kill()
    unknown = "SELECT count(*) FROM payment_attempt WHERE decision_state = 'sending'"
    assert await theater.ask(f"{unknown} AND outcome = 'unknown'") > 0
    await theater.bank.start()
    theater.stage.calm.set()


async def _have(theater: Theater, state: str) -> bool:
    return bool(await theater.ask(f"SELECT count(*) FROM submission WHERE state = '{state}'"))


async def _only_what_the_bank_did_not_know_was_sent_again(theater: Theater) -> None:
    for message_id in theater.delivered_again():
        denied = (
            "SELECT count(*) FROM bank_message JOIN submission"
            " ON submission.area_code = bank_message.area_code"
            " AND submission.id = bank_message.submission_id"
            f" WHERE submission.message_id = '{message_id}' AND verdict = 'not_found'"
        )
        assert await theater.ask(denied) > 0, "the bank was given a message twice unasked"
