"""The mapping of the SCMS files keeps every line and every cent."""

from decimal import Decimal

import msgspec
import pytest

from schemas.codes.documents import DocumentKind
from schemas.messages.documents import MESSAGES
from tests.builders.scms import Scms, invoice_number


@pytest.fixture(scope="module")
def scms() -> Scms:
    return Scms.read()


def test_every_document_is_accepted_by_its_message(scms: Scms) -> None:
    count = 0
    for document in scms.documents():
        MESSAGES[DocumentKind(document["kind"])].model_validate_json(msgspec.json.encode(document))
        count += 1
    assert count == 1581 + 3 * 1854


def test_goods_freight_and_insurance_add_up(scms: Scms) -> None:
    sums = {"goods": Decimal(0), "freight": Decimal(0), "insurance": Decimal(0)}
    for invoice in scms.invoice_documents():
        lines = invoice["lines"]
        assert Decimal(invoice["total_amount"]) == sum(
            Decimal(line["net_amount"]) for line in lines
        )
        for line in lines:
            sums[line["charge_kind"]] += Decimal(line["net_amount"])
    assert sums == {
        "goods": Decimal("442141293.33"),
        "freight": Decimal("17950951.81"),
        "insurance": Decimal("660541.54"),
    }


def test_generated_codes_are_unique(scms: Scms) -> None:
    assert len(scms.areas) == 37
    assert len({code for _, code in scms.hospitals.values()}) == 116
    assert len(set(scms.suppliers.values())) == 46
    assert len(set(scms.products.values())) == 154
    names = {row["invoice_no"] for row in scms.invoices}
    assert len({invoice_number(name) for name in names}) == len(names) == 1854
