"""Where documents come in: one by one, or many in a body that streams."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Stream
from sqlalchemy import Row

from schemas.codes.documents import DocumentKind, IntakeFormat, IntakeState, RecordOutcome
from schemas.codes.roles import Role
from schemas.messages.intakes import (
    FaultMessage,
    IntakeMessage,
    RecordResultMessage,
    StoredDocument,
)
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_key,
    encode_cursor,
    page_of,
)
from schemas.messages.reading import read
from schemas.problems import Forbidden, NotFound, Problem
from schemas.tables.intakes import Intake
from settlement_api.access import Principal
from settlement_api.config import Settings
from settlement_api.documents.errors import DocumentFaults, Rejection
from settlement_api.documents.policy import Sender, Verdict
from settlement_api.http import StreamedKey
from settlement_api.idempotency import Answer, Answered, AnswerGone, KeyReused, RequestInFlight
from settlement_api.intakes import queries, service
from settlement_api.intakes.errors import (
    BodyBroken,
    IdentityTaken,
    IntakeCut,
    IntakeTooLarge,
    KindNeeded,
    MediaUnknown,
)
from settlement_api.intakes.policy import UTF8_BOM, BodyForm, BodyReader, parse_form
from settlement_api.persistence import Database
from settlement_api.unit_of_work import PlatformScope, UnitOfWork

SENDERS: Final = (
    Role.HOSPITAL_CLERK,
    Role.HOSPITAL_CONFIRMER,
    Role.SUPPLIER,
    Role.ADMINISTRATOR,
)
"""Parties send what they issue; administrators send on their behalf (the trading platform's feed),
which the audit trail says. Nobody who reviews or pays a document brings it in."""
PART_BYTES: Final = 4 << 20
LONGEST_WAIT_SECONDS: Final = 30
FIRST_PAUSE_SECONDS: Final = 0.02
SAME_AT_ONCE: Final = "the same body under the same key was taken from a request at the same time"
WAIT_WISH: Final = re.compile(r"\bwait=(\d{1,4})\b")
Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@post("/documents/{kind:str}", status_code=201, tags=["documents"])
async def send_document(
    kind: FromPath[str],
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Response[StoredDocument]:
    """Stores one document (JSON) before answering: 201, or 200 when it was stored before.

    Every fault of the document is named with its JSON pointer; then nothing is stored.
    """
    principal.require(*SENDERS)
    if request.content_type[0] != "application/json" or request.headers.get("content-encoding"):
        raise MediaUnknown("one document is sent as plain application/json")
    known_kind = _kind(kind)
    body = await request.body()
    text = body.removeprefix(UTF8_BOM)
    document = read(text, known_kind)
    if isinstance(document, tuple):
        raise DocumentFaults(faults=(*document, *await service.strangers_in(uow, text)))
    form = BodyForm(IntakeFormat.NDJSON, "utf-8", compressed=False, kind=known_kind)
    intake_id, verdict = await service.apply_single(
        uow, sender=sender_of(principal), form=form, body=body, document=document
    )
    if verdict.document_id is None:
        raise _refusal(verdict)
    stored = StoredDocument(id=verdict.document_id, outcome=verdict.outcome, intake_id=intake_id)
    fresh = verdict.outcome is RecordOutcome.ACCEPTED
    return Response(stored, status_code=201 if fresh else 200)


def _kind(text: str) -> DocumentKind:
    try:
        return DocumentKind(text)
    except ValueError:
        raise NotFound("there is no such kind of document") from None


def _refusal(verdict: Verdict) -> Problem:
    codes = {fault.code for fault in verdict.faults}
    if Rejection.NOT_ISSUER in codes:
        return Forbidden(verdict.faults[0].message)
    if Rejection.IDENTITY_CONFLICT in codes:
        return IdentityTaken(verdict.faults[0].message)
    return DocumentFaults(faults=verdict.faults)


def sender_of(principal: Principal) -> Sender:
    """On whose behalf a principal sends."""
    return Sender(principal.hospital_id, principal.supplier_id, principal.area_code)


# ── many at once ────────────────────────────────────────────────────────────────────────────


@post(
    "/intakes",
    status_code=202,
    tags=["intakes"],
    opt={"streamed": True},
    request_max_body_size=None,
)
async def receive_body(
    *,
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    streamed_key: NamedDependency[StreamedKey],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    kind: FromQuery[DocumentKind | None] = None,
    encoding: FromQuery[str | None] = None,
) -> Response[IntakeMessage]:
    """Takes a body of documents as NDJSON, JSON array or CSV (`kind` needed), gzip allowed.

    A body that breaks is refused with line and byte, its bytes are kept. Otherwise 202, and the
    documents are applied in the background; `Prefer: wait=10` waits for them that long (200).
    The Idempotency-Key belongs to the bytes: with others it is refused (409).
    """
    principal.require(*SENDERS)
    form = parse_form(
        content_type=request.headers.get("content-type", ""),
        content_encoding=request.headers.get("content-encoding", ""),
        encoding=encoding,
        kind=kind,
    )
    if form.format is IntakeFormat.CSV and kind is None:
        raise KindNeeded
    if streamed_key.used:
        limit = settings.body_limit_bytes
        await streamed_key.repeat(await _digest_of(request.stream(), limit))
    receiver = await _open(database, principal, form, streamed_key)
    await receiver.take(request.stream(), BodyReader(form, limit=settings.body_limit_bytes))
    intake = await _wait(database, receiver.intake_id, _wish(request))
    applied = intake.state == IntakeState.APPLIED
    return Response(_message(intake), status_code=200 if applied else 202)


async def _digest_of(stream: AsyncGenerator[bytes, None], limit: int) -> bytes:
    """The digest of a body that is heard to its end but not kept."""
    digest, size = sha256(), 0
    async for piece in stream:
        size += len(piece)
        if size > limit:
            raise IntakeTooLarge(limit_bytes=limit)
        digest.update(piece)
    return digest.digest()


async def _open(
    database: Database, principal: Principal, form: BodyForm, key: StreamedKey
) -> "Receiver":
    async with database.platform(actor=principal.actor) as uow:
        intake_id = await service.open_intake(
            uow, actor=principal.actor, sender=sender_of(principal), form=form
        )
    return Receiver(database, intake_id, key)


@dataclass
class Receiver:
    """Keeps a body part by part while it is checked; each part is committed on its own."""

    database: Database
    intake_id: UUID
    key: StreamedKey
    _held: bytearray = field(default_factory=bytearray)
    _digest: Any = field(default_factory=sha256)
    _parts: int = 0
    _size: int = 0
    _writing: asyncio.Task[None] | None = None

    async def take(self, stream: AsyncGenerator[bytes, None], reader: BodyReader) -> None:
        """Takes the whole body. Raises what is wrong with it, after its bytes were kept."""
        try:
            count = await self._check(stream, reader)
        except (BodyBroken, IntakeTooLarge) as problem:
            await self._hear_out(stream, reader, keeps=isinstance(problem, BodyBroken))
            await self._refuse(problem)
            raise
        except InternalServerException as error:
            cut = IntakeCut()
            await self._refuse(cut)
            raise cut from error
        await self._flush()
        await self._written()
        try:
            await self._complete(count)
        except (Answered, KeyReused, AnswerGone, RequestInFlight) as rival:
            await self._refuse(rival if isinstance(rival, Problem) else KeyReused(SAME_AT_ONCE))
            raise

    async def _complete(self, count: int) -> None:
        """The whole body is kept, and the key is this body's, in one transaction."""
        digest = self._digest.digest()
        async with self.database.platform() as uow:
            await service.complete_intake(
                uow,
                intake_id=self.intake_id,
                byte_count=self._size,
                digest=digest,
                record_count=count,
            )
            intake = await queries.load_intake(uow, self.intake_id)
            assert intake is not None, "the intake was opened by this request"
            body = _message(intake).model_dump_json().encode()
            await self.key.take(uow, digest, Answer(202, "application/json", body))

    async def _check(self, stream: AsyncGenerator[bytes, None], reader: BodyReader) -> int:
        count = 0
        async for piece in stream:
            await self._keep(piece, reader.limit)
            for record in reader.feed(piece):
                count += record.count
        return count + sum(record.count for record in reader.finish())

    async def _keep(self, piece: bytes, limit: int) -> None:
        self._size += len(piece)
        if self._size > limit:
            raise IntakeTooLarge(limit_bytes=limit)
        self._digest.update(piece)
        self._held += piece
        if len(self._held) >= PART_BYTES:
            await self._flush()

    async def _hear_out(
        self, stream: AsyncGenerator[bytes, None], reader: BodyReader, *, keeps: bool
    ) -> None:
        """Takes what follows the break, so that the evidence is whole and the caller, who may
        still be sending, reads our answer; over the limit it is only heard, so far again."""
        heard = 0
        try:
            async for piece in stream:
                heard += len(piece)
                if keeps:
                    await self._keep(piece, reader.limit)
                elif heard > reader.limit:
                    return
        except (IntakeTooLarge, InternalServerException):
            return

    async def _flush(self) -> None:
        """Begins to write what is held; the next part is received and checked meanwhile."""
        await self._written()
        if self._held:
            body, self._held = bytes(self._held), bytearray()
            self._writing = asyncio.create_task(self._write(self._parts, body))
            self._parts += 1

    async def _written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def _write(self, part_number: int, body: bytes) -> None:
        async with self.database.platform() as uow:
            await service.keep_part(
                uow, intake_id=self.intake_id, part_number=part_number, body=body
            )

    async def _refuse(self, problem: Problem) -> None:
        await self._flush()
        await self._written()
        problem.facts["intake_id"] = str(self.intake_id)
        refusal = {"code": problem.code, "detail": problem.detail} | problem.facts
        async with self.database.platform() as uow:
            await service.refuse_intake(
                uow, intake_id=self.intake_id, byte_count=self._size, refusal=refusal
            )


def _wish(request: Request[Any, Any, Any]) -> float:
    """Seconds that `Prefer: wait=n` asks for (RFC 7240), at most 30."""
    found = WAIT_WISH.search(request.headers.get("prefer", ""))
    return min(int(found[1]), LONGEST_WAIT_SECONDS) if found else 0


async def _wait(database: Database, intake_id: UUID, seconds: float) -> Intake:
    """The intake once it is applied, or as it is when the time is over."""
    deadline, pause = monotonic() + seconds, FIRST_PAUSE_SECONDS
    while True:
        async with database.platform() as uow:
            intake = await queries.load_intake(uow, intake_id)
        assert intake is not None, "the intake was opened by this request"
        if intake.state == IntakeState.APPLIED or monotonic() + pause > deadline:
            return intake
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)


@get("/intakes/{intake_id:uuid}", tags=["intakes"])
async def show_intake(
    intake_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> IntakeMessage:
    """How far an intake has come."""
    return _message(await _visible(uow, principal, intake_id))


@get("/intakes/{intake_id:uuid}/results", tags=["intakes"])
async def list_results(
    *,
    intake_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    outcome: FromQuery[RecordOutcome | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RecordResultMessage]:
    """What became of each record, in their order; `outcome=rejected` for the refused ones."""
    await _visible(uow, principal, intake_id)
    start = decode_key(after, tuple[int])[0] if after else 0
    rows = await queries.list_results(uow, intake_id, outcome=outcome, after=start, limit=limit)
    return page_of(
        [_result(row) for row in rows],
        limit=limit,
        cursor_of=lambda result: encode_cursor(result.record_number),
    )


@get("/intakes/{intake_id:uuid}/raw", tags=["intakes"])
async def download(
    intake_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    database: NamedDependency[Database],
) -> Stream:
    """The body exactly as it came over the wire."""
    await _visible(uow, principal, intake_id)
    headers = {"Content-Disposition": f'attachment; filename="{intake_id}.bin"'}
    return Stream(
        _parts(database, intake_id), media_type="application/octet-stream", headers=headers
    )


async def _parts(database: Database, intake_id: UUID) -> AsyncIterator[bytes]:
    number = 0
    while True:
        async with database.platform() as uow:
            body = await queries.load_part(uow, intake_id, number)
        if body is None:
            return
        yield body
        number += 1


async def _visible(uow: UnitOfWork, principal: Principal, intake_id: UUID) -> Intake:
    """An intake of the principal's own party. Raises NotFound."""
    await uow.switch(PlatformScope())
    intake = await queries.find_intake(uow, intake_id, sender=sender_of(principal))
    if intake is None:
        raise NotFound
    return intake


def _message(intake: Intake) -> IntakeMessage:
    return IntakeMessage(
        id=intake.id,
        state=IntakeState(intake.state),
        format=IntakeFormat(intake.format),
        kind=DocumentKind(intake.document_kind) if intake.document_kind else None,
        byte_count=intake.byte_count,
        sha256=intake.body_sha256.hex() if intake.body_sha256 else None,
        received=intake.received_records,
        accepted=intake.accepted_records,
        unchanged=intake.unchanged_records,
        rejected=intake.rejected_records,
        refusal=intake.refusal,
        started_at=intake.started_at,
        applied_at=intake.applied_at,
    )


def _result(row: Row[Any]) -> RecordResultMessage:
    return RecordResultMessage(
        record_number=row.record_number,
        last_record_number=row.last_record_number,
        outcome=RecordOutcome(row.outcome),
        kind=DocumentKind(row.document_kind) if row.document_kind else None,
        external_number=row.external_number,
        document_id=row.document_id,
        faults=[FaultMessage(**fault) for fault in row.faults or ()],
    )


router = Router(
    path="/",
    route_handlers=[send_document, receive_body, show_intake, list_results, download],
)
