"""The books as plain text: names, amounts and directives to the letter."""

from datetime import date
from uuid import UUID

import pytest

from schemas.codes.ledger import AccountKind, Book
from settlement_api.ledger.plain_text import (
    ROOTS,
    Party,
    PlainAccount,
    PlainTransfer,
    Totals,
    preamble,
    standing,
    transaction,
)

ONE, TWO = UUID(int=1), UUID(int=2)
HOSPITAL = Party(ONE, "H37010000001", '省立"医院"')
SUPPLIER = Party(TWO, "91370100MA3C000018", "企业")
DAY = date(2026, 8, 1)
VALUED = date(2026, 7, 31)


def account(
    kind: AccountKind = AccountKind.OWED,
    *parties: Party,
    scheme: str = "",
    totals: Totals | None = None,
) -> PlainAccount:
    return PlainAccount(ONE, Book.FUND if scheme else Book.TRADE, scheme, kind, parties, totals)


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (
            account(AccountKind.OWED, HOSPITAL, SUPPLIER),
            "Liabilities:Trade:Owed:H37010000001:91370100MA3C000018",
        ),
        (account(AccountKind.IN_TRANSIT, scheme="310"), "Liabilities:Fund-310:InTransit"),
        (
            account(AccountKind.BANK, Party(ONE, "a.37/01-2026-01-01", None), scheme="390"),
            "Assets:Fund-390:Bank:Ca-37-01-2026-01-01",
        ),
        (
            account(AccountKind.ADVANCE, Party(ONE, None, None), scheme="390"),
            f"Assets:Fund-390:Advance:Id-{ONE}",
        ),
    ],
    ids=["pair", "no_party", "odd_code", "unknown_party"],
)
def test_an_account_is_named_by_book_scheme_kind_and_codes(named: PlainAccount, name: str) -> None:
    assert named.name == name


def test_every_kind_of_account_has_its_root() -> None:
    assert set(ROOTS) == set(AccountKind)


def test_an_account_stands_to_the_fen_as_the_running_totals_say() -> None:
    totals = Totals(7, posted_debit=1_05, posted_credit=3_10, pending_debit=0, pending_credit=9)
    told = standing(account(AccountKind.OWED, HOSPITAL, totals=totals), DAY)
    assert told == (
        "\n1900-01-01 open Liabilities:Trade:Owed:H37010000001 CNY\n"
        f'  account: "{ONE}"\n'
        '  party-1: "省立\\"医院\\""\n'
        "2026-08-01 balance Liabilities:Trade:Owed:H37010000001  -2.05 ~ 0 CNY\n"
        "  posting: 7\n"
        "  pending-credit: 0.09 CNY\n"
    )


def test_an_account_never_touched_is_not_opened() -> None:
    assert standing(account(AccountKind.OWED, HOSPITAL, SUPPLIER), DAY) == ""


@pytest.mark.parametrize("resolves", [None, TWO], ids=["plain", "resolving"])
def test_a_transfer_names_its_basis_entry_and_posting(resolves: UUID | None) -> None:
    transfer = PlainTransfer(
        ONE, TWO, 3, 9, ONE, TWO, 123_456_05, DAY, VALUED, "match_run", ONE, "match", resolves
    )
    said = transaction(transfer, {ONE: "Expenses:A", TWO: "Liabilities:B"})
    pending = f'  resolves: "{TWO}"\n' if resolves else ""
    assert said == (
        '\n2026-08-01 * "match_run match"\n'
        f'  transfer: "{ONE}"\n  entry: "{TWO}"\n  leg: 3\n  posting: 9\n'
        f'  value-date: 2026-07-31\n  basis-kind: "match_run"\n  basis: "{ONE}"\n{pending}'
        "  Expenses:A  123456.05 CNY\n  Liabilities:B  -123456.05 CNY\n"
    )


def test_the_text_says_whose_books_and_until_when() -> None:
    assert "area 370100, as posted until the end of 2026-08-01." in preamble("370100", DAY)
    assert "area 370100.\n" in preamble("370100", None)
