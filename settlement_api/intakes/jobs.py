"""Applies received bodies in the background, chunk by chunk and area by area."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from schemas.codes.documents import DocumentKind, IntakeFormat, IntakeState
from schemas.events.documents import IntakeApplied
from schemas.messages.reading import Parties, read_many, stated_parties
from schemas.problems import Fault
from schemas.tables.intakes import Intake
from settlement_api.documents import queries as documents
from settlement_api.documents.policy import (
    Arrival,
    Placed,
    Sender,
    Verdict,
    place,
    rejected,
    unknown_parties,
)
from settlement_api.documents.service import Chunk
from settlement_api.intakes import queries
from settlement_api.intakes.policy import BodyForm, BodyReader, Record
from settlement_api.intakes.service import (
    ANNOUNCE_JOB,
    APPLY_JOB,
    Outcome,
    apply_chunk,
    arrival_of,
    finish_intake,
    keep_outcome,
    named,
    places_of,
    product_codes,
    refuse_cut,
    resume_stuck,
    set_announced,
)
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope

log = structlog.get_logger()

CUT_JOB: Final = "intakes.give_up_cut"
RESUME_JOB: Final = "intakes.resume_stuck"
WINDOW_BYTES: Final = 16 << 20
CHUNK_LINES: Final = 20_000
CHUNKS_PER_WINDOW: Final = 1_000
LAST_POSITION: Final = (1 << 63) - 1
"""Beyond the end of any body."""
AREAS_AT_ONCE: Final = 2
"""Areas of one window applied side by side: while one inserts, the other prepares its rows."""


async def apply_received(context: JobContext, payload: dict[str, Any]) -> None:
    """Applies one intake; taken up again after a crash, it goes on where it stopped."""
    await apply_intake(
        context.database,
        intake_id=UUID(payload["intake_id"]),
        body_limit=context.settings.body_limit_bytes,
    )


async def give_up_cut(context: JobContext, payload: dict[str, Any]) -> None:
    """Ends intakes whose body was cut by the death of the process that received it."""
    async with context.database.platform(actor=Actor.system(CUT_JOB)) as uow:
        if given_up := await refuse_cut(uow):
            log.warning("intakes.cut.refused", count=given_up)


async def resume(context: JobContext, payload: dict[str, Any]) -> None:
    """Takes up bodies that nothing is going to apply, or to announce, any more."""
    async with context.database.platform(actor=Actor.system(RESUME_JOB)) as uow:
        if resumed := await resume_stuck(uow):
            log.warning("intakes.stuck.resumed", count=resumed)


@dataclass
class Refused:
    """A record that no document came of, and what it still says of its parties."""

    record: Record
    faults: tuple[Fault, ...]
    parties: Parties


@dataclass
class Window:
    """A stretch of a body held at once: its records as documents, and those with faults."""

    number: int
    arrivals: list[Arrival]
    refused: list[Refused]


async def apply_intake(database: Database, *, intake_id: UUID, body_limit: int) -> None:
    """Applies a received intake to its end. May be called again after any interruption, and by
    two at once: every chunk is applied by exactly one transaction."""
    async with database.platform() as uow:
        intake = await queries.load_intake(uow, intake_id)
    if intake is None or intake.state != IntakeState.RECEIVED:
        return
    windows = _windows(database, intake, body_limit)
    ahead = asyncio.ensure_future(_next(windows))
    try:
        while (window := await ahead) is not None:
            ahead = asyncio.ensure_future(_next(windows))
            await _apply_window(database, intake, window)
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
        await windows.aclose()
    async with database.platform() as uow:
        await finish_intake(uow, intake_id)


async def announce_applied(context: JobContext, payload: dict[str, Any]) -> None:
    """Tells the areas of one applied intake."""
    await announce_intake(context.database, intake_id=UUID(payload["intake_id"]))


async def announce_intake(database: Database, *, intake_id: UUID) -> None:
    """Says in each area that the body is applied: what follows from a body follows once, and does
    not take its time from the chunks still to come. Harmless when said again."""
    async with database.platform() as uow:
        intake = await queries.load_intake(uow, intake_id)
        assert intake is not None, "an applied intake stays"
        areas = await queries.areas_of(uow, intake.id)
    actor = Actor(intake.sender_kind, intake.sender_id, intake.sender_name)
    for area_code in areas:
        async with database.begin(AreaScope(area_code), actor=actor) as uow:
            await uow.record(
                IntakeApplied(
                    area_code=area_code,
                    aggregate_id=intake.id,
                    intake_id=intake.id,
                    first_position=0,
                    last_position=LAST_POSITION,
                )
            )
    async with database.platform() as uow:
        await set_announced(uow, intake_id)


async def _next(windows: AsyncGenerator[Window, None]) -> Window | None:
    return await anext(windows, None)


async def _windows(
    database: Database, intake: Intake, body_limit: int
) -> AsyncGenerator[Window, None]:
    """The body again, from its first byte, read off the event loop's thread."""
    kind = DocumentKind(intake.document_kind) if intake.document_kind else None
    form = BodyForm(IntakeFormat(intake.format), intake.encoding, intake.compressed, kind)
    reader = BodyReader(form, limit=body_limit)
    held: list[Record] = []
    size = number = part_number = 0
    ended = False
    while not ended:
        async with database.platform() as uow:
            part = await queries.load_part(uow, intake.id, part_number)
        part_number += 1
        ended = part is None
        records = await asyncio.to_thread(_read_part, reader, part)
        for record in records:
            held.append(record)
            size += len(record.content)
            if size >= WINDOW_BYTES:
                yield await asyncio.to_thread(_read_window, number, held, kind)
                held, size, number = [], 0, number + 1
    if held:
        yield await asyncio.to_thread(_read_window, number, held, kind)


def _read_part(reader: BodyReader, part: bytes | None) -> list[Record]:
    return list(reader.finish() if part is None else reader.feed(part))


def _read_window(number: int, records: list[Record], kind: DocumentKind | None) -> Window:
    window = Window(number, [], [])
    readings = read_many([record.content for record in records], kind)
    for record, reading in zip(records, readings, strict=True):
        found = reading if isinstance(reading, tuple) else ()
        if found or record.faults:
            parties = stated_parties(record.content)
            window.refused.append(Refused(record, (*record.faults, *found), parties))
        else:
            window.arrivals.append(arrival_of(record, reading))
    return window


async def _apply_window(database: Database, intake: Intake, window: Window) -> None:
    sender = Sender(intake.hospital_id, intake.supplier_id, intake.area_code)
    actor = Actor(intake.sender_kind, intake.sender_id, intake.sender_name)
    nowhere = Outcome("")
    named_by = [
        *(one.document for one in window.arrivals),
        *(one.parties for one in window.refused),
    ]
    async with database.platform(actor=actor) as uow:
        directory = await documents.load_directory(uow, named_by)
        products = await documents.load_products(uow, product_codes(window.arrivals))
    for one in window.refused:
        places = (one.record.number, one.record.last_number)
        faults = (*one.faults, *unknown_parties(one.parties, directory))
        nowhere.add(intake.id, places, rejected(faults), (None, None))
    areas: dict[str, list[Placed]] = {}
    for arrival in window.arrivals:
        match place(arrival, directory, sender):
            case (str(area_code), Placed() as placed):
                areas.setdefault(area_code, []).append(placed)
            case Verdict() as verdict:
                nowhere.add(intake.id, places_of(arrival), verdict, named(arrival))
    turns = asyncio.Semaphore(AREAS_AT_ONCE)

    async def apply_area(area_code: str) -> None:
        async with turns:
            for at, part in enumerate(_split(areas[area_code])):
                number = window.number * CHUNKS_PER_WINDOW + at
                chunk = Chunk(intake.id, number, sender, more_follows=True)
                async with database.begin(AreaScope(area_code), actor=actor) as uow:
                    await apply_chunk(uow, chunk=chunk, placed=part, products=products)

    async with asyncio.TaskGroup() as group:
        for area_code in sorted(areas):
            group.create_task(apply_area(area_code))
    if nowhere.rows:
        async with database.platform(actor=actor) as uow:
            await keep_outcome(uow, intake.id, window.number * CHUNKS_PER_WINDOW, nowhere)


def _split(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Stretches of at most so many lines (or one document)."""
    part: list[Placed] = []
    size = 0
    for one in placed:
        lines = len(getattr(one.arrival.document, "lines", ())) or 1
        if part and size + lines > CHUNK_LINES:
            yield part
            part, size = [], 0
        part.append(one)
        size += lines
    yield part


HANDLERS: dict[str, JobHandler] = {
    APPLY_JOB: apply_received,
    ANNOUNCE_JOB: announce_applied,
    CUT_JOB: give_up_cut,
    RESUME_JOB: resume,
}
SCHEDULES = {CUT_JOB: 3600.0, RESUME_JOB: 3600.0}
