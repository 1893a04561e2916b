"""The report of a month: every sum shown, in words its reader knows."""

from collections.abc import Mapping, Sequence
from io import StringIO

import pytest
from rich.console import Console

from settlement_api.rehearsal.report import (
    LONGEST_TABLE,
    QUESTIONS,
    Report,
    Value,
    agreements,
    invariants_table,
    print_report,
)
from settlement_api.rehearsal.words import INVARIANTS as SENTENCES
from settlement_api.rehearsal.words import Language, language_of, said
from settlement_api.verification.policy import INVARIANTS, AreaAnswer, InvariantResult

Rows = Sequence[Mapping[str, Value]]


def _figures(**given: Rows) -> dict[str, Rows]:
    return {name: given.get(name, []) for name in QUESTIONS}


MONTH = _figures(
    application_lines=[
        {"status": "accepted", "dispute_reason": "", "lines": 3, "amount_minor": 30_000},
        {"status": "disputed", "dispute_reason": "quality", "lines": 1, "amount_minor": 500},
    ],
    batches=[
        {"area": "370100", "no": 1, "sum_minor": 25_000, "left_out_sum_minor": 5_000},
        {"area": "370100", "no": 2, "sum_minor": 1_000, "left_out_sum_minor": 0},
    ],
    overdue=[
        {
            "acts": "supplier",
            "reason": "not_invoiced",
            "overdue": 2,
            "amount_minor": 700,
            "oldest": "2026-08-03",
        }
    ],
    payments=[
        {"scheme": "310", "outcome": "debited", "amount_minor": 24_000},
        {"scheme": "310", "outcome": "returned", "amount_minor": 2_000},
    ],
    statement_entries=[
        {"entry_class": "funding", "entries": 1, "amount_minor": 40_000},
        {"entry_class": "payment", "entries": 2, "amount_minor": -26_000},
    ],
    ledger_balances=[{"account_kind": "bank", "balance_minor": 14_000}],
)


def _printed(figures: Mapping[str, Rows], language: Language) -> str:
    screen = StringIO()
    console = Console(file=screen, width=140)
    print_report(console, Report(figures), language=language)
    return screen.getvalue()


def test_tables_end_with_their_totals_and_names_are_not_added_up() -> None:
    lines = [line.split() for line in _printed(MONTH, Language.EN).splitlines()]
    assert ["total", "4", "305.00"] in lines
    assert ["total", "260.00"] in lines, "neither batch numbers nor what waits again have a sum"


def test_rows_that_are_not_shown_are_counted_in() -> None:
    rows = [{"reason": f"r{n}", "amount_minor": 100} for n in range(LONGEST_TABLE + 5)]
    printed = _printed(_figures(discrepancies=rows), Language.EN)
    assert "… 5 more rows" in printed
    assert ["total", "45.00"] in [line.split() for line in printed.splitlines()]


def test_sums_of_different_tables_that_are_the_same_money_stand_side_by_side() -> None:
    printed = _printed(MONTH, Language.EN)
    assert "= first batches 250.00 + left out of them 50.00" in printed
    assert "= debited 240.00 + returned 20.00" in printed
    assert "= funding 400.00 + payment -260.00" in printed
    off = {**MONTH, "payments": [{"scheme": "310", "outcome": "debited", "amount_minor": 25_999}]}
    assert "≠ debited 259.99" in _printed(off, Language.EN)
    for (_, whole), parts in agreements(MONTH):
        assert whole == sum(amount for _, amount in parts)


def test_the_report_in_chinese() -> None:
    printed = _printed(MONTH, Language.ZH)
    for wanted in (
        "支付批次",
        "逾期未处理的差异（按应处理方）",
        "应处理方",
        "供应商",
        "未开票",
        "合计",
        "质量问题",
        "勾稽关系",
        "第一批次 250.00",
        "已付出 240.00",
        "+ 付款 -260",
    ):
        assert wanted in printed
    assert "Payment" not in printed
    assert said("Bank statements up to 2026-08-03", Language.ZH) == "银行对账单，至 2026-08-03"


def test_every_invariant_has_its_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == {invariant.name for invariant in INVARIANTS}
    held = InvariantResult(INVARIANTS[0], (AreaAnswer("370100", 7, 0, 123_456, None),))
    for language, sentence in (
        (Language.EN, INVARIANTS[0].sentence),
        (Language.ZH, SENTENCES[INVARIANTS[0].name]),
    ):
        screen = StringIO()
        Console(file=screen, width=140).print(invariants_table([held], language=language))
        assert sentence in screen.getvalue()
        assert "1,234.56" in screen.getvalue()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, Language.ZH),
        ({"LANG": "en_US.UTF-8"}, Language.EN),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, Language.EN),
        ({}, Language.EN),
    ],
)
def test_the_terminal_says_which_language(
    environment: Mapping[str, str], language: Language
) -> None:
    assert language_of(environment) is language
