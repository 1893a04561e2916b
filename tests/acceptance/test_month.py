"""A province settles its month: over HTTP, with worker and bank, twice to the same fen."""

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from settlement_api.config import Settings
from settlement_api.embedded_postgres import remove_data
from settlement_api.rehearsal import demo
from settlement_api.rehearsal.month import REPORT
from tests.acceptance.crashing import open_theater, play, require_paid_once

pytestmark = pytest.mark.timeout(600)
SEED = 20260301


async def _play(folder: Path) -> dict[str, Any]:
    """The report of a small month played in a fresh folder."""
    settings = Settings(state_directory=folder)
    screen = StringIO()
    status = await demo.run(
        scale="taste", seed=SEED, settings=settings, console=Console(file=screen, width=120)
    )
    state = folder / demo.FOLDER
    assert status == 0, screen.getvalue()
    report: dict[str, Any] = msgspec.json.decode((state / REPORT).read_bytes())
    assert report["digest"] in screen.getvalue()
    remove_data(state)
    return report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One month, played once for every story below."""
    return asyncio.run(_play(tmp_path_factory.mktemp("month")))


def _sum(rows: list[dict[str, Any]], column: str, **wanted: str) -> int:
    chosen = (row for row in rows if all(row[name] == text for name, text in wanted.items()))
    return sum(row[column] for row in chosen)


def test_every_record_taken_in_has_a_result(report: dict[str, Any]) -> None:
    for row in report["figures"]["intakes"]:
        assert row["received"] == row["accepted"] + row["unchanged"] + row["rejected"]
        assert row["unchanged"] >= 1, "a document that comes twice changes nothing"
    receipts = [row for row in report["figures"]["intakes"] if row["kind"] == "goods_receipt"]
    assert receipts[0]["rejected"] >= 1, "the same number with other content is refused"


def test_what_is_past_its_day_is_shown_by_who_must_act(report: dict[str, Any]) -> None:
    late = report["figures"]["overdue"]
    assert {"supplier", "hospital"} <= {row["acts"] for row in late}
    standing = report["figures"]["discrepancies"]
    for row in late:
        asked = [
            one["discrepancies"]
            for one in standing
            if one["reason"] == row["reason"] and one["effect"] in ("waiting", "held")
        ]
        assert 0 < row["overdue"] <= sum(asked)


def test_all_that_is_direct_was_applied_for_and_nothing_else(report: dict[str, Any]) -> None:
    payables = report["figures"]["payables"]
    applied = _sum(report["figures"]["application_lines"], "amount_minor")
    assert applied == _sum(payables, "amount_minor", status="committed", route="direct") > 0
    assert _sum(payables, "amount_minor", status="open", route="direct") == 0
    assert _sum(payables, "amount_minor", status="committed", route="self") == 0
    assert _sum(payables, "amount_minor", route="self") > 0


def test_disputes_hold_themselves_up_and_nothing_else(report: dict[str, Any]) -> None:
    lines = report["figures"]["application_lines"]
    assert _sum(lines, "lines", status="disputed") > 0
    assert _sum(lines, "lines", status="withdrawn") > 0
    left = {row["status"] for row in lines}
    assert left == {"accepted", "disputed", "withdrawn"}


def test_what_was_accepted_is_paid_or_says_why_not(report: dict[str, Any]) -> None:
    figures = report["figures"]
    accepted = _sum(figures["application_lines"], "amount_minor", status="accepted")
    first = [row for row in figures["batches"] if row["no"] == 1]
    assert sum(row["sum_minor"] + row["left_out_sum_minor"] for row in first) == accepted
    reasons = {row["reason"] for row in figures["exclusions"]}
    assert {"account_short", "account_unverified", "mandate_missing"} <= reasons
    assert sum(row["shortfall_minor"] for row in first) > 0, "some hospitals fall short"


def test_the_bank_rejected_and_returned_and_all_of_it_was_paid_again(
    report: dict[str, Any],
) -> None:
    payments = report["figures"]["payments"]
    outcomes = {row["outcome"] for row in payments}
    assert outcomes == {"debited", "rejected", "returned"}
    again = sum(row["sum_minor"] for row in report["figures"]["batches"] if row["no"] == 2)
    lost = _sum(payments, "amount_minor", outcome="rejected")
    lost += _sum(payments, "returned_minor", outcome="returned")
    assert again >= lost > 0


def test_the_ledger_says_what_the_bank_says(report: dict[str, Any]) -> None:
    figures = report["figures"]
    bank = _sum(figures["ledger_balances"], "balance_minor", account_kind="bank")
    assert bank == _sum(figures["statement_entries"], "amount_minor")
    for kind in ("in_transit", "suspense"):
        assert _sum(figures["ledger_balances"], "balance_minor", account_kind=kind) == 0
    for scheme in ("", "310", "390"):
        assert _sum(figures["ledger_balances"], "balance_minor", scheme=scheme) == 0
        assert _sum(figures["ledger_balances"], "pending_minor", scheme=scheme) == 0


def test_paid_on_mandate_is_what_left_the_bank_and_stayed_away(report: dict[str, Any]) -> None:
    figures = report["figures"]
    paid = -_sum(figures["ledger_balances"], "balance_minor", account_kind="paid_on_mandate")
    entries = figures["statement_entries"]
    left = -_sum(entries, "amount_minor", entry_class="payment")
    back = _sum(entries, "amount_minor", entry_class="return")
    assert paid == left - back > 0


def test_every_invariant_was_asked_and_holds(report: dict[str, Any]) -> None:
    standings = {row["name"]: row["standing"] for row in report["invariants"]}
    assert set(standings.values()) == {"held"}, "rows were examined for each of them"


def test_every_offset_is_acknowledged(report: dict[str, Any]) -> None:
    offsets = report["figures"]["offsets"]
    assert {row["status"] for row in offsets} == {"acknowledged"}


def test_killed_at_any_step_the_same_seed_ends_in_the_same_fen(
    report: dict[str, Any], tmp_path: Path
) -> None:
    again = asyncio.run(_play_with_accidents(tmp_path))
    assert again["figures"] == report["figures"]
    assert again["digest"] == report["digest"]


async def _play_with_accidents(folder: Path) -> dict[str, Any]:
    """The report of the same month in which worker, API and database are killed, each in the
    middle of a transaction; and nothing is paid twice."""
    async with open_theater(folder, seed=SEED) as theater:
        worker, api, at = theater.worker, theater.api, theater.kill_writing
        cues = {
            "Documents as they arrive": lambda: at(worker, "payable"),
            "Suppliers apply": lambda: at(api, "application_line"),
            "Hospitals confirm": theater.kill_database,
            "Batches frozen": lambda: at(api, "payment_item"),
            "Approved and released": lambda: at(worker, "payment_evidence"),
            "Bank statements up to 2026-08-08": lambda: at(worker, "statement_entry"),
        }
        report = await play(theater, cues)
        await require_paid_once(theater, report)
    return report
