"""Keeps bodies as they come and turns them into documents, chunk by chunk and area by area.

Receiving and applying are several transactions by design (routes and jobs open them): each step
is committed before the next, and each finds what is done by state.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas.codes.documents import DocumentKind, IntakeState, RecordOutcome
from schemas.messages.reading import kind_of, stated_parties
from schemas.problems import Fault
from schemas.tables.intakes import Intake
from schemas.units import ProductFacts
from settlement_api.documents import queries as documents
from settlement_api.documents.policy import (
    Arrival,
    Placed,
    Sender,
    Verdict,
    place,
    unknown_parties,
)
from settlement_api.documents.service import Chunk, apply_documents
from settlement_api.intakes.errors import IntakeCut
from settlement_api.intakes.policy import BodyForm, Record
from settlement_api.persistence import load_sql
from settlement_api.queue import Job, enqueue
from settlement_api.unit_of_work import Actor, AreaScope, PlatformScope, UnitOfWork

APPLY_JOB: Final = "intakes.apply"
ANNOUNCE_JOB: Final = "intakes.announce"
_WAITS_IN: Final = {APPLY_JOB: IntakeState.RECEIVED, ANNOUNCE_JOB: IntakeState.APPLIED}
"""The state in which a body waits for each of its jobs, until it is announced."""
RESULT_COLUMNS: Final = (
    *("intake_id", "record_number", "last_record_number", "outcome", "document_kind"),
    *("external_number", "area_code", "document_id", "faults"),
)


async def open_intake(uow: UnitOfWork, *, actor: Actor, sender: Sender, form: BodyForm) -> UUID:
    """The control row of a body about to come, before its first byte is kept."""
    intake = Intake(
        sender_kind=actor.kind,
        sender_id=actor.id,
        sender_name=actor.name,
        area_code=sender.area_code,
        hospital_id=sender.hospital_id,
        supplier_id=sender.supplier_id,
        format=form.format,
        document_kind=form.kind,
        encoding=form.encoding,
        compressed=form.compressed,
        state=IntakeState.RECEIVING,
        started_at=uow.at,
    )
    uow.session.add(intake)
    await uow.session.flush()
    return intake.id


async def keep_part(uow: UnitOfWork, *, intake_id: UUID, part_number: int, body: bytes) -> None:
    """Keeps a stretch of the body exactly as it came."""
    await uow.execute(
        load_sql(__file__, "keep_part"),
        intake_id=intake_id,
        part_number=part_number,
        body=body,
        sha256=sha256(body).digest(),
    )


async def refuse_intake(
    uow: UnitOfWork, *, intake_id: UUID, byte_count: int, refusal: Mapping[str, object]
) -> None:
    """Ends an intake whose body broke: its bytes stay, no document comes of it."""
    await uow.execute(
        "UPDATE intake SET state = 'refused', byte_count = :byte_count,"
        " refusal = CAST(:refusal AS jsonb) WHERE id = :intake_id AND state = 'receiving'",
        intake_id=intake_id,
        byte_count=byte_count,
        refusal=msgspec.json.encode(refusal).decode(),
    )


async def refuse_cut(uow: UnitOfWork) -> int:
    """Gives up bodies whose end never came (a day, in real time): the process receiving them died.

    How many. What came of them stays, no document does.
    """
    refusal = {"code": IntakeCut.code, "detail": IntakeCut.title}
    return await uow.execute(
        "UPDATE intake SET state = 'refused', refusal = CAST(:refusal AS jsonb)"
        " WHERE state = 'receiving' AND recorded_at < clock_timestamp() - interval '1 day'",
        refusal=msgspec.json.encode(refusal).decode(),
    )


async def complete_intake(
    uow: UnitOfWork, *, intake_id: UUID, byte_count: int, digest: bytes, record_count: int
) -> None:
    """A whole and readable body: from here on it is applied, whatever happens to this process.

    Raises IntakeCut when it was given up meanwhile.
    """
    moved = await uow.execute(
        "UPDATE intake SET state = 'received', byte_count = :byte_count, body_sha256 = :digest,"
        " received_records = :record_count WHERE id = :intake_id AND state = 'receiving'",
        intake_id=intake_id,
        byte_count=byte_count,
        digest=digest,
        record_count=record_count,
    )
    if moved != 1:
        raise IntakeCut
    await enqueue(uow, [_job(APPLY_JOB, intake_id)])


def _job(name: str, intake_id: UUID) -> Job:
    return Job(name, {"intake_id": str(intake_id)}, once=f"{name}:{intake_id}")


async def resume_stuck(uow: UnitOfWork) -> int:
    """Puts bodies back to work whose job died or was lost with the queue; how many.

    Received ones are applied, applied ones are announced to their areas.
    """
    resumed = 0
    for job, state in _WAITS_IN.items():
        binds = {"job": job, "state": str(state)}
        resumed += await uow.execute(load_sql(__file__, "retry_dead"), **binds)
        if lost := await uow.fetch_all(load_sql(__file__, "lost_intakes"), **binds):
            await enqueue(uow, [_job(job, row.id) for row in lost])
        resumed += len(lost)
    return resumed


# ── applying ────────────────────────────────────────────────────────────────────────────────


def arrival_of(record: Record, document: Any) -> Arrival:
    """A readable record as an arrival."""
    return Arrival(
        record.number,
        record.last_number,
        record.position,
        record.length,
        record.sha256,
        kind_of(document),
        document,
    )


@dataclass
class Outcome:
    """Results of records of one area (or of none) and their totals."""

    area_code: str
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    totals: Counter[RecordOutcome] = field(default_factory=Counter)

    def add(
        self,
        intake_id: UUID,
        places: tuple[int, int],
        verdict: Verdict,
        named: tuple[DocumentKind | None, str | None],
    ) -> None:
        """Writes down what became of the records `places[0]` to `places[1]`."""
        first, last = places
        self.totals[verdict.outcome] += last - first + 1
        faults = msgspec.json.encode(verdict.faults).decode() if verdict.faults else None
        kind, number = named
        area_code = self.area_code or None
        self.rows.append(
            (
                *(intake_id, first, last, verdict.outcome.value, kind and kind.value, number),
                *(area_code, verdict.document_id, faults),
            )
        )


async def finish_intake(uow: UnitOfWork, intake_id: UUID) -> None:
    """Every chunk was applied: the totals add up, or the database refuses. Then it is announced."""
    await _set_applied(uow, intake_id)
    await enqueue(uow, [_job(ANNOUNCE_JOB, intake_id)])


async def _set_applied(
    uow: UnitOfWork, intake_id: UUID, *, announced_at: datetime | None = None
) -> None:
    await uow.execute(
        "UPDATE intake SET state = 'applied', applied_at = :at, announced_at = :announced_at"
        " WHERE id = :intake_id AND state = 'received'",
        intake_id=intake_id,
        at=uow.at,
        announced_at=announced_at,
    )


async def set_announced(uow: UnitOfWork, intake_id: UUID) -> None:
    """Every area knows: nobody needs to tell them again."""
    await uow.execute(
        "UPDATE intake SET announced_at = :at WHERE id = :intake_id AND announced_at IS NULL",
        intake_id=intake_id,
        at=uow.at,
    )


def product_codes(arrivals: Iterable[Arrival]) -> set[str]:
    """Every product code that the arrivals' lines name."""
    lines = chain.from_iterable(getattr(one.document, "lines", ()) for one in arrivals)
    return {code for line in lines if (code := getattr(line, "product_code", None)) is not None}


@dataclass(frozen=True)
class Mark:
    """The row that says a chunk was applied in an area (empty: in none)."""

    intake_id: UUID
    chunk_number: int
    area_code: str
    record_count: int
    document_count: int


async def apply_chunk(
    uow: UnitOfWork,
    *,
    chunk: Chunk,
    placed: Sequence[Placed],
    products: Mapping[str, ProductFacts],
) -> list[Verdict]:
    """Applies documents of one area once, with their results and the intake's totals.

    Returns no verdicts when the chunk was applied before.
    """
    count = sum(one.arrival.last_record_number - one.arrival.record_number + 1 for one in placed)
    mark = Mark(chunk.intake_id, chunk.chunk_number, uow.area_code, count, len(placed))
    taken = await _mark(uow, mark)
    if not taken:
        return []
    verdicts = await apply_documents(uow, placed=placed, products=products, chunk=chunk)
    outcome = Outcome(uow.area_code)
    for one, verdict in zip(placed, verdicts, strict=True):
        outcome.add(chunk.intake_id, places_of(one.arrival), verdict, named(one.arrival))
    await _write_results(uow, chunk.intake_id, outcome)
    return verdicts


async def keep_outcome(
    uow: UnitOfWork, intake_id: UUID, chunk_number: int, outcome: Outcome
) -> None:
    """Results of records that could not be given to any area."""
    if await _mark(uow, Mark(intake_id, chunk_number, "", outcome.totals.total(), 0)):
        await _write_results(uow, intake_id, outcome)


async def _mark(uow: UnitOfWork, mark: Mark) -> bool:
    return bool(await uow.execute(load_sql(__file__, "mark_chunk"), **asdict(mark)))


async def _write_results(uow: UnitOfWork, intake_id: UUID, outcome: Outcome) -> None:
    await uow.copy_rows("intake_result", RESULT_COLUMNS, outcome.rows)
    await uow.execute(
        load_sql(__file__, "add_totals"),
        intake_id=intake_id,
        accepted=outcome.totals[RecordOutcome.ACCEPTED],
        unchanged=outcome.totals[RecordOutcome.UNCHANGED],
        rejected=outcome.totals[RecordOutcome.REJECTED],
    )


def places_of(arrival: Arrival) -> tuple[int, int]:
    """First and last record an arrival was made of."""
    return arrival.record_number, arrival.last_record_number


def named(arrival: Arrival) -> tuple[DocumentKind | None, str | None]:
    """Kind and number, for the result."""
    return arrival.kind, arrival.document.external_number


# ── one document, at once ───────────────────────────────────────────────────────────────────


async def strangers_in(uow: UnitOfWork, body: bytes) -> list[Fault]:
    """What a document with faults names that nobody registered: told with its other faults, so
    that mending them does not only bring up the next refusal."""
    parties = stated_parties(body)
    await uow.switch(PlatformScope())
    return unknown_parties(parties, await documents.load_directory(uow, [parties]))


async def apply_single(
    uow: UnitOfWork, *, sender: Sender, form: BodyForm, body: bytes, document: Any
) -> tuple[UUID, Verdict]:
    """Keeps and applies one document in the caller's transaction: its intake and its verdict."""
    await uow.switch(PlatformScope())
    digest = sha256(body).digest()
    intake_id = await open_intake(uow, actor=uow.actor, sender=sender, form=form)
    await keep_part(uow, intake_id=intake_id, part_number=0, body=body)
    arrival = arrival_of(Record(1, 1, 0, len(body), digest, body), document)
    found = place(arrival, await documents.load_directory(uow, [document]), sender)
    if isinstance(found, Verdict):
        return intake_id, found
    area_code, placed = found
    products = await documents.load_products(uow, product_codes([arrival]))
    await uow.execute(
        "UPDATE intake SET state = 'received', byte_count = :byte_count, body_sha256 = :digest,"
        " received_records = 1 WHERE id = :intake_id",
        intake_id=intake_id,
        byte_count=len(body),
        digest=digest,
    )
    await uow.switch(AreaScope(area_code))
    chunk = Chunk(intake_id, 0, sender)
    verdicts = await apply_chunk(uow, chunk=chunk, placed=[placed], products=products)
    await _set_applied(uow, intake_id, announced_at=uow.at)  # its only chunk told its area
    return intake_id, verdicts[0]
