"""Revisions, changes, cancellations and claims: what counts does not depend on what came first."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.codes.documents import ISSUERS, DocumentKind, IntakeFormat, Issuer
from schemas.messages.reading import read
from settlement_api.documents.policy import Sender, Verdict, place
from settlement_api.documents.queries import load_directory
from settlement_api.documents.service import Chunk, apply_documents
from settlement_api.intakes.policy import BodyForm, Record
from settlement_api.intakes.service import apply_single, arrival_of
from settlement_api.persistence import Database
from settlement_api.reconciliation.service import match_area
from settlement_api.unit_of_work import AreaScope
from tests.builders import documents as build
from tests.builders.documents import Trade

FORM = BodyForm(IntakeFormat.NDJSON, "utf-8", compressed=False, kind=None)


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


async def apply(database: Database, document: dict[str, Any]) -> Verdict:
    body = build.as_bytes(document)
    async with database.platform() as uow:
        _, verdict = await apply_single(
            uow, sender=Sender(), form=FORM, body=body, document=read(body)
        )
    return verdict


async def apply_all(database: Database, documents: Sequence[dict[str, Any]]) -> None:
    for document in documents:
        verdict = await apply(database, document)
        assert verdict.outcome.value == "accepted", verdict


async def states(database: Database, table: str, columns: str) -> list[tuple[Any, ...]]:
    """State by the given columns, sorted."""
    async with database.begin(AreaScope(build.AREA)) as uow:
        return sorted(
            tuple(row) for row in await uow.fetch_all(f"SELECT {columns}, state FROM {table}")
        )


async def empty(database: Database, owner_dsn: str) -> None:
    """Forgets every document, so that another order of arrival can be tried."""
    import asyncpg

    connection = await asyncpg.connect(owner_dsn)
    await connection.execute(
        "TRUNCATE document, purchase_order_line, goods_receipt_line, invoice_line,"
        " document_cancellation, document_registry, invoice_claim, invoice_registry, intake_chunk"
    )
    await connection.close()


ORDER = build.purchase_order(lines=[build.order_item(1), build.order_item(2)])
CHANGE = build.order_change("OC-1", document_date="2026-07-03")
LATER_CHANGE = build.order_change(
    "OC-2", document_date="2026-07-04", lines=[build.order_item(1, quantity="0")]
)
LINE_CANCELLED = build.order_cancellation(order_line_number=2)


async def test_changes_and_cancellations_of_an_order_count_in_any_order_of_arrival(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    for documents in permutations([ORDER, CHANGE, LATER_CHANGE, LINE_CANCELLED]):
        await apply_all(database, documents)
        found = await states(
            database, "purchase_order_line", "document_kind, line_number, quantity_milli"
        )
        assert found == [
            ("order_change", 1, 0, "effective"),
            ("order_change", 1, 600_000, "superseded"),
            ("purchase_order", 1, 1_000_000, "superseded"),
            ("purchase_order", 2, 1_000_000, "cancelled"),
        ]
        assert {state for *_, state in await states(database, "document", "kind")} == {"effective"}
        await empty(database, owner_dsn)


async def test_a_cancelled_order_is_cancelled_as_a_whole_in_any_order_of_arrival(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    other = build.purchase_order("PO-2")
    for documents in permutations([ORDER, CHANGE, build.order_cancellation()]):
        await apply_all(database, [*documents, other])
        assert await states(database, "document", "kind, external_number") == [
            ("order_cancellation", "OX-1", "effective"),
            ("order_change", "OC-1", "effective"),
            ("purchase_order", "PO-1", "cancelled"),
            ("purchase_order", "PO-2", "effective"),
        ]
        lines = await states(database, "purchase_order_line", "order_number, document_kind")
        assert set(lines) == {
            ("PO-1", "order_change", "cancelled"),
            ("PO-1", "purchase_order", "cancelled"),
            ("PO-2", "purchase_order", "effective"),
        }
        await empty(database, owner_dsn)


async def test_a_correction_is_about_its_own_source_systems_order(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    other = ORDER | {"source_system": "old"}
    for documents in permutations([ORDER, other, build.order_cancellation(), CHANGE]):
        await apply_all(database, documents)
        assert await states(database, "document", "kind, source_system") == [
            ("order_cancellation", "his", "effective"),
            ("order_change", "his", "effective"),
            ("purchase_order", "his", "cancelled"),
            ("purchase_order", "old", "effective"),
        ]
        lines = await states(database, "purchase_order_line", "document_kind, line_number")
        assert [state for *_, state in lines].count("effective") == 2
        await empty(database, owner_dsn)


async def test_cancelled_receipts_and_void_invoices_in_any_order_of_arrival(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    for documents in (
        [
            build.goods_receipt(),
            build.receipt_cancellation(),
            build.invoice(),
            build.invoice_void(),
        ],
        [
            build.receipt_cancellation(),
            build.goods_receipt(),
            build.invoice_void(),
            build.invoice(),
        ],
    ):
        await apply_all(database, documents)
        assert await states(database, "goods_receipt_line", "receipt_number") == [
            ("GR-1", "cancelled")
        ]
        assert await states(database, "invoice_line", "line_number") == [(1, "cancelled")]
        async with database.platform() as uow:
            row = await uow.fetch_one("SELECT claimed_minor, flag FROM invoice_registry")
            assert row is not None
            assert tuple(row) == (0, None)
        await empty(database, owner_dsn)


async def test_a_higher_revision_supersedes_and_a_lower_one_never_counts(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    revisions = [
        build.purchase_order(revision=n, lines=[build.order_item(quantity=str(n))])
        for n in (1, 2, 3)
    ]
    for documents in permutations(revisions):
        await apply_all(database, documents)
        assert await states(database, "document", "revision") == [
            (1, "superseded"),
            (2, "superseded"),
            (3, "effective"),
        ]
        assert await states(database, "purchase_order_line", "quantity_milli") == [
            (10_000, "superseded"),
            (20_000, "superseded"),
            (30_000, "effective"),
        ]
        await empty(database, owner_dsn)


async def test_a_superseded_cancellation_gives_the_order_back(
    database: Database, trade: Trade
) -> None:
    corrected = build.order_cancellation(revision=2, order_number="PO-2")
    await apply_all(database, [ORDER, build.order_cancellation(), corrected])
    assert set(await states(database, "purchase_order_line", "order_number")) == {
        ("PO-1", "effective")
    }
    assert ("purchase_order", "effective") in await states(database, "document", "kind")


async def test_a_source_without_revisions_counts_them_by_arrival(
    database: Database, trade: Trade
) -> None:
    first = build.purchase_order(source_system="old")
    second = build.purchase_order(source_system="old", document_date="2026-07-02")
    await apply_all(database, [first, second])
    assert (await apply(database, second)).outcome.value == "unchanged"
    assert (await apply(database, first)).outcome.value == "unchanged"
    assert await states(database, "document", "revision") == [
        (1, "superseded"),
        (2, "effective"),
    ]


async def test_a_receipt_keeps_the_day_of_acceptance_beside_that_of_receipt(
    database: Database, trade: Trade
) -> None:
    stated = build.goods_receipt(
        "GR-1",
        accepted_date="2026-07-09",
        recorded_date="2026-07-10",
        lines=[build.receipt_item(trace_codes=["8" * 19 + "0", "9" * 19 + "0"])],
    )
    await apply_all(database, [stated, build.goods_receipt("GR-2")])
    found = await states(
        database,
        "goods_receipt_line",
        "receipt_number, receipt_date::text, accepted_date::text, recorded_date::text,"
        " trace_code_count",
    )
    assert found == [
        ("GR-1", "2026-07-01", "2026-07-09", "2026-07-10", 2, "effective"),
        ("GR-2", "2026-07-01", None, None, None, "effective"),
    ]


async def registry(database: Database) -> dict[str, tuple[int, str | None]]:
    async with database.platform() as uow:
        rows = await uow.fetch_all("SELECT invoice_key, claimed_minor, flag FROM invoice_registry")
    return {row.invoice_key: (row.claimed_minor, row.flag) for row in rows}


async def test_an_invoice_number_claimed_twice_is_flagged_province_wide_and_not_lost(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    here = build.invoice()
    there = build.invoice(hospital_code=build.OTHER_HOSPITAL_CODE, source_system="tax")
    for documents in permutations([here, there]):
        await apply_all(database, documents)
        assert await registry(database) == {build.INVOICE_NUMBER: (250_000, "invoice_duplicate")}
        assert await states(database, "invoice_line", "total_minor") == [(125_000, "effective")]
        await empty(database, owner_dsn)


async def test_an_invoice_number_spelled_otherwise_is_the_same_number_and_its_bytes_stay(
    database: Database, trade: Trade, owner_dsn: str
) -> None:
    here = build.invoice()
    there = build.invoice("２６３７２０００-0000 0000-0001") | {
        "hospital_code": build.OTHER_HOSPITAL_CODE,
        "source_system": "tax",
    }
    for documents in permutations([here, there]):
        await apply_all(database, documents)
        assert await registry(database) == {build.INVOICE_NUMBER: (250_000, "invoice_duplicate")}
        await empty(database, owner_dsn)
    await apply_all(database, [here, build.invoice_void(invoice_number="26372000-000000000001")])
    assert await states(database, "invoice_line", "total_minor") == [(125_000, "cancelled")]
    assert await registry(database) == {build.INVOICE_NUMBER: (0, None)}


async def test_one_source_cannot_send_a_number_again_by_spelling_it_otherwise(
    database: Database, trade: Trade
) -> None:
    await apply_all(database, [build.invoice()])
    again = await apply(database, build.invoice("26372000 000000000001"))
    assert [fault.code for fault in again.faults] == ["identity_conflict"]


async def test_claims_beyond_the_total_are_overdrawn_and_a_void_releases_them(
    database: Database, trade: Trade
) -> None:
    half = [build.invoice_item(net_amount="500.00", tax_amount="0")]
    first = build.invoice(total_amount="800.00", lines=half)
    second = build.invoice(
        total_amount="800.00", lines=[build.invoice_item(net_amount="400", tax_amount="0")]
    ) | {"hospital_code": build.OTHER_HOSPITAL_CODE, "source_system": "tax"}
    await apply_all(database, [first, second])
    assert await registry(database) == {build.INVOICE_NUMBER: (90_000, "invoice_overdrawn")}
    await apply_all(database, [build.invoice_void()])
    assert await registry(database) == {build.INVOICE_NUMBER: (40_000, None)}


async def test_an_invoice_that_does_not_add_up_is_kept_with_its_difference(
    database: Database, trade: Trade
) -> None:
    await apply(database, build.invoice(total_amount="1250.01"))
    async with database.begin(AreaScope(build.AREA)) as uow:
        row = await uow.fetch_one("SELECT stated_total_minor, total_difference_minor FROM document")
    assert row is not None
    assert tuple(row) == (125_001, 1)


async def test_a_void_invoice_is_void_whichever_source_told_of_it(
    database: Database, trade: Trade
) -> None:
    copies = [build.invoice(), build.invoice(source_system="tax")]
    await apply_all(database, [copies[0], build.invoice_void(), copies[1]])
    assert await states(database, "invoice_line", "line_number") == [(1, "cancelled")] * 2
    assert await registry(database) == {build.INVOICE_NUMBER: (0, None)}


@pytest.mark.parametrize("quantity", [{}, {"quantity": "0"}])
async def test_a_credit_note_of_price_only_lowers_what_is_owed(
    database: Database, trade: Trade, quantity: dict[str, Any]
) -> None:
    (line,) = build.price_reduction()["lines"]
    documents = [
        build.price_reduction(lines=[line | quantity]),
        *(build.purchase_order(), build.goods_receipt(), build.invoice()),
    ]
    await apply_all(database, documents)
    async with database.begin(AreaScope(build.AREA)) as uow:
        await match_area(uow)
        (payable,) = await uow.fetch_all("SELECT * FROM payable WHERE status = 'open'")
        assert (payable.quantity_milli, payable.amount_minor) == (1_000_000, 125_000 - 1_500)
        credit = await uow.fetch_one(
            "SELECT * FROM invoice_line WHERE document_kind = 'credit_note'"
        )
        assert credit is not None
        assert (credit.quantity_milli, credit.total_minor) == (None, 1_500)


async def test_rivals_with_the_same_document_store_it_once(
    database: Database, trade: Trade
) -> None:
    verdicts = await asyncio.gather(*(apply(database, ORDER) for _ in range(6)))
    assert sorted(one.outcome.value for one in verdicts) == ["accepted", *["unchanged"] * 5]
    ids: set[UUID | None] = {one.document_id for one in verdicts}
    assert len(ids) == 1


def moved(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same number, sent for a hospital of another area."""
    return document | {"hospital_code": build.OTHER_HOSPITAL_CODE} | changes


SUPPLIER_ISSUED = [
    make for make in build.EVERY_KIND if ISSUERS[DocumentKind(make()["kind"])] is Issuer.SUPPLIER
]


@pytest.mark.parametrize("make", SUPPLIER_ISSUED)
async def test_a_suppliers_number_belongs_to_one_area(
    database: Database, trade: Trade, make: Callable[..., dict[str, Any]]
) -> None:
    await apply(database, make())
    for changes in ({}, {"revision": 2}):
        verdict = await apply(database, moved(make(), **changes))
        assert [fault.code for fault in verdict.faults] == ["identity_conflict"]
        assert "sha256" not in verdict.faults[0].message
    assert (await apply(database, make())).outcome.value == "unchanged"
    assert (await apply(database, make(revision=2))).outcome.value == "accepted"
    elsewhere = moved(make(), source_system="old")
    assert (await apply(database, elsewhere)).outcome.value == "accepted", "another source's number"


async def test_a_source_without_revisions_does_not_move_a_number_either(
    database: Database, trade: Trade
) -> None:
    await apply(database, build.despatch_advice(source_system="old"))
    again = moved(build.despatch_advice(source_system="old"))
    assert (await apply(database, again)).outcome.value == "rejected"


async def test_areas_that_meet_over_the_same_numbers_take_each_once(
    database: Database, trade: Trade
) -> None:
    """Both areas bring the same numbers at once, in opposite orders; nobody waits for ever."""
    numbers = [f"DA-{number}" for number in range(40)]
    here = [build.despatch_advice(number) for number in numbers]
    there = [moved(document) for document in reversed(here)]
    outcomes = [
        Counter(verdict.outcome.value for verdict in verdicts)
        for verdicts in await asyncio.gather(
            apply_together(database, build.AREA, here),
            apply_together(database, build.OTHER_AREA, there),
        )
    ]
    assert sum(outcomes, Counter()) == {"accepted": 40, "rejected": 40}
    stored = 0
    for area_code in (build.AREA, build.OTHER_AREA):
        async with database.begin(AreaScope(area_code)) as uow:
            stored += await uow.fetch_value("SELECT count(*) FROM document")
    assert stored == 40


async def apply_together(
    database: Database, area_code: str, documents: Sequence[dict[str, Any]]
) -> list[Verdict]:
    """Applies documents of one area in one transaction, as bulk intake does."""
    arrivals = []
    for number, document in enumerate(documents, 1):
        body = build.as_bytes(document)
        record = Record(number, number, 0, len(body), sha256(body).digest(), body)
        arrivals.append(arrival_of(record, read(body)))
    async with database.platform() as uow:
        directory = await load_directory(uow, [one.document for one in arrivals])
    placed = []
    for arrival in arrivals:
        found = place(arrival, directory, Sender())
        assert isinstance(found, tuple)
        placed.append(found[1])
    async with database.begin(AreaScope(area_code)) as uow:
        chunk = Chunk(uuid4(), 0, Sender())
        return await apply_documents(uow, placed=placed, products={}, chunk=chunk)


async def test_an_order_and_its_cancellation_that_meet_do_not_overlook_each_other(
    database: Database, trade: Trade
) -> None:
    numbers = [f"PO-{n}" for n in range(6)]
    documents = [build.purchase_order(number) for number in numbers]
    documents += [build.order_cancellation(f"X-{number}", number) for number in numbers]
    await asyncio.gather(*(apply(database, document) for document in documents))
    assert {state for _, state in await states(database, "purchase_order_line", "unit")} == {
        "cancelled"
    }
    assert DocumentKind.PURCHASE_ORDER.value in {
        kind for kind, _ in await states(database, "document", "kind")
    }
