"""How a document may call its supplier: one spelling of each name, and no mistyped code among
them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.codes.documents import DocumentKind
from schemas.codes.supplier_codes import canonical_supplier_code, is_alias, is_supplier_code
from schemas.codes.uscc import is_uscc
from schemas.messages.documents import MESSAGES
from schemas.messages.parties import SupplierAliasRow
from schemas.messages.reading import read, read_many, stated_parties
from tests.builders import documents as build

USCC = "91350100M000100Y43"
ALIAS = "济南医药(老)"
SPELLINGS = {
    "lower": ("91350100m000100y43", USCC),
    "blanks": (" 9135 0100 M000 100Y 43", USCC),
    "wide_blank": ("91350100　M000100Y43", USCC),
    "no_break": ("91350100\u00a0M000100Y43", USCC),
    "wide_code": ("９１３５０１００ｍ０００１００ｙ４３", USCC),
    "wide_name": ("济南　医药（老）", ALIAS),
    "blank_name": ("济南 医药 (老) ", ALIAS),
    "radical": ("济南医药(⽼)", ALIAS),
    "latin": ("ｇｙｓ－０１a", "GYS-01A"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_read_as_the_canonical_one(name: str) -> None:
    spelled, canonical = SPELLINGS[name]
    sent, plain = (
        build.as_bytes(build.purchase_order(supplier_uscc=text)) for text in (spelled, canonical)
    )
    assert read(sent) == read(plain) == read_many([sent])[0]
    assert read(sent).supplier_uscc == canonical
    faulty = build.as_bytes(build.purchase_order(supplier_uscc=spelled, lines=[]))
    assert stated_parties(faulty).supplier_uscc == canonical


NO_NAMES = {
    "check": "91350100M000100Y44",
    "check_lower": "91350100m000100y44",
    "letters": "IIIIIIIIIIIIIIIIII",
    "one_sign": "药",
    "nothing": "",
    "only_blanks": " 　 ",
    "line_break": "济南\n医药",
    "tab": "济南\t医药",
    "invisible": "济南\u200b医药",
    "half_a_sign": "济南\ud800",
    "too_long": "长" * 101,
    "grows_too_long": "\ufdfa" * 12,
}


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_mistyped_code_and_what_is_no_name_are_refused(name: str) -> None:
    assert not is_supplier_code(canonical_supplier_code(NO_NAMES[name]))
    for text in (NO_NAMES[name], USCC):
        with pytest.raises(ValidationError):
            SupplierAliasRow.model_validate({"alias": text, "uscc": USCC})
    if name != "half_a_sign":
        found = read(build.as_bytes(build.purchase_order(supplier_uscc=NO_NAMES[name])))
        assert {(fault.place, fault.code) for fault in found} == {("/supplier_uscc", "bad_code")}


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once_and_no_alias_is_a_code(text: str) -> None:
    once = canonical_supplier_code(text)
    assert canonical_supplier_code(once) == once
    assert not (is_alias(once) and is_uscc(once))
    assert is_supplier_code(once) is (is_alias(once) or is_uscc(once))


def test_what_is_kept_of_an_alias_is_its_canonical_form() -> None:
    row = SupplierAliasRow.model_validate({"alias": "济南　医药（老）", "uscc": USCC})
    assert row.alias == ALIAS


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_the_published_schema_forbids_no_spelling(kind: DocumentKind) -> None:
    stated = MESSAGES[kind].model_json_schema()["properties"]["supplier_uscc"]
    assert "pattern" not in stated
    assert "hyphens" not in stated["description"]
