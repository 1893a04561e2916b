"""Account plans: which accounts of each side a pair of the ledger's accounts stands for. Pure.

A plan is data (`plans/*.json`) that is never changed once vouchers were issued by it; a change is
a further version with a later first day.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from schemas.codes.ledger import KINDS_OF_BOOK, AccountKind, Book
from schemas.codes.vouchers import (
    AccountRole,
    BooksOf,
    EntryClass,
    PaperLanguage,
    PartnerKind,
)

PLANS: Final = Path(__file__).parent / "plans"
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a side, by the standard that the side keeps its books by."""

    code: str
    name: str
    name_en: str
    role: AccountRole
    entry_class: EntryClass
    partner: PartnerKind
    """Whom it is kept for; NONE for accounts without sub-accounts for parties."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Accounts (debit, credit) of a side for a transfer that debits and credits these kinds."""

    book: Book
    debit: AccountKind
    credit: AccountKind
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """A pair that leaves no voucher on a side, and why; without kinds, every pair of the book."""

    book: Book
    debit: AccountKind | None
    credit: AccountKind | None
    reason: str


@dataclass(frozen=True, slots=True)
class SidePlan:
    """What one side's books are kept by."""

    standard: str
    standard_en: str
    accounts: Mapping[str, Account]
    rules: tuple[Rule, ...]
    silences: tuple[Silence, ...]


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """A version of a mapped account plan, for bookings from its first day on."""

    code: str
    valid_from: date
    sides: Mapping[BooksOf, SidePlan]


def read_plan(content: Any) -> AccountPlan:
    """A plan out of its JSON.

    Raises ValueError (KeyError, too, for a missing part) where a rule names an account that the
    side has not, mixes the two classes of entries, or says something of one pair twice.
    """
    sides = {BooksOf(side): _side(part) for side, part in content["sides"].items()}
    if set(sides) != set(BooksOf):
        raise ValueError("a plan has all three sides")
    code = f"{content['code']}-{content['version']}"
    return AccountPlan(code, date.fromisoformat(content["valid_from"]), sides)


@cache
def shipped_plans() -> tuple[AccountPlan, ...]:
    """Every plan that comes with the program, by first day."""
    read = [
        read_plan(json.loads(file.read_text(encoding="utf-8")))
        for file in sorted(PLANS.glob("*.json"))
    ]
    return tuple(sorted(read, key=lambda plan: plan.valid_from))


def plan_of(code: str, plans: Sequence[AccountPlan]) -> AccountPlan:
    """The plan by which a voucher was issued."""
    return next(plan for plan in plans if plan.code == code)


def account_of(
    plans: Sequence[AccountPlan], plan_code: str, side: BooksOf, account_code: str
) -> Account:
    """An account as the plan names it by which it was entered."""
    return plan_of(plan_code, plans).sides[side].accounts[account_code]


def directed_rules(plans: Sequence[AccountPlan]) -> list[dict[str, Any]]:
    """Each rule both ways round, as rows for the database; a later plan ends the earlier one.

    `account` rows are per side of a transfer: a rule of two pairs gives four of them.
    """
    rows: list[dict[str, Any]] = []
    for plan, following in zip(plans, (*plans[1:], None), strict=True):
        days = {
            "plan_code": plan.code,
            "valid_from": plan.valid_from.isoformat(),
            "valid_before": None if following is None else following.valid_from.isoformat(),
        }
        for side, part in plan.sides.items():
            for rule in part.rules:
                rows += [days | row for row in _directed(side, part, rule)]
    return rows


def unmapped(
    plans: Sequence[AccountPlan], pairs: Sequence[tuple[date, Book, str, str]]
) -> set[str]:
    """Of pairs posted on a day: those of which a side's plan neither says lines nor silence."""
    found = set()
    for day, book, debit, credit in pairs:
        plan = next((one for one in reversed(plans) if one.valid_from <= day), None)
        for side in BooksOf:
            if plan is None or not _speaks(plan.sides[side], book, debit, credit):
                found.add(f"{side}: {book} {debit}/{credit}")
    return found


def _directed(side: BooksOf, part: SidePlan, rule: Rule) -> Iterator[dict[str, Any]]:
    for debit_kind, credit_kind, turned in (
        (rule.debit, rule.credit, False),
        (rule.credit, rule.debit, True),
    ):
        for pair in rule.lines:
            for code, is_debit in zip(pair, (not turned, turned), strict=True):
                account = part.accounts[code]
                yield {
                    "side": side,
                    "book": rule.book,
                    "debit_kind": debit_kind,
                    "credit_kind": credit_kind,
                    "entry_class": account.entry_class,
                    "account_code": account.code,
                    "role": account.role,
                    "partner_kind": account.partner,
                    "is_debit": is_debit,
                }


def _speaks(part: SidePlan, book: Book, debit: str, credit: str) -> bool:
    pair = {debit, credit}
    ruled = any(one.book == book and {one.debit, one.credit} == pair for one in part.rules)
    return ruled or any(
        one.book == book and (one.debit is None or {one.debit, one.credit} == pair)
        for one in part.silences
    )


def _side(part: Any) -> SidePlan:
    accounts = {
        one["code"]: Account(
            one["code"],
            one["name"],
            one["name_en"],
            AccountRole(one["role"]),
            EntryClass(one.get("class", EntryClass.FINANCIAL)),
            PartnerKind(one.get("partner", PartnerKind.NONE)),
        )
        for one in part["accounts"]
    }
    if len(accounts) < len(part["accounts"]):
        raise ValueError("an account stands twice in the plan")
    rules = tuple(_rule(one, accounts) for one in part["rules"])
    silences = tuple(_silence(one) for one in part["silent"])
    said = [(rule.book, {rule.debit, rule.credit}) for rule in rules]
    said += [(one.book, {one.debit, one.credit}) for one in silences if one.debit and one.credit]
    if any(said.count(one) > 1 for one in said):
        raise ValueError("the plan says two things of one pair of accounts")
    return SidePlan(part["standard"], part["standard_en"], accounts, rules, silences)


def _rule(one: Any, accounts: Mapping[str, Account]) -> Rule:
    book = Book(one["book"])
    debit, credit = _kind(book, one["debit"]), _kind(book, one["credit"])
    lines = tuple((str(first), str(second)) for first, second in one["lines"])
    for pair in lines:
        classes = {accounts[code].entry_class for code in pair}
        if len(classes) != 1:
            raise ValueError(f"{pair} would not balance: its accounts are of two classes")
    if not any(accounts[first].entry_class is EntryClass.FINANCIAL for first, _ in lines):
        raise ValueError("a rule without financial lines")
    return Rule(book, debit, credit, lines)


def _silence(one: Any) -> Silence:
    book = Book(one["book"])
    if one["debit"] == ANY:
        return Silence(book, None, None, one["reason"])
    return Silence(book, _kind(book, one["debit"]), _kind(book, one["credit"]), one["reason"])


def _kind(book: Book, text: str) -> AccountKind:
    kind = AccountKind(text)
    if kind not in KINDS_OF_BOOK[book]:
        raise ValueError(f"{kind} is no account of the book {book}")
    return kind


# --- the books of one owner and month, as they are shown and written -------------------------


@dataclass(frozen=True, slots=True)
class TrialRow:
    """An account in a period, fen: what stood before it (debits less credits) and what moved."""

    account: Account
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """Debits less credits at the end of the period."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line of a voucher, fen."""

    line_number: int
    account: Account
    partner_id: UUID | None
    partner: str | None
    """The name of whom the account is kept for."""
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One voucher with its lines."""

    id: UUID
    area_code: str
    scheme: str
    day: date
    number: int
    basis_kind: str
    basis_id: UUID
    posting_number: int
    total: int
    owner: str | None
    lines: tuple[PaperLine, ...]

    @property
    def name(self) -> str:
        """Such as 310-0007: the series of a scheme, `T` for trade, and the number in it."""
        return f"{self.scheme or 'T'}-{self.number:04d}"


@dataclass(frozen=True, slots=True)
class MonthBooks:
    """Trial balance and vouchers of one side in one period."""

    side: BooksOf
    period: str
    area_code: str | None
    scheme: str | None
    plan: AccountPlan
    trial: tuple[TrialRow, ...]
    papers: tuple[Paper, ...]

    @property
    def owner(self) -> str | None:
        """The hospital or supplier whose books these are; None for several, or for the fund."""
        names = {paper.owner for paper in self.papers}
        return names.pop() if len(names) == 1 else None

    @property
    def sums(self) -> Mapping[EntryClass, tuple[int, int]]:
        """Debits and credits of the period per class of entries."""
        found: dict[EntryClass, tuple[int, int]] = {}
        for row in self.trial:
            debit, credit = found.get(row.account.entry_class, (0, 0))
            found[row.account.entry_class] = (debit + row.debit, credit + row.credit)
        return found

    def statement(self, account_code: str) -> Iterator[tuple[Paper, PaperLine, int]]:
        """The lines of one account in order, each with the balance after it."""
        balance = next((row.opening for row in self.trial if row.account.code == account_code), 0)
        for paper in self.papers:
            for line in paper.lines:
                if line.account.code == account_code:
                    balance += line.debit - line.credit
                    yield paper, line, balance


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a paper says beside names and amounts, in one language."""

    language: PaperLanguage
    trial_balance: str
    statement: str
    vouchers: str
    voucher: str
    period: str
    area: str
    owner: str
    scheme: str
    standard: str
    plan: str
    date: str
    number: str
    summary: str
    account: str
    partner: str
    debit: str
    credit: str
    opening: str
    closing: str
    balance: str
    total: str
    in_words: str
    trade: str
    every_owner: str
    signatures: str
    page: str
    sides: Mapping[BooksOf, str]
    classes: Mapping[EntryClass, str]
    bases: Mapping[str, str]

    def name_of(self, account: Account) -> str:
        """An account's name in this language."""
        return account.name if self.language is PaperLanguage.CHINESE else account.name_en

    def basis(self, basis_kind: str) -> str:
        """What a voucher is based on."""
        return self.bases.get(basis_kind, basis_kind)


WORDS: Final = {
    PaperLanguage.CHINESE: Words(
        PaperLanguage.CHINESE,
        trial_balance="科目余额表",
        statement="明细账",
        vouchers="记账凭证清单",
        voucher="记账凭证",
        period="会计期间",
        area="统筹区",
        owner="核算单位",
        scheme="险种",
        standard="会计制度",
        plan="科目映射版本",
        date="日期",
        number="凭证号",
        summary="摘要",
        account="会计科目",
        partner="辅助核算",
        debit="借方金额",
        credit="贷方金额",
        opening="期初余额",
        closing="期末余额",
        balance="余额",
        total="合计",
        in_words="合计（大写）",
        trade="购销",
        every_owner="全部单位",
        signatures="制单：　　　　　　　审核：　　　　　　　记账：",
        page="第 {page} 页",
        sides={
            BooksOf.HOSPITAL: "医疗机构账",
            BooksOf.SUPPLIER: "企业账",
            BooksOf.FUND: "医保基金账",
        },
        classes={EntryClass.FINANCIAL: "财务会计", EntryClass.BUDGET: "预算会计"},
        bases={
            "match_run": "采购验收对账",
            "self_payment": "医院自行结算",
            "payment_attempt": "医保基金代付药械款",
            "offset_instruction": "代付款抵扣",
            "claim_capacity": "医保结算款",
            "bank_statement_entry": "银行流水",
            "bank_statement": "银行账户期初余额",
            "suspense_case": "待查款项处理",
        },
    ),
    PaperLanguage.ENGLISH: Words(
        PaperLanguage.ENGLISH,
        trial_balance="Trial balance",
        statement="Account statement",
        vouchers="List of vouchers",
        voucher="Voucher",
        period="Period",
        area="Area",
        owner="Books of",
        scheme="Scheme",
        standard="Standard",
        plan="Account plan",
        date="Date",
        number="Number",
        summary="Basis",
        account="Account",
        partner="Kept for",
        debit="Debit",
        credit="Credit",
        opening="Opening",
        closing="Closing",
        balance="Balance",
        total="Total",
        in_words="Total in words",
        trade="trade",
        every_owner="all of them",
        signatures="Prepared by:            Checked by:            Booked by:",
        page="Page {page}",
        sides={
            BooksOf.HOSPITAL: "Hospital",
            BooksOf.SUPPLIER: "Supplier",
            BooksOf.FUND: "Medical-insurance fund",
        },
        classes={EntryClass.FINANCIAL: "Financial", EntryClass.BUDGET: "Budget"},
        bases={
            "match_run": "Purchases matched",
            "self_payment": "Paid by the hospital itself",
            "payment_attempt": "Paid by the fund on mandate",
            "offset_instruction": "Offset of payments on mandate",
            "claim_capacity": "Claims on the fund",
            "bank_statement_entry": "Bank statement entry",
            "bank_statement": "Opening balance of a bank account",
            "suspense_case": "Unexplained money resolved",
        },
    ),
}
