"""Codes with check digits and forms, against published examples and single-character damage."""

import csv
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes.cnaps import is_cnaps
from schemas.codes.cnaps import with_check_digit as cnaps_of
from schemas.codes.hospital_codes import hospital_code, is_hospital_code
from schemas.codes.invoice_numbers import (
    as_invoice_number,
    canonical_invoice_number,
    is_invoice_number,
)
from schemas.codes.product_codes import is_product_code, is_trace_code, national_drug_code
from schemas.codes.uscc import is_uscc
from schemas.codes.uscc import with_check_character as uscc_of

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SAMPLE = Path(__file__).parents[3] / "shared/data/china/cnaps_sample.csv"


def test_the_published_example_of_a_credit_code_is_valid() -> None:
    assert is_uscc("91350100M000100Y43")


@pytest.mark.parametrize(
    "text",
    [
        "91350100M000100Y44",
        "91350100m000100Y43",
        "91350100M000100Y4",
        "91350100M000100Y433",
        " 91350100M000100Y43",
        "91350100M000100Y43\n",
        "91350100-M000100Y43",
        "９1350100M000100Y43",
        "",
    ],
)
def test_a_damaged_credit_code_is_refused(text: str) -> None:
    assert not is_uscc(text)


@given(st.integers(0, 10**6 - 1), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_credit_code_is_noticed(
    serial: int, place: int, other: str
) -> None:
    right = uscc_of(f"91370100{serial:09d}")
    assert is_uscc(right)
    wrong = right[:place] + other + right[place + 1 :]
    assert is_uscc(wrong) == (wrong == right)


@given(st.text(string.digits, min_size=11, max_size=11), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_of_a_bank_code_is_noticed(body: str, place: int, shift: int) -> None:
    right = cnaps_of(body)
    assert is_cnaps(right)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert not is_cnaps(wrong)


@pytest.mark.parametrize(
    "text", ["", "10210000002", "1021000000210", "10210000002X", "１02100000021"]
)
def test_what_is_no_bank_code_is_refused(text: str) -> None:
    assert not is_cnaps(text)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared data folder is absent")
def test_real_bank_codes_are_valid() -> None:
    with SAMPLE.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(is_cnaps(row["code"]) for row in rows)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("H37010000001", True),
        ("P37010000001", True),
        ("h37010000001", False),
        ("H3701000001", False),
        ("H370100000012", False),
        ("H37010000001\n", False),
        ("Q37010000001", False),
    ],
)
def test_hospital_codes(text: str, valid: bool) -> None:
    assert is_hospital_code(text) is valid


def test_a_hospital_code_is_made_of_area_and_serial() -> None:
    assert hospital_code("370100", 7) == "H37010000007"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("XA01ABA060A001010100001", True),
        ("XA01ABA060A00101010000", False),
        ("ZA01AAB0010010100001", True),
        ("C0101010010000000001", True),
        ("C01010100100000000010000001", True),
        ("C010101001000000000100", False),
        ("xA01ABA060A001010100001", False),
        ("86900000000001", False),
        ("DRUG-1", False),
        ("", False),
    ],
)
def test_product_codes(text: str, valid: bool) -> None:
    assert is_product_code(text) is valid


def test_a_national_drug_code_carries_a_gtin_check_digit() -> None:
    code = national_drug_code("8690123456789")
    assert is_product_code(code)
    assert not is_product_code(code[:13] + str((int(code[13]) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("26372000000012345678", True),
        ("037001900104" + "12345678", True),
        ("3700194130" + "12345678", True),
        ("12345678", False),
        ("2637200000001234567X", False),
        ("26372000000012345678\n", False),
    ],
)
def test_invoice_numbers(text: str, valid: bool) -> None:
    assert is_invoice_number(text) is valid


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("26372000000012345678", "26372000000012345678"),
        ("２６３７２０００　００００１２３４５６７８", "26372000000012345678"),
        ("2637-2000\u20110000 1234\u20145678", "26372000000012345678"),
        ("ab-1 ２", "AB12"),
        ("2637200000001234567²", "2637200000001234567²"),
        ("①6372000000012345678", "①6372000000012345678"),
        ("ａｂ12", "AB12"),
        ("26372000000012345678\n", "26372000000012345678\n"),
        ("", ""),
        ("1 " * 40, "1 " * 40),
    ],
)
def test_one_spelling_of_an_invoice_number(sent: str, number: str) -> None:
    assert canonical_invoice_number(sent) == number
    assert canonical_invoice_number(number) == number


SEPARATORS = " -\u00a0\u2003\u3000\u2010\u2013\u2014\uff0d"
FULL_WIDTH = str.maketrans(string.digits, "０１２３４５６７８９")


@given(st.integers(0, 10**20 - 1), st.lists(st.sampled_from(SEPARATORS), max_size=20), st.data())
def test_every_spelling_of_a_number_is_one(
    value: int, marks: list[str], data: st.DataObject
) -> None:
    number = f"{value:020d}"
    signs = [*(data.draw(st.sampled_from((sign, sign.translate(FULL_WIDTH)))) for sign in number)]
    for mark in marks:
        signs.insert(data.draw(st.integers(0, len(signs))), mark)
    assert canonical_invoice_number("".join(signs)) == number
    assert as_invoice_number("".join(signs)) == number


def test_what_is_no_invoice_number_stays_as_it_is() -> None:
    assert as_invoice_number("so 12-a") == "so 12-a"
    assert as_invoice_number("26372000-0000-1234-5678") == "26372000000012345678"


def test_trace_codes_have_twenty_digits() -> None:
    assert is_trace_code("8" * 19 + "0")
    assert not is_trace_code("8" * 18 + "0")


@pytest.mark.parametrize("digit", "0189")
def test_one_digit_twenty_times_over_is_no_trace_code(digit: str) -> None:
    assert not is_trace_code(digit * 20)
