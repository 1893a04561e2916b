"""Rule packs: the built-in one promises exactly what is done; what is not done is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from settlement_api.rule_packs.errors import RulePackRefused
from settlement_api.rule_packs.policy import read_pack

SEED = Path("deploy/migrations/seed/rule_packs.json")


def _content() -> dict[str, Any]:
    (content,) = json.loads(SEED.read_text("utf-8"))
    built_in: dict[str, Any] = content
    return built_in


def test_the_built_in_pack_says_what_is_done() -> None:
    pack = read_pack(_content())
    assert (pack.deadlines.on_silence, pack.source_profile) == ("remind", "refuse")
    assert pack.payment_grouping == "payee_scheme_batch"
    assert pack.date_basis == ("order_date", "receipt_date")
    assert pack.shortfall.deduction_cap_percent is None
    assert pack.shortfall.capacity_short == "pay_and_carry"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("funding_model", "reserve"),
        ("settlement_period", "week"),
        ("prepayment_held_by", "agency"),
        ("payment_grouping", "payee"),
        ("amount_tolerance", "one_percent"),
        ("source_profile", "next_revision"),
        ("deadlines/on_silence", "confirm"),
        ("deadlines/contract_due", "thirty_days"),
        ("route/direct_when", "always"),
        ("route/otherwise", "direct"),
        ("scheme_share/basis", "fixed"),
        ("shortfall/account_short", "borrow"),
        ("shortfall/capacity_short", "collect"),
    ],
)
def test_a_rule_that_is_not_implemented_is_refused_with_its_place(place: str, value: str) -> None:
    content = _content()
    *outer, name = place.split("/")
    target = content
    for step in outer:
        target = target[step]
    target[name] = value
    with pytest.raises(RulePackRefused) as refused:
        read_pack(content)
    (fault,) = refused.value.faults
    assert fault.place == f"/{place}"
    assert fault.message.startswith("not implemented: ")
