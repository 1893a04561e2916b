"""The document messages: what they refuse, and that the derived bulk types agree with them."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.codes.documents import DocumentKind
from schemas.codes.invoice_numbers import as_invoice_number
from schemas.codes.supplier_codes import canonical_supplier_code
from schemas.messages.bulk import SHAPES, doubtful
from schemas.messages.documents import MESSAGES
from schemas.messages.reading import decode_fast, kind_of, read, read_many, read_slowly
from tests.builders import documents as build

VALID = {make()["kind"]: make() for make in build.EVERY_KIND}
BASES = VALID | {
    "price_reduction": build.price_reduction(),
    "chained_invoice": build.invoice(
        lines=[build.invoice_item(upstream_invoice_number=build.CREDIT_NUMBER)]
    ),
    "traced_receipt": build.goods_receipt(
        lines=[build.receipt_item(trace_codes=[f"8{at:019d}" for at in range(3)])]
    ),
    "accepted_receipt": build.goods_receipt(accepted_date="2026-07-03"),
}
"""Documents that are made wrong in one place, by name."""


def accepts_slowly(raw: bytes, kind: str) -> bool:
    try:
        MESSAGES[DocumentKind(kind)].model_validate_json(raw)
    except ValidationError:
        return False
    return True


def accepts_fast(raw: bytes) -> bool:
    document = decode_fast(raw)
    return document is not None and not doubtful(SHAPES[kind_of(document)], [document])


def faults(document: dict[str, Any]) -> set[tuple[str, str]]:
    found = read(build.as_bytes(document))
    assert isinstance(found, tuple), "the document was accepted"
    return {(fault.place, fault.code) for fault in found}


def test_every_kind_has_a_message_a_shape_and_a_builder() -> None:
    assert set(MESSAGES) == set(SHAPES) == set(DocumentKind) == set(VALID)


@pytest.mark.parametrize("base", BASES)
def test_a_valid_document_is_read_the_fast_way(base: str) -> None:
    raw = build.as_bytes(BASES[base])
    assert accepts_fast(raw)
    assert accepts_slowly(raw, BASES[base]["kind"])
    assert read(raw) == read_slowly(raw)


SPELLINGS = [
    *(
        "26372000-00000000-0001",
        " 2637 2000 0000 0000 0001 ",
        "２６３７２０" + "0" * 13 + "１",
    ),
    *("2637200000000000\u20130001", "26372000\u3000000000000001", "26372000000000000001\u00a0"),
]
"""Spellings of the one invoice number that are not its own."""
HOSTILE: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 10**30, "", " ", "x", " x", "x ", "0", "0.000"),
    *("-1", "+1", "1e3", "1.", ".5", "01", "1.0001", "1.00000000000001", "NaN", "Infinity"),
    *("9" * 30, "1000000000", "1000000000.001", "1000000.000001", "1000000001", "１２"),
    *("2026-02-30", "9999-12-31", "0001-01-01", "2026-1-1", "2026-07-01T00:00:00", "2026-07-01"),
    *("2026-07-01\n", "1751328000", "20260701", 1751328000, "a\u0000b", "a\u001fb", "a\u007fb"),
    *("长" * 65, "a" * 64, "a" * 201, "H37010000001", "h37010000001", "H3701000000１"),
    *("91350100M000100Y43", "91350100M000100Y44", build.DRUG, "26372000000000000001\n"),
    *([], {}, [1], {"a": 1}, "goods", "freight", "invoice", 999_999, 1_000_000, 9_999, 10_000),
    *(float("nan"), float("inf"), "\ud800", "😀", "=1+1", "\u3000x\u3000"),
    *("2637200000000000000①", "263720000000000000０1X", "-" * 20, "2637200000000000000\u0661"),
    *SPELLINGS,
]


def places(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    head = [(name,) for name in document]
    if "lines" not in document:
        return head
    names = SHAPES[DocumentKind(document["kind"])].lines.struct.__struct_fields__
    return head + [("lines", 0, name) for name in names]


MUTATIONS = [
    (base, place, value) for base in BASES for place in places(BASES[base]) for value in HOSTILE
]


def mutated(base: str, place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(BASES[base])
    target: Any = document
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return document


def raw_of(document: Any, *, ascii_only: bool = True) -> bytes:
    return json.dumps(document, ensure_ascii=ascii_only).encode(errors="surrogatepass")


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_both_ways_agree_on_every_hostile_value_in_every_place(base: str, ascii_only: bool) -> None:
    kind = BASES[base]["kind"]
    for of_base, place, value in MUTATIONS:
        if of_base != base or place == ("kind",):
            continue
        raw = raw_of(mutated(base, place, value), ascii_only=ascii_only)
        slow = accepts_slowly(raw, kind)
        if accepts_fast(raw):
            assert slow, f"only the fast way accepts {value!r} at {place}"
            fast_value, slow_value = read(raw), read_slowly(raw)
            assert fast_value == slow_value
        assert isinstance(read(raw), tuple) is not slow, f"{value!r} at {place}"
        if slow and not accepts_fast(raw):
            canonical = respelled(place, value)
            assert canonical is not None, f"the fast way doubts {value!r} at {place}"
            plain = build.as_bytes(mutated(base, place, canonical))
            assert accepts_fast(plain)
            assert read(raw) == read(plain)


def respelled(place: tuple[Any, ...], value: object) -> str | None:
    """What a text spells otherwise that is read, but only the slow way: the canonical name of a
    supplier, or everywhere else the canonical invoice number."""
    if not isinstance(value, str):
        return None
    of_supplier = place[-1] == "supplier_uscc"
    found = canonical_supplier_code(value) if of_supplier else as_invoice_number(value)
    return found if found != value else None


INVOICE_NUMBERS = [
    *(("invoice", ("external_number",)), ("invoice_void", ("invoice_number",))),
    *(("credit_note", ("external_number",)), ("credit_note", ("blue_invoice_number",))),
    ("invoice_link", ("lines", 0, "invoice_number")),
    ("invoice", ("lines", 0, "upstream_invoice_number")),
]
"""Every place where a document says an invoice number."""


@pytest.mark.parametrize(("base", "place"), INVOICE_NUMBERS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_invoice_number_is_read_in_its_canonical_form(
    base: str, place: tuple[Any, ...], spelling: str
) -> None:
    sent = raw_of(mutated(base, place, spelling), ascii_only=False)
    plain = raw_of(mutated(base, place, build.INVOICE_NUMBER))
    assert not accepts_fast(sent)
    assert accepts_slowly(sent, base)
    assert read(sent) == read(plain)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(VALID)), st.data())
def test_both_ways_agree_on_any_mixture_of_faults(kind: str, data: st.DataObject) -> None:
    document = copy.deepcopy(VALID[kind])
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.sampled_from(places(document)[1:]))
        lines = document.get("lines")
        whole = len(place) == 1 or not (isinstance(lines, list) and lines)
        target = document if whole else lines[0]
        if not isinstance(target, dict):
            continue
        if data.draw(st.booleans()):
            target.pop(place[-1], None)
        else:
            target[place[-1]] = data.draw(st.sampled_from(HOSTILE) | st.text(max_size=12))
    raw = raw_of(document)
    assert isinstance(read(raw), tuple) is not accepts_slowly(raw, kind)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_nonsense_is_refused_and_never_raises(raw: bytes) -> None:
    assert isinstance(read(raw), tuple)


def test_unknown_fields_are_refused_at_every_level() -> None:
    order = build.purchase_order(patient_name="x", lines=[build.order_item(patient="y")])
    assert faults(order) == {
        ("/patient_name", "unknown_field"),
        ("/lines/0/patient", "unknown_field"),
    }


def test_all_faults_of_a_document_are_named_at_once() -> None:
    order = build.purchase_order(
        supplier_uscc="91350100M000100Y44",
        document_date="9999-12-31",
        lines=[
            build.order_item(1, quantity="0", price="1e5"),
            build.order_item(1, product_code="nope", amount="9" * 30),
        ],
    )
    del order["hospital_code"]
    assert faults(order) == {
        ("/supplier_uscc", "bad_code"),
        ("/document_date", "out_of_range"),
        ("/hospital_code", "missing"),
        ("/lines/0/quantity", "bad_number"),
        ("/lines/0/price", "bad_number"),
        ("/lines/1/product_code", "bad_code"),
        ("/lines/1/amount", "bad_number"),
        ("/lines/1/line_number", "duplicate_line"),
    }


def test_duplicate_line_numbers_alone_are_refused_both_ways() -> None:
    order = build.purchase_order(lines=[build.order_item(7), build.order_item(7)])
    assert not accepts_fast(build.as_bytes(order))
    assert {code for _, code in faults(order)} == {"duplicate_line"}


def test_rules_across_fields_of_a_line() -> None:
    goods = build.invoice(lines=[build.invoice_item(product_code=None)])
    nothing = build.goods_receipt(lines=[build.receipt_item(accepted_quantity="0.000")])
    freight = build.invoice_item(charge_kind="freight", product_code=None, quantity=None, unit=None)
    assert faults(goods) == {("/lines/0", "line_incomplete")}
    assert faults(nothing) == {("/lines/0", "line_incomplete")}
    assert accepts_fast(build.as_bytes(build.invoice(lines=[freight])))


def test_a_line_that_raises_a_price_names_the_goods_and_bears_none() -> None:
    blue = {"blue_invoice_number": build.INVOICE_NUMBER}
    bare = {"quantity": None, "unit": None, "price": None}
    raising = build.invoice_item(**blue, **bare)
    assert accepts_fast(build.as_bytes(build.invoice(lines=[raising])))
    for wrong in (
        build.invoice_item(**blue),
        build.invoice_item(**bare),
        build.invoice_item(blue_line_number=1),
        raising | {"charge_kind": "freight"},
        raising | {"product_code": None},
        raising | {"net_amount": "0", "tax_amount": "0.00"},
    ):
        assert faults(build.invoice(lines=[wrong])) == {("/lines/0", "line_incomplete")}
        assert not accepts_fast(build.as_bytes(build.invoice(lines=[wrong])))


@pytest.mark.parametrize("quantity", [{}, {"quantity": None}, {"quantity": "0.000"}])
def test_a_credit_note_may_lower_the_price_alone(quantity: dict[str, Any]) -> None:
    def lowered(**changes: Any) -> dict[str, Any]:
        (line,) = build.price_reduction()["lines"]
        return build.price_reduction(lines=[line | quantity | changes])

    assert accepts_fast(build.as_bytes(lowered()))
    assert accepts_fast(build.as_bytes(lowered(net_amount="0")))
    incomplete = {("/lines/0", "line_incomplete")}
    assert faults(lowered(net_amount="0", tax_amount="0.00")) == incomplete
    assert faults(lowered(product_code=None)) == incomplete
    assert faults(lowered(quantity="1")) == incomplete, "a quantity needs its unit"
    if quantity.get("quantity"):
        billed = build.invoice(lines=[build.invoice_item(**quantity)])
        assert faults(billed) == {("/lines/0/quantity", "bad_number")}


TRACE_CODES = [f"8{at:019d}" for at in range(5_001)]


@pytest.mark.parametrize(
    ("codes", "place", "code"),
    [
        ([*TRACE_CODES[:2], "12"], "/lines/0/trace_codes/2", "bad_code"),
        ([TRACE_CODES[0], "0" * 20], "/lines/0/trace_codes/1", "bad_code"),
        ([TRACE_CODES[0], None], "/lines/0/trace_codes/1", "wrong_type"),
        ([TRACE_CODES[0], TRACE_CODES[0]], "/lines/0", "line_incomplete"),
        ([], "/lines/0/trace_codes", "too_few_lines"),
        (TRACE_CODES, "/lines/0/trace_codes", "too_many_lines"),
    ],
)
def test_trace_codes_are_bounded_sound_and_different(
    codes: list[Any], place: str, code: str
) -> None:
    receipt = build.goods_receipt(lines=[build.receipt_item(trace_codes=codes)])
    assert not accepts_fast(build.as_bytes(receipt))
    assert faults(receipt) == {(place, code)}


def test_limits_at_the_door() -> None:
    def ordered(**values: str) -> bytes:
        return build.as_bytes(build.purchase_order(lines=[build.order_item(**values)]))

    assert accepts_fast(ordered(quantity="1000000000", price="1000000", amount="1000000000.00"))
    for values in (
        {"quantity": "1000000000.001"},
        {"price": "1000000.000001"},
        {"amount": "1000000000.01"},
    ):
        assert isinstance(read(ordered(**values)), tuple)


def test_a_document_may_not_have_too_many_lines_or_none() -> None:
    many = build.purchase_order(lines=[build.order_item(n) for n in range(1, 5_002)])
    assert faults(many) == {("/lines", "too_many_lines")}
    assert faults(build.purchase_order(lines=[])) == {("/lines", "too_few_lines")}


@pytest.mark.parametrize(
    ("raw", "place", "code"),
    [
        (b"[1]", "", "wrong_type"),
        (b"{}", "/kind", "missing"),
        (b'{"kind": "letter"}', "/kind", "not_in_list"),
        (b'{"kind": []}', "/kind", "not_in_list"),
        (b'{"kind": "invoice", ', "line 1, column 20", "syntax"),
        (b'{"kind": "invoice",\n "x": !}', "line 2, column 7", "syntax"),
        (b'{"kind": "invoice", "x": NaN}', "line 1, column 26", "syntax"),
        (b"\xff\xfe", "line 1, column 1", "syntax"),
        (b"[" * 100_000, "line 1, column 202", "syntax"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(raw: bytes, place: str, code: str) -> None:
    found = read(raw)
    assert (found[0].place, found[0].code) == (place, code)
    if code == "syntax" and b"NaN" not in raw:
        (fault,) = read(raw, DocumentKind.INVOICE)
        assert (fault.place, fault.code) == (place, code)


def test_a_kind_given_by_the_path_needs_no_kind_in_the_body_and_bears_no_other() -> None:
    order = build.purchase_order()
    other = read(build.as_bytes(order), DocumentKind.ORDER_CHANGE)
    assert ("/kind", "not_in_list") in {(fault.place, fault.code) for fault in other}
    del order["kind"]
    assert not isinstance(read(build.as_bytes(order), DocumentKind.PURCHASE_ORDER), tuple)


TWICE = [
    (b'"quantity": "100"', b'"quantity": "1", "quantity":"100"', "/lines/0/quantity"),
    (b'"quantity": "100"', b'"quantity": "100", "quant\\u0069ty" : "100"', "/lines/0/quantity"),
    (b'"kind": "purchase_order"', b'"kind": "purchase_order", "kind": "purchase_order"', "/kind"),
    (b'"lines": [', b'"lines": [], "lines": [', "/lines"),
    (b'"unit": "', b'"lot": {"a/b": 1, "a/b": 2}, "unit": "', "/lines/0/lot/a~1b"),
]


@pytest.mark.parametrize(("before", "after", "place"), TWICE)
def test_a_member_stated_twice_is_refused_by_both_readers(
    before: bytes, after: bytes, place: str
) -> None:
    raw = build.as_bytes(build.purchase_order())
    twice = raw.replace(before, after, 1)
    assert twice != raw
    kind = DocumentKind.PURCHASE_ORDER
    expected = (place, "repeated_member")
    for of_kind in (None, kind):
        for found in (read(twice, of_kind), read_slowly(twice, of_kind)):
            assert expected in [(fault.place, fault.code) for fault in found]
        sound, refused = read_many([raw, twice], of_kind)
        assert kind_of(sound) == kind
        assert expected in [(fault.place, fault.code) for fault in refused]


def spelled(
    members: list[tuple[str, Any]],
    *,
    ascii_only: bool,
    comma: str,
    colon: str,
    escapes_colons: bool,
) -> bytes:
    """A JSON object of these members, in this order; strings may write colons as escapes."""
    encode = json.JSONEncoder(ensure_ascii=ascii_only).encode
    values = [encode(value) for _, value in members]
    if escapes_colons:
        strings = [isinstance(value, str) for _, value in members]
        values = [
            value.replace(":", "\\u003a").replace('\\"', "\\u0022") if is_string else value
            for value, is_string in zip(values, strings, strict=True)
        ]
    names = [encode(name) for name, _ in members]
    pairs = [f"{name}{colon}{value}" for name, value in zip(names, values, strict=True)]
    return f"{{{comma.join(pairs)}}}".encode()


HEADS = [{}, {"revision": 1}, {"revision": 2}, {"kind": None}]
"""Stated defaults, and a kind that only the path says."""


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_spelling_hides_a_member_stated_twice_or_invents_one(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(["PO:1", "kind", '":', "a\\:b", "{:", "单号：1"]))
    order = build.purchase_order(number, **data.draw(st.sampled_from(HEADS)))
    members = [(name, value) for name, value in order.items() if value is not None]
    twice = data.draw(st.none() | st.sampled_from(members))
    raw = spelled(
        [*members, twice] if twice else members,
        ascii_only=data.draw(st.booleans()),
        comma=data.draw(st.sampled_from([",", " , ", ",\n\t"])),
        colon=data.draw(st.sampled_from([":", " : ", ":\n"])),
        escapes_colons=data.draw(st.booleans()),
    )
    found = read(raw, DocumentKind.PURCHASE_ORDER)
    if twice:
        expected = {(f"/{twice[0]}", "repeated_member")}
        assert {(fault.place, fault.code) for fault in found} == expected
    else:
        assert not isinstance(found, tuple)
        assert found.external_number == number
