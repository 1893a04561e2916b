"""The bank's part of the month: funding, payments answered well and badly, statements, offsets."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from settlement_api.parties.queries import list_areas
from settlement_api.persistence import Database
from settlement_api.queue import Job, enqueue
from settlement_api.rehearsal.client import gather_bounded
from settlement_api.rehearsal.setting_up import read_credits
from settlement_api.rehearsal.stage import Stage, days_between

TICK, FETCH = "payments.tick", "bank_statements.fetch"
INQUIRY_ROUNDS = 3
MINUTES_BETWEEN_INQUIRIES = 90
ACKNOWLEDGED_AT_ONCE = 5_000


async def fund_the_accounts(stage: Stage) -> None:
    """Two people name the special accounts; each credits its expenditure accounts once."""
    rows = read_credits(stage)
    with stage.step(
        "Credits from the special accounts", total=len(stage.areas) + len(rows)
    ) as step:

        async def name(area_code: str) -> None:
            mine = [row for row in rows if row["area_code"] == area_code]
            await _name_sources(stage, area_code, mine)

        async def place(row: dict[str, str]) -> None:
            path = f"/accounts/{row['account_number']}/credits"
            (await stage.bank.post(path, json=row)).raise_for_status()

        await gather_bounded(name, stage.areas, at_once=4, on_done=step.advance)
        await gather_bounded(place, rows, at_once=4, on_done=step.advance)


async def _name_sources(stage: Stage, area_code: str, rows: Sequence[dict[str, str]]) -> None:
    finance = await stage.official("finance", area_code)
    checker = await stage.official("checker", area_code)
    accounts = [each async for each in finance.pages("/agency-accounts")]
    ids = {account["scheme"]: account["id"] for account in accounts}
    for row in rows:
        source = {
            "agency_account_id": ids[row["scheme"]],
            "account_number": row["from_account"],
            "account_name": row["from_name"],
        }
        named = await finance.post("/funding-sources", source)
        await checker.post(f"/funding-sources/{named['id']}/approve")


async def read_statements(stage: Stage, *, through: date) -> None:
    """The statements of every day up to `through`, fetched on each following morning."""
    first = await stage.today()
    title = f"Bank statements up to {through}"
    with stage.step(title, total=(through - first).days + 1) as step:
        for day in days_between(first + timedelta(days=1), through + timedelta(days=1)):
            await stage.move_clock(day)
            await _ask(stage, FETCH)
            await _ask(stage, TICK)
            step.advance()


async def wait_for_the_bank(stage: Stage, *, title: str = "Payments through the bank") -> None:
    """Messages are sent; those not clearly answered are inquired about, never sent again."""
    with stage.step(title, total=INQUIRY_ROUNDS + 1) as step:
        await stage.be_quiet()
        step.advance()
        for _ in range(INQUIRY_ROUNDS):
            await stage.let_pass(timedelta(minutes=MINUTES_BETWEEN_INQUIRIES))
            await _ask(stage, TICK)
            step.advance()


async def _ask(stage: Stage, job: str) -> None:
    """Has a periodic job done now in every area: the business clock runs faster than real time."""
    await _enqueue(stage.installation.database, job, stage.areas)
    await stage.be_quiet()


async def ask_for_bank_news(database: Database) -> None:
    """Has statements fetched and inquiries made now, in every area of the platform."""
    async with database.platform() as uow:
        areas = [area.area_code for area in await list_areas(uow)]
    for job in (FETCH, TICK):
        await _enqueue(database, job, areas)


async def _enqueue(database: Database, job: str, areas: Sequence[str]) -> None:
    jobs = [Job(job, {"area_code": area}, once=f"{job}:{area}") for area in areas]
    async with database.platform() as uow:
        await enqueue(uow, jobs)


async def acknowledge_offsets(stage: Stage, *, title: str = "Offsets acknowledged") -> None:
    """Finance acknowledges that the hospitals are paid so much less."""
    with stage.step(title, total=len(stage.areas)) as step:

        async def acknowledge(area_code: str) -> None:
            caller = await stage.official("finance", area_code)
            pages = caller.pages("/offset-instructions", status="issued")
            ids = [row["id"] async for row in pages]
            for part in _parts(ids):
                wanted = {"instruction_ids": part}
                await caller.post("/offset-instructions/acknowledgements", wanted)

        await gather_bounded(acknowledge, stage.areas, at_once=2, on_done=step.advance)
        await stage.be_quiet()


def _parts(ids: Sequence[Any]) -> list[Sequence[Any]]:
    starts = range(0, len(ids), ACKNOWLEDGED_AT_ONCE)
    return [ids[start : start + ACKNOWLEDGED_AT_ONCE] for start in starts]


async def close_books(stage: Stage) -> None:
    """Finance closes the settlement month: its figures will never change again."""
    with stage.step(f"Books of {stage.period} closed", total=len(stage.areas)) as step:
        for area_code in stage.areas:
            finance = await stage.official("finance", area_code)
            await finance.post(f"/ledger/periods/{stage.period}/close")
            step.advance()


async def issue_vouchers(stage: Stage) -> None:
    """Finance issues the vouchers of hospitals, suppliers and fund."""
    with stage.step("Vouchers of all three sides", total=len(stage.areas)) as step:
        for area_code in stage.areas:
            finance = await stage.official("finance", area_code)
            await finance.post("/vouchers/issue")
            step.advance()
