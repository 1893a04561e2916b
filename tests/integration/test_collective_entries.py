"""Collective entries of statements on PostgreSQL: one debit for a message, lump returns, fees."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from schemas.bank import EntryDetail, StatementEntry
from schemas.codes.bank_statements import Continuity, ProposalReason
from schemas.codes.ledger import AccountKind
from settlement_api.bank_statements.queries import match_waiting
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.verification.policy import Standing
from settlement_api.verification.service import run_verification
from tests.builders import bank_statements as build
from tests.integration.test_bank_statements import AREA, AT, Bench

AMOUNTS = [1_000, 2_500, 500]
ASKED = {
    "bank_debits_explained",
    "bank_only_from_statements",
    "bookings_are_posted",
    "never_paid_twice",
    "suspense_is_waiting",
}


@pytest.fixture
async def bench(database: Database, keyring: Keyring) -> Bench:
    async with database.begin(AREA, at=AT) as uow:
        account_id = await build.agency_account(uow, keyring)
    return Bench(database, keyring, account_id)


async def sent(bench: Bench, *amounts: int) -> tuple[str, list[UUID]]:
    async with bench.database.begin(AREA, at=AT) as uow:
        return await build.sent_message(
            uow, bench.keyring, account_id=bench.account_id, amounts=amounts or AMOUNTS
        )


def debit(amount: int, *, message: str = "", count: int | None = None) -> StatementEntry:
    references = (message,) if message else ()
    return replace(build.entry(amount), batch_references=references, batch_count=count)


def collective(
    amount: int, attempts: list[UUID], *, credit: bool = False, reason: str | None = None
) -> StatementEntry:
    """One entry that names its payments and not their amounts."""
    details = tuple(EntryDetail(one.hex, None, reason, None, None, None) for one in attempts)
    return replace(build.entry(amount, credit=credit), details=details)


async def outcomes(bench: Bench) -> list[str]:
    async with bench.database.begin(AREA) as uow:
        rows = await uow.fetch_all("SELECT outcome FROM payment_attempt ORDER BY amount_minor")
    return [row.outcome for row in rows]


async def classes(bench: Bench) -> list[tuple[Any, ...]]:
    async with bench.database.begin(AREA) as uow:
        rows = await uow.fetch_all(
            "SELECT entry_class, amount_minor FROM statement_entry ORDER BY amount_minor"
        )
    return [(row.entry_class, row.amount_minor) for row in rows]


async def broken(bench: Bench) -> list[str]:
    """Of the invariants asked, those that do not hold; some have nothing to examine here.

    Payments of this page have no items, so what comes back leaves suspense for no hospital.
    """
    every = await run_verification(bench.database, chain_key=bench.keyring.chain_key)
    results = [one for one in every if one.invariant.name in ASKED]
    assert len(results) == len(ASKED)
    fine = (Standing.HELD, Standing.NOTHING_TO_EXAMINE)
    return [one.invariant.name for one in results if one.standing not in fine]


async def test_a_debit_that_names_its_message_is_every_payment_of_it(bench: Bench) -> None:
    message, _ = await sent(bench)
    statement = build.statement(debit(4_000, message=message), build.entry(12), opening=10_000)
    (imported,) = await bench.take(statement)
    assert (imported.entries, imported.known_before, imported.suspense) == (2, 0, 1)
    assert await outcomes(bench) == ["debited"] * 3
    assert await classes(bench) == [
        ("suspense", 12),  # the bank's fee beside the batch waits for people
        ("payment", 500),
        ("payment", 1_000),
        ("payment", 2_500),
    ]
    assert await bench.net(AccountKind.BANK) == -4_012
    assert await bench.net(AccountKind.IN_TRANSIT) == 4_000
    assert await bench.net(AccountKind.SUSPENSE) == 12
    assert await broken(bench) == []


async def test_an_entry_that_was_taken_apart_is_known_again(bench: Bench) -> None:
    message, _ = await sent(bench)
    statement = build.statement(debit(4_000, message=message), opening=10_000)
    await bench.take(statement)
    (again,) = await bench.take(statement)
    assert (again.entries, again.known_before, again.suspense) == (1, 1, 0)
    assert again.continuity is Continuity.OVERLAP
    assert await bench.net(AccountKind.BANK) == -4_000


async def test_a_stated_count_beside_the_sum_is_the_one_message_with_both(bench: Bench) -> None:
    await sent(bench)
    await sent(bench, 3_999, 2)
    await bench.take(build.statement(debit(4_000, count=3), opening=10_000))
    assert await outcomes(bench) == ["unknown", "debited", "debited", "debited", "unknown"]
    assert await broken(bench) == []


async def test_a_sum_alone_is_no_evidence(bench: Bench) -> None:
    await sent(bench)
    (imported,) = await bench.take(build.statement(debit(4_000), opening=10_000))
    assert imported.suspense == 1
    assert await outcomes(bench) == ["unknown"] * 3
    assert await bench.net(AccountKind.SUSPENSE) == 4_000
    assert await broken(bench) == []


async def test_what_may_be_is_proposed_to_people_and_books_nothing(bench: Bench) -> None:
    message, _ = await sent(bench)
    _, others = await sent(bench, 900, 600, 3_000)
    fee_inside = replace(debit(4_012, message=message), bank_reference=message)
    sums = [debit(1_500), debit(77)]
    await bench.take(build.statement(fee_inside, *sums, opening=10_000))
    async with bench.database.begin(AREA) as uow:
        matched = await match_waiting(uow, agency_account_id=bench.account_id)
    told = [(one.reason, one.difference, one.tied) for one in matched.proposals]
    assert told == [
        (ProposalReason.MESSAGE_DIFFERS, 12, False),
        (ProposalReason.AMOUNTS, 0, False),
    ]
    assert matched.proposals[1].payments == tuple(sorted(one.hex for one in others[:2]))
    assert (matched.amount, matched.discrepant, matched.still_waiting) == (5_589, 5_512, 77)
    assert await outcomes(bench) == ["unknown"] * 6


async def test_what_waits_from_an_earlier_day_is_a_rival(bench: Bench) -> None:
    await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    next_day = build.DAY + timedelta(days=1)
    entry = replace(debit(4_000, count=3), booking_date=next_day)
    (imported,) = await bench.take(build.statement(entry, opening=6_000, on=next_day, sequence=2))
    assert imported.suspense == 1
    assert await outcomes(bench) == ["unknown"] * 3


async def test_a_sum_with_the_fee_inside_waits_for_people(bench: Bench) -> None:
    message, _ = await sent(bench)
    (imported,) = await bench.take(build.statement(debit(4_012, message=message), opening=10_000))
    assert imported.suspense == 1
    assert await outcomes(bench) == ["unknown"] * 3


async def test_payments_named_without_amounts_go_out_and_come_back_whole(bench: Bench) -> None:
    _, attempts = await sent(bench)
    await bench.take(build.statement(collective(4_000, attempts), opening=10_000))
    assert await outcomes(bench) == ["debited"] * 3
    next_day = build.DAY + timedelta(days=1)
    back = collective(3_500, attempts[:2], credit=True, reason="AC04")
    (imported,) = await bench.take(build.statement(back, opening=6_000, on=next_day, sequence=2))
    assert imported.suspense == 0
    assert await outcomes(bench) == ["debited", "returned", "returned"]
    reasons = await bench.value(
        "SELECT count(*) FROM statement_entry WHERE is_return AND return_reason = 'AC04'"
    )
    assert reasons == 2
    assert await bench.net(AccountKind.BANK) == -500
    assert await broken(bench) == ["suspense_is_waiting"]


async def test_a_lump_return_that_is_not_marked_is_suspected_of_each(bench: Bench) -> None:
    _, attempts = await sent(bench)
    back = collective(3_500, attempts[:2], credit=True)
    (imported,) = await bench.take(
        build.statement(collective(4_000, attempts), back, opening=10_000)
    )
    assert imported.suspense == 2
    assert await outcomes(bench) == ["debited", "suspect_return", "suspect_return"]
    assert await broken(bench) == []


async def test_a_payment_that_only_the_text_names_is_that_payment(bench: Bench) -> None:
    _, attempts = await sent(bench)
    detail = EntryDetail(None, 500, None, None, None, f"{attempts[2].hex} 药械结算")
    entry = replace(build.entry(500), details=(detail,))
    await bench.take(build.statement(entry, opening=10_000))
    assert await outcomes(bench) == ["debited", "unknown", "unknown"]
    assert await broken(bench) == []


async def test_a_message_of_another_account_is_not_taken(
    bench: Bench, database: Database, keyring: Keyring
) -> None:
    message, _ = await sent(bench)
    async with database.begin(AREA, at=AT) as uow:
        other = await build.agency_account(uow, keyring, number="3700100000000318")
    (imported,) = await Bench(database, keyring, other).take(
        build.statement(debit(4_000, message=message), opening=10_000, number="3700100000000318")
    )
    assert imported.suspense == 1
    assert await outcomes(bench) == ["unknown"] * 3
