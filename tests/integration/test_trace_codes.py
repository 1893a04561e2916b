"""A trace code on two receipts is shown on both, wherever they are, while both count."""

import asyncio
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.trace_codes.service import MovedReceipts, claim_codes
from settlement_api.unit_of_work import AreaScope
from tests.builders import documents as build
from tests.builders.documents import Trade
from tests.integration.test_reconciliation_elsewhere import ELSEWHERE, Platform

CODES = ["8" * 19 + str(digit) for digit in range(4)]
FOUND = """
SELECT receipt.receipt_number, discrepancy.quantity_milli
FROM discrepancy
JOIN goods_receipt_line AS receipt ON receipt.id = discrepancy.receipt_line_id
WHERE discrepancy.status = 'open' AND discrepancy.reason = 'trace_code_repeated'
  AND discrepancy.effect = 'information'
ORDER BY 1
"""
BOTH = [[("GR-1", 1_000_000)], [("GR-2", 1_000_000)]]
NEITHER: list[list[Any]] = [[], []]


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
def platform(database: Database, keyring: Keyring, trade: Trade) -> Platform:
    return Platform(database, keyring)


def receipt(number: str, *codes: str, **changes: Any) -> dict[str, Any]:
    stated = {"trace_codes": list(codes)} if codes else {}
    return build.goods_receipt(number, lines=[build.receipt_item(**stated)], **changes)


HERE = receipt("GR-1", *CODES[:3])
THERE = receipt("GR-2", *CODES[2:], **ELSEWHERE)
CANCELLED = build.receipt_cancellation("RX-2", "GR-2") | ELSEWHERE


async def found(platform: Platform) -> list[list[tuple[Any, ...]]]:
    await platform.work()
    areas = (build.AREA, build.OTHER_AREA)
    return [await platform.rows(FOUND, area_code) for area_code in areas]


async def test_both_are_shown_and_nothing_of_the_other_is_told(platform: Platform) -> None:
    await platform.send(HERE)
    assert await found(platform) == NEITHER
    await platform.send(THERE)
    assert await found(platform) == BOTH
    compared = await platform.rows(
        "SELECT compared, other_line_id FROM discrepancy WHERE reason = 'trace_code_repeated'"
    )
    assert compared == [({"stated": 0, "allowed": 0}, None)]
    told = "SELECT facts::text FROM outbox_event WHERE name = 'documents.trace_codes.changed'"
    assert await platform.rows(told) == []
    ((payload,),) = await platform.rows(told, build.OTHER_AREA)
    assert CODES[2] in payload
    assert not any(code in payload for code in (*CODES[:2], CODES[3]))


@pytest.mark.parametrize("turns", list(permutations(range(3))))
async def test_a_receipt_taken_back_frees_its_codes_whatever_came_first(
    platform: Platform, turns: tuple[int, ...]
) -> None:
    documents = (HERE, THERE, CANCELLED)
    for turn in turns:
        await platform.send(documents[turn])
        await platform.work()
    assert await found(platform) == NEITHER


async def test_a_revision_that_states_other_codes_frees_those_it_stated(platform: Platform) -> None:
    await platform.send(HERE, THERE)
    assert await found(platform) == BOTH
    await platform.send(HERE | {"revision": 2})
    assert await found(platform) == BOTH
    await platform.send(receipt("GR-1", *CODES[:2], revision=3))
    assert await found(platform) == NEITHER


async def test_two_lines_of_one_receipt_state_a_code_twice(platform: Platform) -> None:
    lines = [
        build.receipt_item(1, accepted_quantity="60", trace_codes=CODES[:2]),
        build.receipt_item(2, accepted_quantity="40", trace_codes=CODES[1:]),
    ]
    await platform.send(build.goods_receipt(lines=lines))
    assert (await found(platform))[0] == [("GR-1", 600_000), ("GR-1", 400_000)]
    taken_back = {"receipt_line_number": 2}
    await platform.send(build.receipt_cancellation("RX-1", "GR-1", **taken_back))
    assert await found(platform) == NEITHER


async def test_of_two_at_once_each_sees_the_other(platform: Platform, database: Database) -> None:
    """Both receipts are there without codes; the claims meet while neither is committed."""
    await platform.send(receipt("GR-1"), receipt("GR-2", **ELSEWHERE))
    areas = (build.AREA, build.OTHER_AREA)
    ids = [(await platform.rows("SELECT id FROM document", area))[0][0] for area in areas]

    async def claim(area: str, document_id: UUID, go: asyncio.Event) -> None:
        async with database.begin(AreaScope(area)) as uow:
            stated = {(document_id, 1): CODES[:1]}
            nothing = MovedReceipts((), ())
            await claim_codes(uow, stated=stated, moved=nothing, intake_id=document_id)
            await go.wait()

    first_may, second_may = asyncio.Event(), asyncio.Event()
    second_may.set()
    first = asyncio.create_task(claim(areas[0], ids[0], first_may))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(claim(areas[1], ids[1], second_may))
    await asyncio.sleep(0.2)
    assert not second.done()
    first_may.set()
    await asyncio.gather(first, second)
    question = "SELECT area_code, is_repeated FROM trace_code ORDER BY area_code"
    assert await platform.rows(question) == [(area, True) for area in areas]


READ = """
SELECT (seq_tup_read + idx_tup_fetch)::int
FROM pg_stat_xact_user_tables WHERE relname = 'trace_code'
"""
LAID_MANY = """
INSERT INTO trace_code (code, place, area_code, document_id, line_number, is_active, is_repeated)
SELECT :code, place, 'other', gen_random_uuid(), 1, true, true
FROM generate_series(10, 4000) AS place
"""


async def test_a_code_that_thousands_state_is_not_counted_anew(
    platform: Platform, database: Database
) -> None:
    """A code keyed in for want of one: what a chunk reads must not grow with its claims."""
    await platform.send(HERE, THERE)
    async with database.platform() as uow:
        await uow.execute(LAID_MANY, code=CODES[2])
    await platform.send(receipt("GR-3"))
    ((document_id,),) = await platform.rows(
        "SELECT id FROM document WHERE external_number = 'GR-3'"
    )
    async with database.begin(AreaScope(build.AREA)) as uow:
        await claim_codes(
            uow,
            stated={(document_id, 1): [CODES[2]]},
            moved=MovedReceipts((), ()),
            intake_id=document_id,
        )
        read = (await uow.fetch_all(READ))[0][0]
    assert read < 100


async def test_two_that_take_the_same_codes_by_different_ways_do_not_block_each_other(
    platform: Platform, database: Database
) -> None:
    """One states the higher code and its revised receipt frees the lower; the other states both."""
    await platform.send(receipt("GR-1", CODES[0]), receipt("GR-9", CODES[1]))
    await platform.send(receipt("GR-3"), receipt("GR-2", **ELSEWHERE))
    named = "SELECT id FROM document WHERE external_number = '{}'"
    old, new = [(await platform.rows(named.format(number)))[0][0] for number in ("GR-1", "GR-3")]
    ((other,),) = await platform.rows(named.format("GR-2"), build.OTHER_AREA)
    holding, asked = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        """Takes the lower code, lets the rival come, and then takes the higher."""
        async with database.begin(AreaScope(build.OTHER_AREA)) as uow:
            question = "SELECT code FROM trace_code WHERE code = :code AND place = 0 FOR UPDATE"
            await uow.fetch_all(question, code=CODES[0])
            holding.set()
            await asked.wait()
            await claim_codes(
                uow,
                stated={(other, 1): CODES[:2]},
                moved=MovedReceipts((), ()),
                intake_id=other,
            )

    async def revise() -> None:
        await holding.wait()
        async with database.begin(AreaScope(build.AREA)) as uow:
            gone = "UPDATE goods_receipt_line SET state = 'superseded' WHERE document_id = :old"
            await uow.execute(gone, old=old)
            await claim_codes(
                uow,
                stated={(new, 1): [CODES[1]]},
                moved=MovedReceipts((old,), ()),
                intake_id=new,
            )

    both = [asyncio.create_task(hold()), asyncio.create_task(revise())]
    await asyncio.sleep(0.5)
    asked.set()
    await asyncio.gather(*both)
    question = "SELECT is_active, is_repeated FROM trace_code WHERE code = :code ORDER BY place"
    async with database.platform() as uow:
        standing = [
            [tuple(row) for row in await uow.fetch_all(question, code=code)] for code in CODES[:2]
        ]
    assert standing == [
        [(False, False), (True, False)],
        [(True, True), (True, True), (True, True)],
    ]
