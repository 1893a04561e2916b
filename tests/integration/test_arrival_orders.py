"""Order of arrival on the real database: the same random histories, each in several orders and
some committed on the way, meet in the same payables or in the same sums."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from schemas.messages.reading import read
from schemas.times import Clock, FixedClock
from settlement_api.documents.policy import Placed, Sender, place
from settlement_api.documents.queries import load_directory, load_products
from settlement_api.documents.service import Chunk, apply_documents
from settlement_api.intakes.policy import Record
from settlement_api.intakes.service import arrival_of
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import AreaScope, UnitOfWork
from tests.builders import documents as build
from tests.builders.documents import Trade
from tests.builders.histories import Document, History

SEEDS = range(40)
SHUFFLED = 2
"""Further orders of arrival of each history."""
FIRST = 700_001
"""The first run's tag: nowhere else in a number."""
AREA = AreaScope(build.AREA)


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@dataclass(frozen=True)
class Run:
    """One history in one order of arrival, some documents of it sent twice; some of what is open
    after so many documents is committed, and after so many its contract's price is corrected."""

    seed: int
    number: int
    documents: list[Document]
    commit_after: frozenset[int] = frozenset()
    correct_after: int = 0

    @property
    def product(self) -> str:
        return product_of(self.number)


def product_of(number: int) -> str:
    return f"XA10BA02{number:015d}"


def plan(seeds: range, *, committed: bool) -> list[Run]:
    """Every history as it happened, and in shuffled orders, each under numbers of its own."""
    runs: list[Run] = []
    for seed in seeds:
        for turn in range(1 + SHUFFLED):
            number = FIRST + len(runs)
            documents = History(seed, f"{number:06d}", product_of(number)).documents
            dice = Random(1_000 * seed + turn)
            if turn:
                dice.shuffle(documents)
                for at in dice.sample(range(len(documents)), 2):
                    documents.insert(dice.randint(at + 1, len(documents)), documents[at])
            steps = range(len(documents) // 3, len(documents))
            cuts = frozenset(dice.sample(steps, 3)) if committed and turn else frozenset()
            runs.append(Run(seed, number, documents, cuts, dice.randint(1, len(documents))))
    return runs


async def seed_products(database: Database, trade: Trade, count: int) -> None:
    """The products of so many runs; those of odd seeds are under a contract at 9.50 yuan (which is
    corrected to 10 on the way) and from the fourth of July at 9 yuan."""
    async with database.platform() as uow:
        await uow.execute(
            "INSERT INTO procurement_round (round_code, name, level)"
            " VALUES ('4+7', 'round', 'national')"
        )
        await uow.execute(
            "WITH made AS ("
            " INSERT INTO product"
            " (product_code, name, name_pinyin, kind, specification, smallest_unit)"
            " SELECT 'XA10BA02' || lpad(number::text, 15, '0'), 'x', 'x', 'drug', 'x', '片'"
            " FROM generate_series(CAST(:first AS int), :last) AS number"
            " RETURNING id, product_code),"
            " unit AS (INSERT INTO product_unit (product_id, unit, numerator, denominator)"
            " SELECT id, '片', 1, 1 FROM made),"
            " agreed AS (INSERT INTO contract (contract_code, item_no, round_id, product_id,"
            " manufacturer, holder_uscc, pack_price_micro, pack_size, pack_size_inferred,"
            " valid_from, valid_to)"
            " SELECT 'C', product_code, procurement_round.id, made.id, 'm', :holder, price, 1,"
            " false, CAST(since AS date), CAST(until AS date) FROM made, procurement_round, (VALUES"
            " (9500000, '2026-01-01', '2026-07-03'), (9000000, '2026-07-04', NULL)"
            ") AS version (price, since, until)"
            " WHERE (right(product_code, 6)::int - :first) / :orders % 2 = 1 RETURNING id)"
            " INSERT INTO contract_scope (contract_id, scope_code) SELECT id, '370000' FROM agreed",
            first=FIRST,
            last=FIRST + count - 1,
            orders=1 + SHUFFLED,
            holder=build.SUPPLIER_USCC,
        )


async def placed(uow: UnitOfWork, documents: list[Document]) -> list[Placed]:
    found = []
    for at, document in enumerate(documents):
        body = build.as_bytes(document)
        message = read(body)
        assert not isinstance(message, list), message
        record = Record(at + 1, at + 1, at, 1, sha256(body).digest(), body)
        found.append(arrival_of(record, message))
    directory = await load_directory(uow, [one.document for one in found])
    answers = [place(arrival, directory, Sender()) for arrival in found]
    return [answer[1] for answer in answers if isinstance(answer, tuple)]


async def arrive(database: Database, documents: list[Document]) -> None:
    """One chunk of documents, stored and matched."""
    codes = {
        line["product_code"]
        for document in documents
        for line in document.get("lines", ())
        if "product_code" in line
    }
    intake_id = uuid4()
    async with database.platform() as uow:
        chosen, products = await placed(uow, documents), await load_products(uow, codes)
    async with database.begin(AREA) as uow:
        verdicts = await apply_documents(
            uow, placed=chosen, products=products, chunk=Chunk(intake_id, 0, Sender())
        )
    found = {verdict.outcome.value for verdict in verdicts}
    assert found <= {"accepted", "unchanged"}, found  # sent again: the first answer again
    async with database.begin(AREA) as uow:
        await service.match_arrival(
            uow, intake_id=intake_id, first_position=0, last_position=len(documents)
        )


async def play(database: Database, runs: list[Run]) -> None:
    """The first documents of every run, then the second ones, and so on."""
    for step in range(max(len(run.documents) for run in runs)):
        await arrive(database, [run.documents[step] for run in runs if step < len(run.documents)])
        correct = [run.product for run in runs if run.correct_after == step + 1]
        await correct_prices(database, correct)
        due = [run.product for run in runs if step + 1 in run.commit_after]
        async with database.begin(AREA) as uow:
            rows = await uow.fetch_all(
                "SELECT id FROM payable WHERE status = 'open' AND component_code = ANY(:due)"
                " ORDER BY component_code, amount_minor, quantity_milli, id",
                due=due,
            )
            dice = Random(step)
            chosen = [row.id for row in rows if dice.random() < 0.7]
            await service.commit_payables(uow, payable_ids=chosen)


async def correct_prices(database: Database, products: list[str]) -> None:
    """The first price version of these products is corrected from 9.50 to 10 yuan."""
    async with database.platform() as uow:
        since = await uow.fetch_value("SELECT statement_timestamp()")
        await uow.execute(
            "WITH old AS (UPDATE contract SET superseded_at = statement_timestamp()"
            " WHERE item_no = ANY(:products) AND pack_price_micro = 9500000 RETURNING contract.*),"
            " made AS (INSERT INTO contract (contract_code, item_no, round_id, product_id,"
            " manufacturer, holder_uscc, pack_price_micro, pack_size, pack_size_inferred,"
            " valid_from, valid_to) SELECT contract_code, item_no, round_id, product_id,"
            " manufacturer, holder_uscc, 10000000, pack_size, pack_size_inferred, valid_from,"
            " valid_to FROM old RETURNING id)"
            " INSERT INTO contract_scope (contract_id, scope_code) SELECT id, '370000' FROM made",
            products=products,
        )
    async with database.begin(AREA) as uow:
        await service.match_terms(uow, since=since)


async def by_product(database: Database, sql: str) -> dict[str, list[tuple[Any, ...]]]:
    """Rows by their first column, numbers without the tag of their run."""
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    async with database.begin(AREA) as uow:
        for row in await uow.fetch_all(sql):
            product = str(row[0])
            values: list[Any] = [*row[1:]]
            found[product].append(tuple(str(one).replace(product[-6:], "") for one in values))
    return found


STANDING = """
SELECT payable.component_code, 'payable', payable.kind, payable.route, ordered.order_number,
       ordered.line_number, receipt.receipt_number, invoice.invoice_number,
       payable.quantity_milli, payable.amount_minor, payable.basis_date, payable.clock_start_date
FROM payable
LEFT JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id
LEFT JOIN goods_receipt_line AS receipt ON receipt.id = payable.receipt_line_id
LEFT JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status = 'open'
UNION ALL
SELECT discrepancy.component_code, 'discrepancy', discrepancy.reason, discrepancy.effect,
       ordered.order_number, ordered.line_number, receipt.receipt_number, invoice.invoice_number,
       discrepancy.quantity_milli, discrepancy.amount_minor, NULL, NULL
FROM discrepancy
LEFT JOIN purchase_order_line AS ordered ON ordered.id = discrepancy.order_line_id
LEFT JOIN goods_receipt_line AS receipt ON receipt.id = discrepancy.receipt_line_id
LEFT JOIN invoice_line AS invoice ON invoice.id = discrepancy.invoice_line_id
WHERE discrepancy.status = 'open'
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
GROUPS = """
SELECT payable.component_code, line.order_number, line.line_number, contract.contract_code,
       contract.valid_from, payable.route, to_char(payable.clock_start_date, 'YYYY-MM') AS month,
       :measures
FROM payable
JOIN purchase_order_line AS line ON line.id = payable.order_line_id
LEFT JOIN contract ON contract.id = payable.contract_id
WHERE payable.status <> 'superseded'
GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING :kept
ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
"""Per order line, price version (however often its price was corrected), route and month."""
FEN = "sum(payable.amount_minor)::bigint"
UNITS = "sum(payable.quantity_milli)::bigint"


def compared(runs: list[Run], found: dict[str, list[tuple[Any, ...]]]) -> None:
    """Asserts that every order of arrival of a history ended as the first did."""
    first = {run.seed: found[run.product] for run in reversed(runs)}
    for run in runs:
        assert found[run.product] == first[run.seed], (run.seed, run.number, run.commit_after)


async def test_payables_and_discrepancies_are_the_same_for_every_order_of_arrival(
    database: Database,
) -> None:
    trade = await build.seed_trade(database)
    runs = plan(SEEDS, committed=False)
    await seed_products(database, trade, len(runs))
    await play(database, runs)
    found = await by_product(database, STANDING)
    assert sum(row[0] == "payable" for rows in found.values() for row in rows) > len(runs) / 2
    compared(runs, found)


async def test_committed_and_open_together_are_the_same_for_every_order_of_arrival(
    database: Database,
) -> None:
    trade = await build.seed_trade(database)
    runs = plan(SEEDS, committed=True)
    await seed_products(database, trade, len(runs))
    await play(database, runs)
    async with database.begin(AREA) as uow:
        committed = await uow.fetch_value("SELECT count(*) FROM payable WHERE status='committed'")
    assert committed > len(runs) / 4
    both = f"{UNITS} AS units, {FEN} AS fen"
    kept = f"{UNITS} <> 0 OR {FEN} <> 0"
    compared(runs, await by_product(database, groups(both, kept)))


def groups(measures: str, kept: str) -> str:
    return GROUPS.replace(":measures", measures).replace(":kept", kept)
