"""How a bank's table of entries (CSV or XLSX) is read: declared in a file, never in code."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.messages.base import Message

Label = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
"""What stands in a cell, without blanks and without a colon at its end."""
DatePattern = Annotated[str, StringConstraints(pattern=r"^[YMDHhms0-9 :./T年月日时分秒-]{8,32}$")]
"""YYYY, MM, DD once each; hh, mm, ss for a time of day; the rest stands for itself."""
Labels = tuple[Label, ...]


class SignedAmount(Message):
    """One column: a minus is money that went out, or that came in where `inverted`."""

    kind: Literal["signed"]
    amount: Label
    inverted: bool = False


class TwoColumns(Message):
    """A column of what came in and one of what went out; one of them is empty or 0."""

    kind: Literal["two_columns"]
    money_in: Label
    money_out: Label


class MarkedAmount(Message):
    """A column without a sign, and one that says which way."""

    kind: Literal["marked"]
    amount: Label
    mark: Label
    marks_in: Annotated[Labels, Field(min_length=1)]
    marks_out: Annotated[Labels, Field(min_length=1)]


class TableColumns(Message):
    """The header's names of what an entry has; `remittance` joins several."""

    booking_date: Label
    value_date: Label | None = None
    balance: Label | None = None
    currency: Label | None = None
    account_number: Label | None = None
    bank_reference: Label | None = None
    end_to_end_id: Label | None = None
    counterparty_name: Label | None = None
    counterparty_account: Label | None = None
    remittance: Labels = ()


class TableLabels(Message):
    """Names of what stands outside the table: the value is in the next filled cell, or in the same
    behind a colon."""

    account_number: Label | None = None
    opening: Label | None = None
    closing: Label | None = None
    first_day: Label | None = None
    last_day: Label | None = None
    number: Label | None = None


class ReversalMark(Message):
    """An entry is a reversal where this column holds one of these words."""

    column: Label
    words: Annotated[Labels, Field(min_length=1)]


class StatementProfile(Message):
    """How one bank's table is read, in one version. A change is a new version.

    `newest_first`: the table's last line is the first entry. `other_lines`: what the first filled
    cell of a line that is no entry begins with (totals). `thousands`: commas divide digits.
    """

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    version: Annotated[int, Field(ge=1, le=9_999)]
    title: Label
    encoding: Literal["utf-8", "gbk"] = "gbk"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    date_format: DatePattern
    amount: Annotated[SignedAmount | TwoColumns | MarkedAmount, Field(discriminator="kind")]
    columns: TableColumns
    labels: TableLabels = TableLabels()
    reversal: ReversalMark | None = None
    other_lines: Labels = ()
    currency_names: Labels = ("CNY", "RMB", "人民币")
    newest_first: bool = False
    thousands: bool = False

    @property
    def name(self) -> str:
        """As it stands beside the files that it read."""
        return f"{self.code}:{self.version}"

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        """A statement names its account, an opening and a closing."""
        if not (self.columns.account_number or self.labels.account_number):
            raise ValueError("say where the account's number stands: other accounts are refused")
        if not self.columns.balance and not (self.labels.opening and self.labels.closing):
            raise ValueError("say where the balances stand: a column, or labels of both")
        for part in ("YYYY", "MM", "DD"):
            if self.date_format.count(part) != 1:
                raise ValueError(f"date_format has {part} once")
        return self
