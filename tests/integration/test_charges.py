"""Freight that contracts pay: held to the order it names, paid once, whatever comes first."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.messages.documents import Invoice
from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.invoice_checks.service import check_invoice
from settlement_api.monitoring import queries as monitoring
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import AreaScope, SupplierScope
from tests.builders import contracts
from tests.builders import documents as build
from tests.builders.documents import Trade
from tests.integration.test_packs_in_turn import pack
from tests.integration.test_price_changes import pay
from tests.integration.test_reconciliation_elsewhere import NEW, Platform

EARLY, LATE = "26372000000000007001", "26372000000000007002"
STANDING = """
SELECT payable.status, payable.amount_minor, invoice.invoice_number, ordered.order_number,
       payable.route, contract.contract_code
FROM payable
JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id
LEFT JOIN contract ON contract.id = payable.contract_id
WHERE payable.status <> 'superseded' AND payable.kind = 'freight'
ORDER BY payable.status, invoice.invoice_number, payable.amount_minor
"""
HELD = """
SELECT discrepancy.reason, discrepancy.amount_minor, invoice.invoice_number
FROM discrepancy JOIN invoice_line AS invoice ON invoice.id = discrepancy.invoice_line_id
WHERE discrepancy.status = 'open' AND discrepancy.effect = 'held' ORDER BY 3, 1
"""


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
async def platform(database: Database, keyring: Keyring, trade: Trade) -> Platform:
    """A contract at 12.50 yuan: the order of the tests is worth 1 250.00 yuan."""
    platform = Platform(database, keyring)
    await platform.put_under_contract()
    return platform


def ordered(**changes: Any) -> dict[str, Any]:
    return build.purchase_order(lines=[build.order_item(product_code=NEW)], **changes)


def freight(number: str, yuan: str, day: str, **changes: Any) -> dict[str, Any]:
    line = {"line_number": 1, "charge_kind": "freight", "net_amount": yuan, "tax_amount": "0"}
    line |= {"order_number": "PO-1"} | changes
    return build.invoice(number, total_amount=yuan, document_date=day, lines=[line])


def early(yuan: str = "20.00") -> dict[str, Any]:
    return freight(EARLY, yuan, "2026-07-02")


def late(yuan: str = "10.00") -> dict[str, Any]:
    return freight(LATE, yuan, "2026-07-03")


def credited(yuan: str) -> dict[str, Any]:
    line = {"line_number": 1, "charge_kind": "freight", "net_amount": yuan, "tax_amount": "0"}
    changes = {"total_amount": yuan, "blue_invoice_number": EARLY, "lines": [line]}
    return build.credit_note(document_date="2026-07-05", **changes)


async def two_per_cent(platform: Platform) -> None:
    """Freight is paid up to 25.00 yuan of the order."""
    await platform.upload("charge-terms", contracts.charge_term_row())
    await platform.work()


def paid(status: str, fen: int, number: str) -> tuple[Any, ...]:
    return (status, fen, number, "PO-1", "direct", "VBP-1")


BOTH = [paid("open", 2_000, EARLY), paid("open", 500, LATE)]
REPEATED = ("charge_repeated", 500, LATE)


@pytest.mark.parametrize(
    "turns", ["order early late terms", "late terms early order", "terms order late early"]
)
async def test_what_an_order_is_allowed_goes_to_the_first_charge_first(
    platform: Platform, turns: str
) -> None:
    documents = {"order": ordered(), "early": early(), "late": late()}
    for turn in turns.split():
        if turn == "terms":
            await two_per_cent(platform)
        else:
            await platform.send(documents[turn])
            await platform.work()
    assert await platform.rows(STANDING) == BOTH
    assert await platform.rows(HELD) == [REPEATED]
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        again = await service.match_area(uow)
        assert again is not None
        assert (again.payables_inserted, again.discrepancies_inserted) == (0, 0)


async def test_without_terms_or_without_its_order_no_charge_is_paid(platform: Platform) -> None:
    await platform.send(early())
    await platform.work()
    assert await platform.rows(STANDING) == []
    await two_per_cent(platform)
    assert await platform.rows(HELD) == [("charge_not_contracted", 2_000, EARLY)]
    await platform.send(ordered())
    await platform.work()
    assert (await platform.rows(STANDING), await platform.rows(HELD)) == (BOTH[:1], [])
    included = contracts.charge_term_row(terms="含在价内", most_percent="")
    await platform.upload("charge-terms", included)
    await platform.work()
    assert await platform.rows(STANDING) == []
    assert await platform.rows(HELD) == [("charge_not_contracted", 2_000, EARLY)]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_paid"),
    [
        ("2026-07-01", "2026-07-01", True),
        ("2026-07-02", "2026-12-31", False),
        ("2026-01-01", "2026-06-30", False),
    ],
)
async def test_terms_pay_from_their_first_day_to_their_last(
    platform: Platform, valid_from: str, valid_to: str, is_paid: bool
) -> None:
    """The order is of the first of July."""
    term = contracts.charge_term_row(valid_from=valid_from, valid_to=valid_to)
    await platform.upload("charge-terms", term)
    for document in (ordered(), early()):
        await platform.send(document)
    await platform.work()
    assert await platform.rows(STANDING) == (BOTH[:1] if is_paid else [])
    held = [] if is_paid else [("charge_not_contracted", 2_000, EARLY)]
    assert await platform.rows(HELD) == held


async def test_what_is_above_the_contract_was_never_allowed(platform: Platform) -> None:
    await two_per_cent(platform)
    await platform.send(ordered(), early("40.00"), late())
    await platform.work()
    assert await platform.rows(STANDING) == [paid("open", 2_500, EARLY)]
    assert await platform.rows(HELD) == [
        ("charge_above_contract", 1_500, EARLY),
        ("charge_repeated", 1_000, LATE),
    ]


async def test_a_credit_note_after_payment_makes_room_for_the_next(platform: Platform) -> None:
    await two_per_cent(platform)
    await platform.send(ordered(), early(), late())
    await platform.work()
    await pay(platform)
    await platform.send(credited("3.00"))
    await platform.work()
    assert await platform.rows(STANDING) == [
        paid("committed", 2_000, EARLY),
        paid("committed", 500, LATE),
        paid("open", -300, EARLY),
        paid("open", 300, LATE),
    ]
    assert await platform.rows(HELD) == [("charge_repeated", 200, LATE)]


async def test_a_charge_applied_for_is_corrected_under_the_pack_of_then(
    platform: Platform, owner_dsn: str
) -> None:
    """Packs that ask for other papers, which no charge has."""
    await two_per_cent(platform)
    await platform.send(ordered(), early())
    await platform.work()
    await pay(platform)
    await pack(owner_dsn, 2, trace_codes={"required_for": ["drug"], "effect": "held"})
    await platform.send(credited("3.00"), late("1.00"))
    await platform.work()
    assert await platform.rows(
        "SELECT amount_minor, (content #>> '{rule_pack,version}')::int"
        " FROM payable JOIN decision_context AS context"
        " ON context.id = payable.decision_context_id"
        " WHERE payable.status <> 'superseded' ORDER BY amount_minor"
    ) == [(-300, 1), (100, 2), (2_000, 1)]
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        again = await service.match_area(uow)
        assert again is not None
        assert (again.payables_inserted, again.payables_superseded) == (0, 0)


@pytest.mark.parametrize(
    ("yuan", "fen", "added"),
    [("20.00", 2_000, []), ("40.00", 2_500, [("open", 1_500, EARLY, "PO-1", "direct", "VBP-1")])],
)
async def test_terms_of_another_contract_move_no_charge_applied_for(
    platform: Platform, yuan: str, fen: int, added: list[tuple[Any, ...]]
) -> None:
    """The order's first line is under VBP-1, whose freight becomes payable only after payment."""
    await platform.upload("products", contracts.product_row(8, units="盒=10"))
    await platform.upload(
        "authorizations", contracts.authorization_row(8, uscc=build.SUPPLIER_USCC)
    )
    second = contracts.contract_row(8, pack_price="12.50", pack_size="10", contract_code="VBP-2")
    await platform.upload("contracts", second)
    await platform.upload("charge-terms", contracts.charge_term_row(contract_code="VBP-2"))
    items = [
        build.order_item(product_code=NEW),
        build.order_item(product_code=contracts.product_code(8), line_number=2),
    ]
    await platform.send(build.purchase_order(lines=items), early(yuan))
    await platform.work()
    await pay(platform)
    applied = ("committed", fen, EARLY, "PO-1", "direct", "VBP-2")
    assert await platform.rows(STANDING) == [applied]
    await two_per_cent(platform)
    assert await platform.rows(STANDING) == [applied, *added]
    await pay(platform)
    await platform.send(credited("39.00" if added else "19.00"))
    await platform.work()
    taken = [row for row in await platform.rows(STANDING) if row[0] == "open"]
    assert sum(row[1] for row in taken) == 100 - fen - sum(row[1] for row in added)
    assert ("open", -fen + (0 if added else 100), EARLY, "PO-1", "direct", "VBP-2") in taken


async def test_an_order_taken_back_after_payment_takes_its_charges_back(
    platform: Platform,
) -> None:
    await two_per_cent(platform)
    await platform.send(ordered(), early())
    await platform.work()
    await pay(platform)
    await platform.send(build.order_cancellation())
    await platform.work()
    assert await platform.rows(STANDING) == [
        paid("committed", 2_000, EARLY),
        paid("open", -2_000, EARLY),
    ]
    await pay(platform)
    change = build.order_change(lines=[build.order_item(product_code=NEW, quantity="80")])
    await platform.send(change)
    await platform.work()
    assert (await platform.rows(STANDING))[2:] == []


async def test_an_order_changed_after_payment_keeps_what_it_still_allows(
    platform: Platform,
) -> None:
    """Sixty of a hundred are worth 750.00 yuan: 15.00 yuan of freight."""
    await two_per_cent(platform)
    await platform.send(ordered(), early())
    await platform.work()
    await pay(platform)
    line = build.order_item(product_code=NEW, quantity="60", amount="750.00")
    await platform.send(build.order_change(lines=[line]))
    await platform.work()
    assert await platform.rows(STANDING) == [
        paid("committed", 2_000, EARLY),
        paid("open", -500, EARLY),
    ]


async def test_a_number_claimed_by_another_takes_no_room(platform: Platform) -> None:
    await two_per_cent(platform)
    await platform.send(ordered(), early(), late())
    await platform.work()
    rival = build.invoice(EARLY, supplier_uscc=build.OTHER_SUPPLIER_USCC)
    await platform.send(rival)
    await platform.work()
    assert await platform.rows(STANDING) == [paid("open", 1_000, LATE)]
    assert ("invoice_overdrawn", 2_000, EARLY) in await platform.rows(HELD)


async def test_goods_and_charges_of_one_order_stand_side_by_side(platform: Platform) -> None:
    await two_per_cent(platform)
    receipt = build.goods_receipt(lines=[build.receipt_item(product_code=NEW)])
    goods = build.invoice(lines=[build.invoice_item(product_code=NEW)])
    await platform.send(ordered(), receipt, goods, early("40.00"))
    await platform.work()
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        await service.match_area(uow)
        rows = await monitoring.invoiced_totals(uow, from_date=None, to_date=None)
    assert {(row.charge_kind, row.ending, row.reason): row.amount_minor for row in rows} == {
        ("goods", "waiting", "not_applied_for"): 125_000,
        ("freight", "waiting", "not_applied_for"): 2_500,
        ("freight", "in_dispute", "charge_above_contract"): 1_500,
    }
    forecast = "SELECT matched_milli, open_milli FROM order_line_forecast"
    assert await platform.rows(forecast) == [(1_000_000, 0)]


async def test_a_draft_is_told_what_of_it_will_be_paid(platform: Platform, trade: Trade) -> None:
    await two_per_cent(platform)
    await platform.send(ordered(), early("10.00"))
    await platform.work()
    lines = [
        {"line_number": number, "charge_kind": "freight", "net_amount": "10", "tax_amount": "0"}
        | {"order_number": "PO-1"}
        for number in (1, 2)
    ]
    draft = build.invoice(LATE, document_date="2026-07-03", total_amount="20.00", lines=lines)
    async with platform.database.begin(SupplierScope(trade.supplier_id)) as uow:
        invoice = Invoice.model_validate_json(build.as_bytes(draft))
        check = await check_invoice(uow, supplier_id=trade.supplier_id, invoice=invoice)
    assert [line.payable for line in check.lines] == ["10.00", "5.00"]
    assert [each.reason.value for each in check.lines[1].findings] == ["charge_repeated"]
    await platform.send(draft)
    await platform.work()
    assert sum(row[1] for row in await platform.rows(STANDING) if row[2] == LATE) == 1_500
