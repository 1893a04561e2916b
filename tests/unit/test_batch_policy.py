"""What an account can still pay, and in which order a pack takes: pure."""

from settlement_api.batches.policy import priorities, remittance, spendable


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
