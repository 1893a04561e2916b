"""Tolerances of a rule pack: templates by name, each a rule for a reason, and the one in force."""

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.messages.base import Message

MOST_FEN = 10**9
"""No pack lets ten million yuan pass on one line: a slip of the pen, not a tolerance."""
MOST_MILLI = 10**9


class ToleranceRule(Message):
    """How far one reason may go over its cap before people look at it.

    `fen` and `permyriad` are of the amount at the price (contract or order); `milli` (thousandths
    of the smallest unit) and `permyriad` of the quantity ordered. Of two the smaller counts unless
    `greater`. `level` document: `fen` is for a whole invoice, shared by its goods lines.
    """

    reason: Literal["price_above_contract", "price_differs_from_order", "quantity_over_order"]
    level: Literal["line", "document"] = "line"
    fen: int | None = Field(default=None, ge=0, le=MOST_FEN)
    milli: int | None = Field(default=None, ge=0, le=MOST_MILLI)
    permyriad: int | None = Field(default=None, ge=0, le=10_000)
    greater: bool = False

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        of_quantity = self.reason == "quantity_over_order"
        if of_quantity and self.fen is not None:
            raise ValueError("a quantity is tolerated in milli or permyriad, not in fen")
        if not of_quantity and self.milli is not None:
            raise ValueError("an amount is tolerated in fen or permyriad, not in milli")
        if self.fen is None and self.milli is None and self.permyriad is None:
            raise ValueError("neither an amount nor a share is given")
        if self.level == "document" and self.fen is None:
            raise ValueError("a tolerance of a document needs its fen: a share is the same by line")
        if self.greater and (self.permyriad is None or (self.fen is None and self.milli is None)):
            raise ValueError("the greater of one is none: give an amount and a share")
        return self


class ToleranceTemplate(Message):
    """Rules that belong together, at most one for a reason."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")
    rules: tuple[ToleranceRule, ...]

    @model_validator(mode="after")
    def _names_each_reason_once(self) -> Self:
        reasons = [rule.reason for rule in self.rules]
        twice = sorted({reason for reason in reasons if reasons.count(reason) > 1})
        if twice:
            raise ValueError(f"two rules for one reason contradict each other: {', '.join(twice)}")
        return self
