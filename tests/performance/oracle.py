"""The kernel's CPU seconds beside those of the same rule in SQL, on the same columns in memory."""

import argparse
import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler import columns as c
from reconciler.purchase_matching import MatchRules, match_purchases
from tests.oracle.oracle import connect, rule
from tests.performance.measure import Figure, show

SCALES: Final = {"day": 20_000, "month": 600_000}
"""Order lines of a province."""
PRODUCTS, SUPPLIERS = 5_000, 2_600
RULES: Final = MatchRules()
SEED: Final = 20260301


@dataclass(frozen=True)
class Taken:
    """What one matching took and found."""

    cpu: float
    wall: float
    slices: int
    discrepancies: int
    amount: int


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
    pairs = pairs[np.arange(pairs.size) % 50 != 0]
    authorizations = np.zeros(pairs.size, c.AUTHORIZATION)
    authorizations["product"], authorizations["supplier"] = pairs["product"], pairs["supplier"]
    authorizations["valid_to"] = c.NO_DAY
    return authorizations


def kernel_takes(columns: c.PurchaseColumns) -> Taken:
    """The kernel, one process and one thread."""
    cpu, wall = time.process_time(), time.perf_counter()
    outcome = match_purchases(columns, RULES)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    target = outcome.target
    return Taken(cpu, wall, target.size, outcome.discrepancies.size, int(target["amount"].sum()))


def sql_takes(columns: c.PurchaseColumns) -> Taken:
    """DuckDB with two threads, tables already in memory, the answer left in a table of its own."""
    with connect(columns, RULES) as database:
        cpu, wall = time.process_time(), time.perf_counter()
        database.execute(f"CREATE TABLE answer AS {rule()}")
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        found = database.execute(
            "SELECT count(*) FILTER (result = 'target'), count(*) FILTER (result <> 'target'),"
            " CAST(sum(amount) FILTER (result = 'target') AS BIGINT) FROM answer"
        ).fetchone()
    return Taken(cpu, wall, *found)


def measure_oracle(scales: tuple[str, ...] = ("day",)) -> list[Figure]:
    """A figure a scale; raises ValueError when kernel and SQL do not say the same."""
    figures = []
    for scale in scales:
        columns = synthetic(SCALES[scale])
        sql, kernel = sql_takes(columns), kernel_takes(columns)
        if (sql.slices, sql.discrepancies, sql.amount) != (
            *(kernel.slices, kernel.discrepancies),
            kernel.amount,
        ):
            raise ValueError(f"{scale}: SQL says {sql}, the kernel {kernel}")
        figures.append(
            Figure(
                f"a {scale} matched in memory, CPU",
                kernel.cpu,
                "s",
                "<= the same rule in DuckDB",
                kernel.cpu <= sql.cpu,
                limit=sql.cpu,
                limit_name="s (DuckDB, 2 threads)",
                note=f"{SCALES[scale]:,} order lines, {kernel.slices:,} slices,"
                f" {kernel.discrepancies:,} discrepancies; wall {kernel.wall:.2f} s in one thread,"
                f" DuckDB {sql.wall:.2f} s in two",
            )
        )
    return figures


def main() -> None:
    """`python -m tests.performance.oracle day month`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scales", nargs="*", default=["day"], choices=list(SCALES))
    show(measure_oracle(tuple(parser.parse_args().scales)))


if __name__ == "__main__":
    main()
