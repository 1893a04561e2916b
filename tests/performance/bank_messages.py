"""Bank messages on one core: payment orders written, statements read, the latter beside a bare walk
of their elements by the same parser."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from lxml import etree

from bank_adapters.iso20022.statements import read_statement
from bank_adapters.iso20022.wire import render_order
from bank_adapters.simulator.messages import BookedEntry, write_statement
from schemas.bank import BankAccount, CreditInstruction, PaymentOrder, StatementEntry
from tests.performance.measure import Figure, forget_peak, peak_megabytes

TRANSFERS: Final = 10_000
TRANSFERS_GOAL: Final = 30_000
ENTRIES: Final = 100_000
ENTRIES_GOAL: Final = 40_000
FLAT_MEGABYTES: Final = 20
"""What reading a file of 64 MB may hold on to."""
ROUNDS: Final = 3
DAY: Final = date(2026, 3, 2)
AGENCY: Final = BankAccount("3700000012345678", "医疗保障基金支出户", "102451000012")


def measure_bank_messages(folder: Path) -> list[Figure]:
    """Transfers written and entries read per second of processor time."""
    path = folder / "statement.xml"
    path.write_bytes(_statement())
    return [_orders_written(), *_statements_read(path)]


def _cpu_seconds(work: Callable[[], object]) -> float:
    """Of the best of some rounds: what else the machine does only adds to it."""
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


def _orders_written() -> Figure:
    instructions = [
        CreditInstruction(
            f"E{number:029d}",
            100_000 + number,
            BankAccount(f"62220{number:011d}", f"第{number}医药有限公司", "102451000012"),
            "2026年3月药品货款",
        )
        for number in range(TRANSFERS)
    ]
    order = PaymentOrder("M1", datetime(2026, 3, 2, tzinfo=UTC), DAY, AGENCY, instructions)
    a_second = TRANSFERS / _cpu_seconds(lambda: render_order(order, initiating_party="中心"))
    return Figure(
        "payment orders written (pain.001)",
        a_second,
        "transfers/CPU s",
        f"≥ {TRANSFERS_GOAL:,}",
        a_second >= TRANSFERS_GOAL,
        note=f"{TRANSFERS:,} transfers in one message: fitness, bytes, official schema, digest",
    )


def _statements_read(path: Path) -> list[Figure]:
    forget_peak("self")
    before = peak_megabytes("self")
    read = ENTRIES / _cpu_seconds(lambda: _read(path))
    held = peak_megabytes("self") - before
    walked = ENTRIES / _cpu_seconds(lambda: _walk(path))
    return [
        Figure(
            "statements read (camt.053)",
            read,
            "entries/CPU s",
            f"≥ {ENTRIES_GOAL:,}",
            read >= ENTRIES_GOAL,
            limit=walked,
            limit_name="entries/CPU s of a bare walk",
            note=f"{ENTRIES:,} entries, {path.stat().st_size >> 20} MB, into typed parts",
        ),
        Figure(
            "memory while a statement is read",
            held,
            "MB more",
            f"< {FLAT_MEGABYTES} MB",
            held < FLAT_MEGABYTES,
            note="at most, beside what was held before; the bare walk is not in it",
        ),
    ]


def _read(path: Path) -> None:
    with path.open("rb") as source:
        found = sum(isinstance(part, StatementEntry) for part in read_statement(source))
    assert found == ENTRIES, "entries were lost"


def _walk(path: Path) -> None:
    """Every element is looked at once and let go."""
    for _, entry in etree.iterparse(path, events=("end",), tag="{*}Ntry"):
        for _ in entry.iter():
            pass
        entry.clear()


def _statement() -> bytes:
    entries = [
        BookedEntry(
            number,
            DAY,
            -(100_000 + number),
            f"E{number:029d}",
            f"第{number}医药有限公司",
            f"62220{number:011d}",
            "2026年3月药品货款",
            None,
        )
        for number in range(ENTRIES)
    ]
    return write_statement(
        account=AGENCY.number, on=DAY, sequence=1, opening=10**12, entries=entries
    )
