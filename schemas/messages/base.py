"""What every message shares: frozen, nothing unknown, amounts and quantities as decimal strings.

Markers in `Annotated` carry the limits of a text once; pydantic reads them here, and the bulk
path derives its own checks from the same objects.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

YuanText = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$")]
"""An amount in yuan with at most two decimals, as `schemas.money.yuan` reads it."""

Remark = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
"""Why somebody decided as they did: never blank."""
QuantityText = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$")]
"""A quantity in the unit named beside it, with at most three decimals."""

MAX_NUMBER_LENGTH: Final = 32
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)


class Message(BaseModel):
    """A body on the wire: immutable, and refused when it says something we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


Read = TypeVar("Read", bound=Message)


def with_contradictions(
    title: str, given: Any, handler: ModelWrapValidatorHandler[Read], said: Sequence[str]
) -> Read:
    """What `handler` reads, unless it or `said` (plain sentences) finds faults: then all of both.

    Checks between fields would otherwise be left out while a single field is wrong. For wrapping
    model validators. Raises pydantic's ValidationError.
    """
    faults: list[InitErrorDetails] = []
    read = None
    try:
        read = handler(given)
    except ValidationError as error:
        faults = [
            InitErrorDetails(
                type=PydanticCustomError(fault["type"], "{said}", {"said": fault["msg"]}),
                loc=fault["loc"],
                input=fault["input"],
            )
            for fault in error.errors(include_url=False)
        ]
    faults += [
        InitErrorDetails(
            type=PydanticCustomError("impossible", "{said}", {"said": sentence}),
            loc=(),
            input=given,
        )
        for sentence in said
    ]
    if read is None or faults:
        raise ValidationError.from_exception_data(title, faults)
    return read


@dataclass(frozen=True)
class Scaled:
    """A plain decimal string of at most `scale` decimals within [minimum, maximum].

    Both limits are in units of 10^-scale. No sign, no exponent, no leading zeros.
    """

    scale: int
    minimum: int
    maximum: int
    parse: Callable[[str], int | None] = field(init=False, compare=False, repr=False)
    """The scaled integer of a text, or None when it breaks the form or a limit."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parse", lru_cache(maxsize=1 << 16)(self._parse))

    @property
    def pattern(self) -> str:
        """The form alone, for the published schema; the limits stand beside it."""
        return rf"^(0|[1-9][0-9]*)(\.[0-9]{{1,{self.scale}}})?$"

    def accepts(self, text: str) -> bool:
        """Whether the text holds to form and limits."""
        return self.parse(text) is not None

    def _parse(self, text: str) -> int | None:
        whole, dot, fraction = text.partition(".")
        if not (whole.isdigit() and text.isascii()) or len(text) > MAX_NUMBER_LENGTH:
            return None
        if (dot and not fraction.isdigit()) or len(fraction) > self.scale:
            return None
        if whole[0] == "0" and whole != "0":
            return None
        value = int(whole + fraction.ljust(self.scale, "0"))
        return value if self.minimum <= value <= self.maximum else None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._validate, handler(source))

    def _validate(self, text: str) -> str:
        if self.accepts(text):
            return text
        raise PydanticCustomError(
            "decimal_limits",
            "must be a plain decimal string with at most {scale} decimals, {low} to {high}",
            {
                "scale": self.scale,
                "low": self._show(self.minimum),
                "high": self._show(self.maximum),
            },
        )

    def _show(self, value: int) -> str:
        digits = str(value).rjust(self.scale + 1, "0")
        whole, fraction = digits[: -self.scale], digits[-self.scale :].rstrip("0")
        return f"{whole}.{fraction}" if fraction else whole

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"pattern": self.pattern, "maxLength": MAX_NUMBER_LENGTH}


@dataclass(frozen=True)
class Coded:
    """A code with a form, and often a check digit, that `accepts` knows.

    With `canonical` other spellings are read too and become the canonical one, which alone
    `accepts` knows: the bulk path so doubts them, and they are read the slow way.
    """

    accepts: Callable[[str], bool]
    name: str
    pattern: str
    canonical: Callable[[str], str] | None = None
    folded: str = (
        "full-width forms are made plain, blanks and hyphens dropped, letters upper-cased."
    )
    """What the published schema says of other spellings; the pattern alone would refuse them."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._validate, handler(source))

    def _validate(self, text: str) -> str:
        if self.accepts(text):
            return text
        if self.canonical is not None and self.accepts(found := self.canonical(text)):
            return found
        raise PydanticCustomError("bad_code", "is not a valid {name}", {"name": self.name})

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        if self.canonical is not None:
            return handler(schema) | {"description": f"{self.pattern} once {self.folded}"}
        return handler(schema) | {"pattern": self.pattern}


@dataclass(frozen=True)
class Plain:
    """A text of 1 to `max_length` characters without control characters, not blank at its ends."""

    max_length: int

    def accepts(self, text: str) -> bool:
        """Whether the text is short enough, printable, and begins and ends with a sign."""
        return (
            0 < len(text) <= self.max_length
            and (text.isprintable() or not CONTROL.search(text))
            and text[0] != " "
            and text[-1] != " "
        )

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._validate, handler(source))

    def _validate(self, text: str) -> str:
        if self.accepts(text):
            return text
        raise PydanticCustomError(
            "bad_text",
            "must have 1 to {limit} characters, no control characters, no blank at its ends",
            {"limit": self.max_length},
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"minLength": 1, "maxLength": self.max_length}


CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class CalendarDay:
    """A day written YYYY-MM-DD between 1990 and 2199: no times, no numbers, no year 9999."""

    def accepts(self, day: date) -> bool:
        """Whether the day lies within what can be meant."""
        return FIRST_DAY <= day <= LAST_DAY

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        inner = core_schema.no_info_after_validator_function(self._validate, handler(source))
        return core_schema.no_info_before_validator_function(self._form, inner)

    def _form(self, value: object) -> date:
        if isinstance(value, date):
            return value
        if isinstance(value, str) and DAY_FORM.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise PydanticCustomError("bad_date", "must be a day written YYYY-MM-DD")

    def _validate(self, day: date) -> date:
        if self.accepts(day):
            return day
        raise PydanticCustomError("date_limits", "must lie between 1990-01-01 and 2199-12-31")


DAY_FORM: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, CalendarDay()]
"""A calendar day in Asia/Shanghai."""
