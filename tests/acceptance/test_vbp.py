"""Real awards and agreed volumes are traded and settled: drawn to the piece, paid to the fen."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from schemas.money import parse_scaled, yuan
from settlement_api.rehearsal import paying, people, settling
from settlement_api.rehearsal.report import Figures, read_figures
from settlement_api.rehearsal.stage import Stage
from settlement_api.verification.policy import InvariantResult
from settlement_api.verification.service import run_verification
from tests.acceptance import platform
from tests.builders.vbp import contract_code, item_no
from tests.builders.vbp_trade import OPENS, SETTLED, Trade, price_of

pytestmark = pytest.mark.timeout(600)
SEED, BODIES = 20200601, 3

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ending:
    """Everything the stories below look at."""

    imports: Mapping[str, Any]
    contracts: list[Row]
    hospitals: int
    volumes: list[Row]
    payables: list[Row]
    invoiced: dict[tuple[str, str], int]
    """(end, reason) → fen."""
    figures: Figures
    results: list[InvariantResult]


@pytest.fixture(scope="module")
def trade() -> Trade:
    return Trade.of_shared_data()


@pytest.fixture(scope="module")
def ending(trade: Trade, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """Two months traded and settled once for every story below."""
    documents = list(trade.documents())
    Random(SEED).shuffle(documents)
    story = platform.Story(
        areas=list(trade.by_area),
        period=SETTLED,
        opens=OPENS,
        master=trade.master_data(),
        fund=trade.fund_rows(),
        credits=trade.credits(),
        traders=trade.traders(),
        bodies=[documents[start::BODIES] for start in range(BODIES)],
        behavior={"seed": SEED},
    )
    return platform.play(story, tmp_path_factory.mktemp("vbp"), settle)


async def settle(stage: Stage) -> Ending:
    imports = await platform.open_for_business(stage)
    for intake in await platform.send_bodies(stage):
        assert intake["accepted"] == intake["received"] > 0, intake
    await stage.be_quiet()
    await platform.fund(stage)
    await settling.apply(stage)
    await platform.confirm(stage, lambda _hospital, _line: None)
    await platform.review(stage, not_at_all=[], only_once=[])
    await platform.pay(stage, statement_days=1)
    await paying.issue_vouchers(stage)
    return await look(stage, imports)


async def look(stage: Stage, imports: Mapping[str, Any]) -> Ending:
    volumes: list[Row] = []
    payables: list[Row] = []
    invoiced: Counter[tuple[str, str]] = Counter()
    for area_code in stage.areas:
        maker = await stage.official("maker", area_code)
        found = await platform.every(maker, "/monitoring/volumes")
        volumes += [{**row, "area_code": area_code} for row in found]
        payables += await platform.every(maker, "/reconciliation/payables")
        for row in (await maker.get("/monitoring/invoiced"))["totals"]:
            invoiced[row["end"], row["reason"]] += yuan(row["amount"])
    administrator = await stage.person(people.ADMINISTRATOR)
    database = stage.installation.database
    return Ending(
        imports=imports,
        contracts=await platform.every(administrator, "/contracts"),
        hospitals=len(stage.hospitals),
        volumes=volumes,
        payables=payables,
        invoiced=dict(invoiced),
        figures=(await read_figures(database)).figures,
        results=await run_verification(database, chain_key=stage.installation.keyring.chain_key),
    )


def test_every_winner_has_a_contract_at_its_pack_price(trade: Trade, ending: Ending) -> None:
    assert len(ending.contracts) == len(trade.procurement.awards) == 160
    awards = {
        (contract_code(award), item_no(award), award.manufacturer): award
        for award in trade.procurement.awards
    }
    for row in ending.contracts:
        award = awards[row["contract_code"], row["item_no"], row["manufacturer"]]
        assert parse_scaled(row["pack_price"], scale=6) == award.pack_price_minor * 10_000
        assert (row["pack_size"], row["pack_size_inferred"]) == (award.pack_size, True)
        assert tuple(row["scope_codes"]) == tuple(sorted(award.provinces))
        assert (row["valid_from"], row["valid_to"]) == ("2020-04-01", "2021-03-31")
    sizes = Counter(award.pack_size for award in trade.procurement.awards)
    assert sum(count for size, count in sizes.items() if size > 1) > 50, "prices that repeat"


def test_what_cannot_be_priced_is_reported_and_nothing_dropped(trade: Trade) -> None:
    volumes = trade.procurement.in_region()
    outcomes = Counter(volume.outcome for volume in volumes)
    assert outcomes == {"agreed": 55, "no_price": 32, "no_award": 1}
    reported = {note.place: note.code for note in trade.procurement.notes}
    for volume in volumes:
        assert volume.outcome == "agreed" or reported[volume.place] == volume.outcome
    repeated = [note for note in trade.hospitals.notes if note.code == "repeated_hospital"]
    assert len(repeated) == 1
    assert trade.hospitals.received == 181


def test_the_repeated_hospital_is_one_party(ending: Ending) -> None:
    report = ending.imports["hospitals"]
    assert report["accepted"] == report["received"] == ending.hospitals == 180
    for kind, each in ending.imports.items():
        assert each["accepted"] == each["received"] > 0, kind


def test_drawn_volumes_are_shown_per_contract_and_area(trade: Trade, ending: Ending) -> None:
    assert len(ending.volumes) == 55 * len(trade.by_area)
    ordered: Counter[tuple[str, str, str]] = Counter()
    for item in trade.items:
        if item.award is not None:
            key = (item.hospital.area_code, contract_code(item.award), item_no(item.award))
            ordered[key] += item.pieces
    for row in ending.volumes:
        key = (row["area_code"], row["contract_code"], row["item_no"])
        assert parse_scaled(row["drawn"], scale=3) == ordered[key] * 1_000, row
        assert row["is_over_agreed"] is False
    drawn = sum(parse_scaled(row["drawn"], scale=3) for row in ending.volumes)
    agreed = sum(parse_scaled(row["agreed"], scale=3) for row in ending.volumes)
    assert 0 < agreed - drawn * 6 < agreed // 1_000, "two of twelve months are drawn"


def test_repeating_unit_prices_never_lose_a_fen(trade: Trade, ending: Ending) -> None:
    """Σ parts = whole twice: receipts of an invoice line, and hospitals of a product's month."""
    per_line: defaultdict[str, list[int]] = defaultdict(list)
    for row in ending.payables:
        if row["status"] != "superseded":
            per_line[row["invoice_line_id"]].append(yuan(row["amount"]))
    stated = Counter(item.amount_minor for item in trade.items)
    assert Counter(sum(parts) for parts in per_line.values()) == stated
    assert sum(len(parts) > 1 for parts in per_line.values()) > 2_000
    months: defaultdict[tuple[str, str, str, str], list[tuple[int, int]]] = defaultdict(list)
    awards = {}
    for item in trade.items:
        if item.award is not None:
            key = (item.award.place, item.volume.place, item.hospital.area_code, item.month)
            months[key].append((item.pieces, item.amount_minor))
            awards[key] = item.award
    for key, parts in months.items():
        whole = price_of(awards[key], sum(pieces for pieces, _ in parts))
        assert sum(amount for _, amount in parts) == whole, key


def test_all_that_was_won_is_paid_and_the_rest_is_self_settled(
    trade: Trade, ending: Ending
) -> None:
    won = sum(item.amount_minor for item in trade.items if item.award is not None)
    other = sum(item.amount_minor for item in trade.items if item.award is None)
    assert ending.invoiced == {("paid", "paid"): won, ("self_settled", "no_contract"): other}


def test_other_specifications_have_no_price(trade: Trade, ending: Ending) -> None:
    found = {row["reason"]: row for row in ending.figures["discrepancies"]}
    assert not {reason for reason, row in found.items() if row["effect"] in ("waiting", "held")}
    slices = sum(row["route"] == "self" for row in ending.payables if row["status"] != "superseded")
    assert found["no_price"]["discrepancies"] == found["no_contract"]["discrepancies"] == slices
    others = [item for item in trade.items if item.award is None]
    assert len(others) == 32
    assert slices == 3 * len(others)
    assert found["no_price"]["amount_minor"] == sum(item.amount_minor for item in others)


def test_every_invariant_holds_and_was_really_asked(ending: Ending) -> None:
    platform.assert_all_held(ending.results)
