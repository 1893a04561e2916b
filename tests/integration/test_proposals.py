"""Invoices born matched: proposed, checked, then really sent; and drafts that leave no trace."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.codes.documents import IntakeFormat
from schemas.codes.roles import Role
from schemas.messages.documents import Invoice
from schemas.messages.proposals import InvoiceCheck
from schemas.messages.reading import read
from schemas.money import yuan
from schemas.times import Clock, FixedClock
from settlement_api.documents.policy import Sender
from settlement_api.encryption import Keyring
from settlement_api.intakes.policy import BodyForm
from settlement_api.intakes.service import apply_single
from settlement_api.invoice_checks.errors import DraftRefused
from settlement_api.invoice_checks.service import check_invoice
from settlement_api.persistence import Database
from settlement_api.reconciliation import service as reconciliation
from settlement_api.rehearsal.first_pass import first_pass
from settlement_api.unit_of_work import SupplierScope
from tests.builders import documents as build
from tests.builders.api import RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.documents import Trade
from tests.builders.histories import History
from tests.builders.stored_documents import area_scope

FORM = BodyForm(IntakeFormat.NDJSON, "utf-8", compressed=False, kind=None)
SEEDS = range(12)


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


async def send(database: Database, *documents: Mapping[str, Any]) -> None:
    """Stores documents as the intake does."""
    for document in documents:
        body = build.as_bytes(dict(document))
        async with database.platform() as uow:
            _, verdict = await apply_single(
                uow, sender=Sender(), form=FORM, body=body, document=read(body)
            )
        assert verdict.outcome.value == "accepted", verdict


async def arrive(database: Database, *documents: Mapping[str, Any]) -> None:
    """Stores documents and matches the area."""
    await send(database, *documents)
    async with database.begin(area_scope()) as uow:
        await reconciliation.match_area(uow)


def received(number: str, quantity: str, **changes: Any) -> dict[str, Any]:
    line = build.receipt_item(accepted_quantity=quantity, **changes)
    return build.goods_receipt(number, lines=[line])


async def deliver(database: Database) -> None:
    """Three boxes for 10.00 yuan, delivered in three parts; and another order, half delivered."""
    repeating = build.order_item(quantity="3", price="10", price_base_quantity=3, amount=None)
    other = {"order_number": "PO-2", "order_line_number": 1}
    await arrive(
        database,
        build.purchase_order("PO-1", lines=[repeating]),
        build.purchase_order("PO-2", lines=[build.order_item(quantity="8", price="0.37")]),
        *(received(f"GR-{at}", "1") for at in range(3)),
        received("GR-9", "4", **other),
    )


def issued(
    proposal: Mapping[str, Any], number: str = build.INVOICE_NUMBER, **changes: Any
) -> dict[str, Any]:
    """The invoice that a supplier's program makes of a proposal."""
    kept = (
        *("line_number", "product_code", "quantity", "unit", "net_amount", "tax_amount"),
        *("order_number", "order_line_number", "receipt_number", "receipt_line_number"),
    )
    lines = [{name: line[name] for name in kept} for line in proposal["lines"]]
    body = {"lines": lines, "total_amount": proposal["total_amount"]}
    return build.invoice(number, **body, document_date="2026-07-20", **changes)


async def standing(database: Database, number: str) -> dict[int, tuple[int, list[Any]]]:
    """What matching made of an invoice: per line its payable fen and its discrepancies."""
    async with database.begin(area_scope()) as uow:
        lines = await uow.fetch_all(
            "SELECT line.line_number, coalesce((SELECT sum(amount_minor) FROM payable"
            " WHERE invoice_line_id = line.id AND status = 'open'), 0)::bigint AS fen, line.id"
            " FROM invoice_line AS line JOIN document ON document.id = line.document_id"
            " WHERE line.invoice_number = :number AND document.source_system = 'his'"
            " AND line.document_kind = 'invoice'",
            number=number,
        )
        found = await uow.fetch_all(
            "SELECT invoice_line_id, reason, effect, quantity_milli, amount_minor, compared"
            " FROM discrepancy WHERE status <> 'superseded' AND invoice_line_id IS NOT NULL"
        )
    return {
        line.line_number: (
            line.fen,
            sorted(tuple(row)[1:5] for row in found if row.invoice_line_id == line.id),
        )
        for line in lines
    }


def promised(check: InvoiceCheck) -> dict[int, tuple[int, list[Any]]]:
    """The same, as the check said before."""
    return {
        line.line_number: (
            yuan(line.payable),
            sorted(
                (
                    *(each.reason.value, each.effect.value),
                    int(each.quantity.replace(".", "")),
                    yuan(each.amount),
                )
                for each in line.findings
            ),
        )
        for line in check.lines
    }


async def checksums(database: Database) -> dict[str, str]:
    """Every table's content."""
    async with database.system() as connection:
        names = await connection.exec_driver_sql(
            "SELECT relname FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace"
            " WHERE space.nspname = 'public' AND relkind = 'r'"
            " AND relname NOT LIKE 'user_session%' ORDER BY 1"
        )
        sums = {}
        for (name,) in names.all():
            found = await connection.exec_driver_sql(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM public."{name}" t'
            )
            sums[name] = found.scalar_one()
        return sums


@pytest.mark.parametrize("rate", [None, "0", "3", "6", "9", "13"])
async def test_a_proposal_issued_as_it_is_passes_and_is_paid_in_full(
    api: RunningApi, database: Database, trade: Trade, rate: str | None
) -> None:
    await deliver(database)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    wanted = "" if rate is None else f"?tax_rate={rate}"
    page = (await seller.get(f"/invoice-proposals{wanted}")).json()
    (proposal,) = page["items"]
    assert page["next"] is None
    assert [(line["receipt_number"], line["total_amount"]) for line in proposal["lines"]] == [
        ("GR-0", "3.33"), ("GR-1", "3.33"), ("GR-2", "3.33"), ("GR-9", "1.48"),
    ]  # fmt: skip
    assert proposal["total_amount"] == "11.47"
    assert {line["tax_rate_percent"] for line in proposal["lines"]} == {int(rate or 13)}
    assert proposal["remark"].startswith(f"医院:{build.HOSPITAL_CODE};订单:PO-1,PO-2;")
    checked = await seller.post("/invoice-checks", json=issued(proposal))
    assert checked.status_code == 200, checked.text
    check = InvoiceCheck.model_validate_json(checked.content)
    assert (check.outcome, check.payable, check.number_is_taken) == ("payable", "11.47", False)
    part = check.lines[0].parts[0]
    assert part.due_date is not None
    assert (part.order_number, part.receipt_number) == ("PO-1", "GR-0")
    await arrive(database, issued(proposal))
    found = await standing(database, build.INVOICE_NUMBER)
    assert found == promised(check)
    assert [fen for fen, _ in found.values()] == [333, 333, 333, 148]
    assert (await seller.get("/invoice-proposals")).json() == {"items": [], "next": None}


async def test_a_revised_draft_is_paid_at_what_people_accepted_its_line_at(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    (proposal,) = (await seller.get("/invoice-proposals")).json()["items"]
    await arrive(database, issued(proposal))
    async with database.begin(area_scope()) as uow:
        line_id = await uow.fetch_value("SELECT id FROM invoice_line WHERE line_number = 4")
    maker = await api.user(area_of(build.AREA), Role.AGENCY_MAKER)
    why = {"reason_code": "parties_agree", "remark": "agreed by telephone"}
    body = why | {"invoice_line_id": str(line_id), "amount": "1.40"}
    made = await maker.post("/resolutions/acceptances", json=body)
    assert made.status_code == 201, made.text
    revised = issued(proposal, revision=2)
    checked = await seller.post("/invoice-checks", json=revised)
    check = InvoiceCheck.model_validate_json(checked.content)
    assert [line.payable for line in check.lines] == ["3.33", "3.33", "3.33", "1.40"]
    assert "accepted_lower" in [each.reason for each in check.lines[3].findings]
    await arrive(database, revised)
    async with database.begin(area_scope()) as uow:
        paid = await uow.fetch_all("SELECT amount_minor FROM payable WHERE status = 'open'")
    assert sorted(row.amount_minor for row in paid) == [140, 333, 333, 333]


async def test_proposals_are_paged_filtered_and_grouped(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    first = (await seller.get("/invoice-proposals?limit=1")).json()
    second = (await seller.get(f"/invoice-proposals?limit=1&after={first['next']}")).json()
    assert second["next"] is None
    orders = [{line["order_number"] for line in page["items"][0]["lines"]}
              for page in (first, second)]  # fmt: skip
    assert orders == [{"PO-1"}, {"PO-2"}]
    each = (await seller.get("/invoice-proposals?per=order")).json()["items"]
    assert [proposal["order_number"] for proposal in each] == ["PO-1", "PO-2"]
    one = (await seller.get("/invoice-proposals?order_number=PO-2")).json()["items"]
    assert [line["quantity"] for line in one[0]["lines"]] == ["4.000"]
    here = f"/invoice-proposals?hospital_code={build.HOSPITAL_CODE}"
    assert len((await seller.get(here)).json()["items"]) == 1
    there = f"/invoice-proposals?hospital_code={build.OTHER_HOSPITAL_CODE}"
    assert (await seller.get(there)).json()["items"] == []
    assert (await seller.get("/invoice-proposals?hospital_code=H99")).status_code == 404


async def test_a_supplier_sees_only_its_own_and_others_nothing(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    other = await api.user(supplier_of(trade.other_supplier_id), Role.SUPPLIER)
    assert (await other.get("/invoice-proposals?order_number=PO-1")).json()["items"] == []
    for caller in (
        await api.user(area_of(build.AREA), Role.AGENCY_MAKER),
        await api.user(hospital_of(trade.hospital_id, build.AREA), Role.HOSPITAL_CLERK),
    ):
        assert (await caller.get("/invoice-proposals")).status_code == 403
        draft = await caller.post("/invoice-checks", json=build.invoice())
        assert draft.status_code == 403
    stolen = await other.post("/invoice-checks", json=build.invoice())
    assert (stolen.status_code, stolen.json()["code"]) == (422, "invoice_draft_refused")
    own = await other.post(
        "/invoice-checks", json=build.invoice(supplier_uscc=build.OTHER_SUPPLIER_USCC)
    )
    (line,) = own.json()["lines"]
    assert (line["outcome"], line["parts"]) == ("not_payable", [])
    assert [each["reason"] for each in line["findings"]] == ["invoice_party_mismatch"]


async def test_every_fault_is_told_at_once_as_at_the_door(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    lines = [build.invoice_item(net_amount="x"), build.invoice_item(2, quantity="-1")]
    broken = await seller.post("/invoice-checks", json=build.invoice("1", lines=lines))
    assert broken.status_code == 422
    assert len(broken.json()["faults"]) == 3
    nobody = build.invoice(source_system="nobody", hospital_code="H37990000001")
    unknown = await seller.post("/invoice-checks", json=nobody)
    assert [fault["place"] for fault in unknown.json()["faults"]] == [
        "/source_system", "/hospital_code",
    ]  # fmt: skip


async def test_a_draft_leaves_no_row_and_waits_for_no_lock(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    before = await checksums(database)
    async with database.begin(area_scope()) as run:
        await run.execute("SELECT 1 FROM match_head FOR UPDATE")
        await run.execute("SELECT 1 FROM document_gate FOR UPDATE")
        await run.raw.execute("LOCK TABLE invoice_registry, invoice_claim IN EXCLUSIVE MODE")
        answer = await seller.post("/invoice-checks", json=build.invoice())
        assert answer.status_code == 200, answer.text
        assert (await seller.get("/invoice-proposals")).status_code == 200
    assert await checksums(database) == before


async def test_what_is_not_payable_says_why_and_what_would_cure_it(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    named = {"order_number": "PO-2", "order_line_number": 1, "tax_amount": "0"}
    lines = [
        build.invoice_item(1, quantity="3", net_amount="2.11", **named),
        build.invoice_item(2, quantity="3", net_amount="1.11", **named),
        {"line_number": 3, "charge_kind": "freight", "net_amount": "5", "tax_amount": "0"},
    ]
    answer = await seller.post(
        "/invoice-checks", json=build.invoice(lines=lines, total_amount="8.22")
    )
    check = InvoiceCheck.model_validate_json(answer.content)
    assert [line.outcome.value for line in check.lines] == ["in_part", "in_part", "not_payable"]
    assert [line.payable for line in check.lines] == ["1.11", "0.37", "0.00"]
    dear, more, freight = (
        [each for each in line.findings if each.effect != "information"] for line in check.lines
    )
    assert [(each.reason, each.compared, each.acts) for each in dear] == [
        ("price_differs_from_order", {"stated": 211, "allowed": 111}, "supplier")
    ]
    assert [(each.reason.value, each.quantity) for each in more] == [
        ("quantity_over_receipt", "20.000")
    ]
    assert [each.reason for each in freight] == ["charge_not_contracted"]
    assert all(each.cure and each.cure_zh for each in (*dear, *more, *freight))


async def test_a_number_claimed_anywhere_is_told_and_nobody_is_named(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    elsewhere = build.invoice(
        source_system="tax",
        hospital_code=build.OTHER_HOSPITAL_CODE,
        supplier_uscc=build.OTHER_SUPPLIER_USCC,
    )
    await send(database, elsewhere)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    answer = await seller.post("/invoice-checks", json=build.invoice())
    check = InvoiceCheck.model_validate_json(answer.content)
    assert (check.number_is_taken, check.outcome) == (True, "not_payable")
    assert [each.reason for each in check.lines[0].findings] == ["invoice_duplicate"]
    hidden = (build.OTHER_HOSPITAL_CODE, build.OTHER_SUPPLIER_USCC, build.OTHER_AREA)
    assert not any(name in answer.text for name in hidden)
    await arrive(database, build.invoice())
    assert await standing(database, build.INVOICE_NUMBER) == promised(check)
    again = await seller.post("/invoice-checks", json=build.invoice())
    assert (again.status_code, again.json()["code"]) == (422, "invoice_draft_refused")


async def seed_products(database: Database) -> None:
    """A product for each history; those of odd seeds are under a contract at 10 yuan."""
    async with database.platform() as uow:
        await uow.execute(
            "INSERT INTO procurement_round (round_code, name, level)"
            " VALUES ('4+7', 'round', 'national')"
        )
        await uow.execute(
            "WITH made AS (INSERT INTO product"
            " (product_code, name, name_pinyin, kind, specification, smallest_unit)"
            " SELECT 'XA10BA02' || lpad(seed::text, 15, '0'), 'x', 'x', 'drug', 'x', '片'"
            " FROM generate_series(1, 99) AS seed RETURNING id, product_code),"
            " unit AS (INSERT INTO product_unit (product_id, unit, numerator, denominator)"
            " SELECT id, '片', 1, 1 FROM made),"
            " agreed AS (INSERT INTO contract (contract_code, item_no, round_id, product_id,"
            " manufacturer, holder_uscc, pack_price_micro, pack_size, pack_size_inferred,"
            " valid_from) SELECT 'C', product_code, procurement_round.id, made.id, 'm', :holder,"
            " 10000000, 1, false, '2026-01-01' FROM made, procurement_round"
            " WHERE right(product_code, 1)::int % 2 = 1 RETURNING id)"
            " INSERT INTO contract_scope (contract_id, scope_code) SELECT id, '370000' FROM agreed",
            holder=build.SUPPLIER_USCC,
        )


async def test_the_check_says_what_the_real_matching_then_does(
    database: Database, trade: Trade
) -> None:
    """Random histories with one invoice kept back: checked, then sent, then compared."""
    await seed_products(database)
    compared, payable, voided = 0, 0, list[str]()
    for seed in SEEDS:
        tag = f"{seed + 1:06d}"
        history = History(seed, tag, f"XA10BA02{seed + 1:015d}").documents
        place = next(at for at, each in enumerate(history) if each["kind"] == "invoice")
        draft = history.pop(place)
        draft["revision"] = 3  # whatever came before under its number gives way
        await arrive(database, *history)
        async with database.begin(SupplierScope(trade.supplier_id)) as uow:
            message = Invoice.model_validate_json(build.as_bytes(draft))
            try:
                check = await check_invoice(uow, supplier_id=trade.supplier_id, invoice=message)
            except DraftRefused as refused:
                voided.extend(fault.code for fault in refused.faults)
                continue
        await arrive(database, draft)
        assert await standing(database, draft["external_number"]) == promised(check), seed
        compared, payable = compared + 1, payable + (check.payable != "0.00")
    assert compared >= len(SEEDS) // 2
    assert payable > 1
    assert set(voided) <= {"invoice_voided"}


async def test_the_first_pass_rate_counts_what_the_first_run_paid_in_full(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    await deliver(database)
    seller = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    (proposal,) = (await seller.get("/invoice-proposals")).json()["items"]
    await arrive(database, issued(proposal))
    found = await first_pass(database)
    assert (found["lines"], found["lines_at_once"]) == (4, 4)
    assert found["invoiced_minor"] == found["at_once_minor"] == 1_147
    named = {"order_number": "PO-2", "order_line_number": 1}
    early = build.invoice_item(1, quantity="4", net_amount="1.48", tax_amount="0", **named)
    await arrive(database, build.invoice(build.CREDIT_NUMBER, lines=[early], total_amount="1.48"))
    await arrive(database, received("GR-10", "4", **named))
    assert (await standing(database, build.CREDIT_NUMBER))[1][0] == 148, "cured by now"
    found = await first_pass(database)
    assert (found["lines"], found["lines_at_once"]) == (5, 4)
    assert (found["invoiced_minor"], found["at_once_minor"]) == (1_295, 1_147)
