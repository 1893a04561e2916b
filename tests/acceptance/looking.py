"""What a test of refusals looks at: the answers, and that no table has a row more."""

from collections import Counter

import asyncpg
import httpx

PROBLEM = "application/problem+json"
EVIDENCE = {"intake", "intake_part"}
"""What is kept of refused bodies on purpose."""


async def count_rows(owner_dsn: str) -> dict[str, int]:
    """How many rows every table has."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        names = await owner.fetch(
            "SELECT relname FROM pg_class WHERE relkind IN ('r')"
            " AND relnamespace = 'public'::regnamespace"
        )
        forced = "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY"
        await owner.execute(";".join(forced.format(row[0]) for row in names))
        stored = [row[0] for row in names if row[0] not in EVIDENCE]
        return {name: await owner.fetchval(f"SELECT count(*) FROM {name}") for name in stored}
    finally:
        await owner.close()


async def count_stored(owner_dsn: str) -> dict[str, int]:
    """The same without what says that something was asked for: an import is an event."""
    told = {"import_gate", "platform_event", "outbox_pending", "request_key"}
    rows = await count_rows(owner_dsn)
    return {name: count for name, count in rows.items() if name not in told}


class Refusals:
    """Looks at answers and remembers those that are no proper refusal."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.improper: list[str] = []

    def look(self, name: str, sent: object, answer: httpx.Response, *, may: bool = False) -> None:
        """Remembers an answer unless it is a 4xx that names its problem (or `may` be a 2xx)."""
        self.statuses[answer.status_code] += 1
        if fault := self._fault(answer, may=may):
            self.improper.append(f"{name} <- {str(sent)[:120]}: {fault} {answer.text[:200]}")

    def _fault(self, answer: httpx.Response, *, may: bool) -> str | None:
        if not 400 <= answer.status_code < 500:
            return None if may and answer.status_code < 300 else str(answer.status_code)
        if answer.headers["content-type"] != PROBLEM:
            return "not a problem document"
        problem = answer.json()
        if not problem["code"] or not problem["title"] or problem["status"] != answer.status_code:
            return "a problem document without code, title or status"
        if problem["code"] == "invalid" and not problem["faults"] and not problem["detail"]:
            return "no fault is named"
        return None
