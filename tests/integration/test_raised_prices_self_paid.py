"""A raised price that the hospital pays itself under the number of the invoice that raised it."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from settlement_api.monitoring.queries import own_money
from settlement_api.persistence import Database
from tests.builders.batches import Scene, insert
from tests.integration.test_monitoring import AREA, NOW, World, noon

EARLY = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
async def world(database: Database) -> World:
    async with database.begin(AREA) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        code = await uow.fetch_value("SELECT hospital_code FROM hospital")
        number = await uow.fetch_value("SELECT uscc FROM supplier")
    return World(database, hospital, supplier, code, number)


async def raise_price(
    world: World, number: str, earlier: dict[str, int], *, at: datetime = EARLY, revision: int = 1
) -> None:
    """An invoice that adds fen to each of these, received at an instant."""
    both = {"hospital_id": world.hospital, "supplier_id": world.supplier}
    async with world.database.begin(AREA) as uow:
        intake = await insert(
            uow, "intake", sender_kind="client", sender_name="his", format="ndjson",
            encoding="utf-8", compressed=False, state="receiving", byte_count=0,
            received_records=0, accepted_records=0, unchanged_records=0, rejected_records=0,
            started_at=at,
        )  # fmt: skip
        document = await insert(
            uow, "document", area_code="370100", kind="invoice", source_system="his",
            issuer_code=world.supplier_uscc, external_number=number, revision=revision,
            total_difference_minor=0, content_sha256=bytes(32), intake_id=intake,
            raw_position=0, raw_length=0, state="effective", **both,
        )  # fmt: skip
        for line, (blue, amount) in enumerate(earlier.items(), start=1):
            await insert(
                uow, "invoice_line", area_code="370100", document_id=document, line_number=line,
                state="effective", unit_factor_known=True, document_kind="invoice",
                invoice_number=number, charge_kind="goods", product_code="X",
                blue_invoice_number=blue, net_minor=amount, tax_minor=0, total_minor=amount,
                invoice_date=date(2026, 2, 1), **both,
            )  # fmt: skip


async def test_it_is_paid_on_the_earlier_lines(world: World) -> None:
    await world.owe(13_000)
    await world.owe(20_600, invoice="INV-2")
    await raise_price(world, "LATER", {"INV-1": 500, "INV-2": 600})
    await world.tell(world.row("125.00", date(2026, 3, 20)))
    await world.tell(world.row("11.00", date(2026, 3, 25), invoice_number="LATER"))
    found = await world.figures(NOW.date())
    assert (found.paid, found.open, found.unmatched) == (13_600, 20_000, 0)
    assert (found.on_time_count, found.on_time) == (1, 13_600)
    async with world.database.begin(AREA, at=NOW) as uow:
        money = await own_money(uow, hospital_id=world.hospital, supplier_id=world.supplier)
        matched = money.matched()
    assert sorted(one.amount for one in matched.laid) == [500, 600, 12_500]
    assert matched.rests == ()


async def test_a_past_day_does_not_know_what_raised_the_price_later(world: World) -> None:
    await world.owe(13_000)
    await world.tell(world.row("5.00", date(2026, 3, 25), invoice_number="LATER"), at=noon(3, 25))
    day = date(2026, 3, 31)
    before = await world.figures(day)
    assert (before.paid, before.unmatched) == (0, 500)
    await raise_price(world, "LATER", {"INV-1": 500}, at=noon(4, 2))
    assert await world.figures(day) == before
    hindsight = await world.figures(day, known_on=date(2026, 4, 2))
    assert (hindsight.paid, hindsight.unmatched) == (500, 0)


async def test_a_higher_revision_adds_nothing_twice(world: World) -> None:
    await world.owe(13_000)
    await raise_price(world, "LATER", {"INV-1": 500})
    await raise_price(world, "LATER", {"INV-1": 700}, revision=2)
    await world.tell(world.row("20.00", date(2026, 3, 25), invoice_number="LATER"))
    found = await world.figures(NOW.date())
    assert (found.paid, found.unmatched) == (700, 1_300)


async def say_something(world: World, chance: random.Random) -> None:
    """Words about what payments were for, some said twice and some taken back."""
    async with world.database.begin(AREA) as uow:
        for payment in await uow.fetch_all("SELECT id FROM self_payment ORDER BY reference"):
            for minute in range(chance.randint(0, 4)):
                await insert(
                    uow, "self_payment_use", area_code="370100", self_payment_id=payment.id,
                    hospital_id=world.hospital, supplier_id=world.supplier,
                    voice="claimed_by_hospital", amount_minor=chance.randint(0, 30),
                    invoice_number=chance.choice(["INV-1", "INV-2", "INV-3", "INV-4"]),
                    reason="?", said_by=uuid4(), said_at=NOW - timedelta(minutes=9 - minute),
                )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
async def test_the_figures_are_those_of_the_rule_in_python(world: World, seed: int) -> None:
    """Random debts, payments and raised prices: windows over sets give what laying gives."""
    chance = random.Random(seed)
    earlier, later = ["INV-1", "INV-2", "INV-3"], ["LATER-1", "LATER-2"]
    for _ in range(chance.randint(2, 6)):
        due = date(2026, 3, 1) + timedelta(days=chance.randint(0, 60))
        await world.owe(chance.randint(1, 60), invoice=chance.choice(earlier), due=due)
    for number in later:
        raised = chance.sample(earlier, chance.randint(1, 3))
        await raise_price(world, number, {blue: chance.randint(1, 15) for blue in raised})
    for number_of in range(chance.randint(2, 7)):
        paid = date(2026, 3, 1) + timedelta(days=chance.randint(0, 60))
        number = chance.choice([*earlier, *later, *later])
        amount = f"0.{chance.randint(1, 40):02}"
        row = world.row(amount, paid, invoice_number=number, reference=f"R{number_of}")
        await world.tell(row)
    await say_something(world, chance)
    found = await world.figures(NOW.date())
    async with world.database.begin(AREA, at=NOW) as uow:
        money = await own_money(uow, hospital_id=world.hospital, supplier_id=world.supplier)
        matched = money.matched()
        days = {
            str(row.self_payment_id): row.paid_date
            for row in await uow.fetch_all("SELECT * FROM self_payment_voice")
        }
        due_days = {
            str(row.id): row.due_date for row in await uow.fetch_all("SELECT * FROM payable")
        }
    assert found.paid == sum(one.amount for one in matched.laid)
    assert found.open == sum(matched.open_debts.values())
    assert found.unmatched == sum(one.amount for one in matched.rests)
    assert found.on_time == sum(
        one.amount for one in matched.laid if days[one.payment] <= due_days[one.debt]
    )
