"""Suppliers that were renamed or merged: what is joined, who is paid, who sees what."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.master_data.service import import_table
from settlement_api.parties import queries as parties
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import Scope, SupplierScope
from tests.builders.parties import csv_file, supplier_row, uscc
from tests.builders.stored_documents import DRUG, StoredDocuments, area_scope, seed_contract
from tests.integration.test_reconciliation import arrive

FIRST, SECOND, THIRD = 1, 2, 3
NAMED: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
PAIRS = """
SELECT payable.status, receipt.receipt_number, invoice.invoice_number, payable.amount_minor,
       payable.route, supplier.name, payable.component_code
FROM payable
JOIN supplier ON supplier.id = payable.supplier_id
JOIN goods_receipt_line AS receipt ON receipt.id = payable.receipt_line_id
JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status <> 'superseded' ORDER BY 1, 2, 3
"""
FOUND = """
SELECT discrepancy.reason, discrepancy.effect, supplier.name
FROM discrepancy JOIN supplier ON supplier.id = discrepancy.supplier_id
WHERE discrepancy.status = 'open' ORDER BY 1, 2, 3
"""
OWED = """
SELECT supplier.name, sum(payable.amount_minor)::bigint
FROM payable JOIN supplier ON supplier.id = payable.supplier_id
WHERE payable.status <> 'superseded' GROUP BY 1
"""


def name(serial: int) -> str:
    return str(supplier_row(serial)["name"])


PAID_TO_THIRD = ("open", "GR-1", "INV-1", 10_000, "direct", name(THIRD), DRUG)


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


class Names:
    """Three suppliers; the first may deliver. Their documents, and who became whom."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database, self._keyring = database, keyring
        self.by_serial: dict[int, StoredDocuments] = {}

    async def fill(self) -> None:
        await self.upload(*(supplier_row(serial) for serial in (FIRST, SECOND, THIRD)))
        async with self.database.platform() as uow:
            rows = await uow.fetch_all("SELECT id FROM supplier ORDER BY name")
        hospital = StoredDocuments().hospital_id
        for serial, row in enumerate(rows, start=1):
            self.by_serial[serial] = StoredDocuments(hospital_id=hospital, supplier_id=row.id)
        await seed_contract(self.database, supplier_id=self.id_of(FIRST))

    def id_of(self, serial: int) -> UUID:
        return self.by_serial[serial].supplier_id

    async def upload(self, *rows: dict[str, Any]) -> list[tuple[int, str]]:
        """Faults as (row, code)."""
        content = csv_file(rows)
        report = await import_table(self.database, "suppliers", content, keyring=self._keyring)
        return [(result.row, fault.code) for result in report.results for fault in result.faults]

    async def succeed(self, *links: tuple[int, int]) -> None:
        async with self.database.platform() as uow:
            since = await uow.fetch_value("SELECT statement_timestamp()")
        rows = [supplier_row(one, successor_uscc=uscc(other)) for one, other in links]
        assert await self.upload(*rows) == []
        async with self.database.begin(area_scope()) as uow:
            await service.match_terms(uow, since=since)

    async def rows(self, sql: str, scope: Scope | None = None) -> list[tuple[Any, ...]]:
        async with self.database.begin(scope or area_scope()) as uow:
            return [tuple(row) for row in await uow.fetch_all(sql)]

    async def ordered(self) -> None:
        """The order and its receipt still name the supplier as it was."""
        documents = self.by_serial[FIRST]
        async with self.database.begin(area_scope()) as uow:
            await documents.order(uow, "PO-1")
            await documents.receipt(uow, "GR-1", **NAMED)
        await arrive(self.database, documents)

    async def invoiced(self) -> None:
        """The invoice is of what it became."""
        documents = self.by_serial[THIRD]
        async with self.database.begin(area_scope()) as uow:
            await documents.invoice(uow, "INV-1", **NAMED)
        await arrive(self.database, documents)

    async def became(self) -> None:
        await self.succeed((FIRST, SECOND), (SECOND, THIRD))


@pytest.fixture
async def names(database: Database, keyring: Keyring) -> Names:
    made = Names(database, keyring)
    await made.fill()
    return made


@pytest.mark.parametrize("steps", list(permutations(("ordered", "invoiced", "became"))))
async def test_whatever_is_known_first_the_invoicing_name_is_paid_for_the_old_ones_order(
    names: Names, steps: Sequence[str]
) -> None:
    for step in steps:
        await getattr(names, step)()
    assert await names.rows(PAIRS) == [PAID_TO_THIRD]
    assert await names.rows(FOUND) == []
    balance = "SELECT count(DISTINCT supplier_id) FROM order_line_forecast"
    assert await names.rows(balance) == [(1,)]


async def test_a_link_in_the_middle_that_comes_last_joins_both_ends(names: Names) -> None:
    await names.succeed((SECOND, THIRD))
    await names.ordered()
    await names.invoiced()
    assert await names.rows(PAIRS) == []
    assert ("invoice_party_mismatch", "held", name(THIRD)) in await names.rows(FOUND)
    await names.succeed((FIRST, SECOND))
    assert await names.rows(PAIRS) == [PAID_TO_THIRD]


async def test_further_links_bring_those_before_along(names: Names) -> None:
    await names.succeed((FIRST, SECOND))
    await names.ordered()
    await names.invoiced()
    await names.succeed((SECOND, THIRD))
    assert await names.rows(PAIRS) == [PAID_TO_THIRD]


async def test_each_name_is_owed_what_it_invoiced_and_what_is_found_is_kept_under_it(
    names: Names,
) -> None:
    await names.became()
    await names.ordered()
    for serial, number, units, fen in ((FIRST, "INV-0", 4, 4_000), (THIRD, "INV-1", 6, 6_600)):
        documents = names.by_serial[serial]
        async with names.database.begin(area_scope()) as uow:
            await documents.invoice(uow, number, units, fen, **NAMED)
        await arrive(names.database, documents)
    assert sorted(await names.rows(OWED)) == [(name(FIRST), 4_000), (name(THIRD), 6_000)]
    assert await names.rows(FOUND) == [("price_above_contract", "held", name(THIRD))]
    credit = (
        "SELECT supplier.name, sum(transfer.amount_minor)::bigint FROM transfer"
        " JOIN ledger_account AS account ON account.id = transfer.credit_account_id"
        " JOIN supplier ON supplier.id = account.counterparty_id GROUP BY 1 ORDER BY 1"
    )
    assert await names.rows(credit) == [(name(FIRST), 4_000), (name(THIRD), 6_000)]


async def test_what_was_applied_for_under_the_old_name_stays_there(names: Names) -> None:
    await names.ordered()
    old = names.by_serial[FIRST]
    async with names.database.begin(area_scope()) as uow:
        await old.invoice(uow, "INV-0", 10, 10_000, **NAMED)
    await arrive(names.database, old, old.position)
    async with names.database.begin(area_scope()) as uow:
        ids = [row.id for row in await uow.fetch_all("SELECT id FROM payable")]
        await service.commit_payables(uow, payable_ids=ids)
    await names.became()
    paid = ("committed", "GR-1", "INV-0", 10_000, "direct", name(FIRST), DRUG)
    assert await names.rows(PAIRS) == [paid]
    async with names.database.begin(area_scope()) as uow:
        again = await service.match_area(uow)
    assert again is not None
    assert (again.payables_inserted, again.discrepancies_inserted) == (0, 0)


async def test_what_a_name_without_documents_may_deliver_holds_for_the_whole_area(
    names: Names,
) -> None:
    await names.succeed((THIRD, FIRST))
    old = names.by_serial[THIRD]
    async with names.database.begin(area_scope()) as uow:
        await old.order(uow, "PO-1")
        await old.receipt(uow, "GR-1", **NAMED)
        await old.invoice(uow, "INV-1", 10, 10_000, **NAMED)
    await arrive(names.database, old)
    assert await names.rows(PAIRS) == [PAID_TO_THIRD]
    async with names.database.begin(area_scope()) as uow:
        again = await service.match_area(uow)
    assert again is not None
    assert (again.payables_superseded, again.discrepancies_inserted) == (0, 0)
    assert await names.rows(PAIRS) == [PAID_TO_THIRD]


async def test_each_name_sees_rows_of_its_own_and_no_other(names: Names) -> None:
    await names.became()
    await names.ordered()
    await names.invoiced()
    counts = (
        "SELECT (SELECT count(*) FROM purchase_order_line), (SELECT count(*) FROM invoice_line),"
        " (SELECT count(*) FROM payable)"
    )
    seen = {
        serial: (await names.rows(counts, SupplierScope(names.id_of(serial))))[0]
        for serial in (FIRST, SECOND, THIRD)
    }
    assert seen == {FIRST: (1, 0, 0), SECOND: (0, 0, 0), THIRD: (0, 1, 1)}


async def test_whoever_succeeded_in_however_many_steps_is_paid(names: Names) -> None:
    await names.became()
    async with names.database.platform() as uow:
        payees = await parties.resolve_payees(
            uow, supplier_ids=[names.id_of(FIRST)], on=date(2026, 7, 1)
        )
    assert [payee.payee_supplier_id for payee in payees] == [names.id_of(THIRD)]


async def test_nobody_succeeds_itself_in_the_end(names: Names) -> None:
    around = [(FIRST, SECOND), (SECOND, THIRD), (THIRD, FIRST)]
    rows = [supplier_row(one, successor_uscc=uscc(other)) for one, other in around]
    assert await names.upload(*rows) == [(line, "succession_circular") for line in (2, 3, 4)]
    await names.became()
    back = supplier_row(THIRD, successor_uscc=uscc(FIRST))
    assert await names.upload(back) == [(2, "succession_circular")]


async def test_a_successor_that_is_recorded_stays(names: Names) -> None:
    await names.succeed((FIRST, SECOND))
    other = supplier_row(FIRST, successor_uscc=uscc(THIRD))
    assert await names.upload(other) == [(2, "successor_recorded")]
    assert await names.upload(supplier_row(FIRST, name="又一名称", successor_uscc="")) == []
    kept = "SELECT count(*) FROM supplier WHERE successor_id IS NOT NULL AND name = '又一名称'"
    assert await names.rows(kept) == [(1,)]
