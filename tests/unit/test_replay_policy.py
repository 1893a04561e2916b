"""Rules to replay under, the days each pack counts for, and what is refused."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler.match_rules import MatchRules
from schemas.messages.rule_pack import RulePack
from settlement_api.reconciliation.policy import rules_of
from settlement_api.replays import policy
from settlement_api.replays.errors import RulesRefused

SEED = json.loads(Path("deploy/migrations/seed/rule_packs.json").read_text("utf-8"))[0]


def pack(**changes: Any) -> RulePack:
    return RulePack.model_validate(SEED | changes)


def test_months_reach_from_first_to_last_day_over_the_turn_of_the_year() -> None:
    assert policy.months_of("2025-12", "2026-02") == [
        (date(2025, 12, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
    ]


def test_months_of_one_pack_are_one_stretch_and_another_pack_begins_another() -> None:
    old, new = pack(), pack(version=2, date_basis=["receipt_date"])
    months = policy.months_of("2026-01", "2026-03")
    kept = policy.joined_stretches(months, [old, old, new], {"date_basis": ["invoice_date"]})
    assert [(one["first_day"], one["last_day"], one["pack"]["version"]) for one in kept] == [
        ("2026-01-01", "2026-02-28", 1),
        ("2026-03-01", "2026-03-31", 2),
    ]
    first, second = policy.read_stretches(json.loads(json.dumps(kept)))
    assert first.base.date_basis == tuple(SEED["date_basis"])
    assert second.base.date_basis == ("receipt_date",)
    assert first.alternative == second.alternative
    assert first.alternative.date_basis == ("invoice_date",)


def test_what_a_pack_says_of_expired_lots_is_replayed_and_may_be_tried_otherwise() -> None:
    held = rules_of(pack(expired_lots_held_since="2026-08-01"))
    assert held.hold_expired_since == date(2026, 8, 1)
    assert rules_of(pack()).hold_expired_since is None
    assert policy.rules_given(MatchRules(), policy.rules_said(held)) == held
    assert policy.rules_given(held, {"hold_expired_since": None}).hold_expired_since is None


def test_rules_that_are_not_given_are_those_of_then() -> None:
    base = MatchRules(authorization_required=False, date_basis=("receipt_date",))
    assert policy.rules_given(base, {"date_basis": ["order_date"]}) == MatchRules(
        authorization_required=False, date_basis=("order_date",)
    )
    assert policy.rules_given(base, {}) == base


def test_every_unknown_rule_is_named_with_its_place() -> None:
    with pytest.raises(RulesRefused) as refused:
        policy.rules_given(MatchRules(), {"colour": 1, "weight": 2})
    assert [fault.place for fault in refused.value.faults] == ["/rules/colour", "/rules/weight"]


def test_tolerances_are_given_and_told_as_a_pack_states_them() -> None:
    stated = [
        {"reason": "price_above_contract", "level": "document", "fen": 60},
        {"reason": "quantity_over_order", "milli": 500, "permyriad": 100, "greater": True},
    ]
    rules = policy.rules_given(MatchRules(), {"tolerances": stated})
    told = policy.rules_said(rules)
    by_pack = pack(tolerance_templates=[{"name": "tried", "rules": stated}], tolerance="tried")
    assert rules.tolerances == rules_of(by_pack).tolerances
    assert policy.rules_given(MatchRules(), told) == rules
    assert policy.rules_given(rules, {"tolerances": []}).tolerances == ()
    assert policy.rules_given(rules, {"date_basis": ["invoice_date"]}).tolerances == (
        rules.tolerances
    )


def test_what_a_pack_may_not_tolerate_no_replay_does() -> None:
    wild = [
        {"reason": "price_above_contract", "permyriad": 10_001},
        {"reason": "quantity_over_order", "fen": 1},
        {"reason": "no_order", "fen": 1},
        {"reason": "price_above_contract", "fen": 1},
    ]
    with pytest.raises(RulesRefused) as refused:
        policy.rules_given(MatchRules(), {"tolerances": wild})
    assert [fault.place for fault in refused.value.faults] == [
        "/rules/tolerances/0/permyriad",
        "/rules/tolerances/1",
        "/rules/tolerances/2/reason",
        "/rules/tolerances",
    ]
