"""Gathers everything behind one payment into one archive, from one snapshot."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.documents import IntakeFormat
from schemas.codes.explanations import NodeKind
from schemas.messages.base import Message
from schemas.messages.explanations import Explanation
from schemas.messages.paging import decode_id
from schemas.messages.proof_packs import (
    CONTENT,
    ITEMS,
    PackedAnswer,
    PackedApproval,
    PackedApprovals,
    PackedAttempt,
    PackedBank,
    PackedBatch,
    PackedDocument,
    PackedDocuments,
    PackedEntry,
    PackedEvidence,
    PackedExplanation,
    PackedLine,
    PackedPayable,
    PackedPayment,
    PackedPostings,
    PackedSeal,
    PackedSeals,
    PackedShare,
    PackedSigningKey,
    PackedSubmission,
    PackedTransfer,
)
from settlement_api.audit.chain import canonical
from settlement_api.encryption import AlteredBytes, Keyring
from settlement_api.explanations.queries import Reader, Seed, View
from settlement_api.explanations.service import explain
from settlement_api.intakes.errors import BodyBroken
from settlement_api.intakes.policy import Inflater, TextReader
from settlement_api.pack_archive import archive, as_json, manifest_of
from settlement_api.proof_packs import queries
from settlement_api.proof_packs.errors import PackTooLarge
from settlement_api.proof_packs.queries import USUAL, Limits, Payment

NOT_SIGNED: Final = (
    "The pack: who can write all of it can write it anew. Compare seals.json with the chain.",
    "Approvals: they carry the content hash and are sealed in the chain, not signed by the people.",
)
MESSAGES_UNSIGNED: Final = "Messages to the bank: no signature is stored beside their bytes."
STATEMENT_ABSENT: Final = (
    "The files of the bank's statements: they hold other payments' lines; bank.json has their"
    " SHA-256."
)

Packed = TypeVar("Packed", bound=Message)


@dataclass
class _Pack:
    """Members by name, and what is not among them."""

    most_bytes: int
    members: dict[str, bytes] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    byte_count: int = 0

    def add(self, name: str, body: bytes | Message) -> None:
        """Adds a member. Raises PackTooLarge."""
        self.members[name] = body if isinstance(body, bytes) else as_json(body)
        self.byte_count += len(self.members[name])
        if self.byte_count > self.most_bytes:
            raise PackTooLarge(what="bytes", limit=self.most_bytes)

    def add_decrypted(self, name: str, row: Row[Any], keyring: Keyring) -> None:
        """Adds stored bytes; bytes that were altered in the database are told as absent."""
        try:
            self.add(name, keyring.decrypt(row.body_ciphertext, row.key_id, of=UUID(str(row.id))))
        except AlteredBytes:
            self.absent.append(f"{name}: the stored bytes were altered")


async def make_pack(
    reader: Reader, *, keyring: Keyring, payment_id: UUID, limits: Limits = USUAL
) -> bytes:
    """The archive of a payment: the same rows, the same bytes.

    Raises NothingToProve and PackTooLarge.
    """
    payment = await queries.find_payment(reader, payment_id, limits)
    pack = _Pack(limits.byte_count)
    lines, items = await payment.content()
    pack.add(CONTENT, lines)
    pack.add(ITEMS, items)
    told = await _payment(payment)
    pack.add("payment.json", told)
    approvals = _all(PackedApproval, await payment.ask("approvals"))
    pack.add("approvals.json", PackedApprovals(approvals=approvals))
    unsigned = await _add_bank(pack, payment, told, keyring)
    await _add_explanation(pack, payment)
    await _add_documents(pack, payment, told)
    notes = (*NOT_SIGNED, MESSAGES_UNSIGNED) if unsigned else NOT_SIGNED
    manifest = manifest_of(
        pack.members,
        area_code=payment.row.area_code,
        payment_id=payment_id,
        not_signed=notes,
        absent=[STATEMENT_ABSENT, *sorted(pack.absent)],
    )
    return archive(manifest, pack.members)


def _all(kind: type[Packed], rows: Sequence[Row[Any]]) -> list[Packed]:
    return [_one(kind, row) for row in rows]


def _one(kind: type[Packed], row: Row[Any], **more: Any) -> Packed:
    said = {name: value for name, value in row._mapping.items() if name in kind.model_fields}
    return kind(**said, **more)


async def _payment(payment: Payment) -> PackedPayment:
    shares = _all(PackedShare, await payment.ask("shares"))
    lines = await payment.ask("lines", ids=sorted({share.application_line_id for share in shares}))
    payables = await payment.ask("payables", ids=sorted({share.payable_id for share in shares}))
    row = payment.row
    batch = {name: row._mapping[name] for name in PackedBatch.model_fields if name != "id"}
    return _one(
        PackedPayment,
        row,
        batch=PackedBatch(id=row.batch_id, **batch),
        shares=shares,
        lines=_all(PackedLine, lines),
        payables=_all(PackedPayable, payables),
        attempts=_all(PackedAttempt, await payment.ask("attempts")),
    )


async def _add_bank(pack: _Pack, payment: Payment, told: PackedPayment, keyring: Keyring) -> bool:
    """What was sent, received, booked and sealed; whether a message has no signature."""
    attempts = [attempt.id for attempt in told.attempts]
    names = [attempt.end_to_end_id for attempt in told.attempts]
    messages = [UUID(attempt.message_id) for attempt in told.attempts if attempt.message_id]
    sent = await payment.ask("submissions", ids=messages)
    answers = await payment.ask("answers", ids=messages)
    keys = await payment.ask("signing_keys", names=[row.signing_key for row in sent])
    evidence = _all(PackedEvidence, await payment.ask("evidence", ids=attempts))
    cited = sorted({each.statement_entry_id for each in evidence if each.statement_entry_id})
    entries = _all(PackedEntry, await payment.ask("entries", ids=cited, names=names))
    pack.add(
        "bank.json",
        PackedBank(
            submissions=_all(PackedSubmission, sent),
            signing_keys=_all(PackedSigningKey, keys),
            answers=_all(PackedAnswer, answers),
            evidence=evidence,
            entries=entries,
        ),
    )
    for row in sent:
        pack.add_decrypted(f"bank/sent/{row.message_id}.bin", row, keyring)
    for row in answers:
        pack.add_decrypted(f"bank/received/{row.id}.bin", row, keyring)
    moved = await payment.ask("transfers", ids=[*attempts, *(entry.id for entry in entries)])
    pack.add("postings.json", PackedPostings(transfers=_all(PackedTransfer, moved)))
    sealed = await payment.ask("seals", ids=[told.id, told.batch.id, *attempts, *messages])
    pack.add("seals.json", PackedSeals(seals=[_seal(row) for row in sealed]))
    return any(row.signature is None for row in sent)


def _seal(row: Row[Any]) -> PackedSeal:
    return PackedSeal(
        number=row.number,
        kind=row.kind,
        event_id=row.event_id,
        salt=bytes(row.salt).hex(),
        digest=bytes(row.digest).hex(),
        previous=bytes(row.previous).hex(),
        link=bytes(row.link).hex(),
        event=canonical(row._asdict()).decode(),
    )


async def _add_explanation(pack: _Pack, payment: Payment) -> None:
    view = View(payment.reader, [payment.row.area_code])
    seed = Seed(NodeKind.PAYMENT, payment.row.id, payment.row.area_code)
    pages: list[Explanation] = []
    while not pages or pages[-1].next:
        after = decode_id(pages[-1].next) if pages else None
        pages.append(await explain(view, [seed], after=after))
        view.cuts.clear()  # of that page alone
    pack.add("explanation.json", PackedExplanation(pages=pages))


# ── papers as handed in ─────────────────────────────────────────────────────────────────────


async def _add_documents(pack: _Pack, payment: Payment, told: PackedPayment) -> None:
    """Orders, receipts and invoices with their bytes, read once from each body they came in."""
    named = chain.from_iterable(
        (payable.order_line_id, payable.receipt_line_id, payable.invoice_line_id)
        for payable in told.payables
    )
    rows = await payment.ask("documents", ids=sorted({line for line in named if line}))
    pack.add("documents.json", PackedDocuments(documents=_all(PackedDocument, rows)))
    by_intake: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_intake[row.intake_id].append(row)
    intakes = await payment.ask("intakes", ids=sorted(by_intake))
    bodies: dict[UUID, bytes] = {}
    for intake in intakes:
        bodies |= await _cut(payment.reader, intake, by_intake[intake.id])
    for row in rows:
        body = bodies.get(row.id, b"")
        if sha256(body).hexdigest() == row.content_sha256:
            pack.add(f"documents/{row.id}.bin", body)
        else:
            pack.absent.append(f"documents/{row.id}.bin: not among the bytes as handed in")


async def _cut(
    reader: Reader, intake: Row[Any], documents: Sequence[Row[Any]]
) -> Mapping[UUID, bytes]:
    """The bytes of these documents out of a body, which may be large: never held as a whole."""
    found = {row.id: bytearray() for row in documents}
    last = max(row.raw_position + row.raw_length for row in documents)
    position, header = 0, b""
    try:
        async for text in _texts(reader, intake):
            if intake.format == IntakeFormat.CSV and b"\n" not in header:
                header += text
            for row in documents:
                start, end = (
                    row.raw_position - position,
                    row.raw_position + row.raw_length - position,
                )
                found[row.id] += text[max(start, 0) : max(end, 0)]
            position += len(text)
            if position >= last:
                break
    except BodyBroken:
        return {}
    if intake.format == IntakeFormat.CSV:
        title = header.partition(b"\n")[0].removesuffix(b"\r") + b"\n"
        return {row_id: title + bytes(body) for row_id, body in found.items()}
    return {row_id: bytes(body).strip() for row_id, body in found.items()}


async def _texts(reader: Reader, intake: Row[Any]) -> AsyncIterator[bytes]:
    """A body as positions in it are counted: inflated and in UTF-8."""
    inflater, reading = Inflater() if intake.compressed else None, TextReader(intake.encoding)
    async for part in queries.parts_of(reader, intake.id):
        for piece in inflater.feed(part, 1) if inflater else (part,):
            yield reading.feed(piece)
    yield reading.finish()
