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
from bank_adapters.registry import open_adapter
from schemas.bank import (
    BankAccount,
    BankReply,
    CreditInstruction,
    PaymentOrder,
    RenderedMessage,
    Verdict,
)
from schemas.codes.payments import DecisionKind, EvidenceSource, SubmissionState
from settlement_api.banks import bank_profile
from settlement_api.batches.errors import ContentChanged
from settlement_api.batches.service import halt_batch
from settlement_api.encryption import AlteredBytes, Keyring
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.outcomes import policy as outcome_policy
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
async def open_bank(context: JobContext) -> AsyncIterator[BankAdapter]:
    """The adapter of the configured bank, for as long as it is spoken to."""
    adapter = open_adapter(bank_profile(context.settings, context.clock))
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


@asynccontextmanager
async def halting(context: JobContext, area_code: str, batch_id: UUID) -> AsyncIterator[None]:
    """A batch that is not what was approved, or whose bytes were altered, is halted and told of."""
    try:
        yield
    except (ContentChanged, AlteredBytes) as fault:
        log.critical("payments.batch.altered", batch_id=str(batch_id), fault=str(fault))
        async with _begin(context, area_code, "halt") as uow:
            await halt_batch(uow, batch_id=batch_id, fault=str(fault))
        raise


async def prepare(context: JobContext, payload: dict[str, Any]) -> None:
    """A batch was released: makes its attempts and reserves its money."""
    area_code, batch_id = payload["area_code"], UUID(payload["aggregate_id"])
    async with (
        halting(context, area_code, batch_id),
        _begin(context, area_code, "prepare") as uow,
    ):
        await service.prepare_batch(uow, batch_id=batch_id)


async def sign(context: JobContext, payload: dict[str, Any]) -> None:
    """Renders, validates and stores the messages of a batch, one transaction each; where the bank
    wants signatures they wait for the signing process."""
    area_code, batch_id = payload["area_code"], UUID(payload["aggregate_id"])
    async with open_bank(context) as adapter:
        limit = min(CHUNK, adapter.capabilities.max_instructions)
        while True:
            async with (
                halting(context, area_code, batch_id),
                _begin(context, area_code, "sign") as uow,
            ):
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
    """One message of what may be paid and fits the bank; what does not is voided, with why."""
    keyring = context.keyring
    fit: list[CreditInstruction] = []
    attempt_ids: list[UUID] = []
    hindered = await queries.hindered(uow, attempt_ids=[row.id for row in rows])
    for row in rows:
        assert row.amount_minor == row.payment_minor, "an attempt is for its payment's amount"
        instruction = _instruction(keyring, row)
        faults = adapter.faults_of(instruction)
        if reason := hindered.get(UUID(int=row.id.int), outcome_policy.UNFIT if faults else None):
            await service.leave_out(
                uow, attempt_id=row.id, payment_id=row.payment_id, reason=reason, faults=faults
            )
        else:
            fit.append(instruction)
            attempt_ids.append(row.id)
    if not fit:
        return
    account = await queries.agency_account(uow, account_id=rows[0].agency_account_id)
    submission_id = await uow.fresh_id()
    execution_date = await queries.execution_date(uow, cut_off=adapter.capabilities.cut_off)
    order = PaymentOrder(
        message_id=submission_id.hex,
        created_at=uow.at,
        execution_date=execution_date,
        debtor=BankAccount(
            keyring.account_number(
                account.account_ciphertext,
                account.key_id,
                of=account.id,
                blind_index=account.account_blind_index,
            ),
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
        body=_seal(context, message.body, of=submission_id),
        execution_date=execution_date,
        attempt_ids=attempt_ids,
        state=SubmissionState.STORED if context.settings.bank_signature else SubmissionState.SIGNED,
    )


def _instruction(keyring: Keyring, row: Row[Any]) -> CreditInstruction:
    """What the bank is told; the account's bytes must be those of the account people verified."""
    number = keyring.account_number(
        row.payee_account_ciphertext,
        row.payee_key_id,
        of=row.payee_account_id,
        blind_index=row.payee_account_blind_index,
    )
    payee = BankAccount(number, row.payee_name, row.payee_cnaps_code)
    return CreditInstruction(row.end_to_end_id, row.amount_minor, payee, row.remittance)


def _seal(context: JobContext, body: bytes, *, of: UUID) -> service.Sealed:
    return service.Sealed(*context.keyring.encrypt(body, of=of))


async def send(context: JobContext, payload: dict[str, Any]) -> None:
    """Sends one signed message, once in its life; afterwards there is only asking.

    Raises BankUnreachable while the bank does not answer its health check: then nothing has been
    moved to `sending` and the job may simply run again. What was held too long is signed anew.
    """
    area_code, submission_id = payload["area_code"], UUID(payload["aggregate_id"])
    async with open_bank(context) as adapter:
        if not await adapter.reachable():
            raise BankUnreachable
        talk = _Talk(context, adapter, area_code)
        if batch_id := await _withdraw_if_late(talk, submission_id):
            await sign(context, {"area_code": area_code, "aggregate_id": str(batch_id)})
            return
        begun = await _begin_sending(talk, submission_id)
        if begun is None:
            return
        submission, message = begun
        reply = await adapter.submit(message)
        await _keep_and_read(talk, submission, reply, EvidenceSource.SYNCHRONOUS_REPLY)


async def _withdraw_if_late(talk: _Talk, submission_id: UUID) -> UUID | None:
    async with talk.begin("send") as uow:
        today = await queries.execution_date(uow, cut_off=talk.adapter.capabilities.cut_off)
        return await service.withdraw_if_late(
            uow, submission_id=submission_id, execution_date=today
        )


async def _begin_sending(
    talk: _Talk, submission_id: UUID
) -> tuple[Row[Any], RenderedMessage] | None:
    """The message, now on its way; one whose bytes were altered stays where it was, halted."""
    async with talk.begin("send") as uow:
        batch_id = await queries.batch_of_submission(uow, submission_id=submission_id)
    async with halting(talk.context, talk.area_code, batch_id), talk.begin("send") as uow:
        submission = await service.begin_sending(
            uow,
            submission_id=submission_id,
            spacing_seconds=talk.adapter.capabilities.inquiry_spacing_seconds,
        )
        return submission and (submission, stored_message(talk.context, submission))


def stored_message(context: JobContext, submission: Row[Any]) -> RenderedMessage:
    """The bytes as they were signed; never rendered again. Raises AlteredBytes."""
    body = context.keyring.decrypt(
        submission.body_ciphertext, submission.key_id, of=UUID(int=submission.id.int)
    )
    if sha256(body).digest() != bytes(submission.body_sha256):
        raise AlteredBytes(f"the message {submission.message_id} is not the one that was signed")
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
        message_id = await uow.fresh_id()
        await service.store_answer(
            uow,
            answer_id=message_id,
            submission_id=submission.id,
            source=source,
            inquiry_no=inquiry_no,
            asked_end_to_end_id=asked,
            verdict=reply.verdict,
            http_status=reply.http_status,
            body=_seal(talk.context, reply.body, of=message_id),
            body_sha256=sha256(reply.body).digest(),
        )
    await _read(talk, message_id)


async def _read(talk: _Talk, message_id: UUID) -> None:
    """Turns one kept answer into evidence; does nothing when it was read before."""
    async with talk.begin("read") as uow:
        message = await queries.find_unread(uow, message_id=message_id)
        if message is None:
            return
        body = talk.context.keyring.decrypt(message.body_ciphertext, message.key_id, of=message_id)
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
    async with open_bank(context) as adapter:
        talk = _Talk(context, adapter, payload["area_code"])
        await _read(talk, UUID(payload["aggregate_id"]))


async def inquire(context: JobContext, payload: dict[str, Any]) -> None:
    """Asks about every message of the area whose time has come."""
    area_code = payload["area_code"]
    async with _begin(context, area_code, "inquire") as uow:
        due = await queries.due_inquiries(uow, limit=INQUIRIES_A_TICK)
    if not due:
        return
    async with open_bank(context) as adapter:
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

    Its "not found" stands committed before, and so does the delivery itself: a process that dies
    here delivers no third time. A kill switch thrown meanwhile holds here too, and so does people's
    word that a payment in it was not sent.
    """
    if not talk.adapter.capabilities.deduplicates_message_id:
        return
    async with talk.begin("inquire") as uow:
        if not await service.begin_redelivery(
            uow, submission_id=submission.id, message_id=submission.message_id
        ):
            return
        message = stored_message(talk.context, submission)
    reply = await talk.adapter.submit(message)
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


async def try_again(context: JobContext, payload: dict[str, Any]) -> None:
    """Two people decided that an attempt was not sent: makes a new one."""
    if payload["kind"] != DecisionKind.NOT_SENT:
        return
    attempt = {"area_code": payload["area_code"], "aggregate_id": payload["attempt_id"]}
    await _renew(context, attempt)


async def _renew(context: JobContext, payload: dict[str, Any]) -> None:
    async with _begin(context, payload["area_code"], "try_again") as uow:
        await service.try_again(uow, attempt_id=UUID(payload["aggregate_id"]))


_STEPS: Final[Mapping[str, JobHandler]] = {
    "prepare": prepare,
    "sign": sign,
    "send": send,
    "read": read,
    "renew": _renew,
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
    "payments.try_again": try_again,
    "payments.tick": tick,
}

SUBSCRIPTIONS: Final = {
    "batches.batch.released": "payments.prepare",
    "payments.batch.prepared": "payments.sign",
    "payments.submission.signed": "payments.send",
    "payments.stop.lifted": "payments.tick",
    "decisions.decision.confirmed": "payments.try_again",
}

AREA_SCHEDULES: Final = {"payments.tick": 15.0}
"""Every area's tick, in seconds of real time; what is due follows the business clock."""
