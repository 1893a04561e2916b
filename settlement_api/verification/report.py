"""The invariants on a terminal, and the exit code that follows."""

from rich.console import Console

from settlement_api.verification.policy import InvariantResult, Standing
from settlement_api.verification.service import all_hold, as_table


def print_results(
    results: list[InvariantResult], *, console: Console | None = None, per_area: bool = False
) -> int:
    """Prints every invariant with its figure; 0 when all hold, else 1."""
    out = console or Console()
    out.print(as_table(results, per_area=per_area))
    money = (result for result in results if result.invariant.needed is not None)
    if all(result.standing is Standing.NOTHING_TO_EXAMINE for result in money):
        out.print("This database has nothing to examine.")
    if all_hold(results):
        return 0
    broken = [result.invariant.name for result in results if not result.ok]
    out.print(f"[bold red]{len(broken)} invariants do not hold:[/] {', '.join(broken)}")
    return 1
