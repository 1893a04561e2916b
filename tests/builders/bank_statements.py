"""Agency accounts, payments and statements with valid defaults."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from schemas.bank import (
    BankStatement,
    EntryDetail,
    StatementBalance,
    StatementEntry,
    StatementHeader,
)
from settlement_api.encryption import Keyring
from settlement_api.unit_of_work import UnitOfWork

ACCOUNT_NUMBER = "3700100000000310"
SPECIAL_ACCOUNT = "3700900000000001"
PAYEE_ACCOUNT = "6222000000000001"
DAY = date(2026, 3, 5)
MAKER = UUID("01900000-0000-7000-8000-00000000aa01")
CHECKER = UUID("01900000-0000-7000-8000-00000000aa02")


async def agency_account(
    uow: UnitOfWork, keyring: Keyring, *, number: str = ACCOUNT_NUMBER, scheme: str = "310"
) -> UUID:
    """An agency with one expenditure account; returns the account's id."""
    area = uow.area_code
    agency_id = await uow.fetch_value(
        "INSERT INTO agency (area_code, code, name, name_pinyin)"
        " VALUES (:area, :code, '医保中心', 'yibaozhongxin') RETURNING id",
        area=area,
        code=f"A{number[-8:]}",
    )
    account_id = await uow.fresh_id()
    ciphertext, key_id = keyring.encrypt(number.encode(), of=account_id)
    found = await uow.fetch_value(
        "INSERT INTO agency_account (area_code, id, agency_id, scheme, account_ciphertext, key_id,"
        " account_blind_index, account_last4, account_name, cnaps_code, valid_from)"
        " VALUES (:area, :id, :agency_id, :scheme, :ciphertext, :key_id, :blind_index, :last4,"
        " '支出户', '102451000010', '2026-01-01') RETURNING id",
        area=area,
        id=account_id,
        agency_id=agency_id,
        scheme=scheme,
        ciphertext=ciphertext,
        key_id=key_id,
        blind_index=keyring.blind_index(number),
        last4=number[-4:],
    )
    return UUID(int=found.int)


async def sent_payment(
    uow: UnitOfWork, keyring: Keyring, *, account_id: UUID, amount: int = 5_000
) -> UUID:
    """A payment whose attempt went to the bank; returns the attempt's id."""
    _, (attempt,) = await sent_message(uow, keyring, account_id=account_id, amounts=[amount])
    return attempt


async def sent_message(
    uow: UnitOfWork, keyring: Keyring, *, account_id: UUID, amounts: Sequence[int]
) -> tuple[str, list[UUID]]:
    """Payments that went to the bank in one message; returns its id and the attempts' ids."""
    submission_id = uuid4()
    await uow.execute(
        "INSERT INTO submission (area_code, id, agency_account_id, bank_code, message_id,"
        " message_kind, body_ciphertext, key_id, body_sha256, payment_count, control_sum_minor,"
        " state, sent_at, delivered_at, delivery_count, execution_date)"
        " VALUES (:area, :id, :account_id, 'iso20022', :message_id, 'pain.001',"
        " '\\x00', 'k1', :digest, :count, :amount, 'sending', :at, :at, 1, :on)",
        area=uow.area_code,
        id=submission_id,
        account_id=account_id,
        message_id=submission_id.hex,
        digest=bytes(32),
        count=len(amounts),
        amount=sum(amounts),
        at=uow.at,
        on=uow.on,
    )
    attempts = []
    for amount in amounts:
        payment_id = await _payment(uow, keyring, account_id=account_id, amount=amount)
        attempts.append(uuid4())
        await uow.execute(
            "INSERT INTO payment_attempt (area_code, id, payment_id, attempt_no, end_to_end_id,"
            " amount_minor, decision_state, submission_id)"
            " VALUES (:area, :id, :payment_id, 1, :name, :amount, 'sending', :submission_id)",
            area=uow.area_code,
            id=attempts[-1],
            payment_id=payment_id,
            name=attempts[-1].hex,
            amount=amount,
            submission_id=submission_id,
        )
    return submission_id.hex, attempts


async def _payment(uow: UnitOfWork, keyring: Keyring, *, account_id: UUID, amount: int) -> UUID:
    ciphertext, key_id = keyring.encrypt(PAYEE_ACCOUNT.encode(), of=account_id)
    payment_id = await uow.fetch_value(
        "INSERT INTO payment (area_code, agency_account_id, scheme, claim_month, payee_name,"
        " payee_cnaps_code, payee_account_ciphertext, payee_key_id, payee_account_blind_index,"
        " payee_account_last4, amount_minor, item_count, remittance)"
        " VALUES (:area, :account_id, (SELECT scheme FROM agency_account WHERE id = :account_id),"
        " '2026-02', '配送企业', '102451000010', :ciphertext,"
        " :key_id, :blind_index, '0001', :amount, 1, '药械结算') RETURNING id",
        area=uow.area_code,
        account_id=account_id,
        ciphertext=ciphertext,
        key_id=key_id,
        blind_index=keyring.blind_index(PAYEE_ACCOUNT),
        amount=amount,
    )
    return UUID(int=payment_id.int)


def entry(
    amount: int = 5_000,
    *,
    credit: bool = False,
    end_to_end_id: str | None = None,
    return_reason: str | None = None,
    payer: str | None = None,
    reference: str | None = None,
    booked: bool = True,
    on: date = DAY,
) -> StatementEntry:
    """One entry with one transaction."""
    detail = EntryDetail(end_to_end_id, amount, return_reason, "对方", payer, None)
    return StatementEntry(
        entry_reference="1",
        amount_minor=amount,
        currency="CNY",
        credit=credit,
        booked=booked,
        reversal=False,
        booking_date=on,
        value_date=on,
        bank_reference=reference,
        details=(detail,),
    )


def statement(
    *entries: StatementEntry,
    opening: int = 0,
    closing: int | None = None,
    on: date = DAY,
    sequence: int | None = 1,
    identification: str | None = None,
    number: str | None = ACCOUNT_NUMBER,
) -> BankStatement:
    """A day's statement whose closing follows from its entries unless given."""
    booked = [one for one in entries if one.booked]
    moved = sum(one.amount_minor if one.credit else -one.amount_minor for one in booked)
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=8)
    header = StatementHeader(
        statement_id=identification or f"STMT-{on.isoformat()}",
        sequence=sequence,
        account_number=number,
        created_at=midnight + timedelta(hours=23),
        from_at=midnight,
        to_at=midnight + timedelta(hours=23, minutes=59),
    )
    final = opening + moved if closing is None else closing
    balances = (
        StatementBalance("OPBD", opening, "CNY", on),
        StatementBalance("CLBD", final, "CNY", on),
    )
    return BankStatement(header, balances, entries)
