"""The invariants on a terminal, and the exit code that follows."""

from typing import Final

from rich.console import Console

from settlement_api.verification.policy import InvariantResult
from settlement_api.verification.service import all_hold, as_table, nothing_examined

HELD: Final = 0
BROKEN: Final = 1
NOTHING_EXAMINED: Final = 2


def print_results(
    results: list[InvariantResult], *, console: Console | None = None, per_area: bool = False
) -> int:
    """Prints every invariant with its figure.

    Returns the exit code: 0 all hold, 1 some do not, 2 there was nothing to examine, so that a
    wrong or empty database is never taken for a verified one.
    """
    out = console or Console()
    out.print(as_table(results, per_area=per_area))
    if not all_hold(results):
        broken = [result.invariant.name for result in results if not result.ok]
        out.print(f"[bold red]{len(broken)} invariants do not hold:[/] {', '.join(broken)}")
        return BROKEN
    if nothing_examined(results):
        out.print(
            "[bold red]Nothing was examined:[/] this database holds no documents, no payments and"
            " no ledger. Does ZHIJIE_STATE_DIRECTORY or ZHIJIE_DATABASE_SYSTEM_DSN name the one"
            " you mean?"
        )
        return NOTHING_EXAMINED
    return HELD
