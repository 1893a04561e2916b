"""Facts about rule packs: proposed by one person, approved or rejected by another."""

from datetime import date

from schemas.events.base import DomainEvent


class RulePackProposed(DomainEvent):
    """A version was proposed; nothing is decided by it yet."""

    name = "rule_packs.version.proposed"
    code: str
    version: int
    valid_from: date


class RulePackApproved(DomainEvent):
    """A second person approved a version: decisions are made by it from its first day on."""

    name = "rule_packs.version.approved"
    code: str
    version: int
    valid_from: date


class RulePackRejected(DomainEvent):
    """A second person did not agree with a version: nothing is ever decided by it."""

    name = "rule_packs.version.rejected"
    code: str
    version: int
    remark: str
