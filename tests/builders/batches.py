"""A small settled area: parties, payables and accepted lines, straight into the tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.batches.policy import FreezeOrder
from settlement_api.ledger.service import AccountKey, EntryDraft, Leg, post_entries
from settlement_api.unit_of_work import Actor, PlatformScope, UnitOfWork
from tests.builders.parties import cnaps, uscc

AREA: Final = "370100"
OTHER_AREA: Final = "370200"
PERIOD: Final = "2026-02"
AT: Final = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
ON: Final = date(2026, 3, 10)

MAKER: Final = Actor("user", UUID(int=1), "maker")
CHECKER: Final = Actor("user", UUID(int=2), "checker")
RELEASER: Final = Actor("user", UUID(int=3), "releaser")
CONFIRMER: Final = Actor("user", UUID(int=4), "confirmer")
VERIFIERS: Final = (UUID(int=11), UUID(int=12))


@asynccontextmanager
async def outside_areas(uow: UnitOfWork) -> AsyncIterator[None]:
    """For what no area may write: suppliers and their accounts."""
    scope = uow.scope
    await uow.switch(PlatformScope())
    yield
    await uow.switch(scope)


async def insert(uow: UnitOfWork, table: str, **values: Any) -> UUID:
    """One row, its id given or made."""
    values.setdefault("id", uuid4())
    names = ", ".join(values)
    binds = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({binds})"
    if table in {"supplier", "payee_account"}:
        async with outside_areas(uow):
            await uow.execute(statement, **values)
    else:
        await uow.execute(statement, **values)
    made: UUID = values["id"]
    return made


@dataclass
class Scene:
    """Everything a batch needs, made on demand in one area."""

    uow: UnitOfWork
    agency_id: UUID = field(default_factory=uuid4)
    accounts: dict[str, UUID] = field(default_factory=dict)
    _serial: int = 0

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    async def open(self, *, funds: int = 10**12, claims: bool = True) -> "Scene":
        """The agency with a funded account of each scheme; the month's claims are known: one of 0
        for a hospital nothing is bought by."""
        area = self.uow.area_code
        if claims:
            nobody = await insert(
                self.uow, "hospital", area_code=area, hospital_code=f"H{area}99998",
                name="医院", name_pinyin="yiyuan", level="tertiary", ownership="public",
            )  # fmt: skip
            await self._claim_document(nobody, 0, "310", PERIOD)
        await insert(
            self.uow, "agency", area_code=area, id=self.agency_id, code="A1", name="经办",
            name_pinyin="jingban",
        )  # fmt: skip
        for scheme in ("310", "390"):
            self.accounts[scheme] = await insert(
                self.uow, "agency_account", area_code=area, agency_id=self.agency_id,
                scheme=scheme, account_ciphertext=b"x", key_id="k1",
                account_blind_index=scheme.encode().ljust(32, b"0"), account_last4="0001",
                account_name="经办", cnaps_code=cnaps(9), valid_from=date(2025, 1, 1),
            )  # fmt: skip
            if funds:
                await self.fund(scheme, funds)
        return self

    async def fund(self, scheme: str, amount: int) -> None:
        """Money from the special account: Dr bank / Cr fund transfers."""
        bank = AccountKey(AccountKind.BANK, self.accounts[scheme])
        leg = Leg(bank, AccountKey(AccountKind.FUND_TRANSFERS), Money(amount))
        entry = EntryDraft(Book.FUND, scheme, "bank_statement_entry", uuid4(), ON, (leg,))
        await post_entries(self.uow, entries=[entry])

    async def hospital(self, *, mandate: bool = True, suspended: date | None = None) -> UUID:
        serial = self.serial()
        area = self.uow.area_code
        hospital_id = await insert(
            self.uow, "hospital", area_code=area, hospital_code=f"H{area}{serial:05d}",
            name=f"医院{serial}", name_pinyin=f"yiyuan{serial}", level="tertiary",
            ownership="public", suspended_from=suspended,
        )  # fmt: skip
        if mandate:
            await insert(
                self.uow, "mandate", area_code=area, hospital_id=hospital_id,
                valid_from=date(2025, 1, 1), document_reference=f"M{serial}",
                learned_at=datetime(2025, 1, 1, tzinfo=UTC),
            )  # fmt: skip
        return hospital_id

    async def supplier(
        self, *, verified: bool = True, is_sme: bool = False, suspended: date | None = None
    ) -> UUID:
        serial = self.serial()
        supplier_id = await insert(
            self.uow, "supplier", uscc=uscc(int(self.uow.area_code) * 1000 + serial),
            name=f"企业{serial}", name_pinyin=f"qiye{serial}", is_sme=is_sme,
            suspended_from=suspended,
        )  # fmt: skip
        first, second = VERIFIERS if verified else (None, None)
        await insert(
            self.uow, "payee_account", supplier_id=supplier_id, account_ciphertext=b"y",
            key_id="k1", account_blind_index=supplier_id.bytes * 2, account_last4="1234",
            account_name=f"企业{serial}", cnaps_code=cnaps(serial),
            verification_state="verified" if verified else "unverified",
            verified_by_first=first, verified_by_second=second,
            verified_at=datetime(2025, 1, 1, tzinfo=UTC) if verified else None,
            valid_from=date(2025, 1, 1),
        )  # fmt: skip
        return supplier_id

    async def claim(
        self, hospital_id: UUID, amount: int, *, scheme: str = "310", month: str = PERIOD
    ) -> None:
        """A settled claim with its capacity."""
        await self._claim_document(hospital_id, amount, scheme, month)
        await insert(
            self.uow, "claim_capacity", area_code=self.uow.area_code, hospital_id=hospital_id,
            scheme=scheme, month=month, available_minor=amount,
        )  # fmt: skip

    async def _claim_document(
        self, hospital_id: UUID, amount: int, scheme: str, month: str
    ) -> None:
        area = self.uow.area_code
        import_id = await insert(
            self.uow, "fund_import", area_code=area, content_sha256=bytes(32), content=b"",
            media_type="text/csv", received_count=1, accepted_count=1, unchanged_count=0,
            rejected_count=0, imported_at=AT,
        )  # fmt: skip
        await insert(
            self.uow, "fund_document", area_code=area, hospital_id=hospital_id, scheme=scheme,
            month=month, kind="claim", aspect="settled", external_number="", version=1,
            amount_minor=amount, state="effective", fund_import_id=import_id,
        )  # fmt: skip

    async def payable(
        self,
        hospital_id: UUID,
        supplier_id: UUID,
        amount: int,
        *,
        adjusts: UUID | None = None,
        due: date | None = date(2026, 3, 31),
        status: str = "committed",
        route: str = "direct",
        started: date = date(2026, 2, 10),
        quantity: int = 10_000,
        run: UUID | None = None,
        invoice_line: UUID | None = None,
        order_line: UUID | None = None,
        receipt_line: UUID | None = None,
        moved: bool = False,
    ) -> UUID:
        """A payable; negative amounts are returns of `adjusts`, or goods that `moved` to another
        price version or month. Without `run`, of none on file."""
        kind = "goods" if amount > 0 and adjusts is None else "return"
        if moved or (amount > 0 and adjusts is not None):
            kind = "price_adj"
        return await insert(
            self.uow, "payable", area_code=self.uow.area_code, match_run_id=run or uuid4(),
            hospital_id=hospital_id, supplier_id=supplier_id, component_code="X",
            order_line_id=order_line or uuid4(), receipt_line_id=receipt_line,
            invoice_line_id=invoice_line,
            kind=kind, adjusts_payable_id=adjusts,
            quantity_milli=-quantity if amount < 0 else quantity, amount_minor=amount,
            route=route, decision_context_id=uuid4(), basis_date=started,
            clock_start_date=started, due_date=due,
            due_date_state="pending_calendar" if due is None else "known", status=status,
        )  # fmt: skip

    async def application(
        self, hospital_id: UUID, supplier_id: UUID, *, period: str = PERIOD
    ) -> UUID:
        area = self.uow.area_code
        return await insert(
            self.uow, "settlement_application", area_code=area, hospital_id=hospital_id,
            supplier_id=supplier_id, period=period, run_no=self.serial(), line_count=1,
            amount_minor=1, submitted_at=AT,
        )  # fmt: skip

    async def accepted(
        self, hospital_id: UUID, supplier_id: UUID, amount: int, **options: Any
    ) -> UUID:
        """A payable and its accepted line; returns the payable's id."""
        accepted_at, period = options.pop("accepted_at", AT), options.pop("period", PERIOD)
        payable_id = await self.payable(hospital_id, supplier_id, amount, **options)
        application_id = await self.application(hospital_id, supplier_id, period=period)
        await insert(
            self.uow, "application_line", area_code=self.uow.area_code,
            application_id=application_id, payable_id=payable_id, part_no=1,
            hospital_id=hospital_id, supplier_id=supplier_id,
            quantity_milli=10_000 if amount > 0 else -10_000, amount_minor=amount,
            status="accepted", confirmed_by=CONFIRMER.id, confirmed_at=AT,
            first_reviewed_by=MAKER.id, first_reviewed_at=AT, re_reviewed_by=CHECKER.id,
            accepted_at=accepted_at,
        )  # fmt: skip
        return payable_id

    def order(self, scheme: str = "310", *, cutoff_at: datetime = AT) -> FreezeOrder:
        return FreezeOrder(self.agency_id, scheme, PERIOD, cutoff_at)
