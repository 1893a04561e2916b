"""Every fault of a document at once: of its shape and of the registers, alone and in bulk."""

import json
from collections.abc import AsyncIterator

import pytest

from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders import documents as build
from tests.builders.api import Caller, running_api
from tests.integration.test_documents_intake import LIMIT, NDJSON, apply_bulk, results, send


@pytest.fixture
async def admin(database: Database, keyring: Keyring) -> AsyncIterator[Caller]:
    await build.seed_trade(database)
    async with running_api(database, keyring, Settings(body_limit_bytes=LIMIT)) as running:
        yield await running.administrator()


STRANGERS = {
    "source_system": "nobody",
    "hospital_code": "H37010099999",
    "supplier_uscc": "91350100M000100Y43",
}


def places_of(faults: list[dict[str, str]]) -> list[str]:
    return sorted(fault["place"] for fault in faults)


async def test_strangers_are_named_together_with_the_faults_of_the_shape(admin: Caller) -> None:
    answer = await send(admin, build.purchase_order(**STRANGERS, lines=[]))
    assert answer.status_code == 422
    assert places_of(answer.json()["faults"]) == sorted(["/lines", *(f"/{n}" for n in STRANGERS)])
    badly_spelled = {"hospital_code": "H37", "supplier_uscc": "\x00", "source_system": 7}
    answer = await send(admin, build.purchase_order(**badly_spelled, lines=[]))
    assert places_of(answer.json()["faults"]) == sorted(
        ["/lines", *(f"/{name}" for name in badly_spelled)]
    )
    (fault,) = (await send(admin, build.purchase_order(lines=[]))).json()["faults"]
    assert fault["place"] == "/lines"


async def test_bulk_names_strangers_together_with_the_faults_of_the_shape(
    database: Database, admin: Caller
) -> None:
    wrong = build.purchase_order(**STRANGERS, lines=[])
    expected = sorted(["/lines", *(f"/{name}" for name in STRANGERS)])
    array = json.dumps([wrong, build.purchase_order("PO-9")]).encode()
    for body, headers in (
        (build.ndjson(wrong, build.purchase_order()), NDJSON),
        (array, {"Content-Type": "application/json"}),
    ):
        intake = await apply_bulk(admin, database, body, headers=headers)
        assert (intake["accepted"], intake["rejected"]) == (1, 1)
        refused, _ = await results(admin, intake)
        assert places_of(refused["faults"]) == expected


async def test_rows_name_strangers_together_with_their_other_faults(
    database: Database, admin: Caller
) -> None:
    columns = "source_system,external_number,hospital_code,supplier_uscc,document_date,line_number"
    row = ",".join([*STRANGERS.values()]).replace("nobody,", "nobody,PO-1,") + ",2026-07-01,1"
    differing = f"his,PO-2,{build.HOSPITAL_CODE},{STRANGERS['supplier_uscc']}"
    rows_of_one = (
        f"{differing},2026-07-01,1,{build.DRUG},1,盒\n{differing},2026-07-02,2,{build.DRUG},1,盒"
    )
    body = f"{columns},product_code,quantity,unit\n{row},?,1,盒\n{rows_of_one}\n".encode()
    intake = await apply_bulk(
        admin,
        database,
        body,
        headers={"Content-Type": "text/csv"},
        query="?kind=purchase_order",
    )
    first, second = await results(admin, intake)
    assert places_of(first["faults"]) == sorted(
        ["/lines/0/product_code", *(f"/{name}" for name in STRANGERS)]
    )
    assert places_of(second["faults"]) == ["/document_date", "/supplier_uscc"]
