"""Links by totals: several lines are one whole invoice, or one line is several of its own."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.codes.roles import Role
from schemas.messages.documents import Invoice
from schemas.messages.reading import read
from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.invoice_checks.errors import DraftRefused
from settlement_api.invoice_checks.service import check_invoice
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import SupplierScope
from tests.builders import documents as build
from tests.builders.api import RunningApi, area_of, running_api
from tests.builders.documents import Trade
from tests.builders.linked_histories import MODES, LinkedHistory
from tests.builders.stored_documents import area_scope
from tests.integration.test_link_arrival_orders import seed_products
from tests.integration.test_proposals import promised, standing
from tests.integration.test_reconciliation_arrival import OTHER, arrive
from tests.integration.test_reconciliation_elsewhere import Platform

FIRST, SECOND = build.INVOICE_NUMBER, "26372000000000000002"
LINES, INVOICES = MODES
NO_ORDER: dict[str, Any] = {"order_number": None, "order_line_number": None}
Document = dict[str, Any]


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


def item(mode: str, invoice: str, named: str, line: int = 1, of: int = 1) -> Document:
    """`named` is an order's or a receipt's number."""
    kind = "order" if named.startswith("PO") else "receipt"
    target = {f"{kind}_number": named, f"{kind}_line_number": of}
    return {"invoice_number": invoice, "invoice_line_number": line, "mode": mode, **target}


def link(*items: Document, number: str = "IL-1", **changes: Any) -> Document:
    lines = [{"line_number": place, **each} for place, each in enumerate(items, 1)]
    return build.invoice_link(number, lines=lines, **changes)


def order(number: str, quantity: str, amount: str | None = None, **changes: Any) -> Document:
    stated = {"quantity": quantity, "amount": amount, "price": "10"} | changes
    return build.purchase_order(number, lines=[build.order_item(**stated)])


def receipt(number: str, quantity: str, order_number: str, **changes: Any) -> Document:
    line = build.receipt_item(accepted_quantity=quantity, order_number=order_number, **changes)
    return build.goods_receipt(number, lines=[line])


def billed(quantity: str, amount: str, place: int = 1, **changes: Any) -> Document:
    amounts = {"net_amount": amount, "tax_amount": "0.00", "price": None}
    return build.invoice_item(place, quantity=quantity, **amounts, **NO_ORDER | changes)


def invoice(number: str, total: str, *lines: Document, **changes: Any) -> Document:
    return build.invoice(number, total_amount=total, lines=list(lines), **changes)


OPEN = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM payable WHERE status = 'open'"
HELD = """
SELECT invoice.invoice_number, invoice.line_number, found.compared
FROM discrepancy AS found
JOIN invoice_line AS invoice ON invoice.id = found.invoice_line_id
WHERE found.status = 'open' AND found.reason = 'link_total_mismatch' AND found.effect = 'held'
ORDER BY 1, 2
"""


async def stands(database: Database) -> tuple[int, dict[tuple[str, int], tuple[int, int]]]:
    """Open fen, and by held invoice line what was compared."""
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(HELD)
        fen = await uow.fetch_value(OPEN)
    return fen, {
        (row.invoice_number, row.line_number): (row.compared["stated"], row.compared["allowed"])
        for row in rows
    }


async def bring(database: Database, *documents: Document) -> None:
    for document in documents:
        await arrive(database, document)


MANY_LINES = (
    *(order("PO-1", "4"), order("PO-2", "6")),
    *(receipt("GR-1", "4", "PO-1"), receipt("GR-2", "6", "PO-2")),
    invoice(FIRST, "100.00", billed("10", "100.00")),
    link(item(LINES, FIRST, "PO-1"), item(LINES, FIRST, "PO-2")),
)
MANY_INVOICES = (
    *(order("PO-1", "10"), receipt("GR-1", "10", "PO-1")),
    *(
        invoice(FIRST, "40.00", billed("4", "40.00")),
        invoice(SECOND, "60.00", billed("6", "60.00")),
    ),
    link(item(INVOICES, FIRST, "PO-1"), item(INVOICES, SECOND, "PO-1")),
)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("documents", [MANY_LINES, MANY_INVOICES], ids=["lines", "invoices"])
async def test_equal_totals_are_paid_whatever_came_last(
    database: Database, trade: Trade, documents: tuple[Document, ...], turned: bool
) -> None:
    await bring(database, *(reversed(documents) if turned else documents))
    assert await stands(database) == (10_000, {})


async def test_each_line_gets_its_own_quantity_of_the_invoice(
    database: Database, trade: Trade
) -> None:
    await bring(database, *MANY_LINES)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(
            "SELECT ordered.order_number, payable.quantity_milli FROM payable"
            " JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id"
            " WHERE payable.status = 'open' ORDER BY 1"
        )
    assert [tuple(row) for row in rows] == [("PO-1", 40_000), ("PO-2", 60_000)]


async def test_a_line_that_lacks_holds_though_the_others_come_to_the_total(
    database: Database, trade: Trade
) -> None:
    whole = link(item(LINES, FIRST, "PO-1"), item(LINES, FIRST, "PO-2"))
    first = (order("PO-1", "10"), receipt("GR-1", "10", "PO-1"))
    await bring(database, *first, invoice(FIRST, "100.00", billed("10", "100.00")), whole)
    assert await stands(database) == (0, {(FIRST, 1): (10_000, 10_000)})
    await bring(database, order("PO-2", "5"))
    assert await stands(database) == (0, {(FIRST, 1): (10_000, 15_000)})
    await bring(database, link(item(LINES, FIRST, "PO-1"), revision=2))
    assert await stands(database) == (10_000, {})


async def test_what_comes_late_cures_the_hold_and_other_totals_show_until_then(
    database: Database, trade: Trade
) -> None:
    """The shown row gives way to the new values and keeps its day to act by."""
    *before, last, linked = MANY_INVOICES
    await bring(database, *before, linked)
    assert await stands(database) == (0, {(FIRST, 1): (4_000, 10_000)})
    days = "SELECT deadline_date FROM discrepancy WHERE reason = 'link_total_mismatch'"
    async with database.begin(area_scope()) as uow:
        was = [row.deadline_date for row in await uow.fetch_all(days)]
    await bring(database, invoice(SECOND, "59.99", billed("6", "59.99")))
    assert await stands(database) == (0, dict.fromkeys([(FIRST, 1), (SECOND, 1)], (9_999, 10_000)))
    async with database.begin(area_scope()) as uow:
        assert {row.deadline_date for row in await uow.fetch_all(days)} == {*was}
    await bring(database, last | {"revision": 2})
    assert await stands(database) == (10_000, {})


async def test_another_lines_part_in_an_invoice_holds_until_it_is_withdrawn(
    database: Database, trade: Trade
) -> None:
    await bring(database, *MANY_INVOICES, order("PO-9", "4"))
    rival = {**item("quantity", FIRST, "PO-9"), "quantity": "1"}
    await bring(database, link(rival, number="IL-9"))
    held = dict.fromkeys([(FIRST, 1), (SECOND, 1)], (6_000, 10_000))
    assert await stands(database) == (0, held)
    elsewhere = item("quantity", "26372000000000000777", "PO-9")
    await bring(database, link(elsewhere, number="IL-9", revision=2))
    assert await stands(database) == (10_000, {})


@pytest.mark.parametrize(
    ("gone", "held"),
    [
        (build.order_cancellation(order_number="PO-1"), (10_000, 6_000)),
        (build.order_change(lines=[build.order_item(quantity="3", price="10", amount=None)]),
         (10_000, 9_000)),
        (invoice(FIRST, "90.00", billed("9", "90.00"), revision=2), (9_000, 10_000)),
    ],
    ids=["order cancelled", "order changed", "invoice replaced"],
)  # fmt: skip
async def test_what_is_taken_back_or_replaced_counts_no_more(
    database: Database, trade: Trade, gone: Document, held: tuple[int, int]
) -> None:
    await bring(database, *MANY_LINES, gone)
    assert await stands(database) == (0, {(FIRST, 1): held})


async def test_an_order_reduced_after_its_invoice_is_linked_by_quantity(
    database: Database, trade: Trade
) -> None:
    """The credit note counts on neither side: the mode no longer holds, and the link is revised."""
    note = build.invoice_item(
        quantity="4", net_amount="40.00", tax_amount="0.00", price=None, blue_line_number=1
    )
    del note["order_number"], note["order_line_number"]
    await bring(
        database,
        *(order("PO-1", "10"), receipt("GR-1", "6", "PO-1")),
        invoice(FIRST, "100.00", billed("10", "100.00")),
        link(item(LINES, FIRST, "PO-1")),
        build.order_change(lines=[build.order_item(quantity="6", price="10", amount=None)]),
        build.credit_note(total_amount="40.00", lines=[note]),
    )
    assert await stands(database) == (0, {(FIRST, 1): (10_000, 6_000)})
    await bring(database, link(item("quantity", FIRST, "PO-1"), revision=2))
    assert await stands(database) == (6_000, {})


async def test_receipts_of_one_order_line_come_to_its_rounded_whole(
    database: Database, trade: Trade
) -> None:
    """Three boxes for 10.00 yuan: three times 3.33 would lack a fen."""
    parts = [f"GR-{at}" for at in range(3)]
    await bring(
        database,
        order("PO-1", "3", price_base_quantity=3),
        *(receipt(number, "1", "PO-1") for number in parts),
        invoice(FIRST, "10.00", billed("3", "10.00")),
        link(*(item(LINES, FIRST, number) for number in parts)),
    )
    assert await stands(database) == (1_000, {})
    await bring(database, build.receipt_cancellation(receipt_number="GR-2"))
    assert await stands(database) == (0, {(FIRST, 1): (1_000, 667)})


async def test_every_goods_line_of_the_invoice_is_held_and_no_charge_is_counted(
    database: Database, trade: Trade
) -> None:
    freight = {"product_code": None, "unit": "次", "charge_kind": "freight"}
    other = {"product_code": OTHER, "unit": "片"}
    lines = (
        billed("4", "40.00"),
        billed("6", "60.00", 2, **other),
        billed("1", "7.00", 3, **freight),
    )
    document = invoice(FIRST, "107.00", *lines)
    both = (order("PO-1", "4"), order("PO-2", "6", **other))
    await bring(database, *both, document, link(item(LINES, FIRST, "PO-1")))
    assert await stands(database) == (0, dict.fromkeys([(FIRST, 1), (FIRST, 2)], (10_000, 4_000)))
    both_named = (item(LINES, FIRST, "PO-1"), item(LINES, FIRST, "PO-2", 2))
    await bring(database, link(*both_named, revision=2))
    assert await stands(database) == (0, {})


async def test_a_link_does_not_reach_the_invoices_of_another_hospital(
    database: Database, trade: Trade
) -> None:
    async with database.begin(area_scope()) as uow:
        await uow.execute(
            "INSERT INTO hospital (area_code, hospital_code, name, name_pinyin, level, ownership)"
            " VALUES (:area, 'H37010000009', 'x', 'x', 'unknown', 'unknown')",
            area=build.AREA,
        )
        await uow.execute(
            "INSERT INTO hospital_registry (hospital_code, area_code, hospital_id)"
            " SELECT hospital_code, area_code, id FROM hospital"
            " WHERE hospital_code = 'H37010000009'"
        )
    there = {"hospital_code": "H37010000009"}
    own = (order("PO-1", "10") | there, receipt("GR-1", "10", "PO-1") | there)
    await bring(database, *own, invoice(FIRST, "100.00", billed("10", "100.00")) | there)
    await bring(database, order("PO-2", "9"), link(item(LINES, FIRST, "PO-2")))
    assert await stands(database) == (10_000, {})


async def test_of_two_orders_of_one_number_the_first_is_meant(
    database: Database, trade: Trade
) -> None:
    later = order("PO-1", "99") | {"source_system": "old", "document_date": "2026-07-02"}
    await bring(database, later, *MANY_LINES)
    assert await stands(database) == (10_000, {})


async def test_a_unit_that_comes_on_file_frees_the_other_products_of_the_link(
    platform: Platform, database: Database, trade: Trade
) -> None:
    """Boxes that nobody can count are worth nothing certain, also to the line beside them."""
    strange, other = {"unit": "袋"}, {"product_code": OTHER, "unit": "片"}
    await bring(
        database,
        *(order("PO-1", "4"), receipt("GR-1", "2", "PO-1", **strange)),
        *(order("PO-2", "6", **other), receipt("GR-2", "6", "PO-2", **other)),
        invoice(FIRST, "100.00", billed("4", "40.00"), billed("6", "60.00", 2, **other)),
        link(item(LINES, FIRST, "GR-1"), item(LINES, FIRST, "GR-2", 2)),
    )
    fen, held = await stands(database)
    assert (fen, set(held)) == (0, {(FIRST, 1), (FIRST, 2)})
    async with database.platform() as uow:
        since = await uow.fetch_value("SELECT statement_timestamp()")
        await uow.execute(
            "INSERT INTO product_unit (product_id, unit, numerator, denominator)"
            " SELECT id, '袋', 20, 1 FROM product WHERE product_code = :code",
            code=build.DRUG,
        )
    async with database.begin(area_scope()) as uow:
        await service.match_terms(uow, since=since)
    assert await stands(database) == (10_000, {})


@pytest.fixture
def platform(database: Database, keyring: Keyring, trade: Trade) -> Platform:
    return Platform(database, keyring)


async def test_what_was_applied_for_stays_and_is_corrected_and_raised_again(
    database: Database, trade: Trade
) -> None:
    await bring(database, *MANY_LINES)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all("SELECT id FROM payable WHERE status = 'open'")
        await service.commit_payables(uow, payable_ids=[row.id for row in rows])
    await bring(database, order("PO-3", "1"))
    more = (*(item(LINES, FIRST, f"PO-{at}") for at in (1, 2, 3)),)
    await bring(database, link(*more, revision=2))
    assert await stands(database) == (-10_000, {(FIRST, 1): (10_000, 11_000)})
    async with database.begin(area_scope()) as uow:
        kept = await uow.fetch_value(
            "SELECT sum(amount_minor)::bigint FROM payable WHERE status = 'committed'"
        )
    assert kept == 10_000
    await bring(database, link(*more[:2], revision=3))
    assert await stands(database) == (0, {})


async def test_who_must_act_by_when_and_what_would_make_it_payable_is_told(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    *before, last, linked = MANY_INVOICES
    await bring(database, *before, invoice(SECOND, "59.00", billed("6", "59.00")), linked)
    maker = await api.user(area_of(build.AREA), Role.AGENCY_MAKER)
    rows = (await maker.get("/reconciliation/discrepancies?reason=link_total_mismatch")).json()
    assert [row["amount"] for row in rows["items"]] == ["40.00", "59.00"]
    for row in rows["items"]:
        assert row["compared"] == {"stated": 9_900, "allowed": 10_000}
        assert (row["acts"], row["effect"]) == ("supplier", "held")
        assert row["act_by_state"] == "known"
        assert row["act_by"] > "2026-07-20"
        assert "come to the same total" in row["cure"]
        assert "价税合计相等" in row["cure_zh"]
    line_id = rows["items"][0]["invoice_line_id"]
    explained = (await maker.get(f"/explanations/{line_id}")).json()["rules"]
    (rule,) = (each for each in explained if each["reason"] == "link_total_mismatch")
    assert (rule["rule"], rule["hold"]) == ("invoice.link_total", "reference")
    await bring(database, last | {"revision": 2})
    rows = (await maker.get("/reconciliation/discrepancies?reason=link_total_mismatch")).json()
    assert {row["status"] for row in rows["items"]} == {"superseded"}


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": "5"},
        {"order_line_number": None},
        {"order_number": None, "receipt_number": "GR-1"},
        {"mode": "by_weight"},
    ],
    ids=["quantity", "no line", "line of nothing", "mode"],
)
def test_a_link_by_totals_names_whole_lines(changes: Mapping[str, Any]) -> None:
    document = link({**item(LINES, FIRST, "PO-1"), **changes})
    assert isinstance(read(build.as_bytes(document)), tuple)
    assert not isinstance(read(build.as_bytes(link(item(LINES, FIRST, "PO-1")))), tuple)


async def test_a_draft_is_told_what_its_links_will_make_of_it(
    database: Database, trade: Trade
) -> None:
    *before, last, linked = MANY_INVOICES
    await bring(database, *before, linked)
    for total, payable in (("59.99", "0.00"), ("60.00", "60.00")):
        draft = invoice(SECOND, total, billed("6", total))
        async with database.begin(SupplierScope(trade.supplier_id)) as uow:
            message = Invoice.model_validate_json(build.as_bytes(draft))
            check = await check_invoice(uow, supplier_id=trade.supplier_id, invoice=message)
        assert check.payable == payable
        found = {each.reason: each.compared for each in check.lines[0].findings}
        told = {"59.99": {"stated": 9_999, "allowed": 10_000}}
        assert found.get("link_total_mismatch") == told.get(total)
    await bring(database, last)
    assert await stands(database) == (10_000, {})


async def test_a_revised_draft_is_linked_once(database: Database, trade: Trade) -> None:
    """Links of the revision that stands are copied already: four of ten, and not eight."""
    part = {**item("quantity", FIRST, "PO-2"), "quantity": "4"}
    both = (order("PO-1", "20"), order("PO-2", "20"))
    came = (receipt("GR-1", "20", "PO-1"), receipt("GR-2", "20", "PO-2"))
    named = {"order_number": "PO-1", "order_line_number": 1}
    draft = invoice(FIRST, "100.00", billed("10", "100.00", **named))
    await bring(database, *both, *came, draft, link(part))
    async with database.begin(SupplierScope(trade.supplier_id)) as uow:
        message = Invoice.model_validate_json(build.as_bytes(draft | {"revision": 2}))
        check = await check_invoice(uow, supplier_id=trade.supplier_id, invoice=message)
    parts = {each.order_number: each.quantity for each in check.lines[0].parts}
    assert parts == {"PO-1": "60.000", "PO-2": "40.000"}


async def test_drafts_of_random_histories_are_told_what_becomes_of_them(
    database: Database,
) -> None:
    tags = [f"{700_001 + seed}" for seed in range(24)]
    await seed_products(database, tags)
    async with database.platform() as uow:
        supplier_id = await uow.fetch_value(
            "SELECT id FROM supplier WHERE uscc = :uscc", uscc=build.SUPPLIER_USCC
        )
    reasons: list[str] = []
    compared = 0
    for seed, tag in enumerate(tags):
        history = LinkedHistory(seed, tag).documents
        place = next(at for at, each in enumerate(history) if each["kind"] == "invoice")
        draft = history.pop(place) | {"revision": 3}
        await bring(database, *history)
        async with database.begin(SupplierScope(supplier_id)) as uow:
            message = Invoice.model_validate_json(build.as_bytes(draft))
            try:
                check = await check_invoice(uow, supplier_id=supplier_id, invoice=message)
            except DraftRefused:
                continue  # it was voided beforehand
        await bring(database, draft)
        assert await standing(database, draft["external_number"]) == promised(check), seed
        compared += 1
        reasons += [each.reason for line in check.lines for each in line.findings]
    assert compared > 15
    assert reasons.count("link_total_mismatch") > 5
