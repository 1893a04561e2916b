"""The proof pack, a published format: what each member of the archive says (version 1).

Amounts are fen. Members are JSON as these models write it, indented by two; beside them lie the
batch's content as it was hashed, the bytes sent, received and handed in, and `manifest.json`.
"""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from schemas.codes.approvals import ApprovalStep, Decision
from schemas.codes.batches import BatchStatus
from schemas.codes.ledger import AccountKind, Book, TransferState
from schemas.codes.payments import DecisionState, EvidenceSource, Outcome
from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.messages.base import Message
from schemas.messages.explanations import Explanation

MANIFEST: Final = "manifest.json"
CONTENT: Final = "batch/content.jsonl"
"""The lines whose SHA-256 is the content hash: JSON arrays parted by a line feed."""
ITEMS: Final = "batch/items.bin"
"""80 bytes an item: payment, share, hospital, supplier (16 each), amount, recovery (8 each, big
endian), in byte order. Their SHA-256 stands in the line `items` of the content."""
ITEM_BYTES: Final = 80


class PackMember(Message):
    """A member of the archive."""

    name: str
    sha256: str
    byte_count: int


class PackManifest(Message):
    """Every other member in the order of the archive, and what the pack does not prove."""

    format: Literal["zhijie.proof-pack"] = "zhijie.proof-pack"
    version: Literal[1] = 1
    area_code: str
    payment_id: UUID
    members: list[PackMember]
    not_signed: list[str]
    absent: list[str]


class PackedBatch(Message):
    """The batch as three people decided about it; its amounts stand in its content."""

    id: UUID
    status: BatchStatus
    content_hash: str
    made_by: UUID
    made_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    released_by: UUID | None
    released_at: datetime | None


class PackedShare(Message):
    """What one scheme bears of a line.

    `also_paid_by` names other payments with items of it; other batches set off
    `set_off_elsewhere_minor` of it.
    """

    id: UUID
    payable_id: UUID
    application_line_id: UUID
    scheme: str
    confirmed_minor: int
    also_paid_by: list[UUID]
    set_off_elsewhere_minor: int


class PackedLine(Message):
    """A line of an application: what the hospital confirmed and the agency reviewed twice."""

    id: UUID
    payable_id: UUID
    part_no: int
    amount_minor: int
    status: str
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    first_reviewed_by: UUID | None
    first_reviewed_at: datetime | None
    re_reviewed_by: UUID | None
    accepted_at: datetime | None


class PackedPayable(Message):
    """What matching found to be owed, and the lines of the papers it was matched on."""

    id: UUID
    kind: str
    amount_minor: int
    order_line_id: UUID
    receipt_line_id: UUID | None
    invoice_line_id: UUID | None


class PackedAttempt(Message):
    """One attempt at the bank; `message_id` names the message that carried it."""

    id: UUID
    attempt_no: int
    end_to_end_id: str
    amount_minor: int
    decision_state: DecisionState
    outcome: Outcome
    returned_minor: int
    posted_paid_minor: int
    posted_returned_minor: int
    posted_disowned_minor: int
    message_id: str | None


class PackedPayment(Message):
    """`payment.json`: the payment, what it pays for and how it was tried."""

    id: UUID
    scheme: str
    amount_minor: int
    item_count: int
    payee_account_last4: str
    outcome: Outcome
    returned_minor: int
    batch: PackedBatch
    shares: list[PackedShare]
    lines: list[PackedLine]
    payables: list[PackedPayable]
    attempts: list[PackedAttempt]


class PackedApproval(Message):
    """One decision of one person about one content of the batch."""

    step: ApprovalStep
    decision: Decision
    reason: str | None
    content_hash: str
    user_id: UUID
    user_name: str
    decided_at: datetime


class PackedApprovals(Message):
    """`approvals.json`: every decision about the batch, in the order taken."""

    approvals: list[PackedApproval]


class PackedSubmission(Message):
    """A message to the bank; its bytes are `bank/sent/<message_id>.bin`.

    `signature` (hex) is over those bytes, made at `signed_at` by the key named `signing_key`.
    """

    message_id: str
    message_kind: str
    body_sha256: str
    payment_count: int
    control_sum_minor: int
    signature: str | None
    signing_key: str | None
    signed_at: datetime | None
    sent_at: datetime | None


class PackedSigningKey(Message):
    """A registered key: its public half (SubjectPublicKeyInfo, DER in hex) and its period.

    `user_id` enters SM2 signatures.
    """

    key_name: str
    algorithm: SignatureAlgorithm
    place: KeyPlace
    public_key: str
    user_id: str
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None


class PackedAnswer(Message):
    """What came back for a message; its bytes are `bank/received/<id>.bin`."""

    id: UUID
    message_id: str
    source: EvidenceSource
    verdict: str
    http_status: int | None
    body_sha256: str
    received_at: datetime


class PackedEvidence(Message):
    """One thing learned about an attempt, by the bank or by two people."""

    id: UUID
    attempt_id: UUID
    source: EvidenceSource
    meaning: str
    code: str
    reason_code: str | None
    amount_minor: int | None
    code_map_version: str
    bank_message_id: UUID | None
    statement_entry_id: UUID | None
    decided_by_first: UUID | None
    decided_by_second: UUID | None
    about: list[UUID]
    happened_at: datetime | None
    learned_at: datetime


class PackedEntry(Message):
    """A line of the bank's statement; `statement_sha256` is that of the statement's file."""

    id: UUID
    statement_identification: str
    statement_sha256: str
    line_number: int
    detail_number: int
    amount_minor: int
    is_credit: bool
    is_return: bool
    booking_date: date
    value_date: date | None
    bank_reference: str | None
    end_to_end_id: str | None
    return_reason: str | None


class PackedBank(Message):
    """`bank.json`: what was sent and by which keys signed, what came back, what the bank booked."""

    submissions: list[PackedSubmission]
    signing_keys: list[PackedSigningKey]
    answers: list[PackedAnswer]
    evidence: list[PackedEvidence]
    entries: list[PackedEntry]


class PackedTransfer(Message):
    """One transfer of the ledger; nil stands for no party."""

    id: UUID
    book: Book
    scheme: str
    posting_number: int
    entry_id: UUID
    leg_number: int
    debit_kind: AccountKind
    debit_party_id: UUID
    credit_kind: AccountKind
    credit_party_id: UUID
    amount_minor: int
    state: TransferState
    resolves_transfer_id: UUID | None
    booking_date: date
    basis_kind: str
    basis_id: UUID


class PackedPostings(Message):
    """`postings.json`: what was booked for the attempts and the bank's lines."""

    transfers: list[PackedTransfer]


class PackedSeal(Message):
    """A link of the area's chain with its event: `event` is the canonical text that was hashed."""

    number: int
    kind: str
    event_id: UUID
    salt: str
    digest: str
    previous: str
    link: str
    event: str


class PackedSeals(Message):
    """`seals.json`: the sealed events about the batch, its messages and the payment's attempts."""

    seals: list[PackedSeal]


class PackedDocument(Message):
    """A paper; its bytes, if the intake has them, are `documents/<id>.bin`.

    Of a document of CSV rows they are the header, a line feed and its rows.
    """

    id: UUID
    kind: str
    issuer_code: str
    external_number: str
    revision: int
    content_sha256: str
    line_ids: list[UUID]


class PackedDocuments(Message):
    """`documents.json`: the orders, receipts and invoices that the payables were matched on."""

    documents: list[PackedDocument]


class PackedExplanation(Message):
    """`explanation.json`: the match explained, a page a hundred items."""

    pages: list[Explanation]
