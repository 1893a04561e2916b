"""The month, step by step, as its users live it."""

from datetime import date, timedelta

from settlement_api.rehearsal import paying, reissuing, setting_up, settling, trading, watching
from settlement_api.rehearsal.report import (
    invariants_table,
    print_report,
    read_figures,
    write_report,
)
from settlement_api.rehearsal.stage import Stage
from settlement_api.verification.service import all_hold, as_table, run_verification

REPORT = "report.json"


async def play_month(stage: Stage) -> int:
    """Plays the whole month; 0 when every invariant holds."""
    await setting_up.set_everything_up(stage)
    return await live_through(stage)


async def live_through(stage: Stage) -> int:
    """From the first document to the report, everything being set up; 0 when all holds."""
    monday = first_monday(stage.period)
    await trading.take_documents_in(stage, until=monday)
    await _settle(stage)
    await trading.take_documents_in(stage, since=monday)  # too late for this month's application
    await watching.tell_own_payments(stage)
    await paying.close_books(stage)
    await paying.issue_vouchers(stage)
    return await _report(stage)


async def _report(stage: Stage) -> int:
    """Figures, then every invariant of the live database: 1 when one does not hold."""
    database = stage.installation.database
    cities = await watching.watch(stage)
    report = await read_figures(database, cities=cities)
    with stage.step("Invariants"):
        results = await run_verification(database, chain_key=stage.installation.keyring.chain_key)
    stage.progress.stop()
    print_report(stage.console, report, language=stage.language)
    stage.console.print(watching.ranking_table(cities, language=stage.language))
    stage.console.print(invariants_table(results, language=stage.language))
    if not all_hold(results):
        stage.console.print(as_table(results))
    write_report(stage.files.parent / REPORT, report, results)
    return 0 if all_hold(results) else 1


async def prepare_settlement(stage: Stage) -> None:
    """What the fund owes, and money in the accounts by their first statements."""
    monday = first_monday(stage.period)
    await stage.move_clock(monday)
    await settling.import_claims(stage)
    await paying.fund_the_accounts(stage)
    await paying.read_statements(stage, through=monday)


async def _settle(stage: Stage) -> None:
    """The first days of the next month: from applications to acknowledged offsets."""
    await prepare_settlement(stage)
    monday = first_monday(stage.period)
    await settling.apply(stage)
    await settling.confirm(stage)
    await settling.end_some_disputes(stage)
    await settling.review(stage, step_name="first", post="maker", waiting="confirmed")
    await stage.move_clock(monday + timedelta(days=2))
    await settling.review(stage, step_name="second", post="checker", waiting="under_review")
    batches = await settling.freeze(stage)
    await settling.decide_batches(stage, batches)
    await paying.wait_for_the_bank(stage)
    await paying.read_statements(stage, through=monday + timedelta(days=5))
    await paying.acknowledge_offsets(stage)
    await reissuing.reissue(stage)


def first_monday(period: str) -> date:
    """The first Monday after a settlement month."""
    year, month = map(int, period.split("-"))
    day = date(year + month // 12, month % 12 + 1, 1)
    return day + timedelta(days=-day.weekday() % 7)
