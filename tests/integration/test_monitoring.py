"""Self-settled lines as of any day, on PostgreSQL."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from reconciler.self_payment_matching import Leftover
from schemas.codes.ledger import AccountKind, Book
from schemas.codes.monitoring import GroupBy, SelfPaymentFault, Voice
from schemas.codes.roles import Role
from schemas.messages.monitoring import SelfPaymentReportResult, SelfPaymentRow
from schemas.money import Money
from schemas.times import FixedClock
from settlement_api.encryption import Keyring
from settlement_api.ledger.queries import balance_of
from settlement_api.ledger.service import AccountKey
from settlement_api.monitoring.errors import PartOfTheFuture
from settlement_api.monitoring.policy import Figures
from settlement_api.monitoring.queries import (
    indicators,
    own_money,
    province_indicators,
    ranking,
)
from settlement_api.monitoring.service import tell_self_payments
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, UnitOfWork
from tests.builders.api import area_of, hospital_of, running_api, supplier_of
from tests.builders.batches import Scene, insert
from tests.builders.parties import uscc

AREA = AreaScope("370100")
MATCHED = datetime(2026, 2, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
DUE = date(2026, 3, 31)


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


@dataclass
class World:
    """One hospital that owes one supplier on invoice INV-1."""

    database: Database
    hospital: UUID
    supplier: UUID
    hospital_code: str
    supplier_uscc: str

    async def owe(
        self,
        amount: int,
        *,
        due: date | None = DUE,
        started: date = date(2026, 2, 1),
        adjusts: UUID | None = None,
        route: str = "self",
        matched: datetime = MATCHED,
        invoice: str = "INV-1",
    ) -> UUID:
        async with self.database.begin(AREA) as uow:
            run = await match_run(uow, matched)
            line = await invoice_line(uow, self.hospital, self.supplier, invoice)
            return await Scene(uow).payable(
                self.hospital, self.supplier, amount, adjusts=adjusts, due=due, status="open",
                route=route, started=started, run=run, invoice_line=line,
            )  # fmt: skip

    async def supersede(self, payable: UUID, at: datetime) -> None:
        async with self.database.begin(AREA) as uow:
            run = await match_run(uow, at)
            await uow.execute(
                "UPDATE payable SET status = 'superseded', superseded_by_run_id = :run"
                " WHERE id = :id",
                run=run,
                id=payable,
            )

    def row(self, amount: str, paid: date, **changes: Any) -> SelfPaymentRow:
        given = {
            "hospital_code": self.hospital_code,
            "supplier_uscc": self.supplier_uscc,
            "invoice_number": "INV-1",
            "reference": "R1",
            "amount": amount,
            "paid_date": paid,
        }
        return SelfPaymentRow(**(given | changes))

    async def tell(
        self,
        *rows: SelfPaymentRow,
        voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
        at: datetime = NOW,
        hospital_id: UUID | None = None,
    ) -> SelfPaymentReportResult:
        async with self.database.begin(AREA, at=at) as uow:
            return await tell_self_payments(uow, voice=voice, rows=rows, hospital_id=hospital_id)

    async def figures(self, as_of: date, **options: Any) -> Figures:
        async with self.database.begin(AREA, at=NOW) as uow:
            (found,) = await indicators(uow, as_of=as_of, **options)
            return found

    async def self_paid(self) -> int:
        async with self.database.begin(AREA) as uow:
            account = AccountKey(AccountKind.SELF_PAID, self.hospital)
            return await balance_of(uow, book=Book.TRADE, scheme="", account=account)


async def match_run(uow: UnitOfWork, at: datetime) -> UUID:
    number = await uow.fetch_value("SELECT count(*) + 1 FROM match_run")
    columns = [
        "order_line_count", "receipt_line_count", "invoice_line_count", "payables_inserted",
        "payables_superseded", "discrepancies_inserted", "discrepancies_superseded",
    ]  # fmt: skip
    milli = (
        "received returned received_matched received_waiting received_held invoiced credited"
        " invoiced_matched invoiced_waiting invoiced_held absorbed"
    )
    columns += [f"{name}_milli" for name in milli.split()]
    columns += [f"{name}_minor" for name in ["invoiced", "credited", "matched", "waiting", "held"]]
    columns += ["absorbed_minor"]
    return await insert(
        uow, "match_run", area_code="370100", run_number=number, trigger="manual",
        matched_at=at, **dict.fromkeys(columns, 0),
    )  # fmt: skip


async def invoice_line(uow: UnitOfWork, hospital: UUID, supplier: UUID, number: str) -> UUID:
    return await insert(
        uow, "invoice_line", area_code="370100", document_id=uuid4(), hospital_id=hospital,
        supplier_id=supplier, line_number=1, state="effective", unit_factor_known=True,
        document_kind="invoice", invoice_number=number, charge_kind="freight", net_minor=1,
        tax_minor=0, total_minor=1, invoice_date=date(2026, 2, 1),
    )  # fmt: skip


@pytest.fixture
async def world(database: Database) -> World:
    async with database.begin(AREA) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        code = await uow.fetch_value("SELECT hospital_code FROM hospital")
        number = await uow.fetch_value("SELECT uscc FROM supplier")
    return World(database, hospital, supplier, code, number)


async def test_ageing_and_rates_as_of_a_day(world: World) -> None:
    await world.owe(60_000)
    await world.owe(40_000, due=date(2026, 5, 20))
    await world.tell(world.row("450.00", date(2026, 3, 20)), at=noon(3, 21))
    await world.tell(world.row("200.00", date(2026, 4, 10), reference="R2"), at=noon(4, 11))
    march = await world.figures(date(2026, 3, 31))
    assert (march.amount, march.paid, march.open, march.line_count) == (100_000, 45_000, 55_000, 2)
    assert (march.due, march.on_time_rate_by_amount) == (60_000, "0.7500")
    assert march.on_time_rate_by_count == "0.0000"
    assert march.by_bucket["0"] == 55_000
    may = await world.figures(date(2026, 5, 30))
    assert may.paid == 65_000
    assert may.by_bucket["1-30"] == 35_000
    assert (may.due, may.on_time) == (100_000, 50_000)  # 450.00 and the early 50.00 of line two
    assert may.on_time_rate_by_amount == "0.5000"


async def test_a_past_day_stays_as_it_was_known(world: World) -> None:
    payable = await world.owe(60_000)
    before = await world.figures(date(2026, 3, 31))
    await world.tell(world.row("600.00", date(2026, 3, 20)), at=noon(5, 1))
    await world.supersede(payable, noon(5, 2))
    assert await world.figures(date(2026, 3, 31)) == before
    hindsight = await world.figures(date(2026, 3, 31), known_on=date(2026, 5, 1))
    assert (hindsight.paid, hindsight.on_time_rate_by_amount) == (60_000, "1.0000")
    async with world.database.begin(AREA, at=NOW) as uow:
        (later,) = await indicators(uow, as_of=date(2026, 5, 3))
        assert (later.line_count, later.unmatched) == (0, 60_000)
        with pytest.raises(PartOfTheFuture):
            await indicators(uow, as_of=date(2026, 6, 2))
        with pytest.raises(PartOfTheFuture):
            await indicators(uow, as_of=date(2026, 5, 2), known_on=date(2026, 5, 1))


@pytest.mark.parametrize(
    ("as_of", "bucket"),
    [
        (date(2026, 3, 31), "0"),
        (date(2026, 4, 1), "1-30"),
        (date(2026, 4, 30), "1-30"),
        (date(2026, 5, 1), "31-60"),
        (date(2026, 5, 30), "31-60"),
        (date(2026, 5, 31), "61-90"),
    ],
)
async def test_the_edges_of_buckets(world: World, as_of: date, bucket: str) -> None:
    await world.owe(1_000)
    assert (await world.figures(as_of)).by_bucket[bucket] == 1_000


async def test_returns_lower_their_line_and_other_routes_stay_out(world: World) -> None:
    payable = await world.owe(1_000)
    await world.owe(-400, adjusts=payable)
    await world.owe(9_999, route="direct")
    found = await world.figures(date(2026, 4, 15))
    assert (found.amount, found.line_count, found.credit) == (600, 1, 0)


async def test_an_unknown_due_date_is_never_overdue(world: World) -> None:
    await world.owe(1_000, due=None)
    found = await world.figures(date(2026, 5, 31))
    assert (found.due, found.by_bucket["0"]) == (0, 1_000)


async def test_voices_are_shown_apart_and_only_vouched_payments_are_booked(world: World) -> None:
    await world.owe(60_000)
    paid = date(2026, 3, 20)
    await world.tell(world.row("600.00", paid))
    assert await world.self_paid() == 0
    await world.tell(world.row("500.00", paid), voice=Voice.CONFIRMED_BY_SUPPLIER)
    assert await world.self_paid() == -50_000
    known = {"known_on": date(2026, 6, 1)}
    claimed = await world.figures(date(2026, 5, 31), **known)
    confirmed = await world.figures(date(2026, 5, 31), voice=Voice.CONFIRMED_BY_SUPPLIER, **known)
    assert (claimed.paid, confirmed.paid) == (60_000, 50_000)
    assert claimed.conflict_count == confirmed.conflict_count == 1
    await world.tell(world.row("550.00", paid), voice=Voice.BANK_VERIFIED)
    assert await world.self_paid() == -55_000  # the bank's word replaces the supplier's


async def test_each_row_gets_its_own_result(world: World) -> None:
    paid = date(2026, 3, 20)
    rows = [
        world.row("1.00", paid),
        world.row("1.00", paid, reference="R2", hospital_code="H37010099999"),
        world.row("1.00", paid, reference="R3", supplier_uscc=uscc(999)),
        world.row("1.00", date(2027, 1, 1), reference="R4"),
        world.row("1.00", paid, reference="R5"),
        world.row("1.00", paid, reference="R5"),
    ]
    first = await world.tell(*rows)
    assert (first.received, first.accepted, first.unchanged, first.rejected) == (6, 1, 0, 5)
    assert [row.fault for row in first.rows] == [
        None,
        SelfPaymentFault.HOSPITAL_UNKNOWN,
        SelfPaymentFault.SUPPLIER_UNKNOWN,
        SelfPaymentFault.PAID_IN_THE_FUTURE,
        SelfPaymentFault.REPEATED_IN_CALL,
        SelfPaymentFault.REPEATED_IN_CALL,
    ]
    again = await world.tell(world.row("1.00", paid), world.row("2.00", paid, reference="R9"))
    assert (again.accepted, again.unchanged) == (1, 1)
    other = await world.tell(world.row("3.00", paid))
    assert other.rows[0].fault is SelfPaymentFault.REFERENCE_REUSED
    foreign = await world.tell(world.row("1.00", paid, reference="RX"), hospital_id=uuid4())
    assert foreign.rows[0].fault is SelfPaymentFault.NOT_YOURS


async def test_the_live_list_lays_what_the_indicators_sum(world: World) -> None:
    await world.owe(60_000, due=date(2026, 4, 30))
    adjusted = await world.owe(50_000)
    await world.owe(-10_000, adjusts=adjusted)
    await world.owe(9_000, invoice="INV-2")
    await world.owe(7_000, invoice="INV-3")
    await world.tell(
        world.row("450", date(2026, 3, 2)),
        world.row("650", date(2026, 4, 2), reference="R2"),
        world.row("90", date(2026, 4, 3), invoice_number="INV-X", reference="R3"),
    )
    figures = await world.figures(NOW.date())
    async with world.database.begin(AREA, at=NOW) as uow:
        money = await own_money(uow, hospital_id=world.hospital, supplier_id=world.supplier)
        matched = money.matched()
    assert figures.paid == sum(one.amount for one in matched.laid) == 100_000
    assert figures.open == sum(matched.open_debts.values()) == 16_000
    assert figures.unmatched == sum(one.amount for one in matched.rests) == 19_000
    assert sorted((one.amount, one.reason) for one in matched.rests) == [
        (9_000, Leftover.INVOICE_UNKNOWN),
        (10_000, Leftover.OVERPAID),
    ]
    (proposal,) = matched.proposals
    assert (proposal.amount, proposal.tied) == (9_000, False)


async def test_own_payments_beside_what_is_owed_are_read_by_the_two_and_their_agency(
    world: World, keyring: Keyring
) -> None:
    """Equal sums propose and pay nothing: the line they would cover stays open."""
    named, unnamed = await world.owe(60_000), await world.owe(9_000, invoice="INV-2")
    await world.tell(
        world.row("650", date(2026, 4, 2)),
        world.row("90", date(2026, 4, 3), invoice_number="INV-X", reference="R2"),
    )
    world.database.clock = FixedClock(NOW)
    path = "/monitoring/self-payment-matches"
    pair = f"?hospital_id={world.hospital}&supplier_id={world.supplier}"
    async with running_api(world.database, keyring) as api:
        agency = await api.user(area_of("370100"), Role.AGENCY_MAKER)
        clerk = await api.user(hospital_of(world.hospital, "370100"), Role.HOSPITAL_CLERK)
        seller = await api.user(supplier_of(world.supplier), Role.SUPPLIER)
        stranger = await api.user(supplier_of(uuid4()), Role.SUPPLIER)
        elsewhere = await api.user(area_of("370200"), Role.AGENCY_MAKER)
        answer = await agency.get(path + pair)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (await clerk.get(path + pair)).json() == found
        assert (await seller.get(path + pair)).json() == found
        assert (await stranger.get(path + pair)).status_code == 403
        nothing = (await elsewhere.get(path + pair)).json()
        unheard = (await agency.get(f"{path}{pair}&voice=bank_verified")).json()
    assert [(one["payable_id"], one["amount"]) for one in found["laid"]] == [(str(named), "600.00")]
    assert sorted((one["reason"], one["amount"], one["proposed"]) for one in found["rests"]) == [
        ("invoice_unknown", "90.00", True),
        ("overpaid", "50.00", False),
    ]
    assert found["open"] == [{"payable_id": str(unnamed), "amount": "90.00"}]
    (proposal,) = found["proposals"]
    assert (proposal["payable_ids"], proposal["amount"]) == ([str(unnamed)], "90.00")
    assert (proposal["tied"], found["searched_all"]) == (False, True)
    assert (nothing["laid"], nothing["rests"], nothing["open"]) == ([], [], [])
    assert (unheard["laid"], len(unheard["open"])) == ([], 2)


async def test_ranking_and_the_province(world: World) -> None:
    await world.owe(60_000)
    async with world.database.begin(AREA, at=NOW) as uow:
        (ranked,) = await ranking(uow, as_of=date(2026, 4, 15), minimum=Money(1))
        assert (ranked.rank, ranked.group_name) == (1, "医院1")
        (unranked,) = await ranking(uow, as_of=date(2026, 4, 15), minimum=Money(60_001))
        assert unranked.rank is None
    (city,) = await province_indicators(world.database, as_of=date(2026, 4, 15))
    assert (city.group_id, city.open) == ("370100", 60_000)
    (supplier,) = await province_indicators(
        world.database, as_of=date(2026, 4, 15), group_by=GroupBy.SUPPLIER
    )
    assert supplier.group_name == "企业2"


async def test_the_database_refuses_a_second_word_of_one_voice(world: World) -> None:
    await world.tell(world.row("1.00", date(2026, 3, 20)))
    async with world.database.begin(AREA) as uow:
        row = await uow.raw.fetchrow("SELECT * FROM self_payment_voice")
        assert row is not None
        with pytest.raises(asyncpg.UniqueViolationError):
            await uow.raw.execute(
                "INSERT INTO self_payment_voice (area_code, self_payment_id, hospital_id,"
                " supplier_id, voice, amount_minor, paid_date, learned_at)"
                " SELECT area_code, self_payment_id, hospital_id, supplier_id, voice,"
                " amount_minor, paid_date, learned_at FROM self_payment_voice"
            )


async def meanwhile(world: World, first: Voice, second: Voice) -> SelfPaymentReportResult:
    """The second voice speaks before what the first said is committed; what it was told."""
    paid = date(2026, 3, 20)
    async with world.database.begin(AREA, at=NOW) as uow:
        await tell_self_payments(uow, voice=first, rows=[world.row("90.00", paid)])
        telling = asyncio.create_task(world.tell(world.row("100.00", paid), voice=second))
        await asyncio.sleep(0.5)
        assert not telling.done(), "it waits for the first voice"
    return await telling


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "booked"),
    [
        (Voice.BANK_VERIFIED, Voice.CONFIRMED_BY_SUPPLIER, -90_00),
        (Voice.CONFIRMED_BY_SUPPLIER, Voice.BANK_VERIFIED, -100_00),
    ],
)
async def test_of_two_voices_at_once_the_bank_is_believed(
    world: World, first: Voice, second: Voice, booked: int, known: bool
) -> None:
    if known:
        await world.tell(world.row("100.00", date(2026, 3, 20)))
    assert (await meanwhile(world, first, second)).accepted == 1
    assert await world.self_paid() == booked


async def test_a_voice_that_contradicts_itself_at_once_is_told_so(world: World) -> None:
    voice = Voice.CONFIRMED_BY_SUPPLIER
    (row,) = (await meanwhile(world, voice, voice)).rows
    assert row.fault is SelfPaymentFault.REFERENCE_REUSED
    assert await world.self_paid() == -90_00
