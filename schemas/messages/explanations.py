"""One line explained: its chain from contract to bank line, and every rule that spoke about it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.codes.batches import ExclusionReason
from schemas.codes.explanations import EdgeKind, NodeKind
from schemas.codes.holds import ActingParty, HoldType
from schemas.codes.payments import EvidenceSource
from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    DiscrepancyStatus,
    DueDateState,
    Route,
)
from schemas.messages.base import Message, QuantityText, YuanText


class NodeName(Message):
    """A link of the chain by its kind and id."""

    kind: NodeKind
    id: UUID


class PersonActing(Message):
    """Who did something and when; id and name only where the reader may know the person."""

    act: str
    id: UUID | None
    name: str | None
    at: datetime | None


class EvidenceBrief(Message):
    """One thing learned about an attempt at the bank."""

    source: EvidenceSource
    meaning: str
    code: str
    reason_code: str | None
    amount: YuanText | None
    learned_at: datetime


class ExplainedNode(Message):
    """One link of the chain. `number` is what people call it; `facts` are by kind."""

    kind: NodeKind
    id: UUID
    area_code: str | None
    number: str
    status: str | None
    quantity: QuantityText | None = Field(
        description="In the smallest unit, or as sent where `facts` name a unit."
    )
    amount: YuanText | None
    hospital_id: UUID | None
    supplier_id: UUID | None
    dates: dict[str, date | datetime]
    facts: dict[str, str]
    people: list[PersonActing]
    evidence: list[EvidenceBrief]


class ExplainedEdge(Message):
    """What one link hands on to the next; walked either way."""

    from_node: NodeName
    to_node: NodeName
    kind: EdgeKind
    quantity: QuantityText | None
    amount: YuanText | None


class RuleVersion(Message):
    """By which kernel and which rule pack it was decided; none where no decision tells."""

    kernel: str | None
    rule_pack_code: str | None
    rule_pack_version: int | None


class RuleSpoken(Message):
    """A rule of matching that spoke: what it compared, what is at stake, and what would cure it.

    `at_stake` is the amount the row names, else its quantity at the price of the order or the
    contract. `act_by` is the day that people set when they decided about it, else the rule pack's.
    """

    discrepancy_id: UUID
    rule: str
    version: RuleVersion
    reason: DiscrepancyReason
    effect: DiscrepancyEffect
    status: DiscrepancyStatus
    hold: HoldType
    about: list[NodeName]
    quantity: QuantityText
    amount: YuanText
    compared: dict[str, Any]
    at_stake: YuanText | None
    acts: ActingParty
    cure: str
    cure_zh: str
    act_by: date | None
    act_by_state: DueDateState | None = Field(
        description="None where nobody must act; `pending_calendar` until its year is loaded."
    )
    absorbed: bool = Field(description="Within tolerance: the difference was absorbed.")
    recorded_at: datetime
    note: str | None


class RouteDecision(Message):
    """Which way a payable goes, by which contract row and price, and when it is due."""

    payable_id: UUID
    route: Route
    contract_id: UUID | None
    contract_number: str | None
    pack_price: str | None = Field(description="Yuan for `pack_size` smallest units.")
    pack_size: int | None
    basis_date: date
    clock_start_date: date
    due_date: date | None
    version: RuleVersion


class ForecastShown(Message):
    """Where an order line will probably go, and how much of it is matched."""

    order_line_id: UUID
    route: Route
    reason: DiscrepancyReason | None
    contract_id: UUID | None
    matched: QuantityText
    open: QuantityText


class LeftOut(Message):
    """A batch left an eligible share, or a line without shares, out; and why."""

    payment_batch_id: UUID
    application_line_id: UUID
    payable_share_id: UUID | None
    reason: ExclusionReason
    amount: YuanText
    acts: ActingParty | None
    cure: str | None
    cure_zh: str | None


class NextStep(Message):
    """What a link of the chain waits for, from whom, and by when where a day is set."""

    about: NodeName
    acts: ActingParty
    step: str
    step_zh: str
    act_by: date | None


class CutShort(Message):
    """Something was too long to show: `shown` of `total`."""

    what: str
    shown: int
    total: int


class Explanation(Message):
    """The whole chain of what was asked about, as far as the reader may see it.

    `hidden` lists kinds that the reader's party never sees. A payment's items come a page at a
    time: `next` is the cursor of the next page.
    """

    asked: list[NodeName]
    nodes: list[ExplainedNode]
    edges: list[ExplainedEdge]
    rules: list[RuleSpoken]
    decisions: list[RouteDecision]
    forecasts: list[ForecastShown]
    left_out: list[LeftOut]
    steps: list[NextStep]
    cuts: list[CutShort]
    hidden: list[NodeKind]
    next: str | None = Field(default=None, description="Give it back as `after`.")
