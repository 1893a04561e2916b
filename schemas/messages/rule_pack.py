"""A rule pack: every number and choice that provinces set and change, as one frozen value.

Field values are closed lists of what is implemented: a pack that asks for another rule is refused
when it is read (`not implemented: …`), not when money moves. Where only one value is listed, the
field says what is done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from schemas.codes.contracts import ProductKind
from schemas.codes.parties import RevisionProfile, Scheme
from schemas.codes.roles import Role
from schemas.codes.rule_packs import ProposalStatus
from schemas.messages.base import Day, Message, Remark, with_contradictions
from schemas.messages.tolerances import ToleranceRule, ToleranceTemplate

RoundingTolerance = Literal["half_unit_of_last_stated_decimal"]
DateBasis = Literal[
    "order_date", "delivery_date", "receipt_date", "acceptance_date", "invoice_date"
]
"""`receipt_date` is another name of `delivery_date`: the day the hospital received the goods.
`acceptance_date` is the day it accepted them, which is that of delivery unless it says another."""
LeftOutPriority = Literal["oldest_due_date", "declared_sme", "external_identity"]


class RouteRule(Message):
    """Which way a payable goes (domain.md section 4)."""

    direct_when: Literal["contract_in_force"]
    otherwise: Literal["self"]


class SchemeShareRule(Message):
    """Which fund bears a payable."""

    basis: Literal["pro_rata_to_claims"]
    """In proportion to what each fund owes the hospital for the month."""
    without_claims: Scheme
    """The fund that bears all of it when the hospital has no claims that month."""


class ShortfallRule(Message):
    """What happens when money or capacity does not reach."""

    capacity_short: Literal["pay_and_carry", "leave_out"]
    """Beyond the claim: paid, and the shortfall carried to later months; or left out."""
    account_short: Literal["leave_out"]
    priority: tuple[LeftOutPriority, ...]
    deduction_cap_percent: int | None = Field(ge=0, le=100)
    """Largest share of a month's claim that may be deducted; none means no cap."""
    carry_months_until_receivable: int = Field(ge=1, le=120)
    """Months returns that outweigh what is to be paid are carried before they are receivable."""


class RoleAssignment(Message):
    """Which role takes each step; the three of a batch are three different people."""

    first_reviewer: Role
    re_reviewer: Role
    releaser: Role
    offset_acknowledger: Role


class ActingDays(Message):
    """Working days in which each party acts on a discrepancy, from the day that it was found."""

    supplier: int = Field(default=5, ge=1, le=366)
    hospital: int = Field(default=5, ge=1, le=366)
    agency: int = Field(default=3, ge=1, le=366)
    bureau: int = Field(default=10, ge=1, le=366)


class DeadlineRule(Message):
    """Days of the settlement calendar and the clocks of payment (domain.md sections 6 and 8)."""

    apply_by_day_of_month: int = Field(ge=1, le=28)
    """After this day, moved to a working day, the agency applies for returns left out."""
    confirm_within_working_days: int = Field(ge=1, le=366)
    on_silence: Literal["remind"]
    """A hospital that lets the deadline pass is reminded daily; silence confirms nothing."""
    acknowledge_within_working_days: int = Field(default=5, ge=1, le=366)
    """Working days in which finance is to acknowledge an offset instruction."""
    contract_due: Literal["end_of_next_month"]
    """Due date of payables under a procurement contract, counted from acceptance."""
    other_due_days: int = Field(ge=1, le=3_660)
    """Calendar days from acceptance to the due date of every other payable."""
    suspense_within_working_days: int = Field(default=5, ge=1, le=366)
    """Working days in which unexplained money on an agency's account is to be explained."""
    act_within_working_days: ActingDays = ActingDays()
    """Who must act on a discrepancy is said beside each reason (`schemas.codes.remedies`)."""


class ResolutionRule(Message):
    """What one person may decide alone about discrepancies, and what nobody may write off."""

    two_people_above_fen: int = Field(default=1_000_000, ge=0)
    """A decision with more at stake, or with nobody knows how much, takes two people."""
    write_off_limit_fen: int = Field(default=10_000, ge=0)
    """Most that is written off for one discrepancy."""


class ReleaseLimit(Message):
    """The most that is released from an agency's account of one scheme; none: no limit."""

    scheme: Scheme
    batch_fen: int | None = Field(default=None, gt=0)
    """Most that one batch pays."""
    daily_fen: int | None = Field(default=None, gt=0)
    """Most that is released from one account in one day, whatever day the bank pays it."""


class PaperRule(Message):
    """For which kinds of products a paper besides the matched ones is asked for."""

    required_for: tuple[ProductKind, ...] = ()
    effect: Literal["information", "held"] = "information"
    """Whether what lacks it is only shown, or not payable until it is named."""
    since: Day | None = None
    """Documents dated before are not asked; none: all are."""


class SubstitutionRule(Message):
    """Whether goods may be delivered for others of their contract product group (同组替代)."""

    rule: Literal["refuse", "allow"] = "refuse"
    since: Day | None = None
    """Orders placed before take no substitutes; none: all orders do."""
    until: Day | None = None
    """Orders placed after take none, nor orders without a date. Ending it so takes nothing back."""

    @model_validator(mode="wrap")
    @classmethod
    def _ends_after_it_begins(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return with_contradictions(cls.__name__, given, handler, _backward(given))


def _backward(given: Any) -> list[str]:
    """A last day before the first one."""
    since, until = (
        (given.get(name) if isinstance(given, Mapping) else getattr(given, name, None))
        for name in ("since", "until")
    )
    if since is None or until is None or str(since) <= str(until):
        return []
    return [f"{until} lies before {since}"]


class RulePack(Message):
    """One version of a rule pack in force from a day on."""

    code: str = Field(min_length=1, max_length=64)
    version: int = Field(ge=1, le=2**31 - 1, strict=True)
    valid_from: Day
    issuing_document: str = Field(min_length=1)
    approved_by: str = Field(min_length=1)
    assumed: bool
    """The values were assumed by us and not yet confirmed by the authority named."""

    funding_model: Literal["net_off"]
    """Paid from what the fund owes the hospital (model A of domain.md section 3)."""
    settlement_period: Literal["month"]
    route: RouteRule
    date_basis: tuple[DateBasis, ...] = Field(min_length=1)
    """The first of these dates that a line has decides price, contract and authorization."""
    scheme_share: SchemeShareRule
    shortfall: ShortfallRule
    prepayment_held_by: Literal["hospital"]
    """A second claim on the hospital, recovered from its claims; never a source of funding."""
    payment_grouping: Literal["payee_scheme_batch"]
    """One payment per payee, scheme and batch."""
    amount_tolerance: RoundingTolerance
    tolerance_templates: tuple[ToleranceTemplate, ...] = ()
    tolerance: str | None = None
    """The template in force; without one nothing but rounding is tolerated."""
    two_invoice_chain: PaperRule = PaperRule()
    """Whether invoice lines must name the manufacturer's invoice to the distributor (两票制). That
    one is named is checked, not what it says; the contract's holder needs none."""
    trace_codes: PaperRule = PaperRule()
    """Whether receipt lines must state a trace code (追溯码) for each whole pack accepted."""
    expired_lots_held_since: Day | None = None
    """Goods received from this day on whose lot had expired by then are not paid (`expired_lot`);
    of goods received before, or without a day here, it is said and they are paid."""
    substitution: SubstitutionRule = SubstitutionRule()
    """Another product of the group is paid by its own contract; or it waits
    (`product_substituted`)."""
    source_profile: Literal[RevisionProfile.REFUSE]
    """Other bytes under the identity of a document are refused."""
    payee_cooling_days: int = Field(ge=0, le=366)
    """Days after its second verification before an account may be paid to."""
    deadlines: DeadlineRule
    resolution: ResolutionRule = ResolutionRule()
    release_limits: tuple[ReleaseLimit, ...] = ()
    """One for each scheme at most; a scheme without one is not limited."""
    roles: RoleAssignment

    @model_validator(mode="wrap")
    @classmethod
    def _names_a_template(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return with_contradictions(cls.__name__, given, handler, _misnamed(given))

    def tolerance_in_force(self) -> tuple[ToleranceRule, ...]:
        """The rules of the template in force; none without one."""
        chosen = [one.rules for one in self.tolerance_templates if one.name == self.tolerance]
        return chosen[0] if chosen else ()

    def release_limit(self, scheme: str) -> ReleaseLimit | None:
        """What limits releases of a scheme; none when nothing does."""
        return next((one for one in self.release_limits if one.scheme == scheme), None)


def _misnamed(given: Any) -> list[str]:
    """Templates that share a name, one in force that there is not, two limits of one scheme."""
    if not isinstance(given, Mapping):
        return []
    names = _each(given, "tolerance_templates", "name")
    schemes = _each(given, "release_limits", "scheme")
    chosen = given.get("tolerance")
    said = [
        f"two tolerance templates have one name: {name}"
        for name in sorted({str(name) for name in names if names.count(name) > 1})
    ]
    if chosen is not None and chosen not in names:
        said.append(f"there is no tolerance template {chosen}")
    said += [
        f"two release limits are of one scheme: {scheme}"
        for scheme in sorted({str(scheme) for scheme in schemes if schemes.count(scheme) > 1})
    ]
    return said


def _each(given: Mapping[str, Any], listed: str, field: str) -> list[Any]:
    """One field of every entry of a list that was not read yet and may be anything."""
    entries = given.get(listed, ())
    return [
        one.get(field) if isinstance(one, Mapping) else getattr(one, field, None)
        for one in (entries if isinstance(entries, list | tuple) else ())
    ]


class RulePackDecision(Message):
    """What a second person says to a proposed version; a rejection always says why."""

    remark: Remark


class RulePackVersion(Message):
    """A version: proposed, approved (in force from `valid_from`, until the next one), or rejected.

    One that came with the installation has no proposer.
    """

    id: UUID
    code: str
    version: int
    valid_from: Day
    status: ProposalStatus
    issuing_document: str
    approved_by: str
    proposed_by: UUID | None
    proposed_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None
    remark: str | None


class RulePackShown(RulePackVersion):
    """A version with everything it says."""

    content: dict[str, Any]
