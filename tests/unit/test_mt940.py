"""MT940: read back as it was written, and what is not plain is refused with its place."""

import logging
from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_adapters.errors import UnreadableMessage
from bank_adapters.mt940 import read_statements
from schemas.codes.bank_statements import FileFormat
from settlement_api.statement_files.errors import StatementBroken
from settlement_api.statement_files.policy import format_of, require_sound
from tests.builders import statement_texts as build

SOUND = """:20:STARTUMS
:25:102451000010/3700100000000310CNY
:28C:00012/001
:60F:C260304CNY1000,
:61:2603050305D50,00NTRFNONREF//B001
:86:0123456789abcdef0123456789abcdef settlement
:61:2603050305RC20,5NTRFABC
:86:reversal
:62F:C260305CNY929,5
-
"""


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    days=st.integers(1, 4),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_random_statements_are_read_back_as_they_were(seed: int, days: int, encoding: str) -> None:
    made = build.random_chain(Random(seed), days=days)
    body = build.write_mt940(made, encoding=encoding)
    assert format_of(body) is FileFormat.MT940
    assert read_statements(body) == made


def test_marks_of_reversals_decide_the_direction() -> None:
    """With the library's defaults a reversed credit would come in instead of going out."""
    text = SOUND.replace("RC20,5", "{}20,5")
    for mark, fen, reversal in (
        ("C", 1, False),
        ("D", -1, False),
        ("RC", -1, True),
        ("RD", 1, True),
    ):
        (one,) = read_statements(text.format(mark).encode())
        entry = one.entries[1]
        assert (entry.credit, entry.reversal) == (fen > 0, reversal)


def test_a_return_by_text_names_its_payment_and_a_debit_leaves_it_to_matching() -> None:
    ours = "0123456789abcdef0123456789abcdef"
    (one,) = read_statements(SOUND.replace(":86:reversal", f":86:{ours}").encode())
    assert [entry.details[0].end_to_end_id for entry in one.entries] == [None, None]
    back = SOUND.replace("RC20,5", "RD20,5").replace(":86:reversal", f":86:refund {ours} x")
    (one,) = read_statements(back.encode())
    assert one.entries[1].details[0].end_to_end_id == ours
    two = back.replace("refund", ours[::-1])
    (one,) = read_statements(two.encode())
    assert one.entries[1].details[0].end_to_end_id is None, "which of the two is a guess"


def test_an_id_that_the_bank_wraps_stays_whole() -> None:
    ours = "0123456789abcdef0123456789abcdef"
    wrapped = f":86:{'x' * 43} {ours[:21]}\n{ours[21:]} y\nz"
    (one,) = read_statements(SOUND.replace(":86:reversal", wrapped).encode())
    assert one.entries[1].details[0].remittance == f"{'x' * 43} {ours} y z"


def test_structured_details_are_read_by_field() -> None:
    fields = "166?00BOOK?20EREF+0123456789abcdef0123456789abcde?21fSVWZ+rent?3112345?32NAME"
    (one,) = read_statements(SOUND.replace("reversal", fields).encode())
    detail = one.entries[1].details[0]
    assert detail.end_to_end_id == "0123456789abcdef0123456789abcdef"
    assert (detail.counterparty_account, detail.counterparty_name) == ("12345", "NAME")
    assert detail.remittance == "rent"


def paged(second: str = ":60M:C260305CNY950,") -> str:
    head = SOUND[: SOUND.index(":61:2603050305RC")]
    rest = SOUND[SOUND.index(":61:2603050305RC") :]
    page = SOUND[: SOUND.index(":60F:")].replace("/001", "/002")
    return f"{head}:62M:C260305CNY950,\n-\n{page}{second}\n{rest}"


def test_pages_of_one_statement_are_one() -> None:
    (whole,), (joined,) = read_statements(SOUND.encode()), read_statements(paged().encode())
    assert joined == whole


def test_envelopes_around_messages_are_no_part_of_them() -> None:
    head = "{1:F01BKCHCNBJXXX0000000000}{2:I940BKCHCNBJXXXN}{4:\n"
    body = (head + SOUND[:-2] + "-}\n") * 2
    assert format_of(body.encode()) is FileFormat.MT940
    first, second = read_statements(body.encode())
    assert first == second == read_statements(SOUND.encode())[0]


def test_days_and_numbers_say_how_statements_join() -> None:
    (one,) = read_statements(SOUND.encode())
    assert one.header.from_at is not None
    assert one.header.from_at.date() == date(2026, 3, 5), "the opening is of the day before"
    assert (one.header.sequence, one.header.account_number) == (12, build.NUMBER)
    (same,) = read_statements(SOUND.replace("C260304", "C260305").encode())
    assert same.header.from_at == one.header.from_at
    (long,) = read_statements(SOUND.replace("C260304", "C260301").encode())
    assert long.header.from_at is not None
    assert long.header.from_at.date() == date(2026, 3, 2)
    for number in ("0", "00001"):
        (new,) = read_statements(SOUND.replace("00012", number).encode())
        assert new.header.sequence is None, "numbers begin anew, and 0 is none"
    later = SOUND.replace("260305", "260306")
    (other,) = read_statements(later.encode())
    assert other.header.statement_id != one.header.statement_id, "banks repeat their reference"


HOSTILE: dict[str, tuple[Callable[[str], str], str]] = {
    "three_decimals": (lambda t: t.replace("D50,00", "D50,005"), "line 5, :61: not money"),
    "balance_decimals": (lambda t: t.replace("CNY1000,", "CNY1000,123"), "line 4, :60F: not"),
    "dots": (lambda t: t.replace("D50,00", "D50.00"), "line 5, :61: not money"),
    "thousands": (lambda t: t.replace("CNY1000,", "CNY1,000,00"), "line 4, :60F: not money"),
    "too_long": (lambda t: t.replace("D50,00", "D1234567890123456,00"), "line 5, :61: not"),
    "long_balance": (lambda t: t.replace("CNY1000,", "CNY12345678901234567,"), "line 4, :60F:"),
    "negative": (lambda t: t.replace("D50,00", "D-50,00"), "line 5, :61: not money"),
    "no_type": (lambda t: t.replace("50,00NTRFNONREF//B001", "50,00"), "line 5, :61: not money"),
    "mark": (lambda t: t.replace("D50,00", "X50,00"), "line 5, :61: not money"),
    "day": (lambda t: t.replace("2603050305D", "2602300305D"), "statement at line 1"),
    "month": (lambda t: t.replace("2603050305D", "2613050305D"), "statement at line 1"),
    "entry_day": (lambda t: t.replace("2603050305D", "2603050230D"), "statement at line 1"),
    "no_opening": (lambda t: t.replace(":60F:", ":64:"), "no opening balance"),
    "no_closing": (lambda t: t.replace(":62F:", ":64:"), "no closing balance"),
    "no_account": (lambda t: t.replace(":25:102451000010/3700100000000310CNY", ":25:"), ":25:"),
    "two_openings": (
        lambda t: t.replace(":61:2603050305RC", ":60F:C260304CNY9,\n:61:2603050305RC"),
        "line 7, :60F: a second balance",
    ),
    "backwards": (lambda t: t.replace("C260304", "C260309"), "closes before it opens"),
    "page_missing": (lambda t: t.replace(":62F:", ":62M:"), "last page is missing"),
    "first_page_missing": (lambda t: t.replace(":60F:", ":60M:"), "first page is missing"),
    "pages_differ": (lambda t: paged(":60M:C260305CNY951,"), "next page is missing"),
    "pages_swapped": (lambda t: paged().replace("/002", "/003"), "next page is missing"),
    "nothing": (lambda t: ":20:X\n:25:1\n", "no opening balance"),
    "details_without_entry": (lambda t: ":20:X\n:25:1\n:86:x\n", "no opening balance"),
}


@pytest.mark.parametrize("damage", HOSTILE)
def test_what_is_not_plain_is_refused_with_its_place(damage: str) -> None:
    change, said = HOSTILE[damage]
    text = change(SOUND)
    assert text != SOUND
    with pytest.raises(UnreadableMessage) as refused:
        read_statements(text.encode())
    assert said in str(refused.value)


def test_bytes_of_no_encoding_are_refused_with_their_place() -> None:
    with pytest.raises(UnreadableMessage, match="line 8, byte"):
        read_statements(SOUND.encode().replace(b"reversal", b"\xff\xff"))


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_read_or_refused_and_never_anything_else(seed: int) -> None:
    draw = Random(seed)
    body = bytearray(build.write_mt940(build.random_chain(draw, days=2)))
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(body))
        if draw.random() < 0.5:
            body[at] = draw.choice(b":,/\n0CDR-}?\xe9")
        else:
            del body[at : at + draw.randrange(1, 30)]
    try:
        read_statements(bytes(body))
    except UnreadableMessage:
        return


def test_a_body_that_names_a_file_is_not_that_file() -> None:
    """The library opens what a text names; ours is never asked to."""
    with pytest.raises(UnreadableMessage, match="no statement"):
        read_statements(b"/etc/hostname")


def test_nothing_of_a_statement_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(UnreadableMessage):
        read_statements(SOUND.replace("NTRFABC\n", "NTRFABC\na\nb\nc\n").encode())
    assert not caplog.records


def test_a_file_is_known_by_its_content() -> None:
    assert format_of(b"<Document>:20:x\n:25:y</Document>") is FileFormat.BANK_MESSAGE
    assert format_of(b"no statement at all") is FileFormat.BANK_MESSAGE
    assert format_of(b"\xef\xbb\xbf:20:x\r\n:25:y") is FileFormat.MT940
    assert format_of(b":20:x\n:21:r\n:25P:y") is FileFormat.MT940
    require_sound(SOUND.encode())
    with pytest.raises(StatementBroken):
        require_sound(b"no statement at all")
