"""What a freeze may spend and in which order it takes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.messages.rule_pack import LeftOutPriority, ReleaseLimit


@dataclass(frozen=True)
class FreezeOrder:
    """What somebody asks to freeze: agency, scheme ('310'|'390'), claim month and cut-off."""

    agency_id: UUID
    scheme: str
    period: str
    cutoff_at: datetime


@dataclass(frozen=True)
class Totals:
    """What a freeze found, took and left out; amounts in fen."""

    eligible_count: int
    eligible_minor: int
    taken_count: int
    left_out_count: int
    left_out_minor: int
    payment_count: int
    control_sum_minor: int
    set_off_minor: int
    planned_recovery_minor: int

    @property
    def shortfall_minor(self) -> int:
        """What the hospitals' claims do not cover."""
        return self.control_sum_minor - self.planned_recovery_minor


def spendable(
    *, bank_minor: int, in_transit_minor: int, reserved_minor: int, suspense_minor: int
) -> int:
    """What an expenditure account can still pay, fen, never below 0.

    `bank_minor` is its debit balance by statements, `in_transit_minor` what the bank has debited
    but no statement has shown (a credit, so negative), `reserved_minor` what batches hold that
    the bank has not debited. `suspense_minor` is money of unknown origin (a credit, so negative):
    it pays nobody until people say whose it is; a debit there adds nothing.
    """
    return max(bank_minor + in_transit_minor - reserved_minor + min(suspense_minor, 0), 0)


def priorities(order: Sequence[LeftOutPriority]) -> tuple[str | None, str | None]:
    """A pack's first two sort keys; external identity always breaks the ties."""
    keys: Sequence[str] = [key for key in order if key != "external_identity"]
    return (keys[0] if keys else None), (keys[1] if len(keys) > 1 else None)


def remittance(*, period: str, scheme: str, batch_no: int) -> str:
    """The text payees read on their statements: period, scheme and batch (<= 60 characters)."""
    return f"药械直接结算{period} {scheme} 第{batch_no}批"


@dataclass(frozen=True)
class BrokenLimit:
    """The limit (`batch` or `daily`) a release would break; height, used and asked in fen."""

    limit: str
    limit_minor: int
    used_minor: int
    asked_minor: int


def beyond_limit(limit: ReleaseLimit, *, asked_minor: int, used_minor: int) -> BrokenLimit | None:
    """The first limit that releasing so many fen more would break; reached exactly, it is kept."""
    for name, height, used in (
        ("batch", limit.batch_fen, 0),
        ("daily", limit.daily_fen, used_minor),
    ):
        if height is not None and used + asked_minor > height:
            return BrokenLimit(name, height, used, asked_minor)
    return None
