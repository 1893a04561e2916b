"""An invoice line is accepted at a lower amount: by one person or two, and taken back."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.reconciliation import service as matching
from tests.builders.api import RunningApi, area_of, running_api, supplier_of
from tests.builders.resolutions import acting, arrive
from tests.builders.stored_documents import AREA, StoredDocuments, seed_contract

WHY: dict[str, Any] = {"reason_code": "parties_agree", "remark": "agreed by telephone"}
REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    async with acting(database) as uow:
        await stored.order(uow, "PO-1")
        await stored.receipt(uow, "GR-1", **REFERENCE)
    return stored


@pytest.fixture
async def line(database: Database, documents: StoredDocuments) -> str:
    """100 yuan, as much as the contract allows."""
    async with acting(database) as uow:
        found = await documents.invoice(uow, "INV-1", **REFERENCE)
    await arrive(database, documents)
    return str(found)


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


async def paid(database: Database) -> list[int]:
    async with acting(database) as uow:
        rows = await uow.fetch_all("SELECT amount_minor FROM payable WHERE status = 'open'")
    return [row.amount_minor for row in rows]


async def commit(database: Database) -> None:
    async with acting(database) as uow:
        ids = await uow.fetch_all("SELECT id FROM payable WHERE status = 'open'")
        await matching.commit_payables(uow, payable_ids=[row.id for row in ids])


async def held(database: Database) -> list[tuple[Any, ...]]:
    async with acting(database) as uow:
        rows = await uow.fetch_all(
            "SELECT reason, amount_minor, compared ->> 'allowed' FROM discrepancy"
            " WHERE status = 'open' AND effect = 'held'"
        )
    return [tuple(row) for row in rows]


async def test_a_lower_amount_is_paid_until_it_is_taken_back(
    api: RunningApi, database: Database, documents: StoredDocuments, line: str
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    body = WHY | {"invoice_line_id": line, "amount": "97.00"}
    assert (await supplier.post("/resolutions/acceptances", json=body)).status_code == 403
    made = await maker.post("/resolutions/acceptances", json=body)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["action"], told["status"], told["at_stake"]) == (
        *("accept_lower", "effective"),
        "3.00",
    )
    assert (told["before"]["payable_amount"], told["after"]["payable_amount"]) == (
        *("100.00",),
        "97.00",
    )
    assert await paid(database) == [9_700]
    assert await held(database) == [("accepted_lower", 300, "9700")]
    links = (await supplier.get(f"/resolutions/links?resolution_id={told['id']}")).json()["items"]
    assert [(row["invoice_number"], row["accepted"], row["quantity"]) for row in links] == [
        ("INV-1", "97.00", None)
    ]
    again = await maker.post("/resolutions/acceptances", json=body | {"amount": "96.00"})
    assert (again.status_code, again.json()["code"]) == (409, "resolution_acceptance_taken")
    undone = await maker.post(f"/resolutions/{told['id']}/undoing", json=WHY)
    assert (undone.status_code, undone.json()["after"]["payable_amount"]) == (201, "100.00")
    assert await paid(database) == [10_000]
    assert await held(database) == []


async def test_what_later_lines_add_is_at_stake_too(
    api: RunningApi, database: Database, documents: StoredDocuments, line: str
) -> None:
    async with acting(database) as uow:
        raised = {"quantity_milli": None, "blue_invoice_number": "INV-1", "blue_line_number": 1}
        await documents.invoice(uow, "INV-2", amount=5_000, **raised)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    body = WHY | {"invoice_line_id": line, "amount": "150.00"}
    unfit = await maker.post("/resolutions/acceptances", json=body)
    assert unfit.status_code >= 400
    assert "150.00" in unfit.text
    made = await maker.post("/resolutions/acceptances", json=body | {"amount": "99.00"})
    assert made.status_code == 201, made.text
    assert made.json()["at_stake"] == "51.00"


async def test_much_at_stake_takes_two_people(
    api: RunningApi, database: Database, line: str, owner_dsn: str
) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "UPDATE rule_pack SET content = jsonb_set(content,"
        " '{resolution, two_people_above_fen}', '299')"
    )
    await owner.close()
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    checker = await api.user(area_of(AREA), Role.AGENCY_CHECKER)
    body = WHY | {"invoice_line_id": line, "amount": "97.00"}
    told = (await maker.post("/resolutions/acceptances", json=body)).json()
    assert (told["status"], told["needs_two"]) == ("proposed", True)
    assert await paid(database) == [10_000]
    path = f"/resolutions/{told['id']}/confirmation"
    assert (await maker.post(path)).json()["code"] == "approval_same_person"
    assert (await checker.post(path)).json()["status"] == "effective"
    assert await paid(database) == [9_700]


async def test_it_holds_for_a_revised_invoice_and_what_is_applied_for_is_corrected(
    api: RunningApi, database: Database, documents: StoredDocuments, line: str
) -> None:
    await commit(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    body = WHY | {"invoice_line_id": line, "amount": "97.00"}
    made = await maker.post("/resolutions/acceptances", json=body)
    assert made.status_code == 201, made.text
    assert await paid(database) == [-300]
    async with acting(database) as uow:
        await uow.execute("UPDATE invoice_line SET state = 'superseded'")
        await documents.invoice(uow, "INV-1", 10, 9_900, revision=2, **REFERENCE)
    await arrive(database, documents)
    assert await paid(database) == [-300]
    assert await held(database) == [("accepted_lower", 200, "9700")]
    undone = await maker.post(f"/resolutions/{made.json()['id']}/undoing", json=WHY)
    assert undone.status_code == 201, undone.text
    assert await paid(database) == [-100]  # what the revised invoice takes off remains


async def test_what_was_taken_off_and_applied_for_is_given_back_when_it_is_undone(
    api: RunningApi, database: Database, documents: StoredDocuments, line: str
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    body = WHY | {"invoice_line_id": line, "amount": "97.00"}
    made = await maker.post("/resolutions/acceptances", json=body)
    await commit(database)
    undone = await maker.post(f"/resolutions/{made.json()['id']}/undoing", json=WHY)
    assert undone.status_code == 201, undone.text
    assert await paid(database) == [300]
    async with acting(database) as uow:
        rows = await uow.fetch_all(
            "SELECT kind, quantity_milli, adjusts_payable_id IS NOT NULL AS adjusts FROM payable"
            " WHERE status = 'open'"
        )
    assert [tuple(row) for row in rows] == [("price_adj", 0, True)]
    assert await held(database) == []
    await commit(database)
    again = await maker.post("/resolutions/acceptances", json=body)
    assert again.status_code == 201, again.text
    assert await paid(database) == [-300]


@pytest.mark.parametrize("amount", ["0.00", "100.00", "100.01", "-1.00"])
async def test_only_less_than_stated_and_more_than_nothing_is_lower(
    api: RunningApi, line: str, amount: str
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    body = WHY | {"invoice_line_id": line, "amount": amount}
    answer = await maker.post("/resolutions/acceptances", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "resolution_acceptance_unfit")


@pytest.mark.parametrize(
    ("columns", "values", "constraint"),
    [
        ("accepted_minor", "0", "accepted_positive"),
        ("accepted_minor, quantity_milli", "5, 5", "one_target"),
        ("accepted_minor, order_number, order_line_number", "5, 'PO-1', 1", "one_target"),
        ("quantity_milli", "5", "one_target"),
    ],
)
async def test_the_table_holds_a_target_or_an_amount(
    database: Database, columns: str, values: str, constraint: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        async with acting(database) as uow:
            await uow.execute(
                "INSERT INTO resolution_link (area_code, resolution_id, hospital_id, supplier_id,"
                " component_code, line_number, invoice_number, invoice_line_number, status,"
                f" {columns}) VALUES (:area_code, uuidv7(), uuidv7(), uuidv7(), 'X', 1, 'INV-1', 1,"
                f" 'proposed', {values})",
                area_code=uow.area_code,
            )
