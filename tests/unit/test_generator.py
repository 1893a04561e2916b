"""The generator: same seed same bytes, every document and row valid, rates as measured."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from schemas.codes.cnaps import is_cnaps
from schemas.codes.uscc import is_uscc
from schemas.messages.documents import MESSAGES
from schemas.messages.fund_claims import FundRow
from schemas.messages.reading import read
from settlement_api.fund_claims.policy import read_rows
from settlement_api.master_data.policy import KINDS, check_rows
from settlement_api.rehearsal.deliveries import Trade, draw_trade
from settlement_api.rehearsal.draws import Draws
from settlement_api.rehearsal.funding import plan_funding
from settlement_api.rehearsal.generator import (
    _seeded_areas,
    _seeded_places,
    read_manifest,
    write_province,
)
from settlement_api.rehearsal.orders import draw_lines, draw_orders
from settlement_api.rehearsal.province import Province, build_province, mandate_flags
from settlement_api.rehearsal.scales import RATES, SCALES, ScaleName
from settlement_api.rehearsal.supplier_documents import split_tax
from settlement_api.spreadsheets import read_sheet, require_columns


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province of seed 7."""
    folder = tmp_path_factory.mktemp("province")
    write_province(folder, scale="taste", seed=7)
    return folder


@pytest.fixture(scope="module")
def days() -> tuple[Province, Trade]:
    """Three days of the whole province, drawn and not written."""
    scale = SCALES[ScaleName.DAYS]
    province = build_province(scale, 7, areas=_seeded_areas(), places=_seeded_places())
    orders = draw_orders(province, 7)
    return province, draw_trade(province, orders, draw_lines(province, orders, 7), 7)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _documents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("documents/*/*.ndjson")):
        for line in path.read_bytes().splitlines():
            yield path.stem, line


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write_province(tmp_path, scale="taste", seed=7)
    assert _digests(tmp_path) == _digests(written)


def test_another_seed_writes_other_documents(written: Path, tmp_path: Path) -> None:
    write_province(tmp_path, scale="taste", seed=8)
    mine, other = _digests(written), _digests(tmp_path)
    assert all(mine[name] != other.get(name) for name in mine if name.endswith("order.ndjson"))


def test_a_second_run_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    write_province(tmp_path, scale="taste", seed=7)
    stray = tmp_path / "documents" / "2020-01-01"
    stray.mkdir()
    write_province(tmp_path, scale="taste", seed=7)
    assert not stray.exists()


def test_draws_do_not_depend_on_the_library() -> None:
    assert Draws(1, "orders").integers(4, 0, 999).tolist() == [684, 647, 231, 127]


def test_every_document_is_accepted_by_its_definition(written: Path) -> None:
    kinds = set()
    for kind, raw in _documents(written):
        assert not isinstance(read(raw), tuple), raw
        kinds.add(kind)
    assert kinds == {str(kind) for kind in MESSAGES} - {"invoice_link"}


def test_papers_call_suppliers_by_code_and_by_aliases_on_file(written: Path) -> None:
    aliases = {row["alias"]: row["uscc"] for row in _rows(written, "master/supplier-aliases.csv")}
    called = [msgspec.json.decode(raw)["supplier_uscc"] for _, raw in _documents(written)]
    by_alias = [name for name in called if not is_uscc(name)]
    assert 0 < len(by_alias) < len(called) // 20
    assert set(by_alias) <= set(aliases)


def test_the_manifest_counts_what_the_files_hold(written: Path) -> None:
    found: dict[str, int] = {}
    for kind, _ in _documents(written):
        found[kind] = found.get(kind, 0) + 1
    counted = read_manifest(written)["documents"]
    for kind, records in found.items():
        assert records == sum(counted[kind]["files"].values())
        copies = counted[kind]["sent_twice"] + counted[kind]["sent_altered"]
        assert records == counted[kind]["documents"] + copies


def test_invoices_add_up(written: Path) -> None:
    for kind, raw in _documents(written):
        if kind in {"invoice", "credit_note"}:
            document = msgspec.json.decode(raw)
            assert _fen(document["total_amount"]) == sum(
                _fen(line["net_amount"]) + _fen(line["tax_amount"]) for line in document["lines"]
            )


def _fen(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


@pytest.mark.parametrize("total", [1, 2, 3, 99, 113, 12_345, 10**9 + 7])
def test_net_and_tax_add_up_to_the_fen(total: int) -> None:
    net, tax = split_tax(total)
    assert net + tax == total
    assert abs(net * 113 - total * 100) * 2 <= 113


def test_a_receipt_and_an_invoice_name_quantities_that_were_ordered(written: Path) -> None:
    ordered = _ordered(written)
    for kind, raw in _documents(written):
        document: Mapping[str, Any] = msgspec.json.decode(raw)
        if kind == "goods_receipt":
            for line in document["lines"]:
                key = (line.get("order_number"), line.get("order_line_number"))
                if key in ordered:
                    assert int(line["accepted_quantity"]) <= ordered[key]


def _ordered(folder: Path) -> dict[tuple[str, int], int]:
    """The larger of the first and the changed quantity, by order and line number."""
    found: dict[tuple[str, int], int] = {}
    for kind, raw in _documents(folder):
        if kind in {"purchase_order", "order_change"}:
            document = msgspec.json.decode(raw)
            number = document.get("order_number", document["external_number"])
            for line in document["lines"]:
                key = (number, line["line_number"])
                found[key] = max(found.get(key, 0), int(line["quantity"]))
    return found


def test_codes_and_names(written: Path) -> None:
    suppliers = _rows(written, "master/suppliers.csv")
    accounts = _rows(written, "master/payee-accounts.csv")
    assert all(is_uscc(row["uscc"]) for row in suppliers)
    assert len({row["uscc"] for row in suppliers}) == len(suppliers)
    assert all(is_cnaps(row["cnaps_code"]) for row in accounts)
    assert len({row["account_number"] for row in accounts}) == len(accounts)
    named = (
        suppliers + _rows(written, "master/hospitals.csv") + _rows(written, "master/products.csv")
    )
    assert all("模拟" in row["name"] for row in named), "a synthetic name must look like one"


def test_the_banks_trouble_is_planned(written: Path) -> None:
    endings = [row["account_number"][-3:] for row in _rows(written, "master/payee-accounts.csv")]
    assert endings.count("404") >= 1
    assert endings.count("505") >= 1


def test_a_province_has_shandongs_shape(days: tuple[Province, Trade]) -> None:
    province, trade = days
    assert len(set(province.hospitals.codes)) == 2_900
    assert len(set(province.hospitals.names)) == 2_900
    assert len(set(province.suppliers.usccs)) == 2_600
    lines_a_day = np.bincount(trade.orders.day[trade.lines.order])
    assert lines_a_day.min() >= 20_000
    assert 10.8 < len(trade.lines.order) / len(trade.orders.day) < 11.2


def _share(flags: Any) -> int:
    return int(flags.sum()) * 10_000 // len(flags)


def test_exceptions_come_at_the_measured_rates(days: tuple[Province, Trade]) -> None:
    _, trade = days
    lines, invoices = trade.lines, trade.invoices
    changed = lines.ordered_units != lines.units
    # A quantity may change to itself and small ones often do: the rate is a little lower.
    assert RATES.quantity_changed * 0.75 < _share(changed) <= RATES.quantity_changed * 1.1
    assert abs(_share(lines.dropped) - RATES.line_deleted) < 40
    received = np.unique(trade.delivery_lines.line)
    assert 1.2 < len(trade.delivery_lines.line) / len(received) < 1.3
    billed = len(trade.invoice_lines.line)
    assert abs(len(trade.credits.units) * 10_000 // billed - RATES.credit_memo) < 60
    assert abs(_share(invoices.voided) - RATES.invoice_cancelled) < 80
    assert abs(_share(trade.deliveries.cancelled) - RATES.receipt_cancelled) < 60


def test_invoices_come_before_receipts_as_often_as_measured(days: tuple[Province, Trade]) -> None:
    _, trade = days
    invoices, deliveries = trade.invoices, trade.deliveries
    first_receipt = np.full(len(trade.orders.day), 10**6, dtype=np.int64)
    np.minimum.at(first_receipt, deliveries.order, deliveries.receipt_day)
    only_one = np.bincount(deliveries.order, minlength=len(first_receipt)) == 1
    simple = only_one[invoices.order]
    receipt = first_receipt[invoices.order][simple]
    assert abs(_share(invoices.day[simple] < receipt) - 6_200) < 300
    assert abs(_share(invoices.arrival[simple] < receipt) - 800) < 150


def test_money_falls_short_where_planned(days: tuple[Province, Trade]) -> None:
    province, trade = days
    funding = plan_funding(province, trade, 7)
    buying = funding.planned > 0
    short = funding.claims.sum(axis=1) < funding.planned
    assert 800 < _share(short[buying]) < 1_300
    shares = [account.credit * 100 // account.planned for account in funding.accounts]
    assert sorted(set(shares)) == [59, 60, 104, 105] or set(shares) <= {59, 60, 104, 105}
    assert sum(share <= 60 for share in shares) == 1
    missing, expired = mandate_flags(province, 7)
    assert 50 <= len(missing) + len(expired) <= 60


def test_every_row_is_sound_for_the_importer(written: Path) -> None:
    files = list((written / "master").glob("*.csv"))
    assert {path.stem for path in files} == set(KINDS) - {"areas", "calendar"}
    for path in files:
        kind = KINDS[path.stem]
        sheet = read_sheet(path.read_bytes())
        require_columns(sheet, known=list(kind.row.model_fields), required=kind.required)
        for row in check_rows(kind, sheet):
            assert row.sound, (path.stem, row.faults)
            assert row.repeats is None


def test_every_fund_document_is_sound(written: Path) -> None:
    for path in (written / "fund").glob("*.csv"):
        for row in read_rows(path.read_bytes(), media_type="text/csv"):
            assert isinstance(row, FundRow), row
