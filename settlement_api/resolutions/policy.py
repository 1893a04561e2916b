"""How many people a decision takes, what it may be about, and what exactly was decided. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from schemas.codes.resolutions import (
    ResolutionAction,
    ResolutionReason,
    SentTo,
)
from schemas.messages.rule_pack import ResolutionRule


@dataclass(frozen=True)
class Decision:
    """What somebody decides, and why."""

    action: ResolutionAction
    reason_code: ResolutionReason
    remark: str
    sent_to: SentTo | None = None
    act_by_date: date | None = None
    undoes_resolution_id: UUID | None = None


@dataclass(frozen=True)
class Part:
    """Where a quantity of an invoice line belongs, by name; thousandths, None for all of it."""

    order_number: str | None
    order_line_number: int | None
    receipt_number: str | None
    receipt_line_number: int | None
    quantity_milli: int | None


@dataclass(frozen=True)
class Weight:
    """What a decision is about, in figures: items, stated amounts, and what is at stake (fen).

    `stake_minor` is None where nobody knows it: a quantity without a price.
    """

    item_count: int
    amount_minor: int
    stake_minor: int | None

    @staticmethod
    def of(amounts: Sequence[int], stakes: Sequence[int | None]) -> "Weight":
        """Together; one that nobody knows leaves the whole unknown."""
        known = [stake for stake in stakes if stake is not None]
        stake = sum(known) if len(known) == len(stakes) else None
        return Weight(len(stakes), sum(amounts), stake)


def needs_two(weight: Weight, rule: ResolutionRule) -> bool:
    """Whether a second person must confirm: above the threshold, or where the stake is unknown."""
    return weight.stake_minor is None or weight.stake_minor > rule.two_people_above_fen


def may_write_off(stakes: Sequence[int | None], rule: ResolutionRule) -> bool:
    """Whether each is within the limit; what has no known price never is."""
    return all(stake is not None and stake <= rule.write_off_limit_fen for stake in stakes)


def parts_fit(parts: Sequence[Part], whole_milli: int) -> bool:
    """Whether the parts are no more than the line, and each named once."""
    stated = sum(part.quantity_milli or 0 for part in parts)
    targets = {
        (each.order_number, each.order_line_number, each.receipt_number, each.receipt_line_number)
        for each in parts
    }
    return stated <= whole_milli and len(targets) == len(parts)


def content_hash(decision: Decision, about: Sequence[Any]) -> bytes:
    """SHA-256 of what was decided about what: approvals hold for exactly this."""
    content = {
        "action": decision.action,
        "reason_code": decision.reason_code,
        "remark": decision.remark,
        "sent_to": decision.sent_to,
        "act_by_date": decision.act_by_date,
        "undoes": decision.undoes_resolution_id,
        "about": list(about),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()
