"""Which key signs when, and until when there is one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from settlement_api.key_register import days_left
from settlement_api.signing.policy import Key, could_sign, covered_until, key_for

SM2, RSA = SignatureAlgorithm.SM2_SM3, SignatureAlgorithm.RSA_PSS_SHA256
DAY = timedelta(days=1)
START = datetime(2026, 8, 1, tzinfo=UTC)


def key(name: str, begins: int, ends: int, algorithm: SignatureAlgorithm = SM2) -> Key:
    """A key valid from the n-th day of August until before another."""
    period = (START + begins * DAY, START + ends * DAY)
    return Key(name, algorithm, KeyPlace.FILE, b"", "", *period)


OLD, NEW, OTHER = key("old", 0, 20), key("new", 10, 40), key("other", 0, 90, RSA)


@pytest.mark.parametrize(
    ("day", "signs"), [(-1, None), (0, "old"), (9, "old"), (10, "new"), (39, "new"), (40, None)]
)
def test_a_new_key_takes_over_from_its_moment(day: int, signs: str | None) -> None:
    for keys in ([OLD, NEW, OTHER], [NEW, OTHER, OLD]):
        found = key_for(keys, SM2, START + day * DAY)
        assert (found and found.name) == signs


def test_what_a_key_signed_while_it_could_stays_its_own() -> None:
    revoked = replace(OLD, revoked_at=START + 5 * DAY)
    assert could_sign(OLD, START + 19 * DAY)
    assert could_sign(revoked, START + 5 * DAY - timedelta(microseconds=1))
    assert not could_sign(revoked, START + 5 * DAY)
    assert key_for([revoked, OTHER], SM2, START + 6 * DAY) is None
    assert not could_sign(replace(OLD, revoked_at=START), START), "never believed at all"


@pytest.mark.parametrize(
    ("keys", "until"),
    [
        ([OLD, NEW], 40),
        ([NEW, OLD], 40),
        ([OLD, key("late", 21, 40)], 20),
        ([OLD, key("on time", 20, 40)], 40),
        ([OLD, OTHER], 20),
        ([NEW], None),
        ([replace(OLD, revoked_at=START), NEW], None),
        ([OLD, replace(NEW, revoked_at=START + 15 * DAY)], 20),
        ([OLD, key("short", 5, 8)], 20),
        ([], None),
    ],
)
def test_signing_goes_on_until_the_last_of_keys_that_follow_each_other(
    keys: list[Key], until: int | None
) -> None:
    expected = None if until is None else START + until * DAY
    assert covered_until(keys, SM2, START) == expected
    assert days_left(keys, SM2, START) == until


def test_days_left_are_whole_ones() -> None:
    assert days_left([OLD], SM2, START + timedelta(hours=1)) == 19
    assert days_left([OLD], None, START) is None
