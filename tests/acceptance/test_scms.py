"""Real orders, deliveries and invoices of ten years are settled: every cent ends somewhere."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from schemas.money import yuan
from settlement_api.rehearsal import settling
from settlement_api.rehearsal.people import KnownParty
from settlement_api.rehearsal.report import Figures, read_figures
from settlement_api.rehearsal.stage import Stage
from settlement_api.verification.policy import InvariantResult
from settlement_api.verification.service import run_verification
from tests.acceptance import platform
from tests.builders.scms import SETTLED, SHORT_AREA, Scms, invoice_number

pytestmark = pytest.mark.timeout(600)
OPENS = date(2015, 10, 8)
SEED, BODIES = 20151008, 3
GOODS, FREIGHT, INSURANCE = 44_214_129_333, 1_795_095_181, 66_054_154
"""Control sums of the invoices in cents, read as fen."""
SUMS = {
    "paid": 32_069_319_291,
    "accepted_unpaid": 740_155_751,
    "waiting": 2_515_571_251,
    "in_dispute": 559_069_318,
    "self_settled": 8_149_297_333,
    "outside": 180_716_389,
}
"""What the six ends of goods come to: the story is the same every time, to the cent."""
SILENT_EVERY = 23
"""Hospitals whose serial is a multiple of this confirm nothing."""
DISPUTED_PARTS = 250
"""Ten-thousandths of lines that the others dispute, always whole lines."""
NOT_REVIEWED, REVIEWED_ONCE = "990012", "990008"
"""An area that is late with both reviews, and one that is late with the second."""
SIX = {"paid", "accepted_unpaid", "waiting", "in_dispute", "self_settled", "outside"}

Line = Mapping[str, Any]
Totals = dict[tuple[str, str, str], tuple[int, int]]
"""(charge, end, reason) → (lines, fen)."""


@dataclass(frozen=True)
class Ending:
    """Everything the stories below look at."""

    imports: Mapping[str, Any]
    intakes: list[dict[str, Any]]
    totals: Totals
    lines: list[Line]
    figures: Figures
    results: list[InvariantResult]
    book: Mapping[str, int]
    again: Mapping[str, Any]
    figures_after: Figures
    totals_after: Totals


@pytest.fixture(scope="module")
def scms() -> Scms:
    return Scms.read()


@pytest.fixture(scope="module")
def ending(scms: Scms, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """The files settled once for every story below."""
    story = platform.Story(
        areas=sorted(scms.areas.values()),
        period=SETTLED,
        opens=OPENS,
        master=scms.master_data(),
        fund=scms.fund_rows(),
        credits=scms.credits(),
        traders=scms.traders(),
        bodies=scms.bodies(BODIES, SEED),
        behavior={"seed": SEED},
    )
    return platform.play(story, tmp_path_factory.mktemp("scms"), settle)


async def settle(stage: Stage) -> Ending:
    """From master data to the statement, and then every document once more."""
    imports = await platform.open_for_business(stage)
    intakes = await platform.send_bodies(stage)
    await stage.be_quiet()
    await platform.fund(stage)
    await settling.apply(stage)
    await platform.confirm(stage, decide)
    await platform.review(stage, not_at_all=[NOT_REVIEWED], only_once=[REVIEWED_ONCE])
    await platform.pay(stage, statement_days=1)
    database = stage.installation.database
    lines, totals = await invoiced_lines(stage), await invoiced_totals(stage)
    figures, results = (
        (await read_figures(database)).figures,
        await run_verification(database, chain_key=stage.installation.keyring.chain_key),
    )
    again = await platform.send_all_again(stage)
    return Ending(
        *(imports, intakes, totals, lines, figures, results),
        book=(await stage.bank.get("/book")).json(),
        again=again,
        figures_after=(await read_figures(database)).figures,
        totals_after=await invoiced_totals(stage),
    )


def decide(hospital: KnownParty, line: Line) -> str | None:
    """`silent`, the reason of a dispute, or None to confirm: drawn on numbers people know."""
    if int(hospital.code[-5:]) % SILENT_EVERY == 0:
        return "silent"
    said = f"{line['order_number']}|{line['order_line_number']}|{line['amount']}"
    draw = int.from_bytes(sha256(said.encode()).digest()[:8]) % 10_000
    return settling.DISPUTES[draw % 4] if draw < DISPUTED_PARTS else None


async def invoiced_totals(stage: Stage) -> Totals:
    totals: Totals = {}
    for area_code in stage.areas:
        maker = await stage.official("maker", area_code)
        for row in (await maker.get("/monitoring/invoiced"))["totals"]:
            key = (row["charge_kind"], row["end"], row["reason"])
            count, amount = totals.get(key, (0, 0))
            totals[key] = count + row["line_count"], amount + yuan(row["amount"])
    return totals


async def invoiced_lines(stage: Stage) -> list[Line]:
    lines: list[Line] = []
    for area_code in stage.areas:
        maker = await stage.official("maker", area_code)
        lines += await platform.every(maker, "/monitoring/invoiced-lines")
    return lines


def _lines_of(scms: Scms, rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    """(invoice number, SCMS line) of goods lines for order lines."""
    wanted = {row["line_id"] for row in rows}
    return {
        (invoice_number(row["invoice_no"]), row["line_id"])
        for row in scms.invoices
        if row["kind"] == "goods" and row["line_id"] in wanted
    }


def _ends(scms: Scms, ending: Ending) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(invoice number, SCMS line) of every goods line → its (end, reason)s."""
    named: dict[tuple[str, int], str] = {}
    for number, rows in scms.invoice_groups().items():
        for place, row in enumerate(rows, start=1):
            named[invoice_number(number), place] = row["line_id"]
    ends: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for line in ending.lines:
        if line["charge_kind"] == "goods":
            key = (line["invoice_number"], named[line["invoice_number"], line["line_number"]])
            ends[key] |= {(part["end"], part["reason"]) for part in line["parts"]}
    return dict(ends)


def _money(rows: Sequence[Mapping[str, Any]], column: str) -> int:
    return sum(row[column] for row in rows)


def _sum(totals: Totals, charge: str, end: str | None = None) -> int:
    return sum(
        amount
        for (kind, where, _), (_, amount) in totals.items()
        if kind == charge and end in (None, where)
    )


def test_contradicting_contract_rows_are_refused_by_name(scms: Scms, ending: Ending) -> None:
    report = ending.imports["contracts"]
    assert (report["received"], report["accepted"], report["rejected"]) == (1653, 1499, 154)
    refused = {row["row"]: row["faults"] for row in report["results"] if row["faults"]}
    prices: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in scms.contracts:
        prices[row["contract_no"], row["item"], row["manufacturer"]].add(row["pack_price"])
    for number, faults in refused.items():
        row = scms.contracts[number - 2]  # the header is line 1
        rivals = prices[row["contract_no"], row["item"], row["manufacturer"]]
        free = float(row["pack_price"]) == 0
        assert {fault["code"] for fault in faults} == {
            "invalid_value" if free else "overlapping_price"
        }, (row, faults)
        assert free or len(rivals) > 1, row
        for fault in faults:
            words = fault["message"].replace(",", " ").split()
            named = {int(word) for word in words if word.isdigit()}
            assert free or (named and named <= refused.keys()), "its rivals are refused and named"
    refusing = {"contracts", "payee-accounts"}
    for kind, other in ending.imports.items():
        assert kind in refusing or other["accepted"] == other["received"] > 0, kind


def test_every_document_is_taken_in(scms: Scms, ending: Ending) -> None:
    assert len(ending.intakes) == BODIES
    for intake in ending.intakes:
        assert intake["state"] == "applied"
        assert intake["accepted"] == intake["received"] > 0
    assert sum(intake["received"] for intake in ending.intakes) == 1581 + 3 * 1854


def test_the_six_ends_add_up_to_the_control_sum(scms: Scms, ending: Ending) -> None:
    assert sum(yuan(row["line_value"]) for row in scms.orders) == GOODS
    sums = {end: _sum(ending.totals, "goods", end) for end in SIX}
    assert sum(sums.values()) == _sum(ending.totals, "goods") == GOODS
    assert sums == SUMS
    assert {end for charge, end, _ in ending.totals if charge == "goods"} == SIX


def test_every_invoice_line_ends_with_a_reason_and_adds_up(scms: Scms, ending: Ending) -> None:
    assert len(ending.lines) == len({line["id"] for line in ending.lines}) == 7266
    for line in ending.lines:
        assert line["parts"], line
        assert all(part["end"] in SIX and part["reason"] for part in line["parts"]), line
        assert sum(yuan(part["amount"]) for part in line["parts"]) == yuan(line["amount"])
    by_total = Counter(
        (line["charge_kind"], part["end"], part["reason"])
        for line in ending.lines
        for part in line["parts"]
    )
    assert by_total == {key: count for key, (count, _) in ending.totals.items()}


def test_a_goods_line_has_one_end_but_where_its_price_is_above_the_contract(
    scms: Scms, ending: Ending
) -> None:
    ends = _ends(scms, ending)
    assert len(ends) == 2869
    for key, found in ends.items():
        rest = found - {("in_dispute", "price_above_contract")}
        assert len(rest) == 1, (key, found)
    assert sum(len(found) > 1 for found in ends.values()) == 5


def test_freight_and_insurance_are_never_paid(ending: Ending) -> None:
    charges = {key: found for key, found in ending.totals.items() if key[0] != "goods"}
    assert charges == {
        ("freight", "outside", "charge_not_contracted"): (1619, FREIGHT),
        ("insurance", "outside", "charge_not_contracted"): (2778, INSURANCE),
    }


def test_lines_without_price_date_or_contract_say_so(scms: Scms, ending: Ending) -> None:
    ends = _ends(scms, ending)
    free = _lines_of(scms, [row for row in scms.orders if yuan(row["line_value"]) == 0])
    assert len(free) == 5
    assert {place for key in free for place in ends[key]} == {("outside", "nothing_to_pay")}
    offline = _lines_of(scms, [row for row in scms.orders if row["po_no"] in scms.offline_orders])
    found = {place for key in offline - free for place in ends[key]}
    assert found == {("outside", "paid_offline")}
    loose = _lines_of(scms, [row for row in scms.orders if not row["contract_no"]])
    found = {place for key in loose - free - offline for place in ends[key]}
    assert found == {("self_settled", "no_contract")}
    undated = sum(not row["po_date"] for row in scms.orders)
    exceptions = {row["reason"]: row for row in ending.figures["discrepancies"]}
    assert exceptions["order_date_missing"]["discrepancies"] == undated == 1526
    assert exceptions["amount_rounding"]["discrepancies"] == 300
    assert exceptions["amount_rounding"]["amount_minor"] == -26401


def test_what_waits_is_disputed_or_unpaid_says_why(ending: Ending) -> None:
    reasons: defaultdict[str, set[str]] = defaultdict(set)
    for charge, end, reason in ending.totals:
        if charge == "goods":
            reasons[end].add(reason)
    assert reasons["waiting"] == {"not_confirmed", "not_reviewed", "not_re_reviewed"}
    assert reasons["in_dispute"] == {*settling.DISPUTES, "price_above_contract"}
    assert reasons["accepted_unpaid"] == {"account_short", "account_unverified"}
    assert reasons["paid"] == {"paid"}


def test_the_short_account_leaves_out_and_no_other(ending: Ending) -> None:
    short = _left_out(ending, "account_short")
    assert ending.totals["goods", "accepted_unpaid", "account_short"][1] == short > 0
    batches = {(row["area"], row["scheme"]): row for row in ending.figures["batches"]}
    elsewhere = [batch for place, batch in batches.items() if place != (SHORT_AREA, "310")]
    unverified = _left_out(ending, "account_unverified")
    assert _money(elsewhere, "left_out_sum_minor") <= unverified, "no other account is short"
    assert _money([batches[SHORT_AREA, "310"]], "left_out_sum_minor") >= short


def _left_out(ending: Ending, reason: str) -> int:
    chosen = [row for row in ending.figures["exclusions"] if row["reason"] == reason]
    return _money(chosen, "amount_minor")


def test_a_name_longer_than_the_bank_carries_is_refused_and_not_paid(
    scms: Scms, ending: Ending
) -> None:
    """Two suppliers' names have more than 60 characters: nobody cuts them, nobody pays them."""
    report = ending.imports["payee-accounts"]
    names = [row["account_name"] for row in scms.master_data()["payee-accounts"]]
    too_long = [number for number, name in enumerate(names, start=2) if len(name) > 60]
    assert [row["row"] for row in report["results"] if row["faults"]] == too_long
    assert (report["accepted"], len(too_long)) == (report["received"] - 2, 2)
    unpaid = ending.totals["goods", "accepted_unpaid", "account_unverified"][1]
    assert _left_out(ending, "account_unverified") == unpaid > 0


def test_the_banks_own_book_says_what_the_ledger_says(ending: Ending) -> None:
    paid = _sum(ending.totals, "goods", "paid")
    balances, book = ending.figures["ledger_balances"], ending.book
    in_ledger = _money([row for row in balances if row["account_kind"] == "bank"], "balance_minor")
    assert book["debited_minor"] == paid
    assert book["returned_minor"] == 0
    assert book["funded_minor"] - book["debited_minor"] == in_ledger > 0
    on_mandate = [row for row in balances if row["account_kind"] == "paid_on_mandate"]
    assert -_money(on_mandate, "balance_minor") == paid


def test_every_invariant_holds_and_was_really_asked(ending: Ending) -> None:
    # No account plan is as old as these deliveries: they have no vouchers.
    vouchers = {"vouchers_balance", "vouchers_follow_ledger", "three_sides_balance"}
    platform.assert_all_held(ending.results, without=vouchers)


def test_sending_every_document_again_changes_nothing(ending: Ending) -> None:
    assert ending.again["unchanged"] == ending.again["received"] == 1581 + 3 * 1854
    assert ending.totals_after == ending.totals
    before = {name: rows for name, rows in ending.figures.items() if name != "intakes"}
    assert before == {name: rows for name, rows in ending.figures_after.items() if name in before}
