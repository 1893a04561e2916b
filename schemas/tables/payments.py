"""Payments: frozen payee and amount, attempts at the bank, exact bytes sent, append-only evidence.

`payment` and `payment_item` are written set-wise when a batch freezes; everything else follows
from the batch's release (banks.md section 3).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from schemas.bank import Verdict
from schemas.codes.payments import (
    AnswerFinding,
    DecisionKind,
    DecisionState,
    EvidenceSource,
    Outcome,
    PaymentDirection,
    PaymentPurpose,
    SubmissionState,
)
from schemas.tables.base import (
    TenantRow,
    ids_field,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def _default(value: str) -> dict[str, object]:
    return {"server_default": text(f"'{value}'")}


class Payment(TenantRow, table=True):
    """One amount to one frozen payee, from one agency account, in one scheme.

    A share that is paid again names both payments in its items: that is how a re-issue is linked
    to what came back. `is_released` once three people let it go: its payee sees it from then on.
    `outcome` caches the latest attempt's outcome.
    """

    __tablename__ = "payment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "payment_batch_id", "scheme"],
            ["payment_batch.area_code", "payment_batch.id", "payment_batch.scheme"],
            name="fk_payment_batch_of_its_scheme",
        ),
        ForeignKeyConstraint(
            ["area_code", "agency_account_id", "scheme"],
            ["agency_account.area_code", "agency_account.id", "agency_account.scheme"],
            name="fk_payment_account_of_its_scheme",
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("item_count >= 0", name="item_count_not_negative"),
        CheckConstraint("returned_minor BETWEEN 0 AND amount_minor", name="returned_within_amount"),
        CheckConstraint(_one_of("scheme", "310", "390"), name="scheme_known"),
        CheckConstraint(_one_of("direction", *PaymentDirection), name="direction_known"),
        CheckConstraint(_one_of("purpose", *PaymentPurpose), name="purpose_known"),
        CheckConstraint(_one_of("outcome", *Outcome), name="outcome_known"),
        CheckConstraint("claim_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="claim_month_form"),
        Index("ix_payment_batch", "area_code", "payment_batch_id"),
        Index("ix_payment_supplier", "supplier_id", "id"),
        tenant(supplier=True, updatable=("outcome", "returned_minor", "is_released")),
    )

    payment_batch_id: UUID | None = None
    agency_account_id: UUID
    direction: str = text_field(
        default=PaymentDirection.CREDIT, sa_column_kwargs=_default(PaymentDirection.CREDIT)
    )
    purpose: str = text_field(
        default=PaymentPurpose.SUPPLIER_SETTLEMENT,
        sa_column_kwargs=_default(PaymentPurpose.SUPPLIER_SETTLEMENT),
    )
    scheme: str = text_field()
    claim_month: str = text_field()
    supplier_id: UUID | None = None
    payee_account_id: UUID | None = None
    payee_name: str = text_field()
    payee_cnaps_code: str = text_field()
    payee_account_ciphertext: bytes
    payee_key_id: str = text_field()
    payee_account_blind_index: bytes
    payee_account_last4: str = text_field()
    amount_minor: int = minor_field()
    item_count: int
    remittance: str = text_field()
    is_released: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    outcome: str = text_field(default=Outcome.UNKNOWN, sa_column_kwargs=_default(Outcome.UNKNOWN))
    returned_minor: int = minor_field(default=0, sa_column_kwargs={"server_default": text("0")})
    recorded_at: datetime = recorded_at_field()


class PaymentItem(TenantRow, table=True):
    """The part of one payable share that one payment pays.

    `recovery_minor` of `amount_minor` is planned to be recovered from the hospital's claim of the
    payment's `claim_month`; the rest is carried as an advance. `is_final` once no further news of
    the bank is awaited: a share has at most one item that is not final.
    """

    __tablename__ = "payment_item"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("recovery_minor BETWEEN 0 AND amount_minor", name="recovery_within_amount"),
        Index(
            "uq_payment_item_open_share",
            "area_code",
            "payable_share_id",
            unique=True,
            postgresql_where=text("NOT is_final"),
        ),
        Index("ix_payment_item_payment", "area_code", "payment_id"),
        Index("ix_payment_item_share", "area_code", "payable_share_id"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("is_final",),
            without_foreign_keys=True,
            listed=False,
        ),
    )

    payment_id: UUID
    payable_share_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    amount_minor: int = minor_field()
    recovery_minor: int = minor_field(default=0, sa_column_kwargs={"server_default": text("0")})
    is_final: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class Submission(TenantRow, table=True):
    """The exact bytes of one message to the bank, stored before the socket opens, never remade.

    The message id is the id's hex, so it is unique across areas. `sending` is committed before
    the call, and so is `delivered_at` before each of at most two deliveries of the same bytes;
    `answered_at` only says that some answer was stored. A message that was not sent on its
    `execution_date` is voided and its payments are signed again in another. A bank that wants
    signatures gets none without: the bytes wait as `stored` until the signing process has put
    `signature`, its key and its moment beside them, and somebody else has checked it.
    """

    __tablename__ = "submission"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "payment_batch_id"], ["payment_batch.area_code", "payment_batch.id"]
        ),
        ForeignKeyConstraint(
            ["area_code", "agency_account_id"], ["agency_account.area_code", "agency_account.id"]
        ),
        UniqueConstraint("area_code", "message_id"),
        CheckConstraint("message_id = replace(id::text, '-', '')", name="message_id_is_id"),
        CheckConstraint("octet_length(body_sha256) = 32", name="digest_length"),
        CheckConstraint("payment_count > 0", name="payment_count_positive"),
        CheckConstraint("control_sum_minor > 0", name="control_sum_positive"),
        CheckConstraint(_one_of("state", *SubmissionState), name="state_known"),
        CheckConstraint("(state = 'sending') = (sent_at IS NOT NULL)", name="sent_when_sending"),
        ForeignKeyConstraint(["signing_key"], ["signing_key.key_name"]),
        CheckConstraint(
            "(signing_key IS NULL) = (signed_at IS NULL)"
            " AND (signing_key IS NULL OR signature IS NOT NULL)",
            name="signed_by_a_key_at_a_moment",
        ),
        CheckConstraint(
            "(delivery_count = 0) = (delivered_at IS NULL) AND delivery_count BETWEEN 0 AND 2",
            name="delivered_once_or_twice",
        ),
        Index("ix_submission_batch", "area_code", "payment_batch_id"),
        Index(
            "ix_submission_unsent",
            "area_code",
            "id",
            postgresql_where=text("state IN ('stored', 'signed')"),
        ),
        Index(
            "ix_submission_next_inquiry",
            "area_code",
            "next_inquiry_at",
            postgresql_where=text("next_inquiry_at IS NOT NULL"),
        ),
        tenant(
            updatable=(
                "state",
                "sent_at",
                "delivered_at",
                "delivery_count",
                "answered_at",
                "next_inquiry_at",
                "inquiry_count",
            )
        ),
    )

    payment_batch_id: UUID | None = None
    agency_account_id: UUID
    bank_code: str = text_field()
    message_id: str = text_field()
    message_kind: str = text_field()
    body_ciphertext: bytes
    key_id: str = text_field()
    body_sha256: bytes
    signature: bytes | None = None
    signing_key: str | None = text_field(default=None)
    """The name of the registered key; its algorithm is the key's."""
    signed_at: datetime | None = instant_field(default=None)
    payment_count: int
    control_sum_minor: int = minor_field()
    execution_date: date
    """The day on which the bank is asked to pay, as the bytes say."""
    state: str = text_field()
    sent_at: datetime | None = instant_field(default=None)
    delivered_at: datetime | None = instant_field(default=None)
    """Before the latest call that put the bytes on the wire."""
    delivery_count: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    answered_at: datetime | None = instant_field(default=None)
    next_inquiry_at: datetime | None = instant_field(default=None)
    inquiry_count: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    recorded_at: datetime = recorded_at_field()


class PaymentAttempt(TenantRow, table=True):
    """One try at paying a payment; at most one per payment is not final.

    `decision_state` is ours and moved by guarded statements; `outcome` caches the fold over the
    evidence. `posted_paid_minor` and `posted_returned_minor` say what the share balances and the
    ledger already show; `posted_released` that the reservation was given back;
    `posted_disowned_minor` what of the bank's debits people moved to suspense. The end-to-end id
    is the id's hex, so it is unique across areas and never reused.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "payment_id"], ["payment.area_code", "payment.id"]),
        ForeignKeyConstraint(
            ["area_code", "submission_id"], ["submission.area_code", "submission.id"]
        ),
        UniqueConstraint("area_code", "end_to_end_id"),
        UniqueConstraint("area_code", "payment_id", "attempt_no"),
        Index(
            "uq_payment_attempt_open",
            "area_code",
            "payment_id",
            unique=True,
            postgresql_where=text("NOT is_final"),
        ),
        Index("ix_payment_attempt_submission", "area_code", "submission_id"),
        Index(
            "ix_payment_attempt_conflict",
            "area_code",
            "id",
            postgresql_where=text("outcome = 'conflict'"),
        ),
        Index(
            "ix_payment_attempt_not_sent",
            "area_code",
            "id",
            postgresql_where=text("outcome = 'not_sent'"),
        ),
        Index(
            "ix_payment_attempt_unsigned",
            "area_code",
            "payment_id",
            postgresql_where=text("decision_state = 'approved'"),
        ),
        CheckConstraint("end_to_end_id = replace(id::text, '-', '')", name="end_to_end_id_is_id"),
        CheckConstraint("attempt_no > 0", name="attempt_no_positive"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(_one_of("decision_state", *DecisionState), name="decision_state_known"),
        CheckConstraint(_one_of("outcome", *Outcome), name="outcome_known"),
        CheckConstraint(
            "(decision_state IN ('rendered', 'signed', 'sending')) <= (submission_id IS NOT NULL)",
            name="signed_has_submission",
        ),
        CheckConstraint(
            "posted_paid_minor IN (0, amount_minor)", name="posted_paid_is_all_or_nothing"
        ),
        CheckConstraint(
            "posted_returned_minor BETWEEN 0 AND posted_paid_minor",
            name="posted_returned_within_paid",
        ),
        CheckConstraint(
            "NOT (posted_released AND posted_paid_minor > 0)", name="released_or_paid_never_both"
        ),
        CheckConstraint("posted_disowned_minor >= 0", name="posted_disowned_not_negative"),
        tenant(
            updatable=(
                "decision_state",
                "submission_id",
                "outcome",
                "returned_minor",
                "is_final",
                "posted_paid_minor",
                "posted_returned_minor",
                "posted_released",
                "posted_disowned_minor",
                "version",
            )
        ),
    )

    payment_id: UUID
    attempt_no: int
    end_to_end_id: str = text_field()
    amount_minor: int = minor_field()
    decision_state: str = text_field()
    submission_id: UUID | None = None
    outcome: str = text_field(default=Outcome.UNKNOWN, sa_column_kwargs=_default(Outcome.UNKNOWN))
    returned_minor: int = minor_field(default=0, sa_column_kwargs={"server_default": text("0")})
    is_final: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    posted_paid_minor: int = minor_field(default=0, sa_column_kwargs={"server_default": text("0")})
    posted_returned_minor: int = minor_field(
        default=0, sa_column_kwargs={"server_default": text("0")}
    )
    posted_released: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    posted_disowned_minor: int = minor_field(
        default=0, sa_column_kwargs={"server_default": text("0")}
    )
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    recorded_at: datetime = recorded_at_field()


class BankMessage(TenantRow, table=True):
    """What the bank sent back, byte for byte, stored before it is read; `xsd_valid` is a flag.

    `finding` says what about it a person must look at.

    `inquiry_no` is 0 for the answer to the sending itself; `asked_end_to_end_id` is set when one
    instruction alone was asked about.
    """

    __tablename__ = "bank_message"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "submission_id"], ["submission.area_code", "submission.id"]
        ),
        CheckConstraint("octet_length(body_sha256) = 32", name="digest_length"),
        CheckConstraint(
            _one_of("source", EvidenceSource.SYNCHRONOUS_REPLY, EvidenceSource.STATUS_INQUIRY),
            name="source_known",
        ),
        CheckConstraint(_one_of("verdict", *Verdict), name="verdict_known"),
        CheckConstraint(
            f"finding IS NULL OR {_one_of('finding', *AnswerFinding)}", name="finding_known"
        ),
        Index("ix_bank_message_submission", "area_code", "submission_id"),
        Index(
            "ix_bank_message_unread",
            "area_code",
            "id",
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_bank_message_finding",
            "area_code",
            "id",
            postgresql_where=text("finding IS NOT NULL"),
        ),
        tenant(updatable=("read_at", "xsd_valid", "finding")),
    )

    submission_id: UUID
    source: str = text_field()
    asked_end_to_end_id: str | None = text_field(default=None)
    inquiry_no: int
    verdict: str = text_field()
    http_status: int | None = None
    body_ciphertext: bytes
    key_id: str = text_field()
    body_sha256: bytes
    xsd_valid: bool | None = None
    finding: str | None = text_field(default=None)
    received_at: datetime = instant_field()
    read_at: datetime | None = instant_field(default=None)


class PaymentEvidence(TenantRow, table=True):
    """One thing learned about one attempt: append-only, de-duplicated by digest.

    `meaning` is the normalized reading of the bank's code under `code_map_version`. Human
    decisions are evidence too, made by two different people; `about` holds the ids of the evidence
    of the same attempt that they confirm, dismiss or do not believe.
    """

    __tablename__ = "payment_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "attempt_id"], ["payment_attempt.area_code", "payment_attempt.id"]
        ),
        ForeignKeyConstraint(
            ["area_code", "bank_message_id"], ["bank_message.area_code", "bank_message.id"]
        ),
        UniqueConstraint("area_code", "attempt_id", "digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        CheckConstraint(_one_of("source", *EvidenceSource), name="source_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "(source = 'human_decision') = (decided_by_first IS NOT NULL)"
            " AND (source = 'human_decision') = (decided_by_second IS NOT NULL)"
            " AND decided_by_first IS DISTINCT FROM decided_by_second"
            " OR source <> 'human_decision'"
            " AND decided_by_first IS NULL AND decided_by_second IS NULL",
            name="two_people_decide",
        ),
        CheckConstraint("source = 'human_decision' OR about = '{}'", name="people_name_evidence"),
        CheckConstraint(
            "meaning <> 'booked_debit' OR statement_entry_id IS NOT NULL"
            " AND source IN ('statement_booking', 'human_decision')",
            name="debits_are_of_entries",
        ),
        tenant(),
    )

    attempt_id: UUID
    source: str = text_field()
    meaning: str = text_field()
    code: str = text_field()
    reason_code: str | None = text_field(default=None)
    amount_minor: int | None = minor_field(default=None)
    code_map_version: str = text_field()
    digest: bytes
    bank_message_id: UUID | None = None
    statement_entry_id: UUID | None = None
    decided_by_first: UUID | None = None
    decided_by_second: UUID | None = None
    about: list[UUID] = ids_field()
    happened_at: datetime | None = instant_field(default=None)
    learned_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class PaymentDecision(TenantRow, table=True):
    """A proposal of one person about an attempt the bank left open; a second one confirms it."""

    __tablename__ = "payment_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "attempt_id"], ["payment_attempt.area_code", "payment_attempt.id"]
        ),
        CheckConstraint(_one_of("kind", *DecisionKind), name="kind_known"),
        CheckConstraint("proposed_by <> confirmed_by", name="two_different_people"),
        CheckConstraint("(kind = 'not_sent') = (about = '{}')", name="names_evidence"),
        CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_together"
        ),
        CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="withdrawn_together"
        ),
        CheckConstraint(
            "confirmed_by IS NULL OR withdrawn_by IS NULL", name="confirmed_or_withdrawn"
        ),
        Index(
            "uq_payment_decision_open",
            "area_code",
            "attempt_id",
            unique=True,
            postgresql_where=text("confirmed_by IS NULL AND withdrawn_by IS NULL"),
        ),
        tenant(updatable=("confirmed_by", "confirmed_at", "withdrawn_by", "withdrawn_at")),
    )

    attempt_id: UUID
    kind: str = text_field()
    about: list[UUID] = ids_field()
    reason: str = text_field()
    proposed_by: UUID
    proposed_at: datetime = instant_field()
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = instant_field(default=None)
    withdrawn_by: UUID | None = None
    withdrawn_at: datetime | None = instant_field(default=None)


class StatementDay(TenantRow, table=True):
    """A day of an agency account whose complete statement was read and matched."""

    __tablename__ = "statement_day"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "agency_account_id"], ["agency_account.area_code", "agency_account.id"]
        ),
        UniqueConstraint("area_code", "agency_account_id", "statement_date"),
        tenant(),
    )

    agency_account_id: UUID
    statement_date: date
    recorded_at: datetime = recorded_at_field()
