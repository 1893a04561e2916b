"""Links that people make: read by matching like a link document, in whatever order things come."""

import asyncio
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from settlement_api.persistence import Database
from settlement_api.reconciliation import service as matching
from settlement_api.resolutions.errors import (
    CommittedRestsOnIt,
    InvoiceLineNotFound,
    LinkTaken,
    LinkUnfit,
)
from settlement_api.unit_of_work import HospitalScope, SupplierScope
from tests.builders.resolutions import (
    CHECKER,
    OTHER,
    acting,
    arrive,
    confirm,
    find,
    link,
    open_payables,
    standing,
    to_order,
    to_receipt,
    undo,
    value,
)
from tests.builders.stored_documents import StoredDocuments, seed_contract

REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
WRONG: dict[str, Any] = {"order_number": "PO-404", "order_line_number": 1}
WAITING = [("no_order", "open", 10_000), ("not_invoiced", "open", 10_000)]


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """A supplier under contract, and nothing else yet."""
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    return stored


async def received(database: Database, documents: StoredDocuments, number: str = "1") -> None:
    """An order of 10 units at 10 yuan, received."""
    async with acting(database) as uow:
        await documents.order(uow, f"PO-{number}")
        await documents.receipt(
            uow, f"GR-{number}", order_number=f"PO-{number}", order_line_number=1
        )


async def invoiced(
    database: Database, documents: StoredDocuments, units: int = 10, fen: int = 10_000
) -> UUID:
    """An invoice that names an order which is nowhere."""
    async with acting(database) as uow:
        return await documents.invoice(uow, "INV-1", units, fen, **WRONG)


@pytest.mark.parametrize("part", [to_order("PO-1"), to_receipt("GR-1")])
async def test_a_link_is_matched_at_once_and_undoing_ends_it(
    database: Database, documents: StoredDocuments, part: Any
) -> None:
    await received(database, documents)
    line = await invoiced(database, documents)
    await arrive(database, documents)
    assert await standing(database) == WAITING
    resolution_id = await link(database, line, part)
    assert (await open_payables(database), await standing(database)) == ([(10_000, 10_000)], [])
    async with acting(database) as uow:
        row = await uow.fetch_one(
            "SELECT action, status, before, after FROM resolution WHERE id = :id", id=resolution_id
        )
    assert row is not None
    assert (row.action, row.status) == ("link", "effective")
    assert [row.before["payables"], row.before["payable_amount"]] == [0, "0.00"]
    assert [row.after["payables"], row.after["payable_amount"]] == [1, "100.00"]
    assert [row.after["discrepancies"], len(row.before["discrepancies"])] == [[], 2]
    with pytest.raises(LinkTaken):
        await link(database, line, part)
    await undo(database, resolution_id)
    assert (await open_payables(database), await standing(database)) == ([], WAITING)
    await link(database, line, part)
    assert await open_payables(database) == [(10_000, 10_000)]


async def test_a_split_binds_parts_to_several_orders(
    database: Database, documents: StoredDocuments
) -> None:
    await received(database, documents, "1")
    await received(database, documents, "2")
    line = await invoiced(database, documents, 12, 12_000)
    await arrive(database, documents)
    resolution_id = await link(
        database, line, to_order("PO-1", quantity=8_000), to_receipt("GR-2", quantity=4_000)
    )
    assert await open_payables(database) == [(4_000, 4_000), (8_000, 8_000)]
    assert await standing(database) == [
        ("not_invoiced", "open", 2_000),
        ("not_invoiced", "open", 6_000),
    ]
    action = "SELECT action FROM resolution WHERE id = :id"
    assert await value(database, action, id=resolution_id) == "split"
    await undo(database, resolution_id)
    assert await open_payables(database) == []


async def course(database: Database, supplier_id: UUID, number: str, order: tuple[str, ...]) -> str:
    """An invoice of another hospital, then order, receipt and link in the order given; the end."""
    stored = StoredDocuments(supplier_id=supplier_id)
    purchase = f"PO-{number}"
    async with acting(database) as uow:
        line = await stored.invoice(uow, f"INV-{number}", **WRONG)
    await arrive(database, stored)
    for kind in order:
        if kind == "link":
            await link(database, line, to_order(purchase))
            continue
        async with acting(database) as uow:
            if kind == "order":
                await stored.order(uow, purchase)
            else:
                await stored.receipt(
                    uow, f"GR-{number}", order_number=purchase, order_line_number=1
                )
        await arrive(database, stored, stored.position)
    return str(await value(database, END, hospital=stored.hospital_id))


END = """
SELECT jsonb_build_object(
    'payables', (
        SELECT jsonb_agg(jsonb_build_array(quantity_milli, amount_minor, route))
        FROM payable WHERE status = 'open' AND hospital_id = :hospital
    ),
    'found', (
        SELECT count(*) FROM discrepancy
        WHERE status <> 'superseded' AND hospital_id = :hospital
    )
)::text
"""


async def test_the_order_in_which_documents_and_the_link_come_makes_no_difference(
    database: Database, documents: StoredDocuments
) -> None:
    ends = {
        await course(database, documents.supplier_id, str(number), order)
        for number, order in enumerate(permutations(("order", "receipt", "link")))
    }
    assert ends == {'{"found": 0, "payables": [[10000, 10000, "direct"]]}'}


async def test_a_link_holds_for_a_revised_invoice_and_goes_before_what_a_document_links(
    database: Database, documents: StoredDocuments
) -> None:
    await received(database, documents, "1")
    await received(database, documents, "2")
    line = await invoiced(database, documents)
    await arrive(database, documents)
    await link(database, line, to_order("PO-1"))
    async with acting(database) as uow:
        await uow.execute(
            "INSERT INTO invoice_link_line (area_code, document_id, hospital_id, supplier_id,"
            " line_number, state, link_number, link_date, invoice_number, invoice_line_number,"
            " order_number, order_line_number, mode)"
            " VALUES (:area, uuidv7(), :h, :s, 1, 'effective', 'L-1', '2026-07-01', 'INV-1', 1,"
            " 'PO-2', 1, 'quantity')",
            area=uow.area_code,
            h=documents.hospital_id,
            s=documents.supplier_id,
        )
        await uow.execute("UPDATE invoice_line SET state = 'superseded'")
        await documents.invoice(uow, "INV-1", 6, 6_000, revision=2, **WRONG)
    await arrive(database, documents)
    assert await open_payables(database) == [(6_000, 6_000)]
    number = (
        "SELECT line.order_number FROM payable JOIN purchase_order_line AS line"
        " ON line.id = payable.order_line_id WHERE payable.status = 'open'"
    )
    assert await value(database, number) == "PO-1"


async def test_a_link_is_not_ended_once_a_payable_that_rests_on_it_is_applied_for(
    database: Database, documents: StoredDocuments
) -> None:
    await received(database, documents)
    line = await invoiced(database, documents)
    await arrive(database, documents)
    resolution_id = await link(database, line, to_order("PO-1"))
    async with acting(database) as uow:
        ids = await uow.fetch_all("SELECT id FROM payable WHERE status = 'open'")
        await matching.commit_payables(uow, payable_ids=[row.id for row in ids])
    with pytest.raises(CommittedRestsOnIt):
        await undo(database, resolution_id)
    state = await value(database, "SELECT string_agg(status, ',') FROM resolution_link GROUP BY ()")
    assert state == "effective"


async def test_a_link_with_much_at_stake_waits_for_a_second_person_and_matches_then(
    database: Database, documents: StoredDocuments
) -> None:
    async with acting(database) as uow:
        await documents.order(uow, "PO-1", 2_000)
        await documents.receipt(uow, "GR-1", 2_000, **REFERENCE)
    line = await invoiced(database, documents, 2_000, 2_000_000)
    await arrive(database, documents)
    resolution_id = await link(database, line, to_order("PO-1"))
    await arrive(database, documents)
    assert await open_payables(database) == []
    with pytest.raises(LinkTaken):
        await link(database, line, to_order("PO-1"), actor=OTHER)
    await confirm(database, resolution_id, CHECKER)
    assert await open_payables(database) == [(2_000_000, 2_000_000)]
    await confirm(database, await undo(database, resolution_id), CHECKER)
    assert await open_payables(database) == []


async def test_an_undoing_waits_for_nobody_who_applies_in_between(
    database: Database, documents: StoredDocuments
) -> None:
    async with acting(database) as uow:
        await documents.order(uow, "PO-1", 2_000)
        await documents.receipt(uow, "GR-1", 2_000, **REFERENCE)
    line = await invoiced(database, documents, 2_000, 2_000_000)
    await arrive(database, documents)
    resolution_id = await link(database, line, to_order("PO-1"))
    await confirm(database, resolution_id)
    undoing_id = await undo(database, resolution_id)
    async with acting(database) as uow:
        ids = await uow.fetch_all("SELECT id FROM payable WHERE status = 'open'")
        await matching.commit_payables(uow, payable_ids=[row.id for row in ids])
    with pytest.raises(CommittedRestsOnIt):
        await confirm(database, undoing_id)


async def test_one_of_many_who_bind_the_same_at_once_wins(
    database: Database, documents: StoredDocuments
) -> None:
    await received(database, documents)
    line = await invoiced(database, documents)
    await arrive(database, documents)
    tries = await asyncio.gather(
        *(link(database, line, to_order("PO-1")) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, UUID) for each in tries) == 1
    assert {type(each) for each in tries if not isinstance(each, UUID)} == {LinkTaken}
    assert await open_payables(database) == [(10_000, 10_000)]


async def test_what_cannot_be_bound_is_refused_and_named(
    database: Database, documents: StoredDocuments
) -> None:
    await received(database, documents)
    line = await invoiced(database, documents)
    stranger = StoredDocuments(hospital_id=documents.hospital_id)
    async with acting(database) as uow:
        await stranger.order(uow, "PO-OTHER")
        freight = await documents.invoice(uow, "INV-F", charge_kind="freight", quantity_milli=None)
    await arrive(database, documents)
    for parts in (
        (to_order("PO-1", quantity=6_000), to_receipt("GR-1", quantity=4_001)),
        (to_order("PO-1", quantity=1_000), to_order("PO-1", quantity=2_000)),
    ):
        with pytest.raises(LinkUnfit):
            await link(database, line, *parts)
    with pytest.raises(LinkUnfit) as refusal:
        await link(database, line, to_order("PO-OTHER"))
    assert refusal.value.facts == {"numbers": ["PO-OTHER"]}
    with pytest.raises(InvoiceLineNotFound):
        await link(database, freight, to_order("PO-1"))
    assert await value(database, "SELECT count(*) FROM resolution") == 0


async def test_parties_see_the_links_of_their_own_lines_only(
    database: Database, documents: StoredDocuments
) -> None:
    await received(database, documents)
    line = await invoiced(database, documents)
    await arrive(database, documents)
    assert await find(database, "no_order")
    await link(database, line, to_order("PO-1"))
    for scope, seen in (
        (SupplierScope(documents.supplier_id), 1),
        (SupplierScope(UUID(int=5)), 0),
        (HospitalScope(documents.hospital_id), 1),
        (HospitalScope(UUID(int=5)), 0),
    ):
        async with database.begin(scope) as uow:
            assert await uow.fetch_value("SELECT count(*) FROM resolution_link") == seen, scope
