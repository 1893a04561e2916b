"""Random statements, and the same written in other formats than camt.053, as banks write them."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from random import Random

from xlsxwriter import Workbook

from schemas.bank import (
    BankStatement,
    EntryDetail,
    StatementBalance,
    StatementEntry,
    StatementHeader,
)
from schemas.times import SHANGHAI

NUMBER = "3700100000000310"
FIRST = date(2026, 2, 26)
DAY = timedelta(days=1)
WORDS = ("药械结算", "退款", "手续费", "利息 2026", "a/b:c", "ÄÖ, x;y", "支付-01")


def hex_id(draw: Random) -> str:
    """An id like ours."""
    return f"{draw.getrandbits(128):032x}"


def random_chain(draw: Random, *, days: int) -> list[BankStatement]:
    """A statement a day, each opening where the one before closed."""
    balance, made = draw.randrange(-(10**6), 10**9), []
    for number in range(days):
        on = FIRST + number * DAY
        entries = [random_entry(draw, on) for _ in range(draw.randrange(0, 6))]
        opening = balance
        balance += sum(one.amount_minor if one.credit else -one.amount_minor for one in entries)
        made.append(statement(number + 2, on, opening, balance, entries))
    return made


def statement(
    number: int, on: date, opening: int, closing: int, entries: Sequence[StatementEntry]
) -> BankStatement:
    """A statement of one day as every reader gives it back, but for its name."""
    header = StatementHeader(
        statement_id=f"S-{number}-{on.isoformat()}",
        sequence=number,
        account_number=NUMBER,
        created_at=None,
        from_at=datetime.combine(on, time(), SHANGHAI),
        to_at=datetime.combine(on + DAY, time(), SHANGHAI),
    )
    balances = (
        StatementBalance("OPBD", opening, "CNY", on),
        StatementBalance("CLBD", closing, "CNY", on),
    )
    return BankStatement(header, balances, entries)


def random_entry(draw: Random, on: date) -> StatementEntry:
    """Of any direction and size; some name a payment of ours, some are reversals."""
    reference = f"B{draw.randrange(10**6)}" if draw.random() < 0.8 else None
    text = " ".join(draw.choice(WORDS) for _ in range(draw.randrange(0, 3))) or None
    if draw.random() < 0.3:
        text = f"{hex_id(draw)} {text or ''}".strip()
    credit = draw.random() < 0.5
    named = text[:32] if credit and text and len(text) >= 32 and " " not in text[:32] else None
    return StatementEntry(
        entry_reference="",
        amount_minor=draw.choice([1, 99, 100, draw.randrange(1, 10**12)]),
        currency="CNY",
        credit=credit,
        booked=True,
        reversal=draw.random() < 0.2,
        booking_date=on,
        value_date=on - draw.randrange(0, 3) * DAY,
        bank_reference=reference,
        details=(EntryDetail(named, None, None, None, None, text),),
    )


def comma(fen: int) -> str:
    """A positive amount as SWIFT writes it: a comma always, and no needless zeros."""
    cents = f"{fen % 100:02d}".rstrip("0")
    return f"{fen // 100},{cents}"


def write_mt940(statements: Sequence[BankStatement], *, encoding: str = "utf-8") -> bytes:
    """MT940 as a bank sends it: opening balances bear the day before."""
    return "".join(line + "\r\n" for one in statements for line in mt940_lines(one)).encode(
        encoding
    )


def mt940_lines(one: BankStatement) -> Iterator[str]:
    opening, closing = one.balances
    assert opening.on is not None
    assert closing.on is not None
    yield ":20:S"
    yield f":25:102451000010/{one.header.account_number}CNY"
    yield f":28C:{one.header.sequence:05d}/001"
    yield f":60F:{_balance(opening.amount_minor, opening.on - DAY)}"
    for entry in one.entries:
        assert entry.value_date is not None
        assert entry.booking_date is not None
        mark = ("R" if entry.reversal else "") + ("C" if entry.credit != entry.reversal else "D")
        reference = f"//{entry.bank_reference}" if entry.bank_reference else ""
        yield (
            f":61:{entry.value_date:%y%m%d}{entry.booking_date:%m%d}{mark}"
            f"{comma(entry.amount_minor)}NTRFNONREF{reference}"
        )
        text = entry.details[0].remittance
        if text:
            parts = [text[at : at + 65] for at in range(0, len(text), 65)]
            yield f":86:{parts[0]}"
            yield from parts[1:]
    yield f":62F:{_balance(closing.amount_minor, closing.on)}"
    yield ":86:information about the statement"
    yield "-"


def _balance(fen: int, on: date) -> str:
    return f"{'C' if fen >= 0 else 'D'}{on:%y%m%d}CNY{comma(abs(fen))}"


OWN_COLUMNS = (
    "入账日期",
    "起息日期",
    "收入",
    "支出",
    "银行流水号",
    "端到端标识",
    "对方户名",
    "对方账号",
    "附言",
)
"""Of the profile that this distribution brings, `zhijie-table`."""


def table_rows(one: BankStatement) -> list[list[str]]:
    """A statement as the rows of `zhijie-table`: labels, header, entries, a total."""
    opening, closing = one.balances
    assert opening.on is not None
    assert closing.on is not None
    rows = [
        ["账号：", one.header.account_number or "", "对账单序号", str(one.header.sequence or "")],
        ["起始日期", opening.on.isoformat(), "终止日期", closing.on.isoformat()],
        ["期初余额", yuan(opening.amount_minor)],
        [],
        list(OWN_COLUMNS),
    ]
    for entry in one.entries:
        (detail,) = entry.details
        sides = [yuan(entry.amount_minor), ""]
        rows.append(
            [
                (entry.booking_date or closing.on).isoformat(),
                entry.value_date.isoformat() if entry.value_date else "",
                *(sides if entry.credit else sides[::-1]),
                entry.bank_reference or "",
                detail.end_to_end_id or "",
                detail.counterparty_name or "",
                f"{detail.counterparty_account}\t" if detail.counterparty_account else "",
                detail.remittance or "",
            ]
        )
    rows.append(["合计", "", "1.00", "2.00"])
    rows.append([f"期末余额：{yuan(closing.amount_minor)}"])
    return rows


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def write_csv(rows: Sequence[Sequence[str]], *, delimiter: str = ",") -> str:
    target = StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue()


def write_xlsx(
    rows: Sequence[Sequence[str]], *, days: bool = False, numbers: bool = False
) -> bytes:
    """The rows as a workbook; `days` and `numbers` as a spreadsheet keeps such cells."""
    target = BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        as_day = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                text = cell.strip()
                if days and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                    sheet.write_datetime(line, column, datetime.fromisoformat(text), as_day)
                elif numbers and re.fullmatch(r"-?[0-9]{1,12}\.[0-9]{2}", text):
                    sheet.write_number(line, column, Decimal(text))
                else:
                    sheet.write_string(line, column, cell)
    return target.getvalue()
