"""The month, step by step, as its users live it."""

from settlement_api.rehearsal import setting_up, trading
from settlement_api.rehearsal.report import print_report, read_figures
from settlement_api.rehearsal.stage import Stage


async def play_month(stage: Stage) -> int:
    """Plays the whole month; 0 when every invariant holds."""
    await setting_up.set_everything_up(stage)
    await trading.take_documents_in(stage)
    await stage.be_quiet()
    stage.progress.stop()
    print_report(stage.console, await read_figures(stage.installation.database))
    return 0
