"""What is learned later or in another area: invoice numbers claimed there, master data after
documents. The jobs that follow bring every area to what any other order would have given."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.events.reconciliation import PayablesDated
from schemas.messages.reading import read
from schemas.times import Clock, FixedClock
from settlement_api.config import Settings
from settlement_api.documents.policy import Sender
from settlement_api.encryption import Keyring
from settlement_api.intakes.service import apply_single
from settlement_api.master_data.service import import_table
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import AreaScope
from settlement_api.worker import drain
from tests.builders import contracts, parties
from tests.builders import documents as build
from tests.builders.documents import Trade
from tests.integration.test_reconciliation_arrival import FORM

Step = Callable[[], Awaitable[None]]


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


class Platform:
    """Sends documents and files, and works off what follows from them."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database = database
        self._keyring = keyring

    async def send(self, *documents: dict[str, Any]) -> None:
        for document in documents:
            async with self.database.platform() as uow:
                _, verdict = await apply_single(
                    uow,
                    sender=Sender(),
                    form=FORM,
                    body=build.as_bytes(document),
                    document=read(build.as_bytes(document)),
                )
            assert verdict.outcome.value == "accepted", verdict

    async def upload(self, kind: str, *rows: dict[str, Any]) -> None:
        content = parties.csv_file(rows)
        report = await import_table(self.database, kind, content, keyring=self._keyring)
        assert report.accepted == len(rows), report

    async def put_under_contract(self) -> None:
        """The product NEW, its supplier's right to deliver it, and its contract at 12.50 yuan."""
        await self.upload("rounds", contracts.round_row())
        await self.upload("products", contracts.product_row(7, units="盒=10"))
        right = contracts.authorization_row(7, uscc=build.SUPPLIER_USCC)
        await self.upload("authorizations", right)
        await self.price_contract("12.50")

    async def price_contract(self, price: str) -> None:
        """The contract's price of ten smallest units, from its first day on."""
        row = contracts.contract_row(7, pack_price=price, pack_size="10")
        await self.upload("contracts", row)
        await self.work()

    async def work(self) -> None:
        await drain(Settings(), self.database, self._keyring)

    async def rows(self, sql: str, area_code: str = build.AREA) -> list[tuple[Any, ...]]:
        async with self.database.begin(AreaScope(area_code)) as uow:
            return [tuple(row) for row in await uow.fetch_all(sql)]

    async def open_fen(self) -> dict[str, int]:
        """Open payables of both areas, in fen."""
        question = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM payable"
        areas = (build.AREA, build.OTHER_AREA)
        return {
            area: (await self.rows(f"{question} WHERE status = 'open'", area))[0][0]
            for area in areas
        }


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
def platform(database: Database, keyring: Keyring, trade: Trade) -> Platform:
    return Platform(database, keyring)


ELSEWHERE = {"hospital_code": build.OTHER_HOSPITAL_CODE}
HERE_ONLY = {build.AREA: 125_000, build.OTHER_AREA: 0}
THERE_ONLY = {build.AREA: 0, build.OTHER_AREA: 125_000}
NEITHER = {build.AREA: 0, build.OTHER_AREA: 0}


def story(source: str, **hospital: Any) -> list[dict[str, Any]]:
    """An order received and invoiced in full; the number of the invoice is always the same."""
    made = (build.purchase_order(), build.goods_receipt(), build.invoice(source_system=source))
    return [document | hospital for document in made]


async def test_a_calendar_that_comes_later_dates_what_waited_for_it(platform: Platform) -> None:
    """Without a contract thirty days after acceptance, here a Saturday: the next working day."""
    day = {"document_date": "2018-06-14"}
    for number, area in (("1", {}), ("2", ELSEWHERE)):
        order, receipt = build.purchase_order(), build.goods_receipt()
        invoice = build.invoice(f"2637200000000000001{number}")
        await platform.send(*(document | area | day for document in (order, receipt, invoice)))
    await platform.work()
    question = "SELECT due_date::text, due_date_state FROM payable WHERE status = 'open'"
    areas = (build.AREA, build.OTHER_AREA)
    for area_code in areas:
        assert await platform.rows(question, area_code) == [(None, "pending_calendar")]
    await platform.upload("calendar", parties.calendar_row(day="2017-01-01"))
    await platform.work()
    assert await platform.rows(question) == [(None, "pending_calendar")], "another year's"
    await platform.upload("calendar", parties.calendar_row(day="2018-01-01"))
    await platform.work()
    for area_code in areas:
        assert await platform.rows(question, area_code) == [("2018-07-16", "known")], area_code
    dated = "SELECT facts->>'payable_count' FROM outbox_event WHERE name = :name"
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        assert await uow.fetch_all(dated, name=PayablesDated.name) == [("1",)]


@pytest.mark.parametrize("here_first", [True, False])
async def test_a_number_claimed_in_another_area_is_held_in_both_until_one_is_void(
    platform: Platform, here_first: bool
) -> None:
    here, there = story("his"), story("old", **ELSEWHERE)
    first, second = (here, there) if here_first else (there, here)
    await platform.send(*first)
    await platform.work()
    assert await platform.open_fen() == (HERE_ONLY if here_first else THERE_ONLY)
    await platform.send(*second)
    await platform.work()
    assert await platform.open_fen() == NEITHER
    for area in (build.AREA, build.OTHER_AREA):
        held = "SELECT reason, effect, amount_minor FROM discrepancy WHERE status = 'open'"
        assert ("invoice_duplicate", "held", 125_000) in await platform.rows(held, area)
    # Voiding one releases the other; a void that is corrected to be about another number
    # gives the claim back.
    await platform.send(build.invoice_void(**ELSEWHERE))
    await platform.work()
    assert await platform.open_fen() == HERE_ONLY
    other = {"invoice_number": "26372000000000000077", "revision": 2}
    await platform.send(build.invoice_void() | ELSEWHERE | other)
    await platform.work()
    assert await platform.open_fen() == NEITHER


async def test_a_number_spelled_otherwise_in_another_area_is_held_in_both(
    platform: Platform,
) -> None:
    await platform.send(*story("his"))
    *goods, invoice = story("old", **ELSEWHERE)
    await platform.send(*goods, invoice | {"external_number": "２６３７-2000 0000-0000 0001"})
    await platform.work()
    assert await platform.open_fen() == NEITHER
    for area in (build.AREA, build.OTHER_AREA):
        held = "SELECT reason, effect, amount_minor FROM discrepancy WHERE status = 'open'"
        assert ("invoice_duplicate", "held", 125_000) in await platform.rows(held, area)
    void = build.invoice_void(**ELSEWHERE) | {"invoice_number": "26372000-0000-0000-0001"}
    await platform.send(void)
    await platform.work()
    assert await platform.open_fen() == HERE_ONLY


async def test_matching_claims_again_changes_nothing(platform: Platform) -> None:
    await platform.send(*story("his"))
    await platform.work()
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        result = await service.match_claims(uow, invoice_numbers=[build.INVOICE_NUMBER])
    assert result is not None
    changed = (result.payables_inserted, result.payables_superseded)
    assert (*changed, result.discrepancies_inserted, result.discrepancies_superseded) == (0,) * 4


# ── master data after the documents ─────────────────────────────────────────────────────────

NEW = contracts.product_code(7)
TERMS: list[tuple[str, dict[str, Any]]] = [
    ("rounds", contracts.round_row()),
    ("products", contracts.product_row(7, units="盒=10")),
    ("contracts", contracts.contract_row(7, pack_price="12.50", pack_size="10")),
    ("authorizations", contracts.authorization_row(7, uscc=build.SUPPLIER_USCC)),
]
FOUND = """
SELECT payable.kind, payable.route, contract.contract_code, payable.quantity_milli,
       payable.amount_minor, payable.due_date
FROM payable LEFT JOIN contract ON contract.id = payable.contract_id
WHERE payable.status = 'open' ORDER BY payable.quantity_milli
"""
MEASURED = """
SELECT 'order', unit_factor_known, product_id IS NULL, quantity_milli, price_micro, price_pack_size
FROM purchase_order_line
UNION ALL
SELECT 'despatch', unit_factor_known, product_id IS NULL, quantity_milli, 0, 0 FROM despatch_line
UNION ALL
SELECT 'receipt', unit_factor_known, product_id IS NULL, accepted_milli, rejected_milli, 0
FROM goods_receipt_line
UNION ALL
SELECT 'invoice', unit_factor_known, product_id IS NULL, quantity_milli, 0, 0 FROM invoice_line
UNION ALL
SELECT 'return', unit_factor_known, product_id IS NULL, quantity_milli, 0, 0
FROM return_note_line
ORDER BY 1
"""


def new_product_story() -> list[dict[str, Any]]:
    """Ordered, despatched, received, invoiced and returned in boxes, the receipt partly refused."""
    new: dict[str, Any] = {"product_code": NEW}
    despatch, return_note = build.despatch_advice(), build.return_note()
    for document in (despatch, return_note):
        document["lines"][0] |= new
    return [
        build.purchase_order(lines=[build.order_item(**new)]),
        despatch,
        build.goods_receipt(
            lines=[build.receipt_item(accepted_quantity="90", rejected_quantity="10", **new)]
        ),
        build.invoice(lines=[build.invoice_item(**new)]),
        return_note,
    ]


@pytest.mark.parametrize("turn", range(len(TERMS)))
async def test_master_data_that_comes_later_gives_what_it_would_have_given_before(
    platform: Platform, turn: int
) -> None:
    before, after = TERMS[: turn + 1], TERMS[turn + 1 :]
    if turn == 0:
        before, after = [], TERMS
    for kind, row in before:
        await platform.upload(kind, row)
    await platform.send(*new_product_story())
    await platform.work()
    for kind, row in after:
        await platform.upload(kind, row)
        await platform.work()
    assert await platform.rows(MEASURED) == [
        ("despatch", True, False, 1_000_000, 0, 0),
        ("invoice", True, False, 1_000_000, 0, 0),
        ("order", True, False, 1_000_000, 12_500_000, 10),
        ("receipt", True, False, 900_000, 100_000, 0),
        ("return", True, False, 100_000, 0, 0),
    ]
    found = await platform.rows(FOUND)
    assert [row[:5] for row in found] == [("goods", "direct", "VBP-1", 800_000, 100_000)]
    assert found[0][5].isoformat() == "2026-08-31"


async def test_a_unit_that_is_added_converts_the_lines_that_state_it(platform: Platform) -> None:
    await platform.upload("products", contracts.product_row(7, units=""))
    await platform.send(*new_product_story())
    await platform.work()
    assert {row[1:3] for row in await platform.rows(MEASURED)} == {(False, False)}
    await platform.upload("products", contracts.product_row(7, units="盒=10"))
    await platform.work()
    assert {row[1:3] for row in await platform.rows(MEASURED)} == {(True, False)}
    # What was converted is never converted again.
    await platform.upload("products", contracts.product_row(7, units="盒=10;箱=100"))
    await platform.work()
    assert (await platform.rows(MEASURED))[0][3] == 1_000_000


async def test_only_components_of_what_changed_are_matched_and_committed_ones_stand(
    platform: Platform,
) -> None:
    await platform.send(*story("his"))
    known = [
        build.purchase_order("PO-9", lines=[build.order_item(product_code=NEW)]),
        build.goods_receipt(
            "GR-9", lines=[build.receipt_item(product_code=NEW, order_number="PO-9")]
        ),
    ]
    await platform.send(*known)
    await platform.work()
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        ids = [row.id for row in await uow.fetch_all("SELECT id FROM payable")]
        assert len(await service.commit_payables(uow, payable_ids=ids)) == len(ids) == 1
    await platform.upload("rounds", contracts.round_row())
    await platform.upload("products", contracts.product_row(7))
    await platform.work()
    runs = "SELECT trigger, order_line_count FROM match_run ORDER BY run_number DESC LIMIT 1"
    assert await platform.rows(runs) == [("master_data", 1)]
    # The contract of a product that was paid for as self-settled changes what comes, not what was.
    price = {"pack_price": "12.50", "pack_size": "10"}
    await platform.upload("contracts", contracts.contract_row(1, product_code=build.DRUG, **price))
    await platform.work()
    standing = "SELECT status, route, amount_minor FROM payable WHERE status <> 'superseded'"
    assert await platform.rows(standing) == [("committed", "self", 125_000)]
