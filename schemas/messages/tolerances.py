"""Tolerances of a rule pack: templates by name, each a rule for a reason, and the one in force."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self, TypeGuard

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from schemas.messages.base import Message, with_contradictions

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

    @model_validator(mode="wrap")
    @classmethod
    def _is_possible(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return with_contradictions(cls.__name__, given, handler, _contradictions(given))


def _contradictions(given: Any) -> list[str]:
    """What cannot be of one rule as sent, all of it at once, whatever else is wrong with it."""
    if not isinstance(given, Mapping):
        return []
    of_quantity = given.get("reason") == "quantity_over_order"
    fen, milli, permyriad = (given.get(name) for name in ("fen", "milli", "permyriad"))
    return [
        message
        for message, wrong in (
            (
                "a quantity is tolerated in milli or permyriad, not in fen",
                of_quantity and fen is not None,
            ),
            (
                "an amount is tolerated in fen or permyriad, not in milli",
                not of_quantity and milli is not None,
            ),
            ("neither an amount nor a share is given", fen is milli is permyriad is None),
            (
                "a tolerance of a document needs its fen: a share is the same by line",
                given.get("level") == "document" and fen is None,
            ),
            (
                "the greater of one is none: give an amount and a share",
                given.get("greater") is True
                and (permyriad is None or (fen is None and milli is None)),
            ),
        )
        if wrong
    ]


class ToleranceTemplate(Message):
    """Rules that belong together, at most one for a reason and at least one in all."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")
    rules: tuple[ToleranceRule, ...] = Field(json_schema_extra={"minItems": 1})

    @model_validator(mode="wrap")
    @classmethod
    def _names_each_reason_once(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        rules = given.get("rules") if isinstance(given, Mapping) else None
        return with_contradictions(cls.__name__, given, handler, list(_of_template(rules)))


def _of_template(rules: Any) -> Iterator[str]:
    """No rules at all, and reasons that several speak about: a line never has more than its
    document."""
    if _is_list(rules) and not rules:
        yield "a template without rules tolerates nothing: leave it out"
    named = [rule for rule in rules if isinstance(rule, Mapping)] if _is_list(rules) else []
    reasons = [str(rule.get("reason")) for rule in named]
    for reason in sorted({each for each in reasons if reasons.count(each) > 1}):
        yield f"two rules for one reason contradict each other: {reason}"
        mine = [rule for rule in named if rule.get("reason") == reason]
        line, document = (
            [rule.get("fen") for rule in mine if rule.get("level", "line") == level]
            for level in ("line", "document")
        )
        for above in line:
            for whole in document:
                if isinstance(above, int) and isinstance(whole, int) and above > whole:
                    yield (
                        f"a line may have {above} fen but its whole document {whole} fen: {reason}"
                    )


def _is_list(given: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(given, Sequence) and not isinstance(given, str)
