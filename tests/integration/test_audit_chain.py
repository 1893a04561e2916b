"""The sealed chain: gap-free, in whatever order transactions commit, and broken by any change."""

import asyncio
import shutil
import subprocess
from datetime import date
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from asyncpg import IntegrityConstraintViolationError
from cryptography.exceptions import InvalidSignature

from settlement_api import outbox
from settlement_api.audit import chain, lodging
from settlement_api.audit.service import ChainReport, mark_strays, seal_and_relay, verify_chain
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, ChainScope
from settlement_api.verification.policy import Standing
from settlement_api.verification.service import run_verification
from tests.builders.jobs import AREA, OTHER_AREA, ThingHappened, make_happen

KEY = b"a key outside the database......"[:32]


async def seal(database: Database) -> int:
    return await outbox.seal_pending(database, {}, key=KEY)


async def verify(database: Database, area_code: str = AREA) -> ChainReport:
    async with database.begin(ChainScope(area_code)) as uow:
        return await verify_chain(uow, key=KEY)


async def test_every_event_gets_one_number_without_gaps_per_area(database: Database) -> None:
    await make_happen(database, 5)
    await make_happen(database, 3, area_code=OTHER_AREA)
    await make_happen(database, 2, area_code=None)
    assert await seal(database) == 10
    assert await seal(database) == 0
    await make_happen(database, 4)
    assert await seal(database) == 4
    for area_code, length in ((AREA, 9), (OTHER_AREA, 3), ("000000", 2)):
        report = await verify(database, area_code)
        assert (report.length, report.faults) == (length, [])


async def test_an_event_committed_late_is_sealed_after_younger_ones(database: Database) -> None:
    async with database.begin(AreaScope(AREA)) as late:
        await late.record(ThingHappened(area_code=AREA, aggregate_id=uuid4(), note="late"))
        await make_happen(database, 3)
        assert await seal(database) == 3
    assert await seal(database) == 1
    report = await verify(database)
    assert (report.length, report.faults) == (4, [])


async def test_nothing_happens_in_an_area_that_does_not_exist(database: Database) -> None:
    with pytest.raises(IntegrityConstraintViolationError, match="fk_outbox_event_area_code"):
        await make_happen(database, area_code="999999")
    assert await seal(database) == 0


async def test_what_was_rolled_back_never_shows(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.begin(AreaScope(AREA)) as uow:
            await uow.record(ThingHappened(area_code=AREA, aggregate_id=uuid4()))
            raise ZeroDivisionError
    assert await seal(database) == 0


async def test_sixteen_writers_and_four_sealers_leave_one_gap_free_chain(
    database: Database,
) -> None:
    async def write() -> None:
        for _ in range(5):
            await make_happen(database)

    async def seal_some() -> None:
        for _ in range(10):
            await seal(database)
            await asyncio.sleep(0.005)

    await asyncio.gather(*(write() for _ in range(16)), *(seal_some() for _ in range(4)))
    await seal(database)
    report = await verify(database)
    assert (report.length, report.faults) == (80, [])


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ('UPDATE outbox_event SET facts = \'{"note": "other"}\'', "was changed"),
        ("UPDATE outbox_event SET actor_name = 'somebody else'", "was changed"),
        ("DELETE FROM outbox_event", "is gone"),
        ("DELETE FROM seal WHERE number = 2", "comes 3"),
        ("DELETE FROM seal WHERE number = 3", "the head says 3"),
        ("UPDATE seal SET digest = previous WHERE number = 2", "link 2 was changed"),
    ],
)
async def test_any_change_behind_the_back_is_found(
    database: Database, owner_dsn: str, tampering: str, fault: str
) -> None:
    await make_happen(database, 3)
    await seal(database)
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ALTER TABLE outbox_event NO FORCE ROW LEVEL SECURITY")
    await owner.execute("ALTER TABLE seal NO FORCE ROW LEVEL SECURITY")
    await owner.execute(tampering)
    await owner.close()
    report = await verify(database)
    assert any(fault in found for found in report.faults), report.faults


async def test_events_and_seals_cannot_be_changed_by_the_application(database: Database) -> None:
    await make_happen(database)
    await seal(database)
    for statement in (
        "UPDATE outbox_event SET actor_name = 'x'",
        "DELETE FROM outbox_event",
        "UPDATE seal SET number = 7",
        "DELETE FROM seal",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with database.begin(AreaScope(AREA)) as uow:
                await uow.execute(statement)


async def test_an_event_written_without_a_mark_is_found(database: Database) -> None:
    async with database.begin(AreaScope(AREA)) as uow:
        await uow.record(ThingHappened(area_code=AREA, aggregate_id=uuid4()))
        await uow.execute("DELETE FROM outbox_pending")
    assert await seal(database) == 0
    async with database.begin(AreaScope(AREA)) as uow:
        assert await mark_strays(uow) == 1
    assert await seal(database) == 1


async def test_a_lodged_head_catches_a_chain_rewritten_as_a_whole(
    database: Database, owner_dsn: str, tmp_path: Path
) -> None:
    await make_happen(database, 3)
    await seal(database)
    key = lodging.open_signing_key(tmp_path)
    async with database.begin(AreaScope(AREA)) as uow:
        assert await lodging.lodge_head(uow, key=key, directory=tmp_path)
        assert not await lodging.lodge_head(uow, key=key, directory=tmp_path)
    lines = (tmp_path / lodging.HEADS_FILE).read_text().splitlines()
    assert len(lines) == 1
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ALTER TABLE lodged_head NO FORCE ROW LEVEL SECURITY")
    await owner.execute("UPDATE lodged_head SET link = sha256('another history')")
    await owner.close()
    assert any("lodged" in fault for fault in (await verify(database)).faults)


def test_a_signature_speaks_for_one_statement_only(tmp_path: Path) -> None:
    key = lodging.open_signing_key(tmp_path)
    assert (tmp_path / lodging.KEY_FILE).stat().st_mode & 0o777 == 0o600
    public = key.public_key().public_bytes_raw()
    day = date(2026, 3, 31).isoformat()
    said = lodging.statement_of(area_code=AREA, day=day, number=3, link=bytes(32))
    lodging.verify_statement(public, key.sign(said), said)
    other = lodging.statement_of(area_code=AREA, day=day, number=4, link=bytes(32))
    with pytest.raises(InvalidSignature):
        lodging.verify_statement(public, key.sign(said), other)


async def test_marking_strays_while_a_sealer_works_marks_nothing_twice(database: Database) -> None:
    await make_happen(database, 3)

    async def look_for_strays() -> int:
        async with database.begin(AreaScope(AREA)) as uow:
            return await mark_strays(uow)

    async with database.begin(AreaScope(AREA)) as sealer:
        assert await seal_and_relay(sealer, key=KEY, subscriptions={}) == 3
        looking = asyncio.create_task(look_for_strays())
        await asyncio.sleep(0.3)  # it has looked and waits, whatever it waits for
    assert await looking == 0
    assert await seal(database) == 0, "a mark on a sealed event would stop the area for good"


async def rewrite_history(owner_dsn: str, *, key: bytes) -> None:
    """What somebody with every right on the database can do: tell an event otherwise, and compute
    each digest and link after it anew, and the head, with what the program itself uses."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=str, decoder=msgspec.json.decode
    )
    for table in ("outbox_event", "seal", "seal_head"):
        await owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    await owner.execute(
        "UPDATE outbox_event SET actor_name = 'somebody else' WHERE id ="
        " (SELECT event_id FROM seal WHERE number = 2)"
    )
    rows = await owner.fetch(
        "SELECT event.*, seal.number, seal.salt FROM seal JOIN outbox_event AS event"
        " ON event.id = seal.event_id ORDER BY seal.number"
    )
    links = chain.extend(
        chain.End(AREA, 0, chain.START),
        key=key,
        kind="area",
        events=[dict(row) for row in rows],
        salts=b"".join(row["salt"] for row in rows),
    )
    for link in links:
        await owner.execute(
            "UPDATE seal SET digest = $2, previous = $3, link = $4, mac = $5 WHERE number = $1",
            *(link.number, link.digest, link.previous, link.link, link.mac),
        )
    await owner.execute("UPDATE seal_head SET link = $1", links[-1].link)
    await owner.close()


async def standings(database: Database) -> dict[str, Standing]:
    results = await run_verification(database, chain_key=KEY)
    return {result.invariant.name: result.standing for result in results}


async def test_a_history_rewritten_with_every_right_but_the_key_is_found(
    database: Database, owner_dsn: str
) -> None:
    await make_happen(database, 4)
    await seal(database)
    await rewrite_history(owner_dsn, key=b"a guess")
    found = await standings(database)
    assert found["seals_chain"] is Standing.HELD, "digests, links and head all fit each other"
    assert found["seals_are_ours"] is Standing.BROKEN
    faults = (await verify(database)).faults
    assert faults == [
        f"link {number} was not sealed by this installation" for number in (1, 2, 3, 4)
    ], "the macs of a wrong key"
    await rewrite_history(owner_dsn, key=KEY)
    assert (await verify(database)).faults == [], "the key is what is missing, nothing else"
    assert (await standings(database))["seals_are_ours"] is Standing.HELD


async def test_macs_kept_from_before_do_not_fit_what_was_rewritten(
    database: Database, owner_dsn: str
) -> None:
    await make_happen(database, 4)
    await seal(database)
    owner = await asyncpg.connect(owner_dsn)
    kept = await owner.fetch("SELECT number, mac FROM seal ORDER BY number")
    await rewrite_history(owner_dsn, key=b"a guess")
    for row in kept:
        await owner.execute("UPDATE seal SET mac = $2 WHERE number = $1", *row.values())
    await owner.close()
    assert (await standings(database))["seals_are_ours"] is Standing.BROKEN
    faults = (await verify(database)).faults
    assert faults == [f"link {number} was not sealed by this installation" for number in (2, 3, 4)]


def test_the_mac_is_what_openssl_computes() -> None:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("no openssl command on this machine")
    link = bytes(range(32))
    said = subprocess.run(
        [openssl, "dgst", "-sm3", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}", "-r"],
        input=AREA.encode() + link, capture_output=True, check=True,
    )  # fmt: skip
    assert said.stdout.split()[0].decode() == chain.mac_of(KEY, AREA, link).hex()
