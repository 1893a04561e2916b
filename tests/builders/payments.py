"""Payments, banks and bank messages with valid defaults."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from schemas.bank import BankAccount, CreditInstruction, PaymentOrder
from schemas.codes.uscc import with_check_character
from settlement_api.batches.queries import content_hash, get_batch
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, UnitOfWork

AGENCY_ACCOUNT = BankAccount("3700010000000310", "济南市医疗保险事业中心", "102451000017")
START = datetime(2026, 8, 3, 2, tzinfo=UTC)


def payee(ending: str = "0001") -> BankAccount:
    """A supplier's account whose number ends in `ending`."""
    return BankAccount(f"622202020011{ending}", "齐鲁医药配送有限公司", "102451000017")


def instruction(
    amount_minor: int = 100_00, ending: str = "0001", attempt_id: UUID | None = None
) -> CreditInstruction:
    """One transfer with a fresh id."""
    return CreditInstruction(
        (attempt_id or uuid4()).hex, amount_minor, payee(ending), "药械结算 2026-07"
    )


def payment_order(*instructions: CreditInstruction, on: date | None = None) -> PaymentOrder:
    """A message with a fresh id from the agency's account."""
    return PaymentOrder(
        message_id=uuid4().hex,
        created_at=START,
        execution_date=on or date(2026, 8, 3),
        debtor=AGENCY_ACCOUNT,
        instructions=instructions or (instruction(),),
    )


@dataclass
class BankProcess:
    """A simulated bank running as a process of its own."""

    url: str
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """Ends it without any chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def move_clock(self, instant: datetime) -> None:
        """Moves the bank's business clock."""
        _answer(httpx.post(f"{self.url}/clock", json={"instant": instant.isoformat()}))

    def fund(self, amount_minor: int, reference: str = "F1", account: str = "") -> None:
        """Credits the agency's account from the special account."""
        number = account or AGENCY_ACCOUNT.number
        credit = {"amount_minor": amount_minor, "reference": reference}
        _answer(httpx.post(f"{self.url}/accounts/{number}/credits", json=credit))

    def book(self) -> dict[str, int]:
        """The oracle's figures."""
        figures: dict[str, int] = _answer(httpx.get(f"{self.url}/book")).json()
        return figures

    def payments(self) -> dict[str, tuple[int, str]]:
        """End-to-end id to (fen moved out net, status)."""
        rows = _answer(httpx.get(f"{self.url}/book/payments")).json()
        return {row[0]: (row[1], row[2]) for row in rows}


def _answer(response: httpx.Response) -> httpx.Response:
    response.raise_for_status()
    return response


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_bank(
    folder: Path, behavior: dict[str, Any] | None = None, *, port: int | None = None
) -> Iterator[BankProcess]:
    """A simulated bank with its book in `folder`, ended at the end of the block."""
    port = port or free_port()
    command = [sys.executable, "-m", "bank_adapters.simulator", "--port", str(port)]
    command += ["--book", str(folder / "bank.sqlite"), "--instant", START.isoformat()]
    if behavior is not None:
        (folder / "behavior.json").write_text(json.dumps(behavior))
        command += ["--behavior", str(folder / "behavior.json")]
    bank = BankProcess(f"http://127.0.0.1:{port}", subprocess.Popen(command))
    try:
        _await_health(bank)
        yield bank
    finally:
        bank.kill()


def _await_health(bank: BankProcess) -> None:
    for _ in range(200):
        assert bank.process.poll() is None, "the simulated bank ended at once"
        try:
            httpx.get(f"{bank.url}/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the simulated bank did not come up")


AREA = "370100"


@dataclass(frozen=True)
class Part:
    """One share of one payment: which hospital (by serial number) and how many fen."""

    hospital: int
    amount_minor: int
    recovery_minor: int


@dataclass(frozen=True)
class ReleasedBatch:
    """A batch as it stands when three people have released it, with its payments."""

    id: UUID
    account_id: UUID
    payment_ids: list[UUID]
    hospital_ids: dict[int, UUID]

    @property
    def event(self) -> dict[str, Any]:
        """What the release tells the jobs of payments."""
        return {"area_code": AREA, "aggregate_id": str(self.id)}


_BATCH = """
INSERT INTO payment_batch
    (area_code, id, agency_id, agency_account_id, scheme, period, batch_no, status, cutoff_at,
     available_minor, eligible_count, eligible_minor, taken_count, left_out_count,
     left_out_minor, payment_count, control_sum_minor, set_off_minor, planned_recovery_minor,
     shortfall_minor, shortfall_policy, rule_pack_code, rule_pack_version, content_hash,
     made_by, made_at, approved_by, approved_at, released_by, released_at)
VALUES
    (:area, :id, :agency_id, :account_id, '310', '2026-07', :batch_no, 'released', :at, :sum,
     :items, :sum, :items, 0, 0, :payments, :sum, 0, :recovery, :shortfall, 'carry',
     'shandong-base', 1, sha256('x'), :maker, :at, :checker, :at, :releaser, :at)
"""
_PAYMENTS = """
INSERT INTO payment
    (area_code, id, payment_batch_id, agency_account_id, scheme, claim_month, supplier_id,
     payee_account_id, payee_name, payee_cnaps_code, payee_account_ciphertext, payee_key_id,
     payee_account_blind_index, payee_account_last4, amount_minor, item_count, remittance,
     is_released)
SELECT :area, id, :batch_id, :account_id, '310', '2026-07', supplier_id, payee_account_id,
    :name, :cnaps, ciphertext, key_id, blind_index, last4, amount, items, '药械结算 2026-07', true
FROM unnest(CAST(:ids AS uuid[]), CAST(:supplier_ids AS uuid[]), CAST(:payee_ids AS uuid[]),
    CAST(:ciphertexts AS bytea[]), CAST(:key_ids AS text[]), CAST(:blind_indexes AS bytea[]),
    CAST(:last4s AS text[]), CAST(:amounts AS bigint[]), CAST(:counts AS int[]))
    AS payment (id, supplier_id, payee_account_id, ciphertext, key_id, blind_index, last4, amount,
        items)
"""
_PARTS = """
unnest(CAST(:payment_ids AS uuid[]), CAST(:share_ids AS uuid[]), CAST(:hospital_ids AS uuid[]),
    CAST(:supplier_ids AS uuid[]), CAST(:amounts AS bigint[]), CAST(:recoveries AS bigint[]))
    AS part (payment_id, share_id, hospital_id, supplier_id, amount, recovery)
"""
_SHARES = f"""
INSERT INTO payable_share
    (area_code, id, payable_id, application_line_id, hospital_id, supplier_id, scheme,
     confirmed_minor, reserved_minor)
SELECT :area, share_id, uuidv7(), uuidv7(), hospital_id, supplier_id, '310', amount, amount
FROM {_PARTS}
"""
_ITEMS = f"""
INSERT INTO payment_item
    (area_code, payment_id, payable_share_id, hospital_id, supplier_id, amount_minor,
     recovery_minor)
SELECT :area, payment_id, share_id, hospital_id, supplier_id, amount, recovery
FROM {_PARTS}
"""
_CAPACITY = """
INSERT INTO claim_capacity
    (area_code, hospital_id, scheme, month, available_minor, reserved_minor)
VALUES (:area, :hospital_id, '310', '2026-07', :reserved, :reserved)
"""


async def released_batch(
    database: Database,
    keyring: Keyring,
    *payments: Sequence[Part],
    name: str = "齐鲁医药配送有限公司",
    batch_no: int = 1,
    account: str = "",
    payees: Sequence[str] = (),
) -> ReleasedBatch:
    """Stores a released batch of one agency with these payments, each a list of its parts.

    It is paid from `account`, the n-th payment to the n-th of `payees`; without them from an
    account of the batch's own to the account ending in n. Amounts are reserved on shares and on
    the hospitals' claims, as a freeze leaves them.
    """
    opened = START.date() if account else date(2026, 1, 1)
    debtor = account or AGENCY_ACCOUNT.number[:-1] + str(batch_no - 1)
    creditors = payees or [payee(f"{number:04d}").number for number in range(1, len(payments) + 1)]
    parts = [part for payment in payments for part in payment]
    async with database.begin(AreaScope(AREA), at=START) as uow:
        account_id = await _agency_account(uow, keyring, batch_no, debtor, opened)
        hospitals = {
            serial: await _hospital(uow, batch_no * 100 + serial)
            for serial in sorted({part.hospital for part in parts})
        }
        for serial, hospital_id in hospitals.items():
            reserved = sum(part.recovery_minor for part in parts if part.hospital == serial)
            await uow.execute(_CAPACITY, area=AREA, hospital_id=hospital_id, reserved=reserved)
        batch_id = uuid4()
        await _batch(uow, batch_id, account_id, payments, batch_no)
        of = (batch_id, account_id)
        ids = await _payments(uow, keyring, of, payments, creditors, hospitals=hospitals, name=name)
        await _approve(uow, batch_id)
    return ReleasedBatch(batch_id, account_id, ids, hospitals)


async def _approve(uow: UnitOfWork, batch_id: UUID) -> None:
    """Three people decided on the content as it stands; the hash is taken over it."""
    batch = await get_batch(uow, batch_id=batch_id)
    batch.content_hash = await content_hash(uow, batch_id=batch_id)
    await uow.session.flush()
    people = {
        "maker": batch.made_by,
        "checker": batch.approved_by,
        "releaser": batch.released_by,
    }
    for step, user_id in people.items():
        await uow.execute(
            "INSERT INTO approval (area_code, subject_kind, subject_id, content_hash, step,"
            " decision, user_id, user_name, decided_at) VALUES (:area, 'payment_batch', :id, :hash,"
            " :step, 'approved', :user_id, :step, :at)",
            area=AREA,
            id=batch_id,
            hash=batch.content_hash,
            step=step,
            user_id=user_id,
            at=START,
        )


async def _agency_account(
    uow: UnitOfWork, keyring: Keyring, number: int, text: str, opened: date
) -> UUID:
    known = await uow.fetch_value(
        "SELECT id FROM agency_account WHERE area_code = :area AND account_blind_index = :blind",
        area=AREA,
        blind=keyring.blind_index(text),
    )
    if known is not None:
        return UUID(int=known.int)
    agency_id, account_id = uuid4(), uuid4()
    await uow.execute(
        "INSERT INTO agency (area_code, id, code, name, name_pinyin)"
        " VALUES (:area, :id, :code, '济南市医疗保险事业中心', 'jinan')",
        area=AREA,
        id=agency_id,
        code=f"A37010{number}",
    )
    ciphertext, key_id = keyring.encrypt(text.encode(), of=account_id)
    await uow.execute(
        "INSERT INTO agency_account (area_code, id, agency_id, scheme, account_ciphertext, key_id,"
        " account_blind_index, account_last4, account_name, cnaps_code, valid_from)"
        " VALUES (:area, :id, :agency_id, '310', :ciphertext, :key_id, :blind, :last4, :name,"
        " :cnaps, :opened)",
        area=AREA,
        id=account_id,
        agency_id=agency_id,
        opened=opened,
        ciphertext=ciphertext,
        key_id=key_id,
        blind=keyring.blind_index(text),
        last4=text[-4:],
        name=AGENCY_ACCOUNT.name,
        cnaps=AGENCY_ACCOUNT.cnaps_code,
    )
    return account_id


async def _hospital(uow: UnitOfWork, serial: int) -> UUID:
    hospital_id = uuid4()
    await uow.execute(
        "INSERT INTO hospital (area_code, id, hospital_code, name, name_pinyin, level, ownership)"
        " VALUES (:area, :id, :code, :name, 'yiyuan', 'unknown', 'unknown')",
        area=AREA,
        id=hospital_id,
        code=f"H{AREA}{serial:05d}",
        name=f"第{serial}人民医院",
    )
    await uow.execute(
        "INSERT INTO mandate (area_code, hospital_id, valid_from, document_reference, learned_at)"
        " VALUES (:area, :hospital_id, '2026-01-01', 'M', :at)",
        area=AREA,
        hospital_id=hospital_id,
        at=START - timedelta(days=1),
    )
    return hospital_id


async def _batch(
    uow: UnitOfWork,
    batch_id: UUID,
    account_id: UUID,
    payments: Sequence[Sequence[Part]],
    batch_no: int,
) -> None:
    parts = [part for payment in payments for part in payment]
    total = sum(part.amount_minor for part in parts)
    recovery = sum(part.recovery_minor for part in parts)
    agency_id = await uow.fetch_value(
        "SELECT agency_id FROM agency_account WHERE area_code = :area AND id = :id",
        area=AREA,
        id=account_id,
    )
    await uow.execute(
        _BATCH,
        area=AREA,
        id=batch_id,
        agency_id=agency_id,
        account_id=account_id,
        batch_no=batch_no,
        at=START,
        sum=total,
        items=len(parts),
        payments=len(payments),
        recovery=recovery,
        shortfall=total - recovery,
        maker=uuid4(),
        checker=uuid4(),
        releaser=uuid4(),
    )


async def _payments(
    uow: UnitOfWork,
    keyring: Keyring,
    of: tuple[UUID, UUID],
    payments: Sequence[Sequence[Part]],
    creditors: Sequence[str],
    *,
    hospitals: dict[int, UUID],
    name: str,
) -> list[UUID]:
    """Every payment with its shares and items, in three statements."""
    count = len(payments)
    ids, suppliers, payee_ids = ([uuid4() for _ in range(count)] for _ in range(3))
    sealed = [
        keyring.encrypt(number.encode(), of=payee_id)
        for number, payee_id in zip(creditors, payee_ids, strict=True)
    ]
    await uow.execute(
        _PAYMENTS,
        area=AREA,
        batch_id=of[0],
        account_id=of[1],
        name=name,
        cnaps=AGENCY_ACCOUNT.cnaps_code,
        ids=ids,
        supplier_ids=suppliers,
        payee_ids=payee_ids,
        ciphertexts=[ciphertext for ciphertext, _ in sealed],
        key_ids=[key_id for _, key_id in sealed],
        blind_indexes=[keyring.blind_index(number) for number in creditors],
        last4s=[number[-4:] for number in creditors],
        amounts=[sum(part.amount_minor for part in payment) for payment in payments],
        counts=[len(payment) for payment in payments],
    )
    parts = [(number, part) for number, payment in enumerate(payments) for part in payment]
    columns = {
        "payment_ids": [ids[number] for number, _ in parts],
        "share_ids": [uuid4() for _ in parts],
        "hospital_ids": [hospitals[part.hospital] for _, part in parts],
        "supplier_ids": [suppliers[number] for number, _ in parts],
        "amounts": [part.amount_minor for _, part in parts],
        "recoveries": [part.recovery_minor for _, part in parts],
    }
    await uow.execute(_SHARES, area=AREA, **columns)
    await uow.execute(_ITEMS, area=AREA, **columns)
    return ids


async def verified_account(
    uow: UnitOfWork, supplier_id: UUID, account_id: UUID, keyring: Keyring
) -> None:
    """A supplier and its receiving account, verified by two people."""
    await uow.execute(
        "INSERT INTO supplier (id, uscc, name, name_pinyin, is_sme)"
        " VALUES (:id, :uscc, '齐鲁医药配送有限公司', 'qilu', false)",
        id=supplier_id,
        uscc=with_check_character("91370000000000001"),
    )
    ciphertext, key_id = keyring.encrypt(payee().number.encode(), of=account_id)
    await uow.execute(
        "INSERT INTO payee_account (id, supplier_id, account_ciphertext, key_id,"
        " account_blind_index, account_last4, account_name, cnaps_code, verification_state,"
        " verified_by_first, verified_by_second, valid_from) VALUES (:id, :supplier_id,"
        " :ciphertext, :key_id, :blind, '0001', '齐鲁', :cnaps, 'verified', uuidv7(), uuidv7(),"
        " '2026-01-01')",
        id=account_id,
        supplier_id=supplier_id,
        ciphertext=ciphertext,
        key_id=key_id,
        blind=keyring.blind_index(payee().number),
        cnaps=payee().cnaps_code,
    )
