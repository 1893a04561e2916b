"""Sealing what became visible, following it with jobs, verifying the chain, lodging its head."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Row

from schemas.events.audit import JobRetried
from settlement_api.audit import chain
from settlement_api.audit.errors import DeadJobMissing
from settlement_api.persistence import load_sql
from settlement_api.queue import Job, enqueue
from settlement_api.unit_of_work import PLATFORM_CHAIN, ChainScope, PlatformScope, UnitOfWork

SEALED_AT_ONCE: Final = 2_000
RELAY: Final = "jobs"


@dataclass
class ChainReport:
    """What a walk along a chain found; `faults` is empty when every link holds."""

    area_code: str
    length: int = 0
    link: bytes = chain.START
    faults: list[str] = field(default_factory=list)


def _kind(area_code: str) -> str:
    return "platform" if area_code == PLATFORM_CHAIN else "area"


async def _ask(uow: UnitOfWork, question: str, **binds: Any) -> Sequence[Row[Any]]:
    """A question about the chain of the unit's area, in the words for its kind of events."""
    sql = load_sql(__file__, f"{question}_{_kind(uow.area_code)}")
    return await uow.fetch_all(sql, area_code=uow.area_code, **binds)


async def seal_and_relay(
    uow: UnitOfWork, *, key: bytes, subscriptions: Mapping[str, Sequence[str]]
) -> int:
    """Seals what became visible in the unit's area and enqueues what follows; how many sealed.

    The head's row lock makes one sealer per area; when another holds it, nothing is done. The
    jobs are enqueued in the same transaction, so each sealed event is followed exactly once. `key`
    is the installation's chain key.
    """
    head = await _lock_head(uow)
    if head is None:
        return 0
    events = await _ask(uow, "unsealed", row_limit=SEALED_AT_ONCE)
    if not events:
        return 0
    links = chain.extend(
        chain.End(uow.area_code, head.number, head.link),
        key=key,
        kind=_kind(uow.area_code),
        events=[dict(event._mapping) for event in events],
        salts=os.urandom(16 * len(events)),
    )
    await _store(uow, links)
    await _relay(uow, links[-1].number, subscriptions)
    return len(links)


async def _lock_head(uow: UnitOfWork) -> Row[Any] | None:
    sql = "SELECT number, link FROM seal_head WHERE area_code = :area_code FOR UPDATE SKIP LOCKED"
    head = await uow.fetch_one(sql, area_code=uow.area_code)
    if head is None:
        made = await uow.execute(
            "INSERT INTO seal_head (area_code) VALUES (:area_code) ON CONFLICT DO NOTHING",
            area_code=uow.area_code,
        )
        head = await uow.fetch_one(sql, area_code=uow.area_code) if made else None
    return head


async def _store(uow: UnitOfWork, links: Sequence[chain.Link]) -> None:
    await uow.execute(
        load_sql(__file__, "insert_seals"),
        area_code=uow.area_code,
        kind=_kind(uow.area_code),
        numbers=[link.number for link in links],
        event_ids=[link.event_id for link in links],
        salts=[link.salt for link in links],
        digests=[link.digest for link in links],
        previous=[link.previous for link in links],
        links=[link.link for link in links],
        macs=[link.mac for link in links],
    )


async def _relay(uow: UnitOfWork, number: int, subscriptions: Mapping[str, Sequence[str]]) -> None:
    """Enqueues the jobs that follow sealed events up to `number`, and moves the cursor there."""
    area_code = uow.area_code
    after = await uow.fetch_value(
        "SELECT number FROM relay_cursor WHERE area_code = :area_code AND consumer = :consumer"
        " FOR UPDATE",
        area_code=area_code,
        consumer=RELAY,
    )
    events = await _ask(uow, "relay", after=after or 0, names=list(subscriptions))
    await uow.execute(
        "INSERT INTO relay_cursor (area_code, consumer, number)"
        " VALUES (:area_code, :consumer, :number)"
        " ON CONFLICT (area_code, consumer) DO UPDATE SET number = excluded.number",
        area_code=area_code,
        consumer=RELAY,
        number=number,
    )
    jobs = [
        Job(job, _payload(area_code, event))
        for event in events
        for job in subscriptions[event.name]
    ]
    if jobs:
        await uow.switch(PlatformScope())
        await enqueue(uow, jobs)
        await uow.switch(ChainScope(area_code))


def _payload(area_code: str, event: Row[Any]) -> dict[str, Any]:
    """The event's JSON, as its class reads it."""
    facts: dict[str, Any] = event.facts
    return facts | {
        "area_code": None if area_code == PLATFORM_CHAIN else area_code,
        "aggregate_id": str(event.aggregate_id),
        "aggregate_version": event.aggregate_version,
    }


async def mark_strays(uow: UnitOfWork) -> int:
    """Marks events of the last day that something wrote without a mark; how many.

    No sealer is at work in the area meanwhile: one that ends between our look at the seals and
    our mark would leave a mark on a sealed event, which can never be sealed again.
    """
    await uow.execute(
        "INSERT INTO seal_head (area_code) VALUES (:area_code) ON CONFLICT DO NOTHING",
        area_code=uow.area_code,
    )
    await uow.fetch_one(
        "SELECT number FROM seal_head WHERE area_code = :area_code FOR UPDATE",
        area_code=uow.area_code,
    )
    return await uow.execute(
        load_sql(__file__, f"strays_{_kind(uow.area_code)}"), area_code=uow.area_code
    )


async def verify_chain(uow: UnitOfWork, *, key: bytes) -> ChainReport:
    """Walks the chain of the unit's area from its start and recomputes digests, links and MACs."""
    report = ChainReport(uow.area_code)
    while rows := await _ask(uow, "sealed", after=report.length, row_limit=SEALED_AT_ONCE):
        for row in rows:
            _verify_link(report, row, key)
    head = await uow.fetch_one(
        "SELECT number, link FROM seal_head WHERE area_code = :area_code", area_code=uow.area_code
    )
    if head is not None and (head.number, head.link) != (report.length, report.link):
        report.faults.append(f"the head says {head.number}, the chain ends at {report.length}")
    for lodged in await _lodged(uow):
        report.faults.append(f"link {lodged.number} differs from the head lodged on {lodged.day}")
    return report


def _verify_link(report: ChainReport, row: Row[Any], key: bytes) -> None:
    expected = report.length + 1
    if row.number != expected:
        report.faults.append(f"after {report.length} comes {row.number}")
    if row.previous != report.link:
        report.faults.append(f"link {row.number} does not follow the one before")
    if row.id is None:
        report.faults.append(f"the event of link {row.number} is gone")
    elif chain.digest_of(row.salt, dict(row._mapping)) != row.digest:
        report.faults.append(f"the event of link {row.number} was changed")
    told = chain.link_of(row.previous, row.number, row.kind, row.event_id, row.digest)
    if told != row.link:
        report.faults.append(f"link {row.number} was changed")
    if chain.mac_of(key, report.area_code, row.link) != row.mac:
        report.faults.append(f"link {row.number} was not sealed by this installation")
    report.length, report.link = row.number, row.link


async def _lodged(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Heads lodged outside that the chain no longer contains."""
    return await uow.fetch_all(
        "SELECT lodged.day, lodged.number FROM lodged_head AS lodged"
        " LEFT JOIN seal ON seal.area_code = lodged.area_code AND seal.number = lodged.number"
        " WHERE lodged.area_code = :area_code AND seal.link IS DISTINCT FROM lodged.link"
        " ORDER BY lodged.number",
        area_code=uow.area_code,
    )


async def retry_job(uow: UnitOfWork, *, job_id: int) -> None:
    """Puts a dead job back into the queue; outside any area. Raises DeadJobMissing."""
    job = await uow.fetch_one(load_sql(__file__, "retry_job"), job_id=job_id)
    if job is None:
        raise DeadJobMissing
    await uow.record(
        JobRetried(area_code=None, aggregate_id=uuid4(), job=job.name, job_number=job.id)
    )


async def forget_runs(uow: UnitOfWork) -> None:
    """Deletes the log of jobs that ended a month ago (real time); outside any area."""
    await uow.execute(load_sql(__file__, "forget_runs"))
