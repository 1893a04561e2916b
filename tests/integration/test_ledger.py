"""The ledger on PostgreSQL: posting, pending, periods, idempotency, and what cannot be stored."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.approvals.errors import NotAPerson
from settlement_api.ledger.errors import (
    EntryInvalid,
    PendingExceeded,
    PendingNotFound,
    PendingResolved,
    PeriodClosed,
    PeriodNotOver,
    PurposeReused,
)
from settlement_api.ledger.queries import (
    balance_of,
    balances,
    pending_transfers,
    period_movements,
    posted_amounts,
)
from settlement_api.ledger.service import (
    AccountKey,
    Effect,
    EntryDraft,
    Leg,
    Posting,
    close_period,
    post_effects,
    post_entries,
)
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope
from tests.builders import ledger as build

AREA = AreaScope(build.AREA)
AT = datetime(2026, 3, 5, 4, tzinfo=UTC)
OVER = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""The first instant after March in Shanghai."""
FINANCE = Actor("user", UUID(int=7), "finance")


async def post(database: Database, *entries: EntryDraft, at: datetime = AT) -> Posting:
    async with database.begin(AREA, at=at) as uow:
        return await post_entries(uow, entries=entries)


async def net(database: Database, account: AccountKey, scheme: str = "310") -> int:
    async with database.begin(AREA) as uow:
        book = Book.FUND if scheme else Book.TRADE
        return await balance_of(uow, book=book, scheme=scheme, account=account)


async def only_pending(database: Database) -> UUID:
    async with database.begin(AREA) as uow:
        found = await pending_transfers(uow, basis_kind="payment", basis_ids=[build.BASIS])
        assert len(found) == 1
        return found[0].id


async def pending_net(database: Database, account: AccountKey) -> int:
    async with database.begin(AREA) as uow:
        found = await balances(uow, book=Book.FUND, scheme="310", kind=account.kind)
        return sum(row.pending_debit - row.pending_credit for row in found)


async def test_an_entry_debits_and_credits(database: Database) -> None:
    posting = await post(database, build.trade_entry(12_345), build.fund_entry(500))
    assert posting == Posting(entries=2, transfers=2, replayed=0)
    assert await net(database, build.PURCHASES, "") == 12_345
    assert await net(database, build.OWED, "") == -12_345
    assert await net(database, build.ADVANCE) == 500
    assert await net(database, build.ADVANCE, "390") == 0


async def test_several_calls_in_one_transaction(database: Database) -> None:
    async with database.begin(AREA, at=AT) as uow:
        for _ in range(3):
            await post_entries(uow, entries=[build.fund_entry(7)])
    assert await net(database, build.ADVANCE) == 21


async def test_a_rolled_back_posting_leaves_no_gap(database: Database) -> None:
    await post(database, build.fund_entry(1))
    with pytest.raises(RuntimeError):
        async with database.begin(AREA, at=AT) as uow:
            await post_entries(uow, entries=[build.fund_entry(2)])
            raise RuntimeError
    await post(database, build.fund_entry(4))
    async with database.begin(AREA) as uow:
        rows = await uow.fetch_all("SELECT posting_number FROM ledger_posting ORDER BY 1")
    assert [row.posting_number for row in rows] == [1, 2]
    assert await net(database, build.ADVANCE) == 5


async def test_sixteen_writers_number_their_postings_without_a_gap(database: Database) -> None:
    await asyncio.gather(*(post(database, build.fund_entry(10)) for _ in range(16)))
    async with database.begin(AREA) as uow:
        rows = await uow.fetch_all("SELECT posting_number FROM ledger_posting ORDER BY 1")
    assert [row.posting_number for row in rows] == list(range(1, 17))
    assert await net(database, build.ADVANCE) == 160


async def test_a_malformed_entry_books_nothing_of_the_call(database: Database) -> None:
    with pytest.raises(EntryInvalid) as refused:
        await post(database, build.fund_entry(5), build.fund_entry(0))
    assert refused.value.faults[0].place == "/entries/1/legs/0/amount"
    assert await net(database, build.ADVANCE) == 0


async def test_pending_moves_only_when_posted(database: Database) -> None:
    await post(database, build.fund_entry(900, pending=True))
    assert await net(database, build.ADVANCE) == 0
    assert await pending_net(database, build.ADVANCE) == 900
    await post(database, build.fund_entry(600, resolves=await only_pending(database)))
    assert await net(database, build.ADVANCE) == 600
    assert await pending_net(database, build.ADVANCE) == 0  # the rest was released


async def test_pending_can_be_voided_whole(database: Database) -> None:
    await post(database, build.fund_entry(900, pending=True))
    await post(database, build.fund_entry(0, resolves=await only_pending(database)))
    assert await net(database, build.ADVANCE) == 0
    assert await pending_net(database, build.ADVANCE) == 0


async def test_pending_is_resolved_once(database: Database) -> None:
    await post(database, build.fund_entry(900, pending=True))
    pending = await only_pending(database)
    with pytest.raises(PendingResolved):
        await post(
            database, build.fund_entry(1, resolves=pending), build.fund_entry(2, resolves=pending)
        )
    await post(database, build.fund_entry(900, resolves=pending))
    with pytest.raises(PendingResolved):
        await post(database, build.fund_entry(0, resolves=pending))


async def test_sixteen_resolve_one_pending_and_one_wins(database: Database) -> None:
    await post(database, build.fund_entry(900, pending=True))
    pending = await only_pending(database)
    answers = await asyncio.gather(
        *(post(database, build.fund_entry(900, resolves=pending)) for _ in range(16)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Posting) for answer in answers) == 1
    assert sum(isinstance(answer, PendingResolved) for answer in answers) == 15
    assert await net(database, build.ADVANCE) == 900


async def test_more_than_pending_and_foreign_pending_are_refused(database: Database) -> None:
    await post(database, build.fund_entry(900, pending=True))
    pending = await only_pending(database)
    with pytest.raises(PendingExceeded):
        await post(database, build.fund_entry(901, resolves=pending))
    with pytest.raises(PendingNotFound):
        await post(database, build.fund_entry(900, resolves=uuid4()))
    with pytest.raises(PendingNotFound):
        await post(database, build.fund_entry(900, scheme="390", resolves=pending))
    other = AccountKey(AccountKind.ADVANCE, build.OTHER_HOSPITAL)
    with pytest.raises(PendingNotFound):
        await post(database, build.fund_entry(900, debit=other, resolves=pending))


async def test_a_purpose_posts_once(database: Database) -> None:
    first = build.fund_entry(900, purpose="debited")
    assert (await post(database, first)).entries == 1
    again = await post(database, first, build.fund_entry(5))
    assert again == Posting(entries=1, transfers=1, replayed=1)
    assert await net(database, build.ADVANCE) == 905
    with pytest.raises(PurposeReused):
        await post(database, build.fund_entry(901, purpose="debited"))
    with pytest.raises(PurposeReused):
        await post(database, EntryDraft(**fields_of(first) | {"legs": (*first.legs, *first.legs)}))


async def test_a_purpose_posted_before_stands_for_all_its_legs_and_accounts(
    database: Database,
) -> None:
    one = build.fund_entry(900)
    (leg,) = one.legs
    other = Leg(AccountKey(AccountKind.ADVANCE, build.OTHER_HOSPITAL), leg.credit, Money(5))

    def entry(*legs: Leg) -> EntryDraft:
        return EntryDraft(**fields_of(one) | {"legs": legs, "purpose": "debited"})

    assert (await post(database, entry(leg, other))).transfers == 2
    assert (await post(database, entry(leg, other))).replayed == 1
    for legs in (
        (leg,),
        (other, leg),
        (leg, other, leg),
        (leg, Leg(leg.credit, leg.debit, Money(5))),
    ):
        with pytest.raises(PurposeReused):
            await post(database, entry(*legs))


def fields_of(entry: EntryDraft) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in EntryDraft.__slots__}


async def test_effects_post_the_difference(database: Database) -> None:
    def effects(amount: int) -> list[Effect]:
        pair = (build.PURCHASES, build.OWED)
        return [Effect(Book.TRADE, "", "component", build.BASIS, build.DAY, *pair, Money(amount))]

    for amount in (100, 100, 70, -20, 0, 55):
        async with database.begin(AREA, at=AT) as uow:
            await post_effects(uow, effects=effects(amount))
        assert await net(database, build.PURCHASES, "") == amount
    async with database.begin(AREA) as uow:
        posted = await posted_amounts(uow, basis_kind="component", basis_ids=[build.BASIS])
        postings = await uow.fetch_value("SELECT count(*) FROM ledger_posting")
    assert sum(posted.values()) == 100 + 30 + 90 + 20 + 55
    assert postings == 5  # the repeated effect booked nothing


async def test_a_closed_period_refuses_and_so_do_earlier_ones(database: Database) -> None:
    await post(database, build.fund_entry(1))
    async with database.begin(AREA, actor=FINANCE, at=OVER) as uow:
        before = await period_movements(uow, period="2026-03")
        await close_period(uow, period="2026-03")
    for day in (build.DAY, date(2026, 2, 1), date(2025, 12, 31)):
        with pytest.raises(PeriodClosed):
            await post(database, build.fund_entry(1, booking_date=day))
    with pytest.raises(PeriodClosed):
        async with database.begin(AREA, actor=FINANCE, at=OVER) as uow:
            await close_period(uow, period="2026-03")
    await post(database, build.fund_entry(1, booking_date=date(2026, 4, 1)))
    async with database.begin(AREA, at=AT) as uow:
        assert await period_movements(uow, period="2026-03") == before


@pytest.mark.parametrize("period", ["2026-03", "2026-04", "2099-12"])
async def test_a_month_that_is_not_over_stays_open(database: Database, period: str) -> None:
    with pytest.raises(PeriodNotOver):
        async with database.begin(AREA, actor=FINANCE, at=OVER - timedelta(seconds=1)) as uow:
            await close_period(uow, period=period)
    await post(database, build.fund_entry(1))


async def test_only_a_person_closes_a_month(database: Database) -> None:
    with pytest.raises(NotAPerson):
        async with database.begin(AREA, actor=Actor("client", UUID(int=8), "key"), at=OVER) as uow:
            await close_period(uow, period="2026-03")


async def test_a_posting_under_way_holds_the_closing_back(database: Database) -> None:
    await post(database, build.fund_entry(1))
    async with database.begin(AREA, at=AT) as uow:
        await post_entries(uow, entries=[build.fund_entry(2)])
        with pytest.raises(Exception, match="lock timeout"):
            async with database.begin(AREA, actor=FINANCE, at=OVER) as closing:
                await closing.execute("SET LOCAL lock_timeout = '100ms'")
                await close_period(closing, period="2026-03")


async def test_balances_as_of_an_instant(database: Database) -> None:
    for day in range(3):
        await post(database, build.fund_entry(10), at=AT + timedelta(days=day))
    async with database.begin(AREA) as uow:
        at = AT + timedelta(days=1)
        assert (
            await balance_of(uow, book=Book.FUND, scheme="310", account=build.ADVANCE, at=at) == 20
        )
        before = AT - timedelta(seconds=1)
        assert await balances(uow, at=before) == []


async def test_an_instant_before_the_last_posting_does_not_rewrite_the_past(
    database: Database,
) -> None:
    await post(database, build.fund_entry(10), at=AT)
    await post(database, build.fund_entry(10), at=AT - timedelta(days=9))
    async with database.begin(AREA) as uow:
        assert await balances(uow, at=AT - timedelta(days=1)) == []


async def test_ten_thousand_entries_in_one_call(database: Database) -> None:
    hospitals = [uuid4() for _ in range(200)]
    entries = [
        build.fund_entry(at + 1, debit=AccountKey(AccountKind.ADVANCE, hospitals[at % 200]))
        for at in range(10_000)
    ]
    posting = await post(database, *entries)
    assert posting.transfers == 10_000
    assert await net(database, build.IN_TRANSIT) == -10_000 * 10_001 // 2


moves = st.lists(
    st.tuples(
        st.sampled_from(["post", "pend", "settle", "void"]),
        st.integers(1, 10**12),
        st.sampled_from(["310", "390"]),
    ),
    max_size=12,
)


async def test_debits_equal_credits_whatever_happens(database: Database) -> None:
    """Random histories on one growing ledger; checked against totals kept beside it."""
    histories: list[list[tuple[str, int, str]]] = []

    @settings(
        max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(history=moves)
    def collect(history: list[tuple[str, int, str]]) -> None:
        histories.append(history)

    collect()
    posted: dict[str, int] = {"310": 0, "390": 0}
    pending: dict[str, list[tuple[UUID, int]]] = {"310": [], "390": []}
    for history in histories:
        for move in history:
            await _move(database, move, posted, pending)
    for scheme, total in posted.items():
        assert await net(database, build.ADVANCE, scheme) == total
        assert await net(database, build.IN_TRANSIT, scheme) == -total
    async with database.begin(AREA) as uow:
        for row in await balances(uow):
            held = sum(amount for _, amount in pending[row.scheme])
            assert max(row.pending_debit, row.pending_credit) == held
            assert min(row.pending_debit, row.pending_credit) == 0


async def _move(
    database: Database,
    move: tuple[str, int, str],
    posted: dict[str, int],
    pending: dict[str, list[tuple[UUID, int]]],
) -> None:
    kind, amount, scheme = move
    basis = uuid4()
    if kind == "post":
        await post(database, build.fund_entry(amount, scheme=scheme))
        posted[scheme] += amount
    elif kind == "pend":
        await post(database, build.fund_entry(amount, scheme=scheme, pending=True, basis_id=basis))
        async with database.begin(AREA) as uow:
            found = await pending_transfers(uow, basis_kind="payment", basis_ids=[basis])
        pending[scheme].append((found[0].id, amount))
    elif pending[scheme]:
        transfer, held = pending[scheme].pop()
        moved = min(amount, held) if kind == "settle" else 0
        await post(database, build.fund_entry(moved, scheme=scheme, resolves=transfer))
        posted[scheme] += moved
