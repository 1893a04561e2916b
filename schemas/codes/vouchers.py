"""Whose books a voucher is for, its two kinds of entries, and what an account is to the checks."""

from enum import StrEnum


class BooksOf(StrEnum):
    """One of the three sides of a settlement; each keeps its books by a standard of its own."""

    HOSPITAL = "hospital"
    SUPPLIER = "supplier"
    FUND = "fund"


class EntryClass(StrEnum):
    """A hospital enters what moves its budget a second time (parallel entries, 平行记账)."""

    FINANCIAL = "financial"
    BUDGET = "budget"


class AccountRole(StrEnum):
    """What an account is, whatever code a plan gives it: by this the three sides are compared."""

    INVENTORY = "inventory"
    SUPPLIER_PAYABLE = "supplier_payable"
    MANDATE_DEBT = "mandate_debt"
    FUND_RECEIVABLE = "fund_receivable"
    SUPERVISED_MONEY = "supervised_money"
    MEDICAL_INCOME = "medical_income"
    BUDGET_INCOME = "budget_income"
    BUDGET_EXPENSE = "budget_expense"
    BUDGET_FUNDS = "budget_funds"
    CASH = "cash"
    HOSPITAL_RECEIVABLE = "hospital_receivable"
    REVENUE = "revenue"
    EXPENDITURE_BANK = "expenditure_bank"
    IN_TRANSIT = "in_transit"
    SPECIAL_ACCOUNT = "special_account"
    HOSPITAL_ADVANCE = "hospital_advance"
    HOSPITAL_DEPOSIT = "hospital_deposit"
    HOSPITAL_PREPAYMENT = "hospital_prepayment"
    BENEFITS = "benefits"
    SUSPENSE = "suspense"
    RESERVE = "reserve"
    BANK_FINANCE = "bank_finance"
    FUND_BALANCE = "fund_balance"


class PartnerKind(StrEnum):
    """Whom a line of a voucher is kept for (辅助核算)."""

    NONE = ""
    HOSPITAL = "hospital"
    SUPPLIER = "supplier"


class PaperFormat(StrEnum):
    """As what the books of a month are written."""

    XLSX = "xlsx"
    PDF = "pdf"


class PaperLanguage(StrEnum):
    """In which language papers are headed; names of accounts follow it, names of parties do not."""

    CHINESE = "zh"
    ENGLISH = "en"
