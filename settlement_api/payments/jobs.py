"""The steps that meet the bank: sign, send, ask, read. Each is safe to run again at any point.

Every network call lies between two transactions: what is about to happen is committed before it,
what came back is stored after it. A message is submitted by whoever moved it to `sending`, once.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row

from bank_adapters.errors import UnreadableMessage
from bank_adapters.port import BankAdapter
from bank_adapters.registry import BankProfile, open_adapter
from schemas.bank import (
    BankAccount,
    BankReply,
    CreditInstruction,
    PaymentOrder,
    RenderedMessage,
    Verdict,
)
from schemas.codes.payments import DecisionKind, EvidenceSource
from settlement_api.config import ClockKind
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.payments import queries, service
from settlement_api.unit_of_work import Actor, AreaScope, UnitOfWork

log = structlog.get_logger()

CHUNK: Final = 1_000
"""Payments of one message: a lost answer leaves at most so many outcomes open."""
INQUIRIES_A_TICK: Final = 100
LINES_A_TICK: Final = 200
"""How many single lines of one message are asked about in one turn."""


class BankUnreachable(ConnectionError):
    """The bank does not answer at all: nothing was put on the wire; the job is tried again."""


@asynccontextmanager
async def _bank(context: JobContext) -> AsyncIterator[BankAdapter]:
    """The adapter of the configured bank, which follows the business clock if it is simulated."""
    simulated = context.settings.clock == ClockKind.SIMULATED
    adapter = open_adapter(
        BankProfile(
            base_url=context.settings.bank_url,
            clock=context.clock if simulated else None,
            deduplicates_message_id=simulated,
        )
    )
    try:
        yield adapter
    finally:
        await adapter.close()


@dataclass(frozen=True)
class _Talk:
    """A conversation with the bank on behalf of one area."""

    context: JobContext
    adapter: BankAdapter
    area_code: str

    def begin(self, step: str) -> AbstractAsyncContextManager[UnitOfWork]:
        """One transaction between two calls."""
        return _begin(self.context, self.area_code, step)


@asynccontextmanager
async def _begin(context: JobContext, area_code: str, step: str) -> AsyncIterator[UnitOfWork]:
    actor = Actor.system(f"payments.{step}")
    async with context.database.begin(AreaScope(area_code), actor=actor) as uow:
        yield uow


async def prepare(context: JobContext, payload: dict[str, Any]) -> None:
    """A batch was released: makes its attempts and reserves its money."""
    async with _begin(context, payload["area_code"], "prepare") as uow:
        await service.prepare_batch(uow, batch_id=UUID(payload["aggregate_id"]))


async def sign(context: JobContext, payload: dict[str, Any]) -> None:
    """Renders, validates, signs and stores the messages of a batch, one transaction each."""
    area_code, batch_id = payload["area_code"], UUID(payload["aggregate_id"])
    async with _bank(context) as adapter:
        limit = min(CHUNK, adapter.capabilities.max_instructions)
        while True:
            async with _begin(context, area_code, "sign") as uow:
                rows = await service.lock_unsigned(uow, batch_id=batch_id, limit=limit)
                if not rows:
                    return
                await _sign_chunk(context, uow, adapter, batch_id, rows)


async def _sign_chunk(
    context: JobContext,
    uow: UnitOfWork,
    adapter: BankAdapter,
    batch_id: UUID,
    rows: Sequence[Row[Any]],
) -> None:
    """One message of what fits the bank; what does not is voided with its faults."""
    keyring = context.keyring
    fit: list[CreditInstruction] = []
    attempt_ids: list[UUID] = []
    for row in rows:
        assert row.amount_minor == row.payment_minor, "an attempt is for its payment's amount"
        number = keyring.decrypt(row.payee_account_ciphertext, row.payee_key_id).decode()
        payee = BankAccount(number, row.payee_name, row.payee_cnaps_code)
        instruction = CreditInstruction(row.end_to_end_id, row.amount_minor, payee, row.remittance)
        if faults := adapter.faults_of(instruction):
            await service.void_unfit(
                uow, attempt_id=row.id, payment_id=row.payment_id, faults=faults
            )
        else:
            fit.append(instruction)
            attempt_ids.append(row.id)
    if not fit:
        return
    account = await queries.agency_account(uow, account_id=rows[0].agency_account_id)
    submission_id = await queries.next_id(uow)
    order = PaymentOrder(
        message_id=submission_id.hex,
        created_at=uow.at,
        execution_date=uow.on,
        debtor=BankAccount(
            keyring.decrypt(account.account_ciphertext, account.key_id).decode(),
            account.account_name,
            account.cnaps_code,
        ),
        instructions=fit,
    )
    message = adapter.render(order)
    await service.store_submission(
        uow,
        submission_id=submission_id,
        batch_id=batch_id,
        agency_account_id=account.id,
        bank_code=account.cnaps_code[:3],
        message=message,
        body=_seal(context, message.body),
        attempt_ids=attempt_ids,
    )


def _seal(context: JobContext, body: bytes) -> service.Sealed:
    return service.Sealed(*context.keyring.encrypt(body))


async def send(context: JobContext, payload: dict[str, Any]) -> None:
    """Sends one signed message, once in its life; afterwards there is only asking.

    Raises BankUnreachable while the bank does not answer its health check: then nothing has been
    moved to `sending` and the job may simply run again.
    """
    area_code, submission_id = payload["area_code"], UUID(payload["aggregate_id"])
    async with _bank(context) as adapter:
        if not await adapter.reachable():
            raise BankUnreachable
        async with _begin(context, area_code, "send") as uow:
            submission = await service.begin_sending(
                uow,
                submission_id=submission_id,
                spacing_seconds=adapter.capabilities.inquiry_spacing_seconds,
            )
        if submission is None:
            return
        reply = await adapter.submit(_stored_message(context, submission))
        source = EvidenceSource.SYNCHRONOUS_REPLY
        await _keep_and_read(_Talk(context, adapter, area_code), submission, reply, source)


def _stored_message(context: JobContext, submission: Row[Any]) -> RenderedMessage:
    """The bytes as they were signed; never rendered again."""
    body = context.keyring.decrypt(submission.body_ciphertext, submission.key_id)
    assert sha256(body).digest() == bytes(submission.body_sha256), "stored bytes have changed"
    return RenderedMessage(
        message_id=submission.message_id,
        message_kind=submission.message_kind,
        body=body,
        sha256=bytes(submission.body_sha256),
        payment_count=submission.payment_count,
        control_sum_minor=submission.control_sum_minor,
        signature=submission.signature,
    )


async def _keep_and_read(
    talk: _Talk,
    submission: Row[Any],
    reply: BankReply,
    source: EvidenceSource,
    *,
    inquiry_no: int = 0,
    asked: str | None = None,
) -> None:
    """Stores an answer in one transaction and reads it in another."""
    async with talk.begin("keep") as uow:
        message_id = await service.store_answer(
            uow,
            submission_id=submission.id,
            source=source,
            inquiry_no=inquiry_no,
            asked_end_to_end_id=asked,
            verdict=reply.verdict,
            http_status=reply.http_status,
            body=_seal(talk.context, reply.body),
            body_sha256=sha256(reply.body).digest(),
        )
    await _read(talk, message_id)


async def _read(talk: _Talk, message_id: UUID) -> None:
    """Turns one kept answer into evidence; does nothing when it was read before."""
    async with talk.begin("read") as uow:
        message = await queries.find_unread(uow, message_id=message_id)
        if message is None:
            return
        body = talk.context.keyring.decrypt(message.body_ciphertext, message.key_id)
        report, valid = None, None
        if message.verdict != Verdict.NOT_FOUND:
            try:
                report = talk.adapter.read_report(body)
                valid = talk.adapter.report_is_valid(body)
            except UnreadableMessage as error:
                log.warning("payments.answer.unreadable", fault=str(error), id=str(message_id))
        await service.apply_answer(uow, message=message, report=report, xsd_valid=valid)


async def read(context: JobContext, payload: dict[str, Any]) -> None:
    """Reads an answer that was kept but not read before the process ended."""
    async with _bank(context) as adapter:
        talk = _Talk(context, adapter, payload["area_code"])
        await _read(talk, UUID(payload["aggregate_id"]))


async def inquire(context: JobContext, payload: dict[str, Any]) -> None:
    """Asks about every message of the area whose time has come."""
    area_code = payload["area_code"]
    async with _begin(context, area_code, "inquire") as uow:
        due = await queries.due_inquiries(uow, limit=INQUIRIES_A_TICK)
    if not due:
        return
    async with _bank(context) as adapter:
        if not await adapter.reachable():
            return  # the turn was not taken: it stays due
        for row in due:
            await _inquire_one(_Talk(context, adapter, area_code), row)


async def _inquire_one(talk: _Talk, due: Row[Any]) -> None:
    async with talk.begin("inquire") as uow:
        submission = await service.begin_inquiry(
            uow,
            submission_id=due.id,
            asked=due.inquiry_count,
            spacing_seconds=talk.adapter.capabilities.inquiry_spacing_seconds,
        )
    if submission is None:
        return
    reply = await talk.adapter.inquire(submission.message_id)
    await _keep_and_read(
        talk,
        submission,
        reply,
        EvidenceSource.STATUS_INQUIRY,
        inquiry_no=submission.inquiry_count,
    )
    if reply.verdict is Verdict.NOT_FOUND:
        await _deliver_again(talk, submission)
    elif reply.verdict is Verdict.TAKEN:
        await _inquire_lines(talk, submission)


async def _deliver_again(talk: _Talk, submission: Row[Any]) -> None:
    """The same bytes under the same id, once, only to a bank that never acts on them twice.

    Its "not found" stands committed before; a kill switch thrown meanwhile holds here too, and so
    does people's word that a payment in it was not sent.
    """
    if not talk.adapter.capabilities.deduplicates_message_id:
        return
    async with talk.begin("inquire") as uow:
        if not await queries.may_deliver_again(uow, submission_id=submission.id):
            return
    reply = await talk.adapter.submit(_stored_message(talk.context, submission))
    await _keep_and_read(
        talk,
        submission,
        reply,
        EvidenceSource.SYNCHRONOUS_REPLY,
        inquiry_no=submission.inquiry_count,
    )


async def _inquire_lines(talk: _Talk, submission: Row[Any]) -> None:
    """Asks line by line about what the bank's report of the message left out."""
    async with talk.begin("inquire") as uow:
        silent = await queries.silent_attempts(uow, submission_id=submission.id, limit=LINES_A_TICK)
    for end_to_end_id in silent:
        reply = await talk.adapter.inquire(submission.message_id, end_to_end_id)
        await _keep_and_read(
            talk,
            submission,
            reply,
            EvidenceSource.STATUS_INQUIRY,
            inquiry_no=submission.inquiry_count,
            asked=end_to_end_id,
        )


async def stop_line(context: JobContext, payload: dict[str, Any]) -> None:
    """News contradicts money that moved: stops sending in the area until a person lifts it."""
    async with _begin(context, payload["area_code"], "stop_line") as uow:
        if not await queries.is_stopped(uow):
            await service.stop_sending(uow, reason="news of the bank contradicts money that moved")


async def try_again(context: JobContext, payload: dict[str, Any]) -> None:
    """Two people decided that an attempt was not sent: makes a new one."""
    if payload["kind"] != DecisionKind.NOT_SENT:
        return
    async with _begin(context, payload["area_code"], "try_again") as uow:
        await service.try_again(uow, attempt_id=UUID(payload["attempt_id"]))


_STEPS: Final[Mapping[str, JobHandler]] = {
    "prepare": prepare,
    "sign": sign,
    "send": send,
    "read": read,
}


async def tick(context: JobContext, payload: dict[str, Any]) -> None:
    """Goes on with whatever a stop, a dead process or an unreachable bank left lying.

    A step that fails keeps no other from its turn; its error is raised when all had theirs.
    """
    area_code = payload["area_code"]
    async with _begin(context, area_code, "tick") as uow:
        work = await queries.work_left(uow)
    failed: list[Exception] = []
    for row in work:
        try:
            await _STEPS[row.step](context, {"area_code": area_code, "aggregate_id": str(row.id)})
        except BankUnreachable:
            log.warning("payments.bank.unreachable", area_code=area_code)
            break
        except Exception as error:
            log.exception("payments.step.failed", step=row.step, id=str(row.id))
            failed.append(error)
    else:
        await inquire(context, {"area_code": area_code})
    if failed:
        raise ExceptionGroup("steps of payments failed", failed)


HANDLERS: Final[dict[str, JobHandler]] = {
    "payments.prepare": prepare,
    "payments.sign": sign,
    "payments.send": send,
    "payments.read": read,
    "payments.inquire": inquire,
    "payments.stop_line": stop_line,
    "payments.try_again": try_again,
    "payments.tick": tick,
}

SUBSCRIPTIONS: Final = {
    "batches.batch.released": "payments.prepare",
    "payments.batch.prepared": "payments.sign",
    "payments.submission.signed": "payments.send",
    "payments.stop.lifted": "payments.tick",
    "outcomes.conflict.found": "payments.stop_line",
    "outcomes.decision.confirmed": "payments.try_again",
}

AREA_SCHEDULES: Final = {"payments.tick": 15.0}
"""Every area's tick, in seconds of real time; what is due follows the business clock."""
