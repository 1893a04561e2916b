"""Real awards, volumes and hospitals become rows or are reported, by the facts of the files."""

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest

from schemas.messages.contracts import AgreedVolumeRow, ContractRow, ProductRow
from schemas.messages.parties import HospitalRow, SupplierRow
from tests.builders.vbp import (
    Hospitals,
    Procurement,
    infer_pack,
    no_blanks,
    one_line,
    province_codes,
)

START = date(2020, 4, 1)


@pytest.fixture(scope="module")
def procurement() -> Procurement:
    return Procurement.of_shared_data()


@pytest.fixture(scope="module")
def hospitals() -> Hospitals:
    return Hospitals.of_shared_data()


def award_row(**changes: str) -> dict[str, str]:
    return {
        "批次": "9",
        "药品通用名": "某药",
        "规格包装": "5mg",
        "生产企业全称": "某厂",
        "是否中标": "是",
        "最高限价": "10",
        "竞标价格_最小规格元": "1.5",
        "供应省份": "山东",
    } | changes


def volume_row(**changes: str) -> dict[str, str]:
    return {
        "批次": "9",
        "地区": "山东",
        "品种": "某药",
        "规格": "5mg",
        "首年约定采购量_万": "1.25",
    } | changes


def test_dirty_province_lists_are_read() -> None:
    assert province_codes("湖 北，山东、新疆（含\n兵团）,北京") == (
        ("420000", "370000", "650000", "110000"),
        (),
    )
    assert province_codes("山东，沈阳，") == (("370000",), ("沈阳",))


def test_names_lose_breaks_but_not_the_blanks_between_words() -> None:
    name = "Lek Pharmaceuticals d.d.\n（山德士（中国）制药 有限公司）"
    assert one_line(name) == "Lek Pharmaceuticals d.d.（山德士（中国）制药有限公司）"
    assert no_blanks("5 mg\n") == "5mg"


@pytest.mark.parametrize(
    ("price", "pack"),
    [
        ("0.12", (1, 12)),
        ("0.19999999999999998", (1, 20)),
        ("0.056666666666666664", (3, 17)),
        ("0.29857142857142854", (7, 209)),
        ("0.001", (10, 1)),
        ("0.00001", None),
        ("0", None),
    ],
)
def test_the_smallest_pack_of_whole_fen(price: str, pack: tuple[int, int] | None) -> None:
    assert infer_pack(price) == pack


def test_every_winner_has_a_pack_and_provinces(procurement: Procurement) -> None:
    assert len(procurement.awards) == 160
    codes = Counter(note.code for note in procurement.notes if note.place.startswith("awards"))
    assert codes == {"price_above_ceiling": 1}


def test_one_product_and_province_has_one_winner(procurement: Procurement) -> None:
    pairs = Counter(
        (award.round, award.product, province)
        for award in procurement.awards
        for province in award.provinces
    )
    assert set(pairs.values()) == {1}


def test_the_volumes_of_shandong_meet_awards(procurement: Procurement) -> None:
    volumes = procurement.in_region()
    assert len(volumes) == 88
    assert Counter(volume.outcome for volume in volumes) == {
        "agreed": 55,
        "no_price": 32,
        "no_award": 1,
    }


def test_every_volume_row_is_agreed_or_reported(procurement: Procurement) -> None:
    reported = {note.place for note in procurement.notes if note.code in ("no_price", "no_award")}
    agreed = {volume.place for volume in procurement.volumes if volume.outcome == "agreed"}
    assert len(procurement.volumes) == 2962
    assert not reported & agreed
    assert len(reported | agreed) == 2962


def test_rows_are_what_the_import_takes(procurement: Procurement, hospitals: Hospitals) -> None:
    for row in procurement.product_rows():
        ProductRow.model_validate(_filled(row))
    contracts = [ContractRow.model_validate(_filled(r)) for r in procurement.contract_rows(START)]
    assert len(contracts) == 160
    assert {contract.valid_to for contract in contracts} == {date(2021, 3, 31)}
    for row in procurement.supplier_rows():
        SupplierRow.model_validate(_filled(row))
    for row in hospitals.rows():
        HospitalRow.model_validate(_filled(row))


def _filled(row: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items() if value != ""}


def test_volumes_are_divided_without_losing_a_unit(
    procurement: Procurement, hospitals: Hospitals
) -> None:
    rows = procurement.agreed_volume_rows(START, hospitals.weights)
    volumes = [AgreedVolumeRow.model_validate(_filled(row)) for row in rows]
    expected = sum(volume.quantity_milli or 0 for volume in procurement.in_region() if volume.award)
    assert sum(volume.quantity_milli for volume in volumes) == expected
    assert len(volumes) == 55 * len(hospitals.weights)


def test_pack_prices_give_the_unit_prices_back(procurement: Procurement) -> None:
    cheap = [award for award in procurement.awards if award.pack_size == 1]
    assert len(cheap) < len(procurement.awards)
    for award in procurement.awards:
        unit = Fraction(award.pack_price_minor, 100 * award.pack_size)
        assert 0 < unit < 10_000


def test_the_hospitals_of_shandong_are_180_parties(hospitals: Hospitals) -> None:
    assert hospitals.received == 181
    assert len({party.code for party in hospitals.parties}) == len(hospitals.parties) == 180
    assert [note.code for note in hospitals.notes] == ["repeated_hospital"]
    assert len(hospitals.weights) == 7


def test_what_cannot_be_read_is_reported() -> None:
    made = Procurement(
        [
            award_row(),
            award_row(供应省份="火星"),
            award_row(竞标价格_最小规格元="面议", 药品通用名="另药"),
            award_row(是否中标="否"),
        ],
        [
            volume_row(),
            volume_row(规格="50mg"),
            volume_row(品种="未知"),
            volume_row(首年约定采购量_万=""),
            volume_row(首年约定采购量_万="约3"),
            volume_row(首年约定采购量_万="0"),
        ],
    )
    assert len(made.awards) == 1
    assert [note.code for note in made.notes] == [
        "province_unknown",
        "no_province",
        "no_price",
        "no_price",
        "no_award",
        "volume_missing",
        "volume_unreadable",
        "volume_zero",
    ]
    assert made.volumes[0].quantity_milli == 12_500_000
    rows = made.agreed_volume_rows(START, {"370100": 2, "370200": 1})
    assert [row["quantity"] for row in rows] == ["8333.333", "4166.667", "0.000", "0.000"]
