"""How a stored pack is read: whole, or refused with every rule that is not implemented. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from schemas.messages.rule_pack import RulePack
from schemas.problems import Fault
from settlement_api.rule_packs.errors import RulePackRefused


def read_pack(content: Mapping[str, Any]) -> RulePack:
    """The pack. Raises RulePackRefused: a pack must not promise what is not done."""
    try:
        return RulePack.model_validate(content)
    except ValidationError as error:
        faults = [
            Fault(
                "/" + "/".join(str(part) for part in fault["loc"]),
                fault["type"],
                f"not implemented: {fault['input']!r}; {fault['msg']}"
                if fault["type"] == "literal_error"
                else fault["msg"],
            )
            for fault in error.errors(include_url=False, include_context=False)
        ]
        said = "; ".join(f"{fault.place}: {fault.message}" for fault in faults)
        raise RulePackRefused(said, faults=faults) from error
