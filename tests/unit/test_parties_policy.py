"""Who may verify an account, the moves of its state, and how levels and units are read."""

from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from bank_adapters.iso20022.capabilities import faults_of
from schemas.bank import BankAccount, CreditInstruction
from schemas.codes.parties import HospitalLevel, VerificationState, hospital_level
from schemas.messages.contracts import ContractRow, ProductRow
from schemas.messages.parties import HospitalRow, PayeeAccountRow, SupplierRow, pinyin
from settlement_api.parties.policy import AccountToVerify, Verdict, judge, masked, verdict
from settlement_api.parties.states import PAYEE_ACCOUNT
from tests.builders import contracts as c
from tests.builders import parties as p

PROPOSER, FIRST, SECOND = uuid4(), uuid4(), uuid4()


def account(
    *,
    state: VerificationState = VerificationState.UNVERIFIED,
    first: UUID | None = None,
    supplier_id: UUID | None = None,
) -> AccountToVerify:
    return AccountToVerify(uuid4(), supplier_id or uuid4(), state, PROPOSER, first)


def test_three_different_people() -> None:
    assert verdict(account(), verifier=PROPOSER) is Verdict.SAME_PERSON
    assert verdict(account(), verifier=FIRST) is Verdict.FIRST_RECORDED
    assert verdict(account(first=FIRST), verifier=FIRST) is Verdict.SAME_PERSON
    assert verdict(account(first=FIRST), verifier=PROPOSER) is Verdict.SAME_PERSON
    assert verdict(account(first=FIRST), verifier=SECOND) is Verdict.VERIFIED


@pytest.mark.parametrize("state", sorted(set(VerificationState) - {VerificationState.UNVERIFIED}))
def test_only_unverified_accounts_are_verified(state: VerificationState) -> None:
    assert verdict(account(state=state), verifier=FIRST) is Verdict.NOT_UNVERIFIED


def test_one_account_of_a_supplier_at_a_time_and_each_once() -> None:
    supplier = uuid4()
    one, other = (
        account(first=FIRST, supplier_id=supplier),
        account(first=FIRST, supplier_id=supplier),
    )
    known = {one.id: one, other.id: other}
    missing = uuid4()
    assert judge([one.id, one.id, other.id, missing], known, verifier=SECOND) == {
        one.id: Verdict.VERIFIED,
        other.id: Verdict.ONE_PER_SUPPLIER,
        missing: Verdict.NOT_FOUND,
    }


def test_no_account_becomes_payable_but_from_unverified() -> None:
    payable = [before for before, after in PAYEE_ACCOUNT if after is VerificationState.VERIFIED]
    assert payable == [VerificationState.UNVERIFIED]
    assert all(before is not VerificationState.SUPERSEDED for before, _ in PAYEE_ACCOUNT)


def test_account_numbers_are_shown_by_their_end() -> None:
    assert masked("1234") == "**** 1234"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("三级甲等", HospitalLevel.TERTIARY),
        ("综合三甲", HospitalLevel.TERTIARY),
        ("二級", HospitalLevel.SECONDARY),
        ("二极", HospitalLevel.SECONDARY),
        ("一甲", HospitalLevel.PRIMARY),
        ("社区卫生服务中心", HospitalLevel.PRIMARY),
        ("三级未定等", HospitalLevel.TERTIARY),
        ("二级未定级", HospitalLevel.SECONDARY),
        ("未定级（按二级医院管理）", HospitalLevel.UNKNOWN),
        ("省级", HospitalLevel.UNKNOWN),
        ("", HospitalLevel.UNKNOWN),
    ],
)
def test_levels_are_read_as_people_write_them(text: str, level: HospitalLevel) -> None:
    assert hospital_level(text) is level


def test_names_sort_by_pinyin() -> None:
    assert pinyin("济南市 ABC") == "ji nan shi  abc"


def test_units_are_read_as_ratios() -> None:
    row = ProductRow.model_validate(c.product_row(units="盒=24；克=1/1000"))
    assert row.all_units == {"片": (1, 1), "盒": (24, 1), "克": (1, 1000)}


@pytest.mark.parametrize("units", ["盒", "盒=0", "盒=1/0", "盒=1;盒=2", "片=2", "盒=1.5"])
def test_units_that_mean_nothing_are_refused(units: str) -> None:
    with pytest.raises(ValidationError):
        ProductRow.model_validate(c.product_row(units=units))


@pytest.mark.parametrize(
    "changes",
    [
        {"pack_price": "0"},
        {"pack_price": "-1"},
        {"pack_price": "NaN"},
        {"pack_price": "1e3"},
        {"pack_price": "1.2345678"},
        {"pack_price": "9" * 30},
        {"pack_size": "0"},
        {"pack_size": "1.5"},
        {"valid_to": "2024-12-31"},
        {"valid_from": "2025-02-30"},
        {"valid_from": "9999-01-01"},
        {"valid_from": "20250101"},
        {"scope_codes": ""},
        {"scope_codes": "山东"},
        {"product_code": "X1"},
        {"holder_uscc": p.uscc(1)[:-1] + "X"},
        {"surprise": "1"},
    ],
)
def test_contract_rows_refuse_nonsense(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ContractRow.model_validate(c.contract_row() | changes)


def test_contract_rows_hold_exact_prices() -> None:
    row = ContractRow.model_validate(c.contract_row(pack_price="0.123456"))
    assert row.pack_price_micro == 123_456


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (HospitalRow, p.hospital_row(hospital_code="H37")),
        (HospitalRow, p.hospital_row(ownership="mine")),
        (SupplierRow, p.supplier_row(uscc="91350100M000100Y44")),
        (SupplierRow, p.supplier_row(is_sme="perhaps")),
        (SupplierRow, p.supplier_row(1, successor_uscc=p.uscc(1))),
        (PayeeAccountRow, p.payee_account_row(cnaps_code="102451000010")),
        (PayeeAccountRow, p.payee_account_row(account_number="12 34")),
    ],
)
def test_party_rows_refuse_wrong_codes(model: type[HospitalRow], row: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(row)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("药" * 61, "at most 60"),
        ("\U00020000药业", "banks cannot carry"),
        ("齐鲁\x7f医药", "banks cannot carry"),
    ],
    ids=["too long", "beyond GBK", "not printable"],
)
def test_a_name_that_banks_cannot_carry_is_refused_at_the_door(name: str, fault: str) -> None:
    """Else its payments would be frozen into every batch and left out of each."""
    with pytest.raises(ValidationError, match=fault):
        PayeeAccountRow.model_validate(p.payee_account_row(1, account_name=name))


def test_what_the_door_lets_in_fits_through_the_bank() -> None:
    row = PayeeAccountRow.model_validate(p.payee_account_row(1, account_name="药" * 60))
    payee = BankAccount(row.account_number, row.account_name, row.cnaps_code)
    assert faults_of(CreditInstruction("e" * 32, 1, payee, "药械结算")) == []
