"""Run by the peers' own Python: reads records, writes what one peer claims belongs together."""

import json
import resource
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

WINDOW_DAYS = 3
FIRST_DAY = date(2026, 7, 1)

Record = dict[str, Any]
Claims = list[tuple[list[str], list[str]]]


def day_of(record: Record) -> date:
    return FIRST_DAY + timedelta(days=record["day"])


def by_reconcile_py(left: list[Record], right: list[Record], **caps: int) -> Claims:
    """Amount exact, same counterparty, within the window: its own gates and grades."""
    from reconcile import FieldRule, ReconcileConfig, reconcile
    from reconcile import Record as Theirs

    def theirs(records: list[Record]) -> list[Any]:
        return [
            Theirs(
                amount=Decimal(one["amount"]) / 100,
                id=one["key"],
                counterparty=one["pool"],
                date=day_of(one),
            )
            for one in records
        ]

    rules = (
        FieldRule("amount", "gate", abs_tol=Decimal(0)),
        FieldRule("date", "gate", day_tol=WINDOW_DAYS),
        FieldRule("counterparty", "graded", weight=1.0),
    )
    config = ReconcileConfig(rules=rules, threshold=1.0, **caps)
    found = reconcile(theirs(left), theirs(right), config)
    return [(list(one.left_ids), list(one.right_ids)) for one in found.matches]


def by_reconcile_mcp(left: list[Record], right: list[Record]) -> Claims:
    """Told more than the others: two records of one amount share a reference, or none end."""
    from reconcile_mcp.engine import reconcile

    def theirs(records: list[Record]) -> list[Record]:
        return [
            {
                "id": one["key"],
                "amount": str(Decimal(one["amount"]) / 100),
                "reference": one["pair"],
                "counterparty": one["pool"],
                "date": day_of(one).isoformat(),
                "currency": "CNY",
            }
            for one in records
        ]

    options = {"date_window_days": WINDOW_DAYS, "max_combination": 3}
    found = reconcile(theirs(left), theirs(right), options)
    return [(one["expected"], one["observed"]) for one in found["matches"]]


def main() -> None:
    name, seconds = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    given = json.load(sys.stdin)
    started = time.process_time()
    if name == "reconcile-py":
        claims = by_reconcile_py(given["left"], given["right"])
    elif name == "reconcile-mcp":
        claims = by_reconcile_mcp(given["left"], given["right"])
    else:
        claims = by_reconcile_py(
            given["left"], given["right"], max_subset_size=4, max_group_size=100_000
        )
    json.dump({"claims": claims, "cpu_seconds": time.process_time() - started}, sys.stdout)


if __name__ == "__main__":
    main()
