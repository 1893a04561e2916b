"""Documents that call their supplier by another name or code of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.codes.roles import Role
from schemas.codes.uscc import with_check_character
from schemas.messages.reading import read
from settlement_api.config import Settings
from settlement_api.documents.queries import load_directory
from settlement_api.encryption import Keyring
from settlement_api.master_data.service import import_table
from settlement_api.persistence import Database
from settlement_api.reconciliation import service as reconciliation
from settlement_api.unit_of_work import AreaScope
from tests.builders import documents as build
from tests.builders.api import (
    Caller,
    RunningApi,
    area_of,
    hospital_of,
    running_api,
    supplier_of,
)
from tests.builders.documents import Trade
from tests.builders.parties import csv_file
from tests.integration.test_documents_intake import (
    CSV,
    CSV_HEAD,
    CSV_QUERY,
    LIMIT,
    apply_bulk,
    csv_row,
    results,
    rows,
    send,
)

ALIAS = "济南医药(老)"
SPELLED = "济南　医药（老）"
USCC, OTHER = build.SUPPLIER_USCC, build.OTHER_SUPPLIER_USCC


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
async def api(database: Database, keyring: Keyring, trade: Trade) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring, Settings(body_limit_bytes=LIMIT)) as running:
        yield running


@pytest.fixture
async def admin(api: RunningApi) -> Caller:
    return await api.administrator()


class Aliases:
    """Imports aliases; what became of each row, and its faults."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database, self._keyring = database, keyring

    async def __call__(self, *given: tuple[str, str]) -> list[tuple[str, ...]]:
        content = csv_file([{"alias": alias, "uscc": uscc} for alias, uscc in given])
        report = await import_table(
            self._database, "supplier-aliases", content, keyring=self._keyring
        )
        return [
            (one.outcome.value, *(f"{fault.column}:{fault.code}" for fault in one.faults))
            for one in report.results
        ]


@pytest.fixture
def aliases(database: Database, keyring: Keyring, trade: Trade) -> Aliases:
    return Aliases(database, keyring)


def codes_of(answer: Any) -> list[tuple[str, str]]:
    return [(fault["place"], fault["code"]) for fault in answer.json()["faults"]]


async def test_a_document_is_accepted_once_its_alias_is_on_file_and_shows_it(
    api: RunningApi, database: Database, trade: Trade, aliases: Aliases
) -> None:
    supplier = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    sent = build.invoice(supplier_uscc=SPELLED)
    refused = await send(supplier, sent)
    assert (refused.status_code, codes_of(refused)) == (
        422,
        [("/supplier_uscc", "unknown_supplier")],
    )
    assert await aliases((ALIAS, USCC)) == [("accepted",)]
    accepted = await send(supplier, sent)
    assert accepted.status_code == 201, accepted.text
    assert (await send(supplier, sent)).json()["outcome"] == "unchanged"
    shown = (await supplier.get(f"/documents/invoice/{accepted.json()['id']}")).json()
    assert (shown["supplier_uscc"], shown["supplier_alias"]) == (USCC, ALIAS)
    (stored,) = await rows(database, "document")
    assert (stored.issuer_code, stored.supplier_id) == (USCC, trade.supplier_id)
    # The same invoice under the code is the same document, in other bytes.
    again = await send(supplier, build.invoice())
    assert (again.status_code, again.json()["code"]) == (409, "identity_conflict")


async def test_another_suppliers_alias_lets_nobody_send_for_it(
    api: RunningApi, trade: Trade, aliases: Aliases
) -> None:
    await aliases((ALIAS, USCC))
    stranger = await api.user(supplier_of(trade.other_supplier_id), Role.SUPPLIER)
    assert (await send(stranger, build.invoice(supplier_uscc=ALIAS))).status_code == 403


async def test_papers_under_code_and_aliases_are_one_chain_and_each_says_its_name(
    api: RunningApi, database: Database, admin: Caller, aliases: Aliases
) -> None:
    await aliases((ALIAS, USCC), ("GYS-01", USCC))
    receipt = build.goods_receipt(supplier_uscc="gys-01")
    invoice = build.invoice(supplier_uscc=SPELLED)
    blanks = build.purchase_order(supplier_uscc=f"{USCC[:8].lower()} {USCC[8:].lower()}")
    body = build.ndjson(blanks, receipt, invoice)
    assert (await apply_bulk(admin, database, body))["accepted"] == 3
    async with database.begin(AreaScope(build.AREA)) as uow:
        await reconciliation.match_area(uow)
        components = await uow.fetch_all(
            "SELECT DISTINCT supplier_id FROM payable UNION SELECT supplier_id FROM discrepancy"
        )
    assert len(components) == 1
    viewer = await api.user(area_of(build.AREA), Role.BUREAU_VIEWER)
    explained = (await viewer.get("/explanations?order_number=PO-1&line=1")).json()
    named = {node["kind"]: node["facts"].get("supplier_alias") for node in explained["nodes"]}
    assert (named["order_line"], named["receipt_line"], named["invoice_line"]) == (
        *(None, "GYS-01"),
        ALIAS,
    )


async def test_rows_of_a_table_may_call_suppliers_by_aliases(
    database: Database, admin: Caller, aliases: Aliases
) -> None:
    await aliases((ALIAS, USCC))
    table = [csv_row(f"PO-{at}", 1) for at in range(3)]
    table[1] = table[1].replace(USCC, SPELLED)
    table[2] = table[2].replace(USCC, "谁也不是")
    text = "\n".join([CSV_HEAD, *table]).encode()
    intake = await apply_bulk(admin, database, text, headers=CSV, query=CSV_QUERY)
    found = await results(admin, intake)
    assert [row["outcome"] for row in found] == ["accepted", "accepted", "rejected"]
    assert [fault["code"] for fault in found[2]["faults"]] == ["unknown_supplier"]


async def test_an_alias_names_one_supplier(aliases: Aliases) -> None:
    assert await aliases((ALIAS, USCC), ("GYS-01", USCC)) == [("accepted",)] * 2
    assert await aliases((SPELLED, USCC), ("gys-01", USCC)) == [("unchanged",)] * 2
    taken = ("rejected", "alias:alias_ambiguous")
    assert await aliases((SPELLED, OTHER), ("GYS-02", OTHER)) == [taken, ("accepted",)]
    twice = ("rejected", ":alias_ambiguous")
    assert await aliases(("简称", USCC), ("简 称", OTHER)) == [twice, twice]
    assert await aliases(("又名", with_check_character("91370200000009999"))) == [
        ("rejected", "uscc:unknown_supplier")
    ]


async def test_nothing_of_the_form_of_a_code_is_an_alias(aliases: Aliases) -> None:
    refused = ("rejected", "alias:invalid_value")
    given = ((OTHER, USCC), (OTHER.lower(), USCC), (f"{OTHER[:-1]}I", USCC))
    assert await aliases(*given) == [refused] * 3


async def test_the_name_of_another_supplier_is_no_alias_and_its_own_is(
    database: Database, aliases: Aliases
) -> None:
    async with database.platform() as uow:
        await uow.execute("UPDATE supplier SET name = '鲁　药 （集团）a' WHERE uscc = :u", u=OTHER)
    assert await aliases(("鲁药(集团)A", USCC)) == [("rejected", "alias:alias_ambiguous")]
    assert await aliases(("鲁药(集团)A", OTHER)) == [("accepted",)]


async def test_a_withdrawn_alias_names_nobody_until_it_is_given_anew(
    database: Database, admin: Caller, trade: Trade, aliases: Aliases
) -> None:
    await aliases((ALIAS, USCC))
    assert (await send(admin, build.purchase_order("PO-1", supplier_uscc=ALIAS))).is_success
    assert await aliases((SPELLED, ""), ("谁也不是", "")) == [("accepted",), ("unchanged",)]
    assert await aliases((ALIAS, "")) == [("unchanged",)]
    refused = await send(admin, build.purchase_order("PO-2", supplier_uscc=ALIAS))
    assert codes_of(refused) == [("/supplier_uscc", "unknown_supplier")]
    assert await aliases((ALIAS, OTHER)) == [("accepted",)]
    assert (await send(admin, build.purchase_order("PO-2", supplier_uscc=ALIAS))).is_success
    lines = await rows(database, "purchase_order_line", order="order_number")
    assert [line.supplier_id for line in lines] == [trade.supplier_id, trade.other_supplier_id]


async def test_documents_that_state_codes_never_ask_for_aliases(
    database: Database, trade: Trade, aliases: Aliases
) -> None:
    await aliases((ALIAS, USCC))
    looks = (
        "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables"
        " WHERE relname = 'supplier_alias'"
    )
    asked = []
    for name in (USCC, USCC.lower(), ALIAS):
        found = read(build.as_bytes(build.purchase_order(supplier_uscc=name)))
        async with database.platform() as uow:
            before = await uow.fetch_value(looks)
            directory = await load_directory(uow, [found])
            asked.append(await uow.fetch_value(looks) - before)
        assert directory.suppliers[found.supplier_uscc] == (trade.supplier_id, USCC)
    assert asked[:2] == [0, 0]
    assert asked[2] > 0


async def test_own_payments_name_their_supplier_as_documents_do(
    api: RunningApi, database: Database, trade: Trade, aliases: Aliases
) -> None:
    """Under code and alias one payment is one; who names nobody, or is mistyped, stops no row."""
    await aliases((ALIAS, USCC), ("GYS-01", USCC), ("GYS-02", OTHER))
    lower = f"{USCC[:8].lower()} {USCC[8:].lower()}"
    called = [SPELLED, "gys-01", lower, "gys-02", "nobody", f"{USCC[:-1]}{'Z'}"]
    told = [
        {
            "hospital_code": build.HOSPITAL_CODE,
            "supplier_uscc": supplier,
            "invoice_number": "INV-1",
            "reference": f"R{at}",
            "amount": "5",
            "paid_date": "2026-07-01",
        }
        for at, supplier in enumerate(called)
    ]
    clerk = await api.user(hospital_of(trade.hospital_id, build.AREA), Role.HOSPITAL_CLERK)
    path = "/monitoring/self-payments"
    answer = await clerk.post(path, json={"payments": told})
    assert answer.status_code == 200, answer.text
    faults = [row["fault"] for row in answer.json()["rows"]]
    assert faults == [None] * 4 + ["supplier_unknown"] * 2
    stored = await rows(database, "self_payment")
    by_reference = {row.reference: row.supplier_id for row in stored}
    ours, other = trade.supplier_id, trade.other_supplier_id
    assert by_reference == {"R0": ours, "R1": ours, "R2": ours, "R3": other}
    again = await clerk.post(path, json={"payments": [told[0] | {"supplier_uscc": USCC}]})
    assert (again.json()["unchanged"], again.json()["accepted"]) == (1, 0)
    twice = [told[0] | {"reference": "R9"}, told[1] | {"reference": "R9"}]
    both = await clerk.post(path, json={"payments": twice})
    assert {row["fault"] for row in both.json()["rows"]} == {"repeated_in_call"}
    seller = await api.user(supplier_of(other), Role.SUPPLIER)
    foreign = await seller.post(f"{path}?area_code={build.AREA}", json={"payments": told[:1]})
    assert [row["fault"] for row in foreign.json()["rows"]] == ["not_yours"]
