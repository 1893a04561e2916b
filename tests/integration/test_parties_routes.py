"""Parties, contracts and imports over HTTP, by people who may and people who may not."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.parties.service import freeze_account
from settlement_api.persistence import Database
from tests.builders import contracts as c
from tests.builders import parties as p
from tests.builders.api import Caller, RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.master_data import seed_master_data


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    await seed_master_data(database, keyring)
    async with running_api(database, keyring) as running:
        yield running


async def items(caller: Caller, path: str) -> list[dict[str, Any]]:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_lists_go_on_where_the_page_ended(api: RunningApi) -> None:
    caller = await api.user(area_of(p.AREA), Role.AGENCY_MAKER)
    paths = {
        "/hospitals": 2,
        "/suppliers": 3,
        "/payee-accounts": 2,
        "/mandates": 2,
        "/agency-accounts": 1,
        "/products": 2,
        "/contracts": 1,
    }
    for path, total in paths.items():
        seen, after = [], ""
        while True:
            answer = await caller.get(f"{path}?limit=1{after}")
            assert answer.status_code == 200, answer.text
            page = answer.json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert len(seen) == len(set(seen)) == total, path


async def test_things_are_shown_one_by_one(api: RunningApi) -> None:
    caller = await api.user(area_of(p.AREA), Role.BUREAU_VIEWER)
    for path in ("/hospitals", "/suppliers", "/payee-accounts", "/products", "/contracts"):
        first = (await items(caller, path))[0]
        assert (await caller.get(f"{path}/{first['id']}")).json() == first, path
        missing = await caller.get(f"{path}/{UUID(int=0)}")
        assert missing.status_code == 404, path
    contract = (await items(caller, "/contracts"))[0]
    assert (contract["pack_price"], contract["scope_codes"]) == ("3.360000", ["370000"])
    product = (await items(caller, "/products"))[0]
    assert {"unit": "盒", "numerator": 28, "denominator": 1} in product["units"]
    assert len((await caller.get("/areas")).json()) == 16


async def test_account_numbers_are_never_shown(api: RunningApi) -> None:
    caller = await api.user(area_of(p.AREA), Role.AGENCY_MAKER)
    for path in ("/payee-accounts", "/agency-accounts"):
        answer = await caller.get(path)
        assert p.account_number(1) not in answer.text
        assert answer.json()["items"][0]["account_masked"].startswith("**** ")


async def test_each_party_sees_its_own(api: RunningApi) -> None:
    agency = await api.user(area_of(p.AREA), Role.AGENCY_MAKER)
    hospitals, suppliers = await items(agency, "/hospitals"), await items(agency, "/suppliers")
    accounts = await items(agency, "/payee-accounts")
    hospital_id, supplier_id = UUID(hospitals[0]["id"]), UUID(accounts[0]["supplier_id"])
    hospital = await api.user(hospital_of(hospital_id, p.AREA), Role.HOSPITAL_CLERK)
    supplier = await api.user(supplier_of(supplier_id), Role.SUPPLIER)
    elsewhere = await api.user(area_of(p.OTHER_AREA), Role.AGENCY_MAKER)
    assert [item["id"] for item in await items(hospital, "/hospitals")] == [str(hospital_id)]
    assert len(await items(hospital, "/suppliers")) == len(suppliers)
    assert len(await items(hospital, "/mandates")) == 1
    assert (await hospital.get("/payee-accounts")).status_code == 403
    assert [item["id"] for item in await items(supplier, "/suppliers")] == [str(supplier_id)]
    assert len(await items(supplier, "/payee-accounts")) == 1
    assert (await supplier.get(f"/payee-accounts/{accounts[1]['id']}")).status_code == 404
    assert (await supplier.get("/mandates")).status_code == 403
    assert (await supplier.get("/agency-accounts")).status_code == 403
    assert await items(elsewhere, "/hospitals") == []
    assert await items(elsewhere, "/agency-accounts") == []


async def test_an_account_is_proposed_by_the_supplier_and_verified_by_two(api: RunningApi) -> None:
    maker = await api.user(area_of(p.AREA), Role.AGENCY_MAKER)
    checker = await api.user(area_of(p.AREA), Role.AGENCY_CHECKER)
    supplier_id = UUID((await items(maker, "/suppliers"))[2]["id"])
    supplier = await api.user(supplier_of(supplier_id), Role.SUPPLIER)
    path = f"/suppliers/{supplier_id}/payee-accounts"
    body = {
        "account_number": "62280000004321",
        "account_name": "配送企业3",
        "cnaps_code": p.cnaps(3),
        "valid_from": "2026-03-01",
    }
    proposed = await supplier.post(path, json=body)
    assert proposed.status_code == 201, proposed.text
    assert proposed.json()["account_masked"] == "**** 4321"
    assert (await supplier.post(path, json=body)).status_code == 409
    wrong = body | {"cnaps_code": "102451000010", "account_number": "12"}
    refused = await supplier.post(path, json=wrong)
    assert refused.status_code == 422
    assert len(refused.json()["faults"]) == 2
    wanted = {"account_ids": [proposed.json()["id"]]}
    for caller, result in (
        (maker, "first_recorded"),
        (maker, "same_person"),
        (checker, "verified"),
    ):
        answer = await caller.post("/payee-accounts/verifications", json=wanted)
        assert [item["result"] for item in answer.json()] == [result]
    shown = await supplier.get(f"/payee-accounts/{proposed.json()['id']}")
    assert shown.json()["verification_state"] == "verified"
    assert shown.json()["verified_by_first"] == str(maker.id)
    assert (await supplier.post("/payee-accounts/verifications", json=wanted)).status_code == 403
    system = await api.system(area_of(p.AREA), Role.AGENCY_MAKER)
    assert (await system.post("/payee-accounts/verifications", json=wanted)).status_code == 403


async def test_files_are_imported_by_the_platforms_administrator(api: RunningApi) -> None:
    administrator = await api.administrator()
    body = p.csv_file([c.product_row(5), c.product_row(6, kind="food")])
    answer = await administrator.post("/imports/products", content=body, key="the-same-key")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["received"], report["accepted"], report["rejected"]) == (2, 1, 1)
    assert report["results"][1]["faults"][0]["column"] == "kind"
    again = await administrator.post("/imports/products", content=body, key="the-same-key")
    assert again.json() == report
    assert (await administrator.post("/imports/planets", content=body)).status_code == 404
    broken = await administrator.post("/imports/products", content=b"\xff\xfe\x00")
    assert broken.status_code == 422
    assert broken.json()["code"] == "file_refused"
    others = await api.user(area_of(p.AREA), Role.ADMINISTRATOR)
    assert (await others.post("/imports/products", content=body)).status_code == 403


async def test_overlapping_price_versions_are_refused_with_the_conflicting_rows_named(
    api: RunningApi,
) -> None:
    """On file: item 1 by 生产企业1, 2025 and 2026. Another manufacturer's is no conflict."""
    administrator = await api.administrator()
    rows = [
        c.contract_row(1, item_no="7", valid_from="2026-12-31", valid_to=""),
        c.contract_row(1, item_no="8", manufacturer="生产企业9", valid_from="2026-12-31"),
        c.contract_row(2, valid_from="2027-01-01", valid_to=""),
        c.contract_row(2, item_no="9", valid_from="2199-12-01", valid_to="2199-12-31"),
        c.contract_row(1, item_no="10", valid_from="2027-01-01", valid_to=""),
    ]
    answer = await administrator.post("/imports/contracts", content=p.csv_file(rows))
    assert answer.status_code == 200, answer.text
    found = {
        result["row"]: [(fault["code"], fault["message"]) for fault in result["faults"]]
        for result in answer.json()["results"]
    }
    said = "another price of the same contract, product and manufacturer holds at the same time: "
    overlap = "overlapping_price"
    assert found == {
        2: [(overlap, f"{said}item 1 on file from 2025-01-01, row 6")],
        3: [],
        4: [(overlap, f"{said}row 5")],
        5: [(overlap, f"{said}row 4")],
        6: [(overlap, f"{said}row 2")],
    }
    stored = [item for item in await items(administrator, "/contracts") if item["item_no"] != "1"]
    assert [(item["item_no"], item["manufacturer"]) for item in stored] == [("8", "生产企业9")]
    open_ended = [c.contract_row(1, item_no="10", valid_from="2027-01-01", valid_to="")]
    again = await administrator.post("/imports/contracts", content=p.csv_file(open_ended))
    assert again.json()["accepted"] == 1, again.text
    later = [c.contract_row(1, item_no="11", valid_from="2100-01-01", valid_to="2100-12-31")]
    refused = await administrator.post("/imports/contracts", content=p.csv_file(later))
    (fault,) = refused.json()["results"][0]["faults"]
    assert (fault["column"], fault["code"]) == ("valid_from", overlap)
    assert fault["message"] == f"{said}item 10 on file from 2027-01-01"


async def test_people_of_the_platform_say_which_area(api: RunningApi) -> None:
    administrator = await api.administrator()
    for path in ("/hospitals", "/mandates", "/agency-accounts"):
        answer = await administrator.get(path)
        assert answer.status_code == 400, path
        assert answer.json()["code"] == "area_needed"
    administrator.area_code = p.AREA
    assert len(await items(administrator, "/hospitals")) == 2


async def test_a_frozen_account_is_paid_again_after_two_people_verified_it_anew(
    api: RunningApi,
) -> None:
    maker = await api.user(area_of(p.AREA), Role.AGENCY_MAKER)
    checker = await api.user(area_of(p.AREA), Role.AGENCY_CHECKER)
    account_id = (await items(maker, "/payee-accounts"))[0]["id"]
    path, both = f"/payee-accounts/{account_id}", {"account_ids": [account_id]}
    for person in (maker, checker):
        await person.post("/payee-accounts/verifications", json=both)
    refused = await maker.post(f"{path}/reopening")
    assert (refused.status_code, refused.json()["code"]) == (409, "account_not_frozen")
    async with api.database.platform() as uow:
        await freeze_account(uow, account_id=UUID(account_id), reason="money came back")
    assert (await checker.get(path)).json()["verification_state"] == "frozen"
    viewer = await api.user(area_of(p.AREA), Role.BUREAU_VIEWER)
    assert (await viewer.post(f"{path}/reopening")).status_code == 403
    reopened = (await maker.post(f"{path}/reopening")).json()
    assert (reopened["verification_state"], reopened["verified_by_first"]) == ("unverified", None)
    for person, result in ((maker, "first_recorded"), (maker, "same_person")):
        again = await person.post("/payee-accounts/verifications", json=both)
        assert again.json()[0]["result"] == result
    done = await checker.post("/payee-accounts/verifications", json=both)
    assert done.json()[0]["result"] == "verified"
    assert (await checker.get(path)).json()["verification_state"] == "verified"
