"""Account plans: whole, balanced by shape, and never changed once they were shipped."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from schemas.codes.ledger import AccountKind, Book
from schemas.codes.vouchers import BooksOf, EntryClass
from settlement_api.vouchers.policy import (
    PLANS,
    directed_rules,
    read_plan,
    shipped_plans,
    unmapped,
)

SHIPPED = {"national-1.json": "7aedddb24964c125dab37eca7706eb522387d6b22c7f1f4addc301ff28c22fbf"}
"""SHA-256 of each: vouchers were issued by them. What changes is a further version."""
CONTENT = json.loads((PLANS / "national-1.json").read_text(encoding="utf-8"))
DAY = date(2026, 8, 3)


def test_what_was_shipped_is_not_changed() -> None:
    found = {file.name: sha256(file.read_bytes()).hexdigest() for file in PLANS.glob("*.json")}
    assert found == SHIPPED


def test_every_rule_both_ways_balances_in_each_class() -> None:
    rows = directed_rules(shipped_plans())
    sums: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = (row["plan_code"], row["side"], row["book"], row["debit_kind"], row["credit_kind"])
        of_class = (*key, row["entry_class"])
        sums[of_class] = sums.get(of_class, 0) + (1 if row["is_debit"] else -1)
    assert set(sums.values()) == {0}
    assert {key[1] for key in sums} == set(BooksOf)
    assert any(key[-1] is EntryClass.BUDGET for key in sums)
    turned = {(*key[:3], key[4], key[3], key[5]) for key in sums}
    assert turned == set(sums), "a reversal has the rule of what it reverses"


def test_a_pair_that_no_side_speaks_of_is_named_with_its_side() -> None:
    known = (DAY, Book.TRADE, AccountKind.OWED, AccountKind.PAID_ON_MANDATE)
    assert unmapped(shipped_plans(), [known]) == set()
    odd = (DAY, Book.FUND, AccountKind.BENEFITS, AccountKind.BANK)
    assert unmapped(shipped_plans(), [known, odd]) == {
        "fund: fund benefits/bank",
        "hospital: fund benefits/bank",
    }


def test_before_the_first_plan_nothing_is_mapped() -> None:
    early = (date(2018, 12, 31), Book.TRADE, AccountKind.OWED, AccountKind.SELF_PAID)
    assert len(unmapped(shipped_plans(), [early])) == len(BooksOf)


def test_a_later_version_ends_the_earlier_one() -> None:
    later = read_plan(CONTENT | {"version": 2, "valid_from": "2027-01-01"})
    rows = directed_rules([*shipped_plans(), later])
    days = {(row["plan_code"], row["valid_from"], row["valid_before"]) for row in rows}
    assert days == {
        ("national-1", "2019-01-01", "2027-01-01"),
        ("national-2", "2027-01-01", None),
    }


def _other_class(plan: dict[str, Any]) -> None:
    plan["sides"]["hospital"]["rules"][0]["lines"] = [["1302", "6101"]]


def _unknown(plan: dict[str, Any]) -> None:
    plan["sides"]["fund"]["rules"][0]["lines"] = [["100401", "9999"]]


def _twice(plan: dict[str, Any]) -> None:
    rules = plan["sides"]["supplier"]["rules"]
    rules.append(rules[0] | {"debit": rules[0]["credit"], "credit": rules[0]["debit"]})


def _no_fund(plan: dict[str, Any]) -> None:
    del plan["sides"]["fund"]


def _foreign_book(plan: dict[str, Any]) -> None:
    plan["sides"]["fund"]["rules"][0]["book"] = "trade"


def _budget_only(plan: dict[str, Any]) -> None:
    plan["sides"]["hospital"]["rules"][0]["lines"] = [["7201", "8001"]]


def _account_twice(plan: dict[str, Any]) -> None:
    accounts = plan["sides"]["hospital"]["accounts"]
    accounts.append(accounts[0])


@pytest.mark.parametrize(
    "spoil",
    [_other_class, _unknown, _twice, _no_fund, _foreign_book, _budget_only, _account_twice],
)
def test_a_plan_that_would_not_hold_is_not_read(spoil: Callable[[dict[str, Any]], None]) -> None:
    plan = deepcopy(CONTENT)
    read_plan(plan)
    spoil(plan)
    with pytest.raises((ValueError, KeyError)):
        read_plan(plan)
