"""Writes a synthetic province and its month as files: same seed, same bytes."""

import csv
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from settlement_api.rehearsal.deliveries import draw_trade
from settlement_api.rehearsal.document_files import Written, write_pile
from settlement_api.rehearsal.funding import (
    REJECTED_ENDING,
    RETURNED_ENDING,
    Funding,
    plan_funding,
)
from settlement_api.rehearsal.hospital_documents import hospital_piles
from settlement_api.rehearsal.master_files import (
    Sheet,
    account_name,
    fund_sheets,
    master_sheets,
    traders_sheet,
    write_sheet,
)
from settlement_api.rehearsal.orders import draw_lines, draw_orders
from settlement_api.rehearsal.own_payments import own_payments_sheet, told_on
from settlement_api.rehearsal.province import Place, Province, build_province
from settlement_api.rehearsal.scales import SCALES, ScaleName
from settlement_api.rehearsal.supplier_documents import supplier_piles
from settlement_api.rehearsal.wire import Wire, prepare_wire

MANIFEST = "manifest.json"


def write_province(directory: Path, *, scale: str, seed: int) -> Mapping[str, Any]:
    """Writes everything below `directory` (files of an earlier run are removed); the manifest.

    `master/<kind>.csv` go to the importers, `fund/fund-<area>.csv` to fund claims,
    `documents/<arrival day>/<kind>.ndjson` to the intake, `bank/` to the simulated bank;
    `trade/` lists who trades with whom, and what hospitals pay suppliers themselves.
    """
    for part in ("master", "fund", "documents", "bank", "trade"):
        shutil.rmtree(directory / part, ignore_errors=True)
    chosen = SCALES[ScaleName(scale)]
    province = build_province(chosen, seed, areas=_seeded_areas(), places=_seeded_places())
    orders = draw_orders(province, seed)
    trade = draw_trade(province, orders, draw_lines(province, orders, seed), seed)
    funding = plan_funding(province, trade, seed)
    sheets = {
        sheet.kind: write_sheet(directory / "master", sheet)
        for sheet in master_sheets(province, funding, seed)
    }
    for area_code, sheet in fund_sheets(province, funding):
        sheets[f"fund {area_code}"] = write_sheet(directory / "fund", sheet)
    _write_bank(directory / "bank", funding, seed)
    wire = prepare_wire(province, trade, seed)
    write_sheet(directory / "trade", traders_sheet(province, trade))
    write_sheet(directory / "trade", own_payments_sheet(province, trade, wire, seed))
    written = _write_documents(directory / "documents", province, wire, seed)
    manifest = _manifest(province, funding, scale, seed) | {
        "rows": sheets,
        "documents": {kind: asdict(counts) for kind, counts in written.items()},
    }
    _write_json(directory / MANIFEST, manifest)
    return manifest


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a written province."""
    manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def described(directory: Path, manifest: Mapping[str, Any]) -> str:
    """What was written and where, for whoever takes the files further."""
    counts = manifest["documents"]
    kinds = "\n".join(
        f"    {kind:<22}{counts[kind]['documents']:>11,}{counts[kind]['lines']:>13,}"
        for kind in sorted(counts)
    )
    rows = {kind: number for kind, number in manifest["rows"].items() if " " not in kind}
    files = "\n".join(f"    {kind + '.csv':<22}{number:>11,}" for kind, number in rows.items())
    return (
        f"Written to {directory.resolve()} (seed {manifest['seed']}, {manifest['scale']}):\n"
        f"  settlement month {manifest['period']}, areas {', '.join(manifest['areas'])}\n"
        f"  master/                        rows\n{files}\n"
        f"  documents/                documents        lines\n{kinds}\n"
        f"  fund/, bank/, trade/\n"
        f"All of it is described in {directory / MANIFEST}; how to load it says\n"
        "docs/how-to/try-with-generated-files.md."
    )


def _write_documents(
    directory: Path, province: Province, wire: Wire, seed: int
) -> dict[str, Written]:
    first = province.scale.first_order_day
    return {
        pile.kind: write_pile(directory, pile, first_day=first, seed=seed)
        for pile in (*hospital_piles(wire), *supplier_piles(wire))
    }


def _write_bank(directory: Path, funding: Funding, seed: int) -> None:
    """The bank's temper, and the credits from the special account that fund the month."""
    directory.mkdir(parents=True, exist_ok=True)
    _write_json(directory / "behavior.json", _behavior(seed))
    rows = (
        (
            *(account.number, account_name(account.area_name, account.scheme), account.area_code),
            *(account.scheme, account.credit, f"FUND-{account.area_code}-{account.scheme}"),
            *(f"{account.area_name}财政专户（模拟）", account.special_number),
        )
        for account in funding.accounts
    )
    columns = ("account_number", "account_name", "area_code", "scheme", "amount_minor")
    write_sheet(
        directory, Sheet("credits", (*columns, "reference", "from_name", "from_account"), rows)
    )


def _behavior(seed: int) -> dict[str, Any]:
    """Returned, rejected, silent and twice-answered payments among the others."""
    return {
        "seed": seed,
        "slow_seconds": 0.2,
        "payment_rules": [
            {"fault": "reject", "payee_ending": REJECTED_ENDING, "reason": "AC04"},
            {"fault": "return", "payee_ending": RETURNED_ENDING, "reason": "AC01", "days": 2},
        ],
        "message_rules": [
            {"fault": "twice", "parts_per_million": 300_000},
            {"fault": "silent", "parts_per_million": 200_000},
            {"fault": "bad_gateway", "parts_per_million": 150_000},
        ],
    }


def _manifest(province: Province, funding: Funding, scale: str, seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "scale": scale,
        "period": province.scale.period,
        "first_order_day": province.scale.first_order_day.isoformat(),
        "areas": province.area_codes,
        "own_payments_told_on": told_on(province).isoformat(),
        "planned_minor": int(funding.planned.sum()),
        "hospitals_falling_short": int(funding.falls_short.sum()),
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def _seed_rows(name: str) -> Iterator[dict[str, str]]:
    with files("deploy.migrations").joinpath("seed", name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _seeded_areas() -> list[tuple[str, str]]:
    return [(row["area_code"], row["name"]) for row in _seed_rows("areas.csv")]


def _seeded_places() -> list[Place]:
    """The counties: places that are not themselves areas."""
    return [
        Place(row["place_code"], row["name"], row["area_code"])
        for row in _seed_rows("places.csv")
        if row["place_code"] != row["area_code"]
    ]
