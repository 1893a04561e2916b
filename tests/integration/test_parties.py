"""Accounts verified by two people, payees and mandates of a day, and what the tables refuse."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.codes.parties import PayeeRefusal
from schemas.messages.parties import NewPayeeAccount
from schemas.times import CalendarMissing
from settlement_api.contracts.queries import find_products, prices_in_area
from settlement_api.encryption import Keyring
from settlement_api.master_data.service import import_table
from settlement_api.parties import queries, service
from settlement_api.parties.errors import (
    AccountAlreadyProposed,
    AccountEnded,
    AccountNotFrozen,
    AccountNotVerified,
    UnknownSupplier,
)
from settlement_api.parties.policy import Verdict
from settlement_api.persistence import Database
from settlement_api.rule_packs.errors import NoRulePack
from settlement_api.rule_packs.service import load_calendar, pack_in_force
from settlement_api.unit_of_work import Actor, AreaScope, SupplierScope, UnitOfWork
from tests.builders import contracts as c
from tests.builders import parties as p
from tests.builders.master_data import seed_master_data

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ON = date(2026, 3, 2)
MAKER, CHECKER, THIRD = (Actor("user", uuid4(), name) for name in ("maker", "checker", "third"))


@pytest.fixture
async def filled(database: Database, keyring: Keyring) -> Database:
    """Three suppliers, two of them with an unverified account; two hospitals with mandates."""
    await seed_master_data(database, keyring)
    return database


async def suppliers(database: Database) -> list[UUID]:
    async with database.platform() as uow:
        found = await queries.find_suppliers(uow, usccs=[p.uscc(serial) for serial in (1, 2, 3)])
    return [found[p.uscc(serial)] for serial in (1, 2, 3)]


async def account_ids(uow: UnitOfWork) -> list[UUID]:
    return [row.id for row in await queries.list_payee_accounts(uow)]


async def verify(database: Database, *actors: Actor) -> list[Verdict]:
    """Every account is verified by each actor in turn; the last one's verdicts."""
    verdicts: list[Verdict] = []
    for actor in actors:
        async with database.begin(AreaScope(p.AREA), actor=actor, at=AT) as uow:
            results = await service.verify_accounts(uow, account_ids=await account_ids(uow))
            verdicts = [verdict for _, verdict in results]
    return verdicts


def new_account(serial: int = 1, **changes: Any) -> NewPayeeAccount:
    values = p.payee_account_row(serial) | {"valid_from": date(2026, 3, 1)} | changes
    values.pop("uscc")
    return NewPayeeAccount(**values)


async def propose(
    database: Database, supplier_id: UUID, keyring: Keyring, account: NewPayeeAccount
) -> UUID:
    async with database.begin(SupplierScope(supplier_id), actor=THIRD, at=AT) as uow:
        return await service.propose_account(
            uow, supplier_id=supplier_id, account=account, keyring=keyring
        )


async def test_two_different_people_make_an_account_payable(filled: Database) -> None:
    assert await verify(filled, MAKER) == [Verdict.FIRST_RECORDED] * 2
    assert await verify(filled, MAKER) == [Verdict.SAME_PERSON] * 2
    assert await verify(filled, CHECKER) == [Verdict.VERIFIED] * 2
    assert await verify(filled, THIRD) == [Verdict.NOT_UNVERIFIED] * 2


async def test_nobody_verifies_what_they_proposed(filled: Database, keyring: Keyring) -> None:
    supplier_id = (await suppliers(filled))[2]
    await propose(filled, supplier_id, keyring, new_account(3))
    assert (await verify(filled, THIRD))[-1] is Verdict.SAME_PERSON


async def test_unknown_accounts_are_answered_not_raised(filled: Database) -> None:
    async with filled.begin(AreaScope(p.AREA), actor=MAKER) as uow:
        missing = uuid4()
        assert await service.verify_accounts(uow, account_ids=[missing]) == [
            (missing, Verdict.NOT_FOUND)
        ]


async def payees(database: Database, on: date = ON, cooling_days: int = 0) -> list[queries.Payee]:
    wanted = await suppliers(database)
    async with database.begin(AreaScope(p.AREA)) as uow:
        found = await queries.resolve_payees(
            uow, supplier_ids=wanted, on=on, cooling_days=cooling_days
        )
    by_id = {payee.supplier_id: payee for payee in found}
    return [by_id[supplier_id] for supplier_id in wanted]


async def test_payees_of_a_day(filled: Database, keyring: Keyring) -> None:
    before = await payees(filled)
    assert {payee.reason for payee in before} == {PayeeRefusal.ACCOUNT_UNVERIFIED}
    await verify(filled, MAKER, CHECKER)
    first, second, third = await payees(filled)
    assert (first.reason, first.account_last4) == (None, p.account_number(1)[-4:])
    assert first.account_ciphertext is not None
    assert first.key_id is not None
    assert first.payee_account_id is not None
    assert first.account_blind_index is not None
    number = keyring.account_number(
        first.account_ciphertext,
        first.key_id,
        of=UUID(int=first.payee_account_id.int),
        blind_index=first.account_blind_index,
    )
    assert number == p.account_number(1)
    assert second.cnaps_code == p.cnaps(2)
    assert third.reason is PayeeRefusal.ACCOUNT_UNVERIFIED


async def test_an_account_cools_off_before_it_is_paid_to(filled: Database) -> None:
    await verify(filled, MAKER, CHECKER)
    assert (await payees(filled, cooling_days=3))[0].reason is PayeeRefusal.ACCOUNT_UNVERIFIED
    assert (await payees(filled, on=date(2026, 3, 5), cooling_days=3))[0].reason is None


async def test_suspension_and_succession_decide_who_is_paid(
    filled: Database, keyring: Keyring
) -> None:
    await verify(filled, MAKER, CHECKER)
    rows = [
        p.supplier_row(1, suspended_from="2026-03-02", successor_uscc=""),
        p.supplier_row(3, suspended_from="", successor_uscc=p.uscc(2)),
    ]
    await import_table(filled, "suppliers", p.csv_file(rows), keyring=keyring)
    first, second, third = await payees(filled)
    assert first.reason is PayeeRefusal.SUPPLIER_SUSPENDED
    assert first.account_ciphertext is None
    assert third.payee_account_id == second.payee_account_id is not None


async def test_a_new_account_ends_the_old_one_the_day_before(
    filled: Database, keyring: Keyring
) -> None:
    await verify(filled, MAKER, CHECKER)
    supplier_id = (await suppliers(filled))[0]
    new = new_account(1, account_number="60000000001234", valid_from=date(2026, 3, 2))
    await propose(filled, supplier_id, keyring, new)
    with pytest.raises(AccountAlreadyProposed):
        await propose(filled, supplier_id, keyring, new)
    await verify(filled, MAKER, CHECKER)
    assert (await payees(filled))[0].account_last4 == "1234"
    assert (await payees(filled, date(2026, 3, 1)))[0].reason is PayeeRefusal.ACCOUNT_UNVERIFIED
    async with filled.platform() as uow:
        ends = [row.valid_to for row in await queries.list_payee_accounts(uow)]
    assert ends.count(date(2026, 3, 1)) == 1
    again = p.csv_file([p.payee_account_row(1)])
    assert (await import_table(filled, "payee-accounts", again, keyring=keyring)).unchanged == 1


async def test_two_accounts_of_a_supplier_are_verified_one_by_one(
    filled: Database, keyring: Keyring
) -> None:
    supplier_id = (await suppliers(filled))[2]
    for number in ("60000000001234", "60000000005678"):
        await propose(filled, supplier_id, keyring, new_account(3, account_number=number))
    assert (await verify(filled, MAKER, CHECKER))[-2:] == [
        Verdict.VERIFIED,
        Verdict.ONE_PER_SUPPLIER,
    ]


async def test_a_supplier_proposes_for_itself_only(filled: Database, keyring: Keyring) -> None:
    one, other, _ = await suppliers(filled)
    with pytest.raises(UnknownSupplier):
        async with filled.begin(SupplierScope(one), actor=THIRD) as uow:
            await service.propose_account(
                uow, supplier_id=other, account=new_account(2), keyring=keyring
            )


async def test_frozen_accounts_are_verified_anew(filled: Database) -> None:
    await verify(filled, MAKER, CHECKER)
    async with filled.platform() as uow:
        account_id = (await account_ids(uow))[0]
    async with filled.begin(AreaScope(p.AREA), actor=MAKER) as uow:
        await service.freeze_account(uow, account_id=account_id, reason="payment came back")
    with pytest.raises(AccountNotVerified):
        async with filled.begin(AreaScope(p.AREA), actor=MAKER) as uow:
            await service.freeze_account(uow, account_id=account_id, reason="again")
    assert (await payees(filled))[0].reason is PayeeRefusal.ACCOUNT_UNVERIFIED
    async with filled.begin(AreaScope(p.AREA), actor=MAKER) as uow:
        await service.reopen_account(uow, account_id=account_id)
    with pytest.raises(AccountNotFrozen):
        async with filled.begin(AreaScope(p.AREA), actor=MAKER) as uow:
            await service.reopen_account(uow, account_id=account_id)
    assert (await verify(filled, MAKER))[0] is Verdict.FIRST_RECORDED


async def replaced(filled: Database, keyring: Keyring, *, on: date) -> tuple[UUID, UUID]:
    """A frozen account and the verified one that takes its place from that day on."""
    await verify(filled, MAKER, CHECKER)
    supplier_id = (await suppliers(filled))[0]
    async with filled.platform() as uow:
        found = await queries.list_payee_accounts(uow, supplier_id=supplier_id)
    async with filled.begin(AreaScope(p.AREA), actor=MAKER, at=AT) as uow:
        await service.freeze_account(uow, account_id=found[0].id, reason="payment came back")
    new = new_account(1, account_number="60000000001234", valid_from=on)
    successor = await propose(filled, supplier_id, keyring, new)
    await verify(filled, MAKER, CHECKER)
    return found[0].id, successor


async def states(database: Database, *ids: UUID) -> list[tuple[str, date | None]]:
    async with database.platform() as uow:
        found = {row.id: row for row in await queries.list_payee_accounts(uow)}
    return [(found[id_].verification_state, found[id_].valid_to) for id_ in ids]


async def test_an_account_that_has_ended_is_not_opened_again(
    filled: Database, keyring: Keyring
) -> None:
    old, successor = await replaced(filled, keyring, on=ON)
    with pytest.raises(AccountEnded):
        async with filled.begin(AreaScope(p.AREA), actor=MAKER, at=AT) as uow:
            await service.reopen_account(uow, account_id=old)
    async with filled.platform() as uow:  # opened before its last day had passed
        await uow.execute(
            "UPDATE payee_account SET verification_state = 'unverified', verified_by_second = NULL,"
            " verified_by_first = uuidv7() WHERE id = :id",
            id=old,
        )
    async with filled.begin(AreaScope(p.AREA), actor=THIRD, at=AT) as uow:
        assert await service.verify_accounts(uow, account_ids=[old]) == [(old, Verdict.ENDED)]
    assert await states(filled, successor) == [("verified", None)]


async def test_an_account_verified_anew_leaves_the_one_that_follows_it(
    filled: Database, keyring: Keyring
) -> None:
    old, successor = await replaced(filled, keyring, on=date(2026, 4, 1))
    async with filled.begin(AreaScope(p.AREA), actor=MAKER, at=AT) as uow:
        await service.reopen_account(uow, account_id=old)
    await verify(filled, MAKER, CHECKER)
    assert await states(filled, old, successor) == [
        ("verified", date(2026, 3, 31)),
        ("verified", None),
    ]


async def test_mandates_in_force_follow_the_day(filled: Database) -> None:
    async with filled.begin(AreaScope(p.AREA)) as uow:
        assert len(await queries.mandates_in_force(uow, ON)) == 1
        assert len(await queries.mandates_in_force(uow, date(2025, 12, 31))) == 2
        assert await queries.mandates_in_force(uow, date(2027, 1, 1)) == {}
    async with filled.begin(AreaScope(p.OTHER_AREA)) as uow:
        assert await queries.mandates_in_force(uow, ON) == {}


async def test_prices_hold_in_the_province_they_were_won_for(filled: Database) -> None:
    async with filled.begin(AreaScope(p.AREA)) as uow:
        found = list((await find_products(uow, codes=[c.product_code(1)])).values())
        prices = await prices_in_area(uow, product_ids=found, from_date=ON, to_date=ON)
        assert [price.pack_price_micro for price in prices] == [3_360_000]
        late = date(2027, 1, 1)
        assert not await prices_in_area(uow, product_ids=found, from_date=late, to_date=late)


async def test_the_built_in_pack_and_calendar(database: Database) -> None:
    async with database.platform() as uow:
        pack = await pack_in_force(uow, ON)
        assert (pack.code, pack.version, pack.assumed) == ("shandong-base", 1, True)
        assert pack.roles.releaser == "finance"
        with pytest.raises(NoRulePack):
            await pack_in_force(uow, date(1999, 12, 31))
        calendar = await load_calendar(uow)
    assert calendar.is_working(date(2026, 2, 28))  # a Saturday made up for
    assert not calendar.is_working(date(2026, 2, 23))  # a Monday of the Spring Festival
    assert calendar.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    with pytest.raises(CalendarMissing):
        calendar.is_working(date(2027, 1, 4))


async def test_areas_and_places_of_shandong_are_seeded(database: Database) -> None:
    async with database.platform() as uow:
        areas = await queries.list_areas(uow)
        places = await uow.fetch_value("SELECT count(*) FROM place")
        counties = await uow.fetch_value("SELECT count(*) FROM place WHERE place_code <> area_code")
    assert len(areas) == 16
    assert areas[0].name == "济南市"
    assert "371200" not in {area.area_code for area in areas}
    assert (places, counties) == (152, 136)
