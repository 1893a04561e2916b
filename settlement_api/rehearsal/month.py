"""The month, step by step, as its users live it."""

from datetime import date, timedelta

from settlement_api.rehearsal import paying, setting_up, settling, trading
from settlement_api.rehearsal.report import print_report, read_figures
from settlement_api.rehearsal.stage import Stage


async def play_month(stage: Stage) -> int:
    """Plays the whole month; 0 when every invariant holds."""
    await setting_up.set_everything_up(stage)
    await trading.take_documents_in(stage)
    await _settle(stage)
    stage.progress.stop()
    print_report(stage.console, await read_figures(stage.installation.database))
    return 0


async def _settle(stage: Stage) -> None:
    """The first days of the next month: from applications to acknowledged offsets."""
    monday = first_monday(stage.period)
    await stage.move_clock(monday)
    await settling.import_claims(stage)
    await paying.fund_the_accounts(stage)
    await settling.apply(stage)
    await paying.read_statements(stage, through=monday)
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


def first_monday(period: str) -> date:
    """The first Monday after a settlement month."""
    year, month = map(int, period.split("-"))
    day = date(year + month // 12, month % 12 + 1, 1)
    return day + timedelta(days=-day.weekday() % 7)
