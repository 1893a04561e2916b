"""What every message shares: frozen, nothing unknown, amounts and quantities as decimal strings."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

YuanText = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$")]
"""An amount in yuan with at most two decimals, as `schemas.money.yuan` reads it."""

QuantityText = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$")]
"""A quantity in the unit named beside it, with at most three decimals."""


class Message(BaseModel):
    """A body on the wire: immutable, and refused when it says something we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)
