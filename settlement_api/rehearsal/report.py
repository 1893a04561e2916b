"""What the month came to: figures read by the system role, shown as tables, digested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from schemas.codes.remedies import ASKING, REMEDIES, UNSETTLED
from schemas.money import format_yuan
from schemas.times import business_date
from settlement_api.persistence import Database, load_sql
from settlement_api.rehearsal import words
from settlement_api.rehearsal.words import Language, said
from settlement_api.verification.policy import InvariantResult

Value = str | int | None
Figures = Mapping[str, Sequence[Mapping[str, Value]]]
"""Rows of every question, by its name."""

MONEY_SUFFIX: Final = "_minor"
QUESTIONS: Final[Mapping[str, str]] = {
    "intakes": "Documents taken in",
    "payables": "Payables by route",
    "discrepancies": "Exceptions by reason",
    "overdue": "Exceptions past their day, by who must act",
    "application_lines": "Application lines",
    "batches": "Payment batches",
    "exclusions": "Left out of batches, by reason",
    "payments": "Payments by outcome",
    "statement_entries": "Bank statement lines",
    "offsets": "Offset instructions",
    "carried_returns": "Returns carried and receivable",
    "ledger_balances": "Ledger",
    "owed_to_suppliers": "Who is owed most (by hospitals, trade book)",
    "owed_by_hospitals": "Who has most to make good (advances)",
}
"""Names of the questions in sql/ and their titles, in the order shown."""
WITHOUT_TOTAL: Final = {
    QUESTIONS[name] for name in ("owed_to_suppliers", "owed_by_hospitals", "exclusions")
}
"""The first few of many, or shares that wait batch after batch: a total would mislead."""
NOT_SUMMED: Final = {"no", "left_out", "left_out_sum_minor"}
"""Columns of figures that are names, or that wait batch after batch."""
PARTS: Final = {**words.TITLES, **words.CODES, **words.OF_COLUMN["entry_class"]}
LONGEST_TABLE: Final = 40
CITIES: Final = "self_settlement"
OVERDUE: Final = "overdue"


@dataclass(frozen=True)
class Report:
    """Figures of a month and the digest that two runs of one seed share."""

    figures: Figures

    @property
    def digest(self) -> str:
        """SHA-256 over every figure to the fen."""
        return sha256(msgspec.json.encode(self.figures)).hexdigest()


async def read_figures(database: Database, *, cities: Sequence[Mapping[str, Value]] = ()) -> Report:
    """Asks every question of the whole province, as of today; `cities` were asked over HTTP."""
    figures: dict[str, Sequence[Mapping[str, Value]]] = {CITIES: cities}
    today = business_date(await database.clock.now())
    async with database.system() as connection:
        for name in QUESTIONS:
            binds = _overdue_on(today) if name == OVERDUE else {}
            rows = await connection.execute(text(load_sql(__file__, name)), binds)
            figures[name] = [dict(row) for row in rows.mappings()]
    return Report(figures)


def _overdue_on(day: date) -> dict[str, object]:
    """What counts as overdue on a day is what the API lists as that, and asks the same people."""
    return {
        "on_date": day,
        "reasons": [reason.value for reason in REMEDIES],
        "actors": [remedy.acts.value for remedy in REMEDIES.values()],
        "unsettled": [status.value for status in UNSETTLED],
        "asking": [effect.value for effect in ASKING],
    }


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


def print_report(console: Console, report: Report, *, language: Language = Language.EN) -> None:
    """Every table, what must agree between them, and the digest."""
    for name, title in QUESTIONS.items():
        console.print(_table(title, report.figures[name], language))
    console.print(_agreements(report.figures, language))
    digest = said("Digest of all figures", language)
    console.print(f"{digest}: [bold]{report.digest}[/bold]")


def invariants_table(
    results: Sequence[InvariantResult], *, language: Language = Language.EN
) -> Table:
    """One row an invariant: what was examined, what is broken, and the sum examined."""
    table = _titled("Invariants", language)
    for name in ("§12", "invariant", "examined", "broken", "yuan"):
        left = name in ("§12", "invariant")
        heading = said(name, language, words.HEADINGS)
        table.add_column(heading, justify="left" if left else "right", no_wrap=not left)
    for result in results:
        invariant, figure = result.invariant, result.figure_minor
        sentence = invariant.sentence
        if language is Language.ZH:
            sentence = words.INVARIANTS.get(invariant.name, sentence)
        table.add_row(
            *(invariant.number, sentence, f"{result.examined:,}", f"{result.broken:,}"),
            "" if figure is None else grouped_yuan(figure),
            style=None if result.ok else "bold red",
        )
    return table


def _titled(title: str, language: Language) -> Table:
    shown = said(title, language)
    return Table(title=shown, title_justify="left", title_style="bold", box=SIMPLE_HEAD)


def _table(title: str, rows: Sequence[Mapping[str, Value]], language: Language) -> Table:
    table = _titled(title, language)
    if not rows:
        table.add_column(said("nothing", language).ljust(len(title)))
        return table
    for column, value in rows[0].items():
        heading = column.removesuffix(MONEY_SUFFIX).replace("_", " ")
        table.add_column(
            said(heading, language, words.HEADINGS),
            justify="left" if isinstance(value, str) else "right",
        )
    for row in rows[:LONGEST_TABLE]:
        table.add_row(*(_shown(column, value, language) for column, value in row.items()))
    if len(rows) > LONGEST_TABLE:
        table.add_row(f"… {len(rows) - LONGEST_TABLE:,} {said('more rows', language)}")
    if len(rows) > 1 and title not in WITHOUT_TOTAL:
        table.add_section()
        table.add_row(*_totals(rows, language))
    return table


def _totals(rows: Sequence[Mapping[str, Value]], language: Language) -> Iterator[str]:
    """The sum of every column that has one, over all rows, shown or not."""
    for place, (column, value) in enumerate(rows[0].items()):
        if place == 0:
            yield said("total", language)
        elif isinstance(value, int) and column not in NOT_SUMMED:
            yield _shown(column, sum(int(row[column] or 0) for row in rows), language)
        else:
            yield ""


def total(rows: Sequence[Mapping[str, Value]], column: str, **wanted: Value) -> int:
    """The sum of a column over the rows that say what is wanted."""
    chosen = (row for row in rows if all(row[name] == value for name, value in wanted.items()))
    return sum(int(row[column] or 0) for row in chosen)


def agreements(figures: Figures) -> list[tuple[tuple[str, int], tuple[tuple[str, int], ...]]]:
    """Sums of different tables that are the same money: one, and the parts it must add up to."""
    lines, batches = figures["application_lines"], figures["batches"]
    payments, entries = figures["payments"], figures["statement_entries"]
    outcomes = sorted({str(row["outcome"]) for row in payments})
    classes = sorted({str(row["entry_class"]) for row in entries})
    balance = total(figures["ledger_balances"], "balance_minor", account_kind="bank")
    return [
        (
            ("accepted lines", total(lines, "amount_minor", status="accepted")),
            (
                ("first batches", total(batches, "sum_minor", no=1)),
                ("left out of them", total(batches, "left_out_sum_minor", no=1)),
            ),
        ),
        (
            ("payment batches", total(batches, "sum_minor")),
            tuple((name, total(payments, "amount_minor", outcome=name)) for name in outcomes),
        ),
        (
            ("bank in the ledger", balance),
            tuple((name, total(entries, "amount_minor", entry_class=name)) for name in classes),
        ),
    ]


def _agreements(figures: Figures, language: Language) -> Table:
    table = _titled("Sums that must agree", language)
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify)
    for (name, whole), parts in agreements(figures):
        sign = "=" if whole == sum(amount for _, amount in parts) else "≠"
        told = " + ".join(
            f"{said(part, language, PARTS)} {grouped_yuan(amount)}" for part, amount in parts
        )
        table.add_row(said(name, language), grouped_yuan(whole), f"{sign} {told}")
    return table


def _shown(column: str, value: Value, language: Language) -> str:
    if isinstance(value, int):
        return grouped_yuan(value) if column.endswith(MONEY_SUFFIX) else f"{value:,}"
    return said(value or "", language, words.OF_COLUMN.get(column, words.CODES))


def grouped_yuan(amount: int) -> str:
    """Fen as yuan with thousands separated."""
    whole, _, fraction = format_yuan(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}.{fraction}"
