"""Runs the matching rule as SQL states it, on the columns the kernel gets, and compares both."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from reconciler.columns import EPOCH, PurchaseColumns, Rows
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, KINDS, REASONS, ROUTES, Outcome
from reconciler.purchase_matching import match_purchases
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import PayableKind

RULE: Final = Path(__file__).with_name("purchase_rule.sql")
POINTERS: Final = {"order": "order_line", "receipt": "receipt_line", "invoice": "invoice_line"}
NAMING_ORDERS: Final = ("orders", "receipts", "invoices", "returns", "links")
"""Kinds that the rule reads under `sent_` names: what lines name depends on product groups."""
TARGET: Final = (
    *("order", "receipt", "invoice", "kind", "quantity", "amount", "contract", "route"),
    *("basis_day", "clock_day", "terms"),
)
DISCREPANCY: Final = (
    *("order", "receipt", "invoice", "other", "reason", "effect", "quantity", "amount"),
    *("stated", "allowed"),
)
Row = tuple[Any, ...]
Bag = Counter[Row]
"""("target", order, receipt, invoice, kind, quantity, amount, contract, route, basis day, clock
day, terms), ("open", order, receipt, invoice, applied row it takes from, and as a target from its
kind on) for charges, and ("discrepancy", order, receipt, invoice, other, reason, quantity, amount,
effect, stated, allowed), each with how often it was said."""


@cache
def rule() -> str:
    """The rule as one SQL text."""
    return RULE.read_text(encoding="utf-8")


def connect(columns: PurchaseColumns, rules: MatchRules) -> Any:
    """A database in memory, two threads, with the relations that the rule asks."""
    database = duckdb.connect(config={"threads": 2, "memory_limit": "12GiB"})
    for field in fields(columns):
        name = f"sent_{field.name}" if field.name in NAMING_ORDERS else field.name
        _store(database, name, getattr(columns, field.name))
    for name, words in (("reasons", REASONS), ("routes", ROUTES)):
        database.execute(f"CREATE TABLE {name} (code SMALLINT, name VARCHAR)")
        database.executemany(f"INSERT INTO {name} VALUES (?, ?)", list(enumerate(map(str, words))))
    database.execute(_RULES)
    for terms, each in enumerate((rules, *rules.earlier)):
        _store_rules(database, terms, each)
    return database


_RULES: Final = """
    CREATE TABLE rules (
        terms SMALLINT, authorization_required BOOLEAN, first_date VARCHAR, second_date VARCHAR,
        third_date VARCHAR, hold_expired_since INTEGER, substitutes_allowed BOOLEAN,
        substitutes_since INTEGER, substitutes_until INTEGER);
    CREATE TABLE tolerances (
        terms SMALLINT, reason VARCHAR, absolute BIGINT, permyriad BIGINT, greater BOOLEAN,
        per_document BOOLEAN);
    CREATE TABLE demands (
        terms SMALLINT, paper VARCHAR, kind SMALLINT, effect VARCHAR, since INTEGER);
"""


def _store_rules(database: Any, terms: int, rules: MatchRules) -> None:
    database.execute(
        "INSERT INTO rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            terms,
            rules.authorization_required,
            *(*rules.date_basis, None, None, None)[:3],
            rules.hold_expired_since and (rules.hold_expired_since - EPOCH).days,
            rules.substitution.allowed,
            rules.substitution.since and (rules.substitution.since - EPOCH).days,
            rules.substitution.until and (rules.substitution.until - EPOCH).days,
        ],
    )
    for tolerance in rules.tolerances:
        database.execute(
            "INSERT INTO tolerances VALUES (?, ?, ?, ?, ?, ?)",
            [
                terms,
                str(tolerance.reason),
                tolerance.absolute,
                tolerance.permyriad,
                tolerance.greater,
                tolerance.per_document,
            ],
        )
    for paper, demand in (
        ("two_invoice_chain", rules.two_invoice_chain),
        ("trace_codes", rules.trace_codes),
    ):
        since = -1 if demand.since is None else (demand.since - EPOCH).days
        for kind in demand.required_for:
            number = 1 + list(ProductKind).index(kind)
            database.execute(
                "INSERT INTO demands VALUES (?, ?, ?, ?, ?)",
                [terms, paper, number, demand.effect, since],
            )


def _store(database: Any, name: str, rows: Rows) -> None:
    """One relation: the fields of the columns, and the row number as `line`."""
    arrays = {"line": np.arange(rows.size)}
    for field in rows.dtype.names or ():
        arrays[POINTERS.get(field, field)] = np.ascontiguousarray(rows[field])
    database.register("arrays", arrays)
    database.execute(f"CREATE TABLE {name} AS SELECT * FROM arrays")
    database.unregister("arrays")


def sql_says(columns: PurchaseColumns, rules: MatchRules, sql: str | None = None) -> Bag:
    """Target slices, open charges and discrepancies by the SQL rule."""
    with connect(columns, rules) as database:
        rows = database.execute(sql or rule()).fetchall()
    return Counter((row[0], *(value for value in row[1:] if value is not None)) for row in rows)


def kernel_says(columns: PurchaseColumns, rules: MatchRules) -> Bag:
    """Target slices, open charges and discrepancies of the kernel, in the same words."""
    return in_words(match_purchases(columns, rules))


def in_words(outcome: Outcome) -> Bag:
    """What an outcome says, codes as names."""
    answer: Bag = Counter(
        ("target", *row[:3], str(KINDS[row[3]]), *row[4:7], str(ROUTES[row[7]]), *row[8:])
        for row in _lists(outcome.target, TARGET)
    )
    charges = outcome.payables[outcome.payables["kind"] == KINDS.index(PayableKind.FREIGHT)]
    answer.update(
        ("open", *row[:4], str(KINDS[row[4]]), *row[5:8], str(ROUTES[row[8]]), *row[9:])
        for row in _lists(charges, (*TARGET[:3], "adjusts", *TARGET[3:]))
    )
    answer.update(
        ("discrepancy", *row[:4], str(REASONS[row[4]]), *row[6:8], str(EFFECTS[row[5]]), *row[8:])
        for row in _lists(outcome.discrepancies, DISCREPANCY)
    )
    return answer


def _lists(rows: Rows, names: tuple[str, ...]) -> Iterator[Row]:
    return zip(*(rows[name].tolist() for name in names), strict=True)


def disagreement(columns: PurchaseColumns, sql: Bag, kernel: Bag) -> str:
    """Empty when both say the same; else what differs in the component with the fewest lines."""
    sides = {"only SQL": sql - kernel, "only the kernel": kernel - sql}
    found: dict[int, list[str]] = {}
    for side, rows in sides.items():
        for row in rows.elements():
            found.setdefault(_component(columns, row), []).append(f"{side}: {row}")
    if not found:
        return ""
    lines = {pool: list(_lines(columns, pool)) for pool in found}
    pool = min(found, key=lambda pool: (len(lines[pool]), pool))
    return "\n".join([f"{len(found)} components differ; {pool}:", *lines[pool], *found[pool]])


def _component(columns: PurchaseColumns, row: Row) -> int:
    sides = (columns.orders, columns.receipts, columns.invoices)
    for side, place in zip(sides, row[1:4], strict=True):
        if place >= 0:
            return int(side["pool"][place])
    if row[0] == "discrepancy" and row[5] == "return_without_receipt":
        return int(columns.returns["pool"][row[4]])
    return -1


def _lines(columns: PurchaseColumns, pool: int) -> Iterator[str]:
    """The lines of a component, in words."""
    invoices = np.flatnonzero(columns.invoices["pool"] == pool)
    products = columns.orders["product"][columns.orders["pool"] == pool]
    for field in fields(columns):
        rows = getattr(columns, field.name)
        names = rows.dtype.names
        if "pool" in names:
            chosen = rows["pool"] == pool
        elif "invoice" in names:
            chosen = np.isin(rows["invoice"], invoices)
        elif "charge" in names:
            chosen = np.isin(columns.charges["invoice"][rows["charge"]], invoices)
        elif "product" not in names:
            chosen = np.ones(rows.size, np.bool_)
        else:
            chosen = np.isin(rows["product"], products)
        for row in np.flatnonzero(chosen):
            stated = zip(names, rows[row].tolist(), strict=True)
            yield f"{field.name} {row}: " + ", ".join(f"{name} {value}" for name, value in stated)
