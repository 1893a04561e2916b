"""Suppliers apply, hospitals confirm or dispute, the agency reviews twice, three people pay."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from schemas.money import format_scaled, format_yuan, parse_scaled, yuan
from settlement_api.rehearsal.client import Caller, Refused, gather_bounded
from settlement_api.rehearsal.draws import TEN_THOUSAND
from settlement_api.rehearsal.people import KnownParty
from settlement_api.rehearsal.scales import RATES
from settlement_api.rehearsal.stage import Stage

AT_ONCE = 6
"""Requests under way: more only wait for each other on a small machine."""
CSV = "text/csv"
NOTHING_TO_APPLY_FOR = "nothing_to_apply_for"
SCHEMES = ("310", "390")
DISPUTES = ("quantity_differs", "price_differs", "not_received", "quality")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Trader:
    """A hospital and a supplier that trade in an area."""

    area_code: str
    hospital_code: str
    uscc: str


def read_traders(stage: Stage) -> list[Trader]:
    """Who trades with whom in the month."""
    with (stage.files / "trade" / "traders.csv").open(encoding="utf-8") as file:
        return [Trader(**row) for row in csv.DictReader(file)]


async def import_claims(stage: Stage) -> None:
    """Finance brings what the fund owes each hospital for the month."""
    with stage.step("What the fund owes hospitals", total=len(stage.areas)) as step:

        async def bring(area_code: str) -> None:
            caller = await stage.official("finance", area_code)
            path = stage.files / "fund" / f"fund-{area_code}.csv"
            result = await caller.upload("/fund-imports", [path], media_type=CSV)
            assert result["rejected"] == 0, result

        await gather_bounded(bring, stage.areas, at_once=AT_ONCE, on_done=step.advance)
        await stage.be_quiet()


async def apply(stage: Stage) -> None:
    """Each supplier's own system applies once in each area it trades in."""
    pairs = sorted({(trader.area_code, trader.uscc) for trader in read_traders(stage)})
    suppliers = {party.code: party for party in stage.suppliers.values()}
    with stage.step("Suppliers apply", total=len(pairs)) as step:

        async def submit(pair: tuple[str, str]) -> None:
            area_code, uscc = pair
            caller = stage.system_of(suppliers[uscc].id)
            wanted = {"area_code": area_code, "period": stage.period}
            try:
                await caller.post("/applications", wanted)
            except Refused as refused:
                if refused.problem.get("code") != NOTHING_TO_APPLY_FOR:
                    raise

        await gather_bounded(submit, pairs, at_once=AT_ONCE, on_done=step.advance)


async def confirm(stage: Stage) -> None:
    """Each hospital's system disputes a few lines, confirms some in part, and all the rest."""
    codes = {trader.hospital_code for trader in read_traders(stage)}
    hospitals = sorted(
        (party for party in stage.hospitals.values() if party.code in codes),
        key=lambda party: party.code,
    )
    with stage.step("Hospitals confirm and dispute", total=len(hospitals)) as step:

        async def decide(hospital: KnownParty) -> None:
            await _decide(stage, hospital)

        await gather_bounded(decide, hospitals, at_once=AT_ONCE, on_done=step.advance)


async def _decide(stage: Stage, hospital: KnownParty) -> None:
    caller = stage.system_of(hospital.id)
    lines = [line async for line in caller.pages("/application-lines", status="submitted")]
    decisions = [
        decision
        for line in lines
        if (decision := _doubt(line, hospital, stage.suppliers[UUID(line["supplier_id"])]))
    ]
    if decisions:
        result = await caller.post("/application-lines/decisions", {"decisions": decisions})
        assert result["refused"] == 0, result
    doubted = {decision["line_id"] for decision in decisions}
    rest = [line for line in lines if line["id"] not in doubted]
    if rest:
        await caller.post("/application-lines/confirmations", _expectation(rest))


def _doubt(line: Line, hospital: KnownParty, supplier: KnownParty) -> dict[str, Any] | None:
    """Whether a line is disputed or confirmed in part: drawn on what it says, never on our ids,
    so that the same seed ends in the same fen."""
    said = f"{hospital.code}|{supplier.code}|{line['quantity']}|{line['amount']}"
    draw = int.from_bytes(sha256(said.encode()).digest()[:8]) % TEN_THOUSAND
    if draw < RATES.disputed:
        reason = DISPUTES[draw % len(DISPUTES)]
        return {"line_id": line["id"], "decision": "dispute", "reason": reason}
    part = parse_scaled(line["quantity"], scale=3) // 2_000 * 1_000
    if draw < RATES.disputed + RATES.confirmed_in_part and part > 0:
        decision = {"line_id": line["id"], "decision": "confirm", "reason": "quantity_differs"}
        return decision | {"quantity": format_scaled(part, scale=3)}
    return None


def _expectation(lines: Sequence[Line]) -> dict[str, Any]:
    total = sum(yuan(line["amount"]) for line in lines)
    return {"expected_count": len(lines), "expected_amount": format_yuan(total)}


async def end_some_disputes(stage: Stage) -> None:
    """In each area one disputed line is confirmed after all and one is withdrawn."""
    with stage.step("Some disputes end", total=2 * len(stage.areas)) as step:
        for area_code in stage.areas:
            maker = await stage.official("maker", area_code)
            pages = maker.pages("/application-lines", status="disputed")
            lines = sorted([line async for line in pages], key=lambda line: _said(stage, line))
            for line, resolution in zip(lines, ("confirmed", "withdrawn"), strict=False):
                party = "hospital_id" if resolution == "confirmed" else "supplier_id"
                caller = stage.system_of(UUID(line[party]))
                path = f"/application-lines/{line['id']}/dispute-end"
                await caller.post(path, {"resolution": resolution})
            step.advance(2)


def _said(stage: Stage, line: Line) -> tuple[str, ...]:
    """What a line says, for an order that does not depend on our ids."""
    hospital = stage.hospitals[UUID(line["hospital_id"])]
    supplier = stage.suppliers[UUID(line["supplier_id"])]
    return hospital.code, supplier.code, line["amount"], line["quantity"]


async def review(stage: Stage, *, step_name: str, post: str, waiting: str) -> None:
    """One review of everything that waits for it in each area, as the person saw it."""
    title = {"first": "First review", "second": "Re-review by another person"}[step_name]
    with stage.step(title, total=len(stage.areas)) as step:

        async def look_through(area_code: str) -> None:
            caller = await stage.official(post, area_code)
            totals = await caller.get("/application-lines/totals")
            for total in totals:
                if total["status"] == waiting:
                    await caller.post(
                        "/application-lines/reviews",
                        {
                            "step": step_name,
                            "expected_count": total["line_count"],
                            "expected_amount": total["amount"],
                        },
                    )

        await gather_bounded(look_through, stage.areas, at_once=2, on_done=step.advance)


@dataclass(frozen=True)
class Frozen:
    """A batch as its maker saw it."""

    area_code: str
    id: str
    content_hash: str


async def freeze(stage: Stage, *, title: str = "Batches frozen") -> list[Frozen]:
    """The maker freezes a batch per agency and scheme; none where nothing is eligible."""
    frozen: list[Frozen] = []
    with stage.step(title, total=len(stage.areas) * len(SCHEMES)) as step:

        async def freeze_area(area_code: str) -> None:
            maker = await stage.official("maker", area_code)
            accounts = [row async for row in maker.pages("/agency-accounts")]
            for account in sorted(accounts, key=lambda row: str(row["scheme"])):
                batch = await _freeze(maker, account, stage.period)
                if batch:
                    frozen.append(Frozen(area_code, batch["id"], batch["content_hash"]))
                step.advance()

        await gather_bounded(freeze_area, stage.areas, at_once=2)
    return frozen


async def _freeze(maker: Caller, account: Mapping[str, Any], period: str) -> Any:
    order = {"agency_id": account["agency_id"], "scheme": account["scheme"], "period": period}
    try:
        return await maker.post("/batches", order)
    except Refused as refused:
        if refused.problem.get("code") != "nothing_eligible":
            raise
        return None


async def decide_batches(
    stage: Stage, frozen: Sequence[Frozen], *, title: str = "Approved and released"
) -> None:
    """The checker approves and finance releases: three different people for every batch."""
    with stage.step(title, total=2 * len(frozen)) as step:

        async def decide(batch: Frozen) -> None:
            for post, command in (("checker", "approval"), ("finance", "release")):
                caller = await stage.official(post, batch.area_code)
                seen = {"content_hash": batch.content_hash}
                await caller.post(f"/batches/{batch.id}/{command}", seen)
                step.advance()

        await gather_bounded(decide, frozen, at_once=2)
