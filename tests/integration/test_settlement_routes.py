"""From applying to release over HTTP: roles, row security, bulk commands and what they refuse."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.codes.roles import Role
from schemas.times import Clock, FixedClock
from settlement_api.applications.errors import SuppliersStillApply
from settlement_api.applications.service import require_deadline_passed
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders.api import Caller, RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.batches import AREA, AT, MAKER, OTHER_AREA, PERIOD, Scene, insert
from tests.builders.fund_claims import claim, fund_file


@pytest.fixture
def clock() -> Clock:
    return FixedClock(AT)


@dataclass
class Story:
    """Everybody at the table."""

    api: RunningApi
    agency_id: UUID
    hospital_id: UUID
    supplier: Caller
    confirmer: Caller
    maker: Caller
    checker: Caller
    finance: Caller


@pytest.fixture
async def story(database: Database, keyring: Keyring) -> AsyncIterator[Story]:
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        scene = await Scene(uow).open()
        hospital, supplier = await scene.hospital(), await scene.supplier()
        for amount in (10_000, 20_000, 30_001):
            await scene.payable(hospital, supplier, amount, status="open")
    async with running_api(database, keyring) as api:
        yield Story(
            api,
            scene.agency_id,
            hospital,
            await api.user(supplier_of(supplier), Role.SUPPLIER),
            await api.user(hospital_of(hospital, AREA), Role.HOSPITAL_CONFIRMER),
            await api.user(area_of(AREA), Role.AGENCY_MAKER),
            await api.user(area_of(AREA), Role.AGENCY_CHECKER),
            await api.user(area_of(AREA), Role.FINANCE),
        )


def _body(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def _refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = _body(answer, status)
    assert body["code"] == code
    return body


async def _apply(story: Story) -> Any:
    body = {"area_code": AREA, "period": PERIOD}
    return _body(await story.supplier.post("/applications", json=body), 201)


async def _totals(caller: Caller) -> dict[str, tuple[int, str]]:
    rows = _body(await caller.get("/application-lines/totals"))
    return {row["status"]: (row["line_count"], row["amount"]) for row in rows}


async def _review(caller: Caller, step: str, count: int, amount: str) -> httpx.Response:
    body = {"step": step, "expected_count": count, "expected_amount": amount}
    return await caller.post("/application-lines/reviews", json=body)


async def _accept_all(story: Story) -> None:
    await _apply(story)
    seen = {"expected_count": 3, "expected_amount": "600.01"}
    _body(await story.confirmer.post("/application-lines/confirmations", json=seen))
    _body(await _review(story.maker, "first", 3, "600.01"))
    _body(await _review(story.checker, "second", 3, "600.01"))


async def _freeze(story: Story, caller: Caller | None = None) -> httpx.Response:
    body = {"agency_id": str(story.agency_id), "scheme": "310", "period": PERIOD}
    return await (caller or story.maker).post("/batches", json=body)


async def test_a_month_from_application_to_release(story: Story) -> None:
    imported = _body(
        await story.finance.post(
            "/fund-imports",
            content=fund_file(claim(amount="400.00")),
            headers={"Content-Type": "text/csv"},
        )
    )
    assert (imported["received"], imported["accepted"]) == (1, 1)
    await _accept_all(story)
    batch = _body(await _freeze(story), 201)
    assert batch["control_sum"] == "600.01"
    assert (batch["planned_recovery"], batch["shortfall"]) == ("400.00", "200.01")
    seen = {"content_hash": batch["content_hash"]}
    path = f"/batches/{batch['id']}"
    _refused(await story.maker.post(f"{path}/approval", json=seen), 403, "forbidden")
    _refused(
        await story.checker.post(f"{path}/approval", json={"content_hash": "0" * 64}),
        409, "batch_content_changed",
    )  # fmt: skip
    _body(await story.checker.post(f"{path}/approval", json=seen))
    released = _body(await _release(story, path, seen))
    assert released["status"] == "released"
    assert [each["step"] for each in released["decisions"]] == ["maker", "checker", "releaser"]
    (payment,) = _body(await story.finance.get(f"{path}/payments"))["items"]
    assert (payment["payee_account"], payment["amount"]) == ("****1234", "600.01")
    items = _body(await story.finance.get(f"{path}/payments/{payment['id']}/items?limit=2"))
    assert len(items["items"]) == 2
    rest = _body(
        await story.finance.get(
            f"{path}/payments/{payment['id']}/items?limit=2&after={items['next']}"
        )
    )
    assert (len(rest["items"]), rest["next"]) == (1, None)


async def _release(story: Story, path: str, seen: dict[str, str]) -> httpx.Response:
    """By whoever the rule pack in force says."""
    releaser = await story.api.user(area_of(AREA), Role.AGENCY_RELEASER, Role.FINANCE)
    return await releaser.post(f"{path}/release", json=seen)


async def test_a_hospital_decides_line_by_line_with_a_result_each(story: Story) -> None:
    await _apply(story)
    lines = _body(await story.confirmer.get("/application-lines"))["items"]
    by_amount = {line["amount"]: line["id"] for line in lines}
    answer = _body(
        await story.confirmer.post(
            "/application-lines/decisions",
            json={
                "decisions": [
                    {
                        "line_id": by_amount["300.01"], "decision": "confirm", "quantity": "5",
                        "reason": "quantity_differs",
                    },
                    {
                        "line_id": by_amount["100.00"], "decision": "dispute",
                        "reason": "not_received", "note": "没有收到",
                    },
                    {"line_id": str(uuid4()), "decision": "confirm"},
                ]
            },
        )
    )  # fmt: skip
    assert (answer["received"], answer["done"], answer["refused"]) == (3, 2, 1)
    assert await _totals(story.confirmer) == {
        "confirmed": (1, "150.01"),
        "disputed": (2, "250.00"),
        "submitted": (1, "200.00"),
    }
    disputed = by_amount["100.00"]
    withdraw = {"resolution": "withdrawn", "note": "同意"}
    end = f"/application-lines/{disputed}/dispute-end"
    _refused(await story.confirmer.post(end, json=withdraw), 403, "forbidden")
    spoiled = await story.supplier.post(end, json=withdraw | {"note": "同\0意"})
    (fault,) = _refused(spoiled, 422, "invalid")["faults"]
    assert (fault["place"], fault["code"]) == ("/note", "bad_text")
    assert _body(await story.supplier.post(end, json=withdraw))["status"] == "withdrawn"
    again = await story.supplier.post(end, json=withdraw)
    _refused(again, 409, "application_line_refused")
    back = await story.supplier.post(f"/application-lines/{disputed}/reinstatement")
    assert _body(back)["status"] == "submitted"
    moves = _body(await story.maker.get(f"/application-lines/{disputed}/moves"))
    assert [move["event"] for move in moves] == ["submit", "dispute", "withdraw", "reinstate"]


async def test_bulk_commands_refuse_what_was_not_seen(story: Story) -> None:
    await _apply(story)
    seen = {"expected_count": 3, "expected_amount": "600.00"}
    answer = await story.confirmer.post("/application-lines/confirmations", json=seen)
    problem = _refused(answer, 409, "application_lines_changed")
    assert (problem["count"], problem["amount_minor"]) == (3, 60_001)
    _refused(await _review(story.maker, "first", 1, "1.00"), 409, "application_lines_changed")


async def test_other_parties_see_and_move_nothing(story: Story, database: Database) -> None:
    submitted = await _apply(story)
    (application,) = submitted["applications"]
    (line, *_) = _body(await story.confirmer.get("/application-lines"))["items"]
    async with database.begin(AreaScope(OTHER_AREA), actor=MAKER, at=AT) as uow:
        other_hospital = await Scene(uow).hospital()
    strangers = [
        await story.api.user(hospital_of(other_hospital, OTHER_AREA), Role.HOSPITAL_CONFIRMER),
        await story.api.user(supplier_of(uuid4()), Role.SUPPLIER),
        await story.api.user(area_of(OTHER_AREA), Role.AGENCY_MAKER),
    ]
    for stranger in strangers:
        assert _body(await stranger.get("/applications"))["items"] == []
        assert _body(await stranger.get("/application-lines"))["items"] == []
        shown = await stranger.get(f"/applications/{application['id']}")
        _refused(shown, 404, "application_not_found")
        shown = await stranger.get(f"/application-lines/{line['id']}")
        _refused(shown, 404, "application_line_not_found")
    decision = {"decisions": [{"line_id": line["id"], "decision": "confirm"}]}
    answer = await strangers[0].post("/application-lines/decisions", json=decision)
    assert _body(answer)["results"][0]["code"] == "not_found"
    review = await strangers[2].post(
        f"/application-lines/{line['id']}/review", json={"step": "first"}
    )
    _refused(review, 409, "application_line_refused")
    assert await _totals(story.confirmer) == {"submitted": (3, "600.01")}


async def test_everybody_reads_the_rules_in_force(story: Story) -> None:
    for caller in (story.supplier, story.confirmer, story.maker):
        pack = _body(await caller.get("/rule-packs/in-force"))
        assert (pack["code"], pack["deadlines"]["on_silence"]) == ("shandong-base", "remind")
    _refused(await story.maker.get("/rule-packs/in-force?on=1999-12-31"), 409, "no_rule_pack")


async def test_the_agency_applies_for_returns_when_the_suppliers_days_are_over(
    story: Story, database: Database
) -> None:
    await _apply(story)
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        (line,) = await uow.fetch_all(
            "SELECT payable_id, hospital_id, supplier_id FROM application_line"
            " WHERE amount_minor = 10000"
        )
        await Scene(uow).payable(
            line.hospital_id, line.supplier_id, -4_000, status="open", adjusts=line.payable_id
        )
    _refused(await story.supplier.post("/applications/returns"), 403, "forbidden")
    applied = _body(await story.maker.post("/applications/returns"), 201)
    assert (applied["application_count"], applied["amount"]) == (1, "-40.00")
    assert _body(await story.maker.post("/applications/returns"), 201)["line_count"] == 0
    lines = _body(await story.maker.get("/application-lines"))["items"]
    returned, bought = sorted(lines, key=lambda each: float(each["amount"]))[:2]
    path = f"/application-lines/{returned['id']}"
    confirmed = {"decisions": [{"line_id": returned["id"], "decision": "confirm"}]}
    _body(await story.confirmer.post("/application-lines/decisions", json=confirmed))
    _body(await story.checker.post(f"{path}/rejection", json={"reason": "looked at again"}))
    assert _body(await story.maker.post(f"{path}/reinstatement"))["status"] == "submitted"
    bought_path = f"/application-lines/{bought['id']}/reinstatement"
    _refused(await story.maker.post(bought_path), 403, "forbidden")


@pytest.mark.parametrize(("day", "is_open"), [(5, False), (6, True)])
async def test_until_the_deadline_suppliers_apply_for_their_returns_themselves(
    database: Database, day: int, is_open: bool
) -> None:
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT.replace(day=day)) as uow:
        if is_open:
            await require_deadline_passed(uow)
        else:
            with pytest.raises(SuppliersStillApply) as refused:
                await require_deadline_passed(uow)
            assert refused.value.facts["until"] == date(2026, 3, 5)


async def test_the_figures_and_the_list_show_offsets_nobody_acknowledged_in_time(
    story: Story, database: Database
) -> None:
    await _accept_all(story)
    batch = _body(await _freeze(story), 201)
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        for number, day in enumerate((9, 10), start=1):
            await insert(
                uow, "offset_instruction", area_code=AREA, hospital_id=story.hospital_id,
                scheme="310", month=PERIOD, payment_batch_id=UUID(batch["id"]),
                instruction_no=number, amount_minor=100 * number, status="issued", issued_at=AT,
                acknowledge_by_date=date(2026, 3, day),
            )  # fmt: skip
    late = _body(await story.finance.get("/offset-instructions?overdue=true"))["items"]
    assert [row["amount"] for row in late] == ["1.00"]
    figures = await story.finance.get("/metrics")
    assert "zhijie_offsets_overdue 1.0" in figures.text


async def test_what_is_carried_is_listed_with_its_sum(story: Story, database: Database) -> None:
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        mine = await uow.fetch_value("SELECT id FROM supplier")
        other = await Scene(uow, story.agency_id, _serial=50).supplier()
        for supplier, amount, receivable in ((other, 4_500, None), (mine, 700, AT)):
            await insert(
                uow, "carried_return", area_code=AREA, hospital_id=story.hospital_id,
                supplier_id=supplier, scheme="310", amount_minor=amount,
                carried_since=date(2025, 9, 1), receivable_at=receivable,
            )  # fmt: skip
    rows = _body(await story.maker.get("/carried-returns"))["items"]
    assert sorted(row["amount"] for row in rows) == ["45.00", "7.00"]
    own = _body(await story.supplier.get("/carried-returns"))["items"]
    assert [row["amount"] for row in own] == ["7.00"]
    assert _body(await story.finance.get("/carried-returns/totals")) == [
        {
            "scheme": "310", "carried_count": 1, "carried": "45.00",
            "receivable_count": 1, "receivable": "7.00",
        }
    ]  # fmt: skip


async def test_parties_have_no_business_with_batches(story: Story) -> None:
    await _accept_all(story)
    for caller in (story.supplier, story.confirmer, story.checker, story.finance):
        _refused(await _freeze(story, caller), 403, "forbidden")
    batch = _body(await _freeze(story), 201)
    for caller in (story.supplier, story.confirmer):
        for path in ("", "/payments", "/exclusions", "/recoveries", "/set-offs"):
            answer = await caller.get(f"/batches/{batch['id']}{path}")
            _refused(answer, 403, "forbidden")


async def test_a_system_approves_nothing(story: Story) -> None:
    await _accept_all(story)
    machine = await story.api.system(area_of(AREA), Role.AGENCY_MAKER, Role.AGENCY_CHECKER)
    _refused(await _freeze(story, machine), 403, "approval_not_a_person")
    batch = _body(await _freeze(story), 201)
    seen = {"content_hash": batch["content_hash"]}
    answer = await machine.post(f"/batches/{batch['id']}/approval", json=seen)
    _refused(answer, 403, "approval_not_a_person")


async def test_voiding_frees_and_lists_page_by_page(story: Story) -> None:
    await _accept_all(story)
    first = _body(await _freeze(story), 201)
    voided = await story.checker.post(f"/batches/{first['id']}/void", json={"reason": "重来"})
    assert _body(voided)["status"] == "voided"
    second = _body(await _freeze(story), 201)
    assert second["control_sum"] == first["control_sum"]
    page = _body(await story.finance.get("/batches?limit=1"))
    assert [each["id"] for each in page["items"]] == [first["id"]]
    page = _body(await story.finance.get(f"/batches?limit=1&after={page['next']}"))
    assert [each["id"] for each in page["items"]] == [second["id"]]
    assert page["next"] is None
    bad = await story.finance.get("/batches?after=nonsense")
    assert bad.status_code == 422


async def test_bodies_with_faults_are_refused_whole(story: Story) -> None:
    for body in (
        {"area_code": AREA, "period": "2026-13"},
        {"area_code": "37", "period": PERIOD},
        {"area_code": AREA, "period": PERIOD, "surplus": 1},
        {"area_code": AREA, "period": PERIOD, "hospital_code": "H1"},
    ):
        assert (await story.supplier.post("/applications", json=body)).status_code == 422
    unknown = {"area_code": AREA, "period": PERIOD, "hospital_code": "H37010099999"}
    answer = await story.supplier.post("/applications", json=unknown)
    _refused(answer, 422, "hospital_unknown")
