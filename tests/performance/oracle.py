"""The kernel's CPU seconds beside those of the same rule in SQL, on the same columns in memory."""

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from typing import Final

import numpy as np

from reconciler import columns as c
from reconciler.match_rules import MatchRules
from reconciler.purchase_matching import match_purchases
from tests.oracle.oracle import connect, rule
from tests.performance.measure import Figure, peak_bytes, show

GIB: Final = 2**30


@dataclass(frozen=True)
class Scale:
    """Order lines of a province, and what is asked: seconds, and in parts of DuckDB's."""

    lines: int
    seconds: float
    of_sql: float

    @property
    def words(self) -> str:
        """The goal, to read."""
        told = [f"< {self.seconds:g} s"] if self.seconds < NEVER else []
        told += [f"<= {self.of_sql:g} x DuckDB"] if self.of_sql < NEVER else []
        return ", ".join([*told, f"< {MOST_BYTES // GIB} GiB"])


NEVER: Final = float("inf")
SCALES: Final = {
    "day": Scale(20_000, 0.5, NEVER),
    "month": Scale(600_000, NEVER, 1.2),
    "year": Scale(7_300_000, 60.0, 1.0),
}
MOST_BYTES: Final = 8 * GIB
MOST_GROWTH: Final = 12.0
GROUPS: Final = 2
"""Processes, each with components of its own."""
MOST_LINES: Final = 50_000
"""Order lines matched at once: components are matched by themselves, so that time and memory need
not grow with the whole, and columns of this size stay close to the processor."""
PRODUCTS, SUPPLIERS = 5_000, 2_600
RULES: Final = MatchRules()
SEED: Final = 20260301
LINES: Final = ("orders", "receipts", "invoices")
POINTED_AT: Final = dict(
    zip(("pool", "order", "receipt", "invoice"), ("pools", *LINES), strict=True)
)
"""What the numbers in each column are row numbers of."""


@dataclass(frozen=True)
class Taken:
    """What one matching took (seconds) and found."""

    cpu: float
    wall: float
    slices: int
    discrepancies: int
    amount: int
    most_bytes: int

    @property
    def answer(self) -> tuple[int, int, int]:
        """What must be the same, whoever matched."""
        return self.slices, self.discrepancies, self.amount

    @staticmethod
    def beside_each_other(parts: "Sequence[Taken]") -> "Taken":
        """Several at the same time, as one."""
        return Taken(
            sum(part.cpu for part in parts),
            max(part.wall for part in parts),
            sum(part.slices for part in parts),
            sum(part.discrepancies for part in parts),
            sum(part.amount for part in parts),
            sum(part.most_bytes for part in parts),
        )


def synthetic(lines: int, seed: int = SEED) -> c.PurchaseColumns:
    """A province's columns: so many order lines, 1.25 receipts and 0.95 invoice lines each.

    Shares of lines are those of the log that domain.md section 5 reports: 3 % of the invoices
    state another amount, 2.5 % get a credit note, 1 % of the receipts are followed by a return,
    and a tenth of the receipts and a fifth of the invoice lines name no order line.
    """
    random = np.random.default_rng(seed)
    orders = _orders(lines, random)
    receipts = _receipts(orders, random)
    invoices = _invoices(orders, random)
    return c.PurchaseColumns(
        orders=orders,
        receipts=receipts,
        invoices=invoices,
        returns=_returns(receipts, random),
        credits=_credits(invoices, random),
        links=c.empty(c.LINK_LINE),
        contracts=_contracts(),
        authorizations=_authorizations(orders),
        committed=c.empty(c.COMMITTED),
    )


def _orders(lines: int, random: np.random.Generator) -> c.Rows:
    orders = np.zeros(lines, c.ORDER_LINE)
    orders["pool"] = random.integers(0, max(1, lines // 2), lines)
    orders["bill"] = c.UNNAMED
    orders["quantity"] = random.integers(1, 500, lines) * 1_000
    orders["product"] = orders["pool"] % PRODUCTS
    orders["supplier"] = orders["pool"] % SUPPLIERS
    orders["price"] = _price(orders["product"])
    orders["pack"], orders["decimals"] = 10, 2
    orders["amount"] = c.NOT_STATED
    orders["day"] = np.sort(random.integers(20_000, 20_030, lines))
    return orders


def _price(product: c.Integers) -> c.Integers:
    """Millionths of a yuan per ten pieces, whole fen."""
    price: c.Integers = (product * 7_919 % 10_000 + 100) * 10_000
    return price


def _receipts(orders: c.Rows, random: np.random.Generator) -> c.Rows:
    """Every fourth line comes in two parts."""
    parts = 1 + (random.random(orders.size) < 0.25)
    row = np.repeat(np.arange(orders.size), parts)
    receipts = np.zeros(row.size, c.RECEIPT_LINE)
    receipts["pool"], receipts["bill"] = orders["pool"][row], c.UNNAMED
    receipts["order"] = np.where(random.random(row.size) < 0.1, c.UNNAMED, row)
    receipts["quantity"] = orders["quantity"][row] // parts[row]
    receipts["day"] = orders["day"][row] + random.integers(1, 9, row.size)
    receipts["accepted"] = receipts["day"]
    receipts["expiry"] = c.NO_DAY
    return receipts[np.argsort(receipts["day"], kind="stable")]


def _invoices(orders: c.Rows, random: np.random.Generator) -> c.Rows:
    row = np.flatnonzero(random.random(orders.size) < 0.95)
    invoices = np.zeros(row.size, c.INVOICE_LINE)
    invoices["pool"], invoices["bill"] = orders["pool"][row], c.UNNAMED
    invoices["order"] = np.where(random.random(row.size) < 0.2, c.UNNAMED, row)
    invoices["receipt"] = c.UNNAMED
    invoices["quantity"] = orders["quantity"][row]
    exact = orders["price"][row] // 10_000 * (orders["quantity"][row] // 1_000) // 10
    other = random.random(row.size) < 0.03
    invoices["amount"] = exact + np.where(other, random.integers(-50, 50, row.size), 0)
    invoices["amount"] = np.maximum(invoices["amount"], 0)
    invoices["day"] = orders["day"][row] + random.integers(0, 15, row.size)
    return invoices[np.argsort(invoices["day"], kind="stable")]


def _returns(receipts: c.Rows, random: np.random.Generator) -> c.Rows:
    row = np.flatnonzero(random.random(receipts.size) < 0.01)
    returns = np.zeros(row.size, c.RETURN_LINE)
    returns["pool"], returns["receipt"] = receipts["pool"][row], row
    returns["order"], returns["quantity"] = c.UNNAMED, 1_000
    return returns


def _credits(invoices: c.Rows, random: np.random.Generator) -> c.Rows:
    row = np.flatnonzero(random.random(invoices.size) < 0.025)
    red = np.zeros(row.size, c.CREDIT_LINE)
    red["invoice"], red["quantity"] = row, 1_000
    red["amount"] = invoices["amount"][row] // (invoices["quantity"][row] // 1_000)
    return red


def _contracts() -> c.Rows:
    """One row a product at the price of the orders; every tenth is a twentieth cheaper."""
    contracts = np.zeros(PRODUCTS, c.CONTRACT_ROW)
    contracts["product"] = np.arange(PRODUCTS)
    contracts["price"] = _price(contracts["product"])
    cheaper = contracts["product"] % 10 == 0
    contracts["price"][cheaper] = contracts["price"][cheaper] * 19 // 20
    contracts["pack"], contracts["decimals"] = 10, 2
    contracts["agreement"] = contracts["manufacturer"] = 1
    contracts["valid_to"], contracts["covers"] = c.NO_DAY, True
    contracts["holder"] = c.NOT_STATED
    return contracts


def _authorizations(orders: c.Rows) -> c.Rows:
    """Everybody may deliver but for every fiftieth pair."""
    pairs = np.unique(orders[["product", "supplier"]])
    pairs = pairs[(pairs["product"] * 31 + pairs["supplier"]) % 50 != 0]
    authorizations = np.zeros(pairs.size, c.AUTHORIZATION)
    authorizations["product"], authorizations["supplier"] = pairs["product"], pairs["supplier"]
    authorizations["valid_to"] = c.NO_DAY
    return authorizations


def chunks_of(lines: int) -> list[tuple[int, int]]:
    """Order lines and seed of each chunk that is matched by itself, at least one a process."""
    count = max(GROUPS, -(-lines // MOST_LINES))
    return [(lines // count, SEED + chunk) for chunk in range(count)]


def together(chunks: Iterable[c.PurchaseColumns]) -> c.PurchaseColumns:
    """One set of columns of all, for who takes them at once."""
    parts: dict[str, list[c.Rows]] = {field.name: [] for field in fields(c.PurchaseColumns)}
    before: Counter[str] = Counter()
    for chunk in chunks:
        for kind, rows in ((kind, getattr(chunk, kind)) for kind in parts):
            names = rows.dtype.names or ()
            for name in POINTED_AT.keys() & set(names):
                rows[name] += np.where(rows[name] >= 0, before[POINTED_AT[name]], 0)
            parts[kind].append(rows)
        before["pools"] += int(chunk.orders["pool"].max()) + 1
        before.update({kind: parts[kind][-1].size for kind in LINES})
    joined = {kind: np.concatenate(rows) for kind, rows in parts.items()}
    joined["contracts"] = parts["contracts"][0]
    joined["authorizations"] = np.unique(joined["authorizations"])
    return c.PurchaseColumns(**joined)


def kernel_takes(lines: int) -> Taken:
    """The kernel in two processes, each matching chunk after chunk; making them is not counted."""
    with ProcessPoolExecutor(GROUPS, mp_context=get_context("spawn")) as processes:
        shares = [chunks_of(lines)[group::GROUPS] for group in range(GROUPS)]
        return Taken.beside_each_other(list(processes.map(match_chunks, shares)))


def match_chunks(chunks: Sequence[tuple[int, int]]) -> Taken:
    """Several chunks one after the other, in this process."""
    cpu = wall = 0.0
    slices = discrepancies = amount = 0
    for lines, seed in chunks:
        columns = synthetic(lines, seed)
        cpu, wall = cpu - time.process_time(), wall - time.perf_counter()
        outcome = match_purchases(columns, RULES)
        cpu, wall = cpu + time.process_time(), wall + time.perf_counter()
        slices += outcome.target.size
        discrepancies += outcome.discrepancies.size
        amount += int(outcome.target["amount"].sum())
    return Taken(cpu, wall, slices, discrepancies, amount, peak_bytes("self"))


def sql_takes(columns: c.PurchaseColumns) -> Taken:
    """DuckDB with two threads, tables already in memory, the answer left in a table of its own."""
    with connect(columns, RULES) as database:
        cpu, wall = time.process_time(), time.perf_counter()
        database.execute(f"CREATE TABLE answer AS {rule()}")
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        found = database.execute(
            "SELECT count(*) FILTER (result = 'target'), count(*) FILTER (result = 'discrepancy'),"
            " CAST(sum(amount) FILTER (result = 'target') AS BIGINT) FROM answer"
        ).fetchone()
        slices, discrepancies, amount = found
    return Taken(cpu, wall, slices, discrepancies, amount, peak_bytes("self"))


def measure_oracle(scales: Sequence[str] = ("day", "month")) -> list[Figure]:
    """A figure a scale, and how the time grows; raises ValueError when kernel
    and SQL do not say the same."""
    figures = []
    for scale in scales:
        lines = SCALES[scale].lines
        sql, kernel = (
            sql_takes(together(synthetic(*chunk) for chunk in chunks_of(lines))),
            kernel_takes(lines),
        )
        if sql.answer != kernel.answer:
            raise ValueError(f"{scale}: SQL says {sql}, the kernel {kernel}")
        figures.append(_figure(scale, kernel, sql))
    return [*figures, _growth()]


def _figure(scale: str, kernel: Taken, sql: Taken) -> Figure:
    goal = SCALES[scale]
    return Figure(
        f"a {scale} matched in memory",
        kernel.wall,
        "s",
        goal.words,
        kernel.wall < goal.seconds
        and kernel.wall <= goal.of_sql * sql.wall
        and kernel.most_bytes < MOST_BYTES,
        limit=sql.wall,
        limit_name="s (the same rule, DuckDB)",
        note=f"{goal.lines:,} order lines, {kernel.slices:,} slices,"
        f" {kernel.discrepancies:,} discrepancies, the same of both; two processes, two threads;"
        f" CPU {kernel.cpu:.2f} s and {sql.cpu:.2f} s;"
        f" {kernel.most_bytes / 2**30:.2f} and {sql.most_bytes / 2**30:.2f} GiB at most",
    )


def _growth() -> Figure:
    """Ten times the lines, CPU, one process."""
    many = SCALES["month"].lines
    ours, tenth = (match_chunks(chunks_of(lines)).cpu for lines in (many, many // 10))
    return Figure(
        "ten times the order lines",
        ours / tenth,
        "times the CPU",
        f"<= {MOST_GROWTH:.0f} times",
        ours <= MOST_GROWTH * tenth,
        note=f"{many // 10:,} in {tenth:.2f} s, {many:,} in {ours:.2f} s",
    )


def main() -> None:
    """`python -m tests.performance.oracle`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", action="store_true", help="a year too (minutes)")
    show(measure_oracle([*SCALES] if parser.parse_args().year else ["day", "month"]))


if __name__ == "__main__":
    main()
