"""A paid batch with all that stands behind it: documents, people, claims, statement, seals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.bank_statements.service import import_file
from settlement_api.encryption import Keyring
from settlement_api.ledger.service import (
    AccountKey,
    EntryDraft,
    Leg,
    close_period,
    post_entries,
)
from settlement_api.outbox import seal_pending
from settlement_api.persistence import Database
from settlement_api.recoveries.service import post_claims
from settlement_api.statement_files.service import store_file
from settlement_api.suspense.service import register_funding_source
from settlement_api.unit_of_work import Actor, AreaScope, UnitOfWork
from settlement_api.vouchers.service import issue_vouchers
from tests.builders import bank_statements as statements
from tests.builders.batches import insert
from tests.builders.parties import uscc
from tests.builders.payment_stage import MovableClock, Stage, make_stage
from tests.builders.payments import (
    AGENCY_ACCOUNT,
    AREA,
    START,
    Part,
    ReleasedBatch,
    released_batch,
    running_bank,
)
from tests.builders.stored_documents import DRUG, StoredDocuments

PERIOD = "2026-07"
BOOKED = date(2026, 7, 31)
FUNDED = 1_000_00
RETURNED = 20_00
PAYMENTS = (
    [Part(1, 100_00, 80_00), Part(2, 50_00, 50_00)],
    [Part(1, 300_77, 0)],
    [Part(2, RETURNED, RETURNED)],
)


@asynccontextmanager
async def settled_stage(
    database: Database, keyring: Keyring, clock: MovableClock, folder: Path
) -> AsyncIterator[Stage]:
    """A stage with a bank on which everything is settled (`settle`)."""
    with running_bank(folder, {"slow_seconds": 0.05}) as bank:
        bank.fund(10_000_00)
        stage = make_stage(database, keyring, bank, clock)
        await settle(stage)
        yield stage


async def settle(stage: Stage) -> None:
    """Everything from order to statement for three payments, one of them returned: all agrees."""
    batch = await released_batch(stage.database, stage.keyring, *PAYMENTS)
    async with stage.database.begin(AreaScope(AREA), at=START) as uow:
        await _purchases(uow)
        await _claims(uow)
    closer = Actor("user", uuid4(), "closer")
    later = START + timedelta(minutes=1)
    async with stage.database.begin(AreaScope(AREA), actor=closer, at=later) as uow:
        await close_period(uow, period=PERIOD)
    await stage.pay(batch)
    await stage.ask_later()
    await _statement(stage, batch)
    async with stage.area() as uow:
        await issue_vouchers(uow)
    await seal_pending(stage.database, {}, key=stage.keyring.chain_key)


async def _purchases(uow: UnitOfWork) -> None:
    """Order, receipt, invoice, payable, application and purchase of every share."""
    run_id, intake_id, context_id = uuid4(), uuid4(), uuid4()
    await uow.execute(
        "INSERT INTO decision_context (area_code, id, digest, content)"
        " VALUES (:area, :id, sha256('context'), '{}')",
        area=AREA,
        id=context_id,
    )
    shares = await uow.fetch_all("SELECT * FROM payable_share ORDER BY id")
    for serial, supplier_id in enumerate(sorted({share.supplier_id for share in shares}), start=1):
        await insert(
            uow, "supplier", id=supplier_id, uscc=uscc(serial), name=f"企业{serial}",
            name_pinyin="qiye", is_sme=False,
        )  # fmt: skip
    papers = StoredDocuments(intake_id=intake_id)
    for number, share in enumerate(shares):
        papers.hospital_id, papers.supplier_id = share.hospital_id, share.supplier_id
        await _share(uow, papers, share, {"match_run_id": run_id, "context": context_id}, number)
    legs = [
        Leg(
            AccountKey(AccountKind.PURCHASES, share.hospital_id),
            AccountKey(AccountKind.OWED, share.hospital_id, share.supplier_id),
            Money(share.confirmed_minor),
        )
        for share in shares
    ]
    entry = EntryDraft(Book.TRADE, "", "match_run", run_id, BOOKED, legs, purpose="match")
    await post_entries(uow, entries=[entry])
    await _run(uow, run_id, len(shares))
    await _intake(uow, intake_id)


async def _share(
    uow: UnitOfWork, papers: StoredDocuments, share: Any, ids: dict[str, UUID], number: int
) -> None:
    both = {"hospital_id": share.hospital_id, "supplier_id": share.supplier_id}
    order = await papers.order(  # ten units, at the price that makes the amount
        uow, f"O{number}", price_micro=share.confirmed_minor * 1_000, price_decimals=3
    )
    receipt = await papers.receipt(uow, f"R{number}")
    invoice = await papers.invoice(uow, f"I{number}", amount=share.confirmed_minor)
    await insert(
        uow, "payable", area_code=AREA, id=share.payable_id, match_run_id=ids["match_run_id"],
        component_code=DRUG, order_line_id=order, receipt_line_id=receipt,
        invoice_line_id=invoice, kind="goods", quantity_milli=10_000,
        amount_minor=share.confirmed_minor, route="direct", decision_context_id=ids["context"],
        basis_date=BOOKED, clock_start_date=BOOKED, due_date=date(2026, 8, 31),
        due_date_state="known", status="committed", **both,
    )  # fmt: skip
    application_id = await insert(
        uow, "settlement_application", area_code=AREA, period=PERIOD, run_no=number + 1,
        line_count=1, amount_minor=share.confirmed_minor, submitted_at=START, **both,
    )  # fmt: skip
    await insert(
        uow, "application_line", area_code=AREA, id=share.application_line_id,
        application_id=application_id, payable_id=share.payable_id, part_no=1,
        quantity_milli=10_000, amount_minor=share.confirmed_minor, status="accepted",
        confirmed_by=uuid4(), confirmed_at=START, first_reviewed_by=uuid4(),
        first_reviewed_at=START, re_reviewed_by=uuid4(), accepted_at=START, shares_fixed=True,
        **both,
    )  # fmt: skip


async def _run(uow: UnitOfWork, run_id: UUID, payables: int) -> None:
    total = sum(part.amount_minor for payment in PAYMENTS for part in payment)
    zeros = (
        "payables_superseded", "discrepancies_inserted", "discrepancies_superseded",
        "received_milli", "returned_milli", "received_matched_milli", "received_waiting_milli",
        "received_held_milli", "invoiced_milli", "credited_milli", "invoiced_matched_milli",
        "invoiced_waiting_milli", "invoiced_held_milli", "credited_minor", "waiting_minor",
        "held_minor",
        "absorbed_milli",
        "absorbed_minor",
    )  # fmt: skip
    await insert(
        uow, "match_run", area_code=AREA, id=run_id, run_number=1, trigger="arrival",
        matched_at=START, order_line_count=payables, receipt_line_count=payables,
        invoice_line_count=payables, payables_inserted=payables, invoiced_minor=total,
        matched_minor=total, **dict.fromkeys(zeros, 0),
    )  # fmt: skip


async def _intake(uow: UnitOfWork, intake_id: UUID) -> None:
    """The body that brought the documents, and what became of each of its records."""
    documents = await uow.fetch_all("SELECT id, kind FROM document ORDER BY raw_position")
    await insert(
        uow, "intake", id=intake_id, sender_kind="client", sender_name="his", area_code=AREA,
        format="ndjson", encoding="utf-8", compressed=False, state="applied", byte_count=1,
        received_records=len(documents), accepted_records=len(documents), unchanged_records=0,
        rejected_records=0, started_at=START, applied_at=START,
    )  # fmt: skip
    for number, document in enumerate(documents, start=1):
        await uow.execute(
            "INSERT INTO intake_result (intake_id, record_number, last_record_number, outcome,"
            " document_kind, external_number, area_code, document_id)"
            " VALUES (:intake_id, :number, :number, 'accepted', :kind, 'x', :area, :id)",
            intake_id=intake_id,
            number=number,
            kind=document.kind,
            area=AREA,
            id=document.id,
        )


async def _claims(uow: UnitOfWork) -> None:
    """What the fund owes each hospital for the month: as much as is to be offset."""
    capacities = await uow.fetch_all("SELECT * FROM claim_capacity")
    import_id = await insert(
        uow, "fund_import", area_code=AREA, content_sha256=bytes(32), content=b"",
        media_type="text/csv", received_count=len(capacities), accepted_count=len(capacities),
        unchanged_count=0, rejected_count=0, imported_at=START,
    )  # fmt: skip
    for capacity in capacities:
        await insert(
            uow, "fund_document", area_code=AREA, hospital_id=capacity.hospital_id,
            scheme=capacity.scheme, month=PERIOD, kind="claim", aspect="settled",
            external_number="", version=1, amount_minor=capacity.available_minor,
            state="effective", fund_import_id=import_id,
        )  # fmt: skip
    await post_claims(uow, months=[PERIOD])


async def _statement(stage: Stage, batch: ReleasedBatch) -> None:
    """The bank's statement of the day: the funding, one debit an attempt, one nobody knows.

    One payment comes back the same day.
    """
    attempts = await stage.rows("SELECT end_to_end_id, amount_minor FROM payment_attempt")
    on = START.date()
    entries = [statements.entry(FUNDED, credit=True, payer=statements.SPECIAL_ACCOUNT, on=on)]
    entries += [
        statements.entry(row.amount_minor, end_to_end_id=row.end_to_end_id, on=on)
        for row in attempts
    ]
    entries += [
        statements.entry(
            row.amount_minor, credit=True, end_to_end_id=row.end_to_end_id, on=on,
            return_reason="AC04",
        )
        for row in attempts
        if row.amount_minor == RETURNED
    ]  # fmt: skip
    entries.append(statements.entry(3_00, on=on))
    number = AGENCY_ACCOUNT.number
    async with stage.area() as uow:
        await register_funding_source(
            uow,
            keyring=stage.keyring,
            agency_account_id=batch.account_id,
            account_number=statements.SPECIAL_ACCOUNT,
            account_name="财政专户",
            proposed_by=statements.MAKER,
            approved_by=statements.CHECKER,
        )
        file_id = await store_file(
            uow,
            keyring=stage.keyring,
            agency_account_id=batch.account_id,
            body=b"statement",
            source="uploaded",  # type: ignore[arg-type]
        )
        await import_file(
            uow,
            keyring=stage.keyring,
            file_id=file_id,
            statements=[statements.statement(*entries, on=on, number=number)],
            xsd_valid=True,
        )
