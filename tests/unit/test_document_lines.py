"""Lines as they are stored: what converts, and what is kept as sent because it is too large."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from schemas.codes.documents import DocumentKind
from schemas.units import LARGEST_PACK, Measures, ProductFacts
from settlement_api.documents.policy import TARGETS

PRODUCT = UUID(int=1)


def order_row(quantity: str, factor: tuple[int, int], **changes: Any) -> dict[str, Any]:
    line = {
        "line_number": 1,
        "product_code": "P",
        "unit": "箱",
        "quantity": quantity,
        "price": "1000000",
        "price_base_quantity": 1,
        "contract_code": None,
        "manufacturer": None,
        "amount": None,
        "required_date": None,
        "paid_offline": False,
    } | changes
    document = SimpleNamespace(
        external_number="PO-1", document_date=None, lines=[SimpleNamespace(**line)]
    )
    measures = Measures({"P": ProductFacts(PRODUCT, {"箱": factor})})
    target = TARGETS[DocumentKind.PURCHASE_ORDER]
    (row,) = target.rows(document, "purchase_order", measures)
    return dict(zip(target.columns, row, strict=True))


def converted(row: dict[str, Any]) -> tuple[object, ...]:
    return (
        *(row["unit_factor_known"], row["quantity_milli"]),
        *(row["price_micro"], row["price_pack_size"]),
    )


def test_a_line_within_the_limits_is_converted() -> None:
    assert converted(order_row("2", (100, 1))) == (True, 200_000, 10**12, 100)


def test_a_price_that_is_too_large_is_first_put_in_lowest_terms() -> None:
    row = order_row("2", (10**6, 1), price_base_quantity=1_000_000)
    assert converted(row) == (True, 2 * 10**9, 1, 1)
    assert row["price_decimals"] == 0


@pytest.mark.parametrize(
    ("quantity", "factor", "base", "price"),
    [
        ("1000000000", (10**6, 1), 1, "1"),
        ("1", (10**6, 1), 999_983, "0.000007"),
        ("1000", (1, 1000), 1, "999999.999999"),
    ],
)
def test_what_is_too_large_once_converted_is_kept_as_sent(
    quantity: str, factor: tuple[int, int], base: int, price: str
) -> None:
    row = order_row(quantity, factor, price_base_quantity=base, price=price)
    assert row["unit_factor_known"] is False
    assert row["quantity_milli"] == int(quantity) * 1_000
    assert row["price_pack_size"] == base <= LARGEST_PACK
