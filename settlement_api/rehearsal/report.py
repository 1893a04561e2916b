"""What the month came to: figures read by the system role, shown as tables, digested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from schemas.money import format_yuan
from settlement_api.persistence import Database, load_sql
from settlement_api.verification.policy import InvariantResult

Value = str | int | None
Figures = Mapping[str, Sequence[Mapping[str, Value]]]
"""Rows of every question, by its name."""

MONEY_SUFFIX: Final = "_minor"
QUESTIONS: Final[Mapping[str, str]] = {
    "intakes": "Documents taken in",
    "payables": "Payables by route",
    "discrepancies": "Exceptions by reason",
    "application_lines": "Application lines",
    "batches": "Payment batches",
    "exclusions": "Left out of batches, by reason",
    "payments": "Payments by outcome",
    "statement_entries": "Bank statement lines",
    "offsets": "Offset instructions",
    "ledger_balances": "Ledger",
    "owed_to_suppliers": "Who is owed most (by hospitals, trade book)",
    "owed_by_hospitals": "Who has most to make good (advances)",
}
"""Names of the questions in sql/ and their titles, in the order shown."""
LONGEST_TABLE: Final = 40
CITIES: Final = "self_settlement"


@dataclass(frozen=True)
class Report:
    """Figures of a month and the digest that two runs of one seed share."""

    figures: Figures

    @property
    def digest(self) -> str:
        """SHA-256 over every figure to the fen."""
        return sha256(msgspec.json.encode(self.figures)).hexdigest()


async def read_figures(database: Database, *, cities: Sequence[Mapping[str, Value]] = ()) -> Report:
    """Asks every question of the whole province; `cities` were asked over HTTP."""
    figures: dict[str, Sequence[Mapping[str, Value]]] = {CITIES: cities}
    async with database.system() as connection:
        for name in QUESTIONS:
            rows = await connection.execute(text(load_sql(__file__, name)))
            figures[name] = [dict(row) for row in rows.mappings()]
    return Report(figures)


def write_report(path: Path, report: Report, results: Sequence[InvariantResult]) -> None:
    """Figures and invariants as JSON, for whoever compares two runs."""
    invariants = [
        {
            "name": result.invariant.name,
            "examined": result.examined,
            "broken": result.broken,
            "standing": result.standing,
        }
        for result in results
    ]
    content = {"digest": report.digest, "figures": report.figures, "invariants": invariants}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))


def print_report(console: Console, report: Report) -> None:
    """Every table, and the digest."""
    for name, title in QUESTIONS.items():
        console.print(_table(title, report.figures[name]))
    console.print(f"Digest of all figures: [bold]{report.digest}[/bold]")


def _table(title: str, rows: Sequence[Mapping[str, Value]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    if not rows:
        table.add_column("nothing".ljust(len(title)))
        return table
    for column, value in rows[0].items():
        heading = column.removesuffix(MONEY_SUFFIX).replace("_", " ")
        table.add_column(heading, justify="left" if isinstance(value, str) else "right")
    for row in rows[:LONGEST_TABLE]:
        table.add_row(*(_shown(column, value) for column, value in row.items()))
    return table


def _shown(column: str, value: Value) -> str:
    if isinstance(value, int):
        return grouped_yuan(value) if column.endswith(MONEY_SUFFIX) else f"{value:,}"
    return value or ""


def grouped_yuan(amount: int) -> str:
    """Fen as yuan with thousands separated."""
    whole, _, fraction = format_yuan(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}.{fraction}"
