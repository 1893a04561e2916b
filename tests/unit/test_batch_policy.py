"""What an account can still pay, and in which order a pack takes: pure."""

import pytest
from pydantic import ValidationError

from schemas.codes.parties import Scheme
from schemas.messages.rule_pack import ReleaseLimit
from settlement_api.batches.policy import (
    BrokenLimit,
    beyond_limit,
    priorities,
    remittance,
    spendable,
)


def test_money_under_way_cannot_be_spent_again() -> None:
    assert (
        spendable(bank_minor=1_000, in_transit_minor=-300, reserved_minor=200, suspense_minor=0)
        == 500
    )


def test_an_overdrawn_account_spends_nothing() -> None:
    assert spendable(bank_minor=100, in_transit_minor=-300, reserved_minor=0, suspense_minor=0) == 0


def test_money_in_suspense_pays_nobody() -> None:
    figures = {"bank_minor": 1_000, "in_transit_minor": 0, "reserved_minor": 0}
    assert spendable(**figures, suspense_minor=-400) == 600
    assert spendable(**figures, suspense_minor=400) == 1_000


def test_the_packs_first_two_keys_order_the_shares() -> None:
    assert priorities(("declared_sme", "oldest_due_date", "external_identity")) == (
        "declared_sme",
        "oldest_due_date",
    )
    assert priorities(("external_identity",)) == (None, None)


def test_a_remittance_text_survives_the_banks_limit() -> None:
    text = remittance(period="2026-12", scheme="390", batch_no=9_999)
    assert len(text) <= 60
    assert len(text.encode("gbk")) <= 140


def test_a_limit_reached_exactly_is_kept_and_one_fen_more_breaks_it() -> None:
    limit = ReleaseLimit(scheme=Scheme.EMPLOYEE, batch_fen=600, daily_fen=1_000)
    assert beyond_limit(limit, asked_minor=600, used_minor=400) is None
    assert beyond_limit(limit, asked_minor=600, used_minor=401) == BrokenLimit(
        "daily", 1_000, 401, 600
    )
    assert beyond_limit(limit, asked_minor=601, used_minor=0) == BrokenLimit("batch", 600, 0, 601)


def test_what_a_limit_leaves_out_is_not_limited() -> None:
    limit = ReleaseLimit(scheme=Scheme.EMPLOYEE)
    assert beyond_limit(limit, asked_minor=10**15, used_minor=10**15) is None


def test_a_limit_of_nothing_is_no_limit_anybody_means() -> None:
    with pytest.raises(ValidationError):
        ReleaseLimit(scheme=Scheme.EMPLOYEE, daily_fen=0)
