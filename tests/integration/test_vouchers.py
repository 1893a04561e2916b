"""Vouchers of all three sides from the same postings, in every funding model."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from schemas.codes.ledger import AccountKind
from schemas.codes.roles import Role
from schemas.codes.vouchers import BooksOf, PaperFormat, PaperLanguage
from schemas.money import yuan_in_words
from settlement_api.encryption import Keyring
from settlement_api.ledger.policy import EntryDraft
from settlement_api.ledger.service import post_entries
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from settlement_api.verification.policy import INVARIANTS, InvariantResult, Standing
from settlement_api.verification.service import Asking, ask
from settlement_api.vouchers.errors import AccountPlanIncomplete, NoVouchers
from settlement_api.vouchers.queries import BooksAsked
from settlement_api.vouchers.service import Issued, issue_vouchers, write_books
from tests.builders import vouchers as build
from tests.builders.api import Caller, area_of, hospital_of, running_api, supplier_of
from tests.builders.batches import Scene
from tests.builders.vouchers import BOUGHT, PAID, RECOVERED, RETURNED, Journey

AREA, OTHER_AREA = "370100", "370200"
AT = datetime(2026, 9, 2, 2, 0, tzinfo=UTC)
QUESTIONS = ("vouchers_balance", "vouchers_follow_ledger", "three_sides_balance")
VOUCHERS = """
SELECT side, scheme, period, voucher_number, basis_kind, basis_id, total_minor, plan_code
FROM voucher WHERE area_code = :area_code
ORDER BY side, scheme, period, voucher_number
"""
LINES = """
SELECT voucher.side, voucher.basis_kind, line.entry_class, line.account_code,
    sum(line.debit_minor)::bigint AS debit, sum(line.credit_minor)::bigint AS credit
FROM voucher JOIN voucher_line AS line ON line.area_code = voucher.area_code
    AND line.voucher_id = voucher.id
WHERE voucher.area_code = :area_code
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


async def journey_in(database: Database, area: str = AREA, scheme: str = "310") -> Journey:
    async with database.begin(AreaScope(area), at=AT) as uow:
        scene = await Scene(uow).open(funds=0, claims=False)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        return Journey(hospital, supplier, scene.accounts[scheme], scheme)


async def post(database: Database, entries: Sequence[EntryDraft], area: str = AREA) -> None:
    async with database.begin(AreaScope(area), at=AT) as uow:
        await post_entries(uow, entries=entries)


async def issue(database: Database, area: str = AREA) -> Issued:
    async with database.begin(AreaScope(area), at=AT) as uow:
        return await issue_vouchers(uow)


async def rows(database: Database, question: str, area: str = AREA) -> list[tuple[Any, ...]]:
    async with database.begin(AreaScope(area), at=AT) as uow:
        return [tuple(row) for row in await uow.fetch_all(question, area_code=area)]


async def asked(database: Database) -> list[InvariantResult]:
    async with database.system() as connection:
        return [
            await ask(connection, invariant, Asking(AT, bytes(32)))
            for invariant in INVARIANTS
            if invariant.name in QUESTIONS
        ]


def sums(found: list[tuple[Any, ...]], side: str, account: str, **of: str) -> tuple[int, int]:
    """Debits and credits of an account of a side, on one basis or all."""
    taken = [
        row
        for row in found
        if (row[0], row[3]) == (side, account) and row[1] == of.get("basis", row[1])
    ]
    return sum(row[4] for row in taken), sum(row[5] for row in taken)


@pytest.mark.parametrize("model", sorted(build.MODELS))
async def test_every_funding_model_balances_on_all_three_sides(
    database: Database, model: str
) -> None:
    journey = await journey_in(database)
    await post(database, build.MODELS[model](journey))
    issued = await issue(database)
    assert issued.vouchers > 10
    results = await asked(database)
    assert {r.invariant.name: (r.standing, r.areas) for r in results if not r.ok} == {}
    assert {r.standing for r in results} == {Standing.HELD}
    found = await rows(database, LINES)
    for side in ("hospital", "supplier", "fund"):
        for kind in ("financial", "budget"):
            of_side = [row for row in found if (row[0], row[2]) == (side, kind)]
            assert sum(row[4] for row in of_side) == sum(row[5] for row in of_side)
            assert bool(of_side) == (kind == "financial" or side == "hospital")


async def test_a_payment_its_return_and_its_offset_are_one_amount_on_every_side(
    database: Database,
) -> None:
    await post(database, build.net_off(await journey_in(database)))
    await issue(database)
    found = await rows(database, LINES)
    payment = {"basis": "payment_attempt"}
    assert sums(found, "fund", "110101", **payment) == (PAID, RETURNED)
    assert sums(found, "hospital", "2302", **payment) == (PAID, RETURNED)
    assert sums(found, "hospital", "2307", **payment) == (RETURNED, PAID)
    assert sums(found, "supplier", "1002", **payment) == (PAID, RETURNED)
    assert sums(found, "supplier", "1122", **payment) == (RETURNED, PAID)
    offset = {"basis": "offset_instruction"}
    assert sums(found, "fund", "5001", **offset) == (RECOVERED, 0)
    assert sums(found, "fund", "110101", **offset) == (0, RECOVERED)
    assert sums(found, "hospital", "2307", **offset) == (RECOVERED, 0)
    assert sums(found, "hospital", "12120201", **offset) == (0, RECOVERED)
    # Government accounting enters what moves the budget a second time.
    assert sums(found, "hospital", "7201", **offset) == (RECOVERED, 0)
    assert sums(found, "hospital", "6101", **offset) == (0, RECOVERED)
    assert sums(found, "hospital", "1302") == (BOUGHT, 0)
    assert sums(found, "supplier", "6001") == (0, BOUGHT)
    assert sums(found, "fund", "2302") == (0, 0)


async def test_issuing_again_issues_nothing_and_often_gives_the_same_numbers(
    database: Database,
) -> None:
    """Of two areas with the same postings one issues once, the other after each of them."""
    once, often = await journey_in(database), await journey_in(database, OTHER_AREA)
    for entry in build.net_off(once):
        await post(database, [entry])
    for entry in build.net_off(often):
        await post(database, [entry], OTHER_AREA)
        await issue(database, OTHER_AREA)
    whole = await issue(database)
    assert await issue(database) == Issued(0, 0)
    assert await issue(database, OTHER_AREA) == Issued(0, 0)
    found = await rows(database, VOUCHERS)
    assert len(found) == whole.vouchers
    assert await rows(database, VOUCHERS, OTHER_AREA) == found
    series: dict[tuple[str, ...], list[int]] = {}
    for side, scheme, period, number, *_ in found:
        series.setdefault((side, scheme, period), []).append(number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in series.values())
    assert len(series) > 4


async def test_pending_and_void_leave_no_voucher(database: Database) -> None:
    journey = await journey_in(database)
    advance = journey.of_hospital(AccountKind.ADVANCE)
    transit = build.PLAIN[AccountKind.IN_TRANSIT]
    entry = journey.fund(advance, transit, PAID, "payment_attempt", journey.attempt)
    (leg,) = entry.legs
    pending = EntryDraft(
        entry.book,
        entry.scheme,
        entry.basis_kind,
        entry.basis_id,
        entry.booking_date,
        (type(leg)(leg.debit, leg.credit, leg.amount, pending=True),),
    )
    await post(database, [pending])
    assert await issue(database) == Issued(0, 0)
    assert await issue(database) == Issued(0, 0)


async def test_what_the_plan_says_nothing_of_is_named_and_nothing_is_issued(
    database: Database,
) -> None:
    journey = await journey_in(database)
    odd = journey.fund(
        build.PLAIN[AccountKind.BENEFITS], build.PLAIN[AccountKind.SUSPENSE], 1, "odd"
    )
    await post(database, [*journey.bought(), odd])
    with pytest.raises(AccountPlanIncomplete) as refused:
        await issue(database)
    assert refused.value.facts["pairs"] == [
        "fund: fund benefits/suspense",
        "hospital: fund benefits/suspense",
    ]
    assert await rows(database, VOUCHERS) == []


async def test_schemes_have_series_of_their_own(database: Database) -> None:
    employee = await journey_in(database)
    resident = await journey_in(database, OTHER_AREA, "390")
    resident.attempt = employee.attempt
    await post(database, build.net_off(employee))
    await post(database, build.net_off(resident), OTHER_AREA)
    await issue(database)
    await issue(database, OTHER_AREA)
    one = await rows(database, VOUCHERS)
    other = await rows(database, VOUCHERS, OTHER_AREA)
    assert {row[1] for row in one} == {"", "310"}
    assert {row[1] for row in other} == {"", "390"}
    assert not [row for row in one if row[0] == "fund" and row[1] == ""]


# --- over HTTP ------------------------------------------------------------------------------


async def get(caller: Caller, path: str, **params: Any) -> Any:
    answer = await caller.get(path, params={"period": "2026-08"} | params)
    assert answer.status_code == 200, answer.text
    return answer


async def test_each_side_reads_its_own_books(database: Database, keyring: Keyring) -> None:
    journey = await journey_in(database)
    await post(database, build.net_off(journey))
    stranger = await journey_in(database, OTHER_AREA)
    await post(database, build.net_off(stranger), OTHER_AREA)
    await issue(database, OTHER_AREA)
    async with running_api(database, keyring) as api:
        finance = await api.user(area_of(AREA), Role.FINANCE)
        viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
        clerk = await api.user(hospital_of(journey.hospital_id, AREA), Role.HOSPITAL_CLERK)
        seller = await api.user(supplier_of(journey.supplier_id), Role.SUPPLIER)
        assert (await viewer.post("/vouchers/issue")).status_code == 403
        assert (await clerk.post("/vouchers/issue")).status_code == 403
        told = await finance.post("/vouchers/issue")
        assert told.status_code == 200, told.text
        assert told.json()["vouchers"] > 10
        assert (await finance.post("/vouchers/issue")).json() == {"vouchers": 0, "lines": 0}

        for caller, side in ((viewer, "fund"), (clerk, "hospital"), (seller, "supplier")):
            page = (await get(caller, "/vouchers", limit=3)).json()
            assert {one["side"] for one in page["items"]} == {side}
            assert {one["area_code"] for one in page["items"]} == {AREA}
            rest = (await get(caller, "/vouchers", limit=500)).json()
            assert rest["items"][:3] == page["items"]
            balance = (await get(caller, "/vouchers/trial-balance")).json()
            assert balance["debit"] == balance["credit"] != "0.00"
        first = page["items"][0]
        shown = (await seller.get(f"/vouchers/{first['id']}")).json()
        assert shown["total_in_words"].endswith(("整", "分"))
        assert sum(line["debit"] == shown["total"] for line in shown["lines"]) == 1
        assert (await clerk.get(f"/vouchers/{first['id']}")).status_code == 404
        for caller, side in ((clerk, "fund"), (seller, "hospital")):
            refused = await caller.get("/vouchers", params={"period": "2026-08", "side": side})
            assert refused.status_code == 404


async def test_a_statement_runs_from_opening_to_closing_over_the_months(
    database: Database, keyring: Keyring
) -> None:
    journey = await journey_in(database)
    for entry in build.net_off(journey):
        await post(database, [entry])
    await issue(database)
    async with running_api(database, keyring) as api:
        viewer = await api.user(area_of(AREA), Role.FINANCE)
        asked_for = {"side": "hospital", "account": "2307"}
        august = (await get(viewer, "/vouchers/statement", **asked_for)).json()
        # The trade book's series first: paid and returned; then what the hospital repaid.
        balances = [line["balance"] for line in august["lines"]]
        assert balances == ["-600.07", "-500.07", "-440.07"]
        assert (august["opening"], august["closing"]) == ("0.00", "-440.07")
        september = (await get(viewer, "/vouchers/statement", **asked_for, period="2026-09")).json()
        assert september["opening"] == august["closing"]
        assert [line["debit"] for line in september["lines"]] == ["400.00"]
        unknown = await viewer.get(
            "/vouchers/statement", params={"period": "2026-08", "account": "9999"}
        )
        assert unknown.status_code == 404
        none = await viewer.get("/vouchers/trial-balance", params={"period": "2026-01"})
        assert (none.status_code, none.json()["code"]) == (404, "vouchers_missing")


async def test_papers_say_what_the_books_say_and_are_the_same_bytes(
    database: Database, keyring: Keyring
) -> None:
    journey = await journey_in(database)
    for entry in build.net_off(journey):
        await post(database, [entry])
    await issue(database)
    async with running_api(database, keyring) as api:
        clerk = await api.user(hospital_of(journey.hospital_id, AREA), Role.HOSPITAL_CLERK)
        balance = (await get(clerk, "/vouchers/trial-balance")).json()
        for language, heading in (("zh", "科目余额表"), ("en", "Trial balance")):
            book = (await get(clerk, "/vouchers/books.xlsx", language=language)).content
            again = (await get(clerk, "/vouchers/books.xlsx", language=language)).content
            assert book == again
            sheets = CalamineWorkbook.from_filelike(BytesIO(book))
            assert sheets.sheet_names[0] == heading
            trial = sheets.get_sheet_by_index(0).to_python()
            told = {str(row[1]): row[3:7] for row in trial if row[0] and str(row[1]).isdigit()}
            assert {
                row["account_code"]: [
                    float(row[at]) for at in ("opening", "debit", "credit", "closing")
                ]
                for row in balance["rows"]
            } == told
            vouchers = sheets.get_sheet_by_index(2).to_python()
            words = {row[11] for row in vouchers[1:] if row[11]}
            assert yuan_in_words(PAID) in words

            pages = (await get(clerk, "/vouchers/books.pdf", language=language)).content
            assert pages == (await get(clerk, "/vouchers/books.pdf", language=language)).content
            text = "".join(page.extract_text() for page in PdfReader(BytesIO(pages)).pages)
            assert heading in text
            assert yuan_in_words(PAID) in text
            assert "600.07" in text
            assert "2302" in text


@pytest.mark.parametrize("paper_format", sorted(PaperFormat))
async def test_a_month_without_vouchers_has_no_paper(
    database: Database, paper_format: PaperFormat
) -> None:
    nothing = BooksAsked(BooksOf.FUND, "2026-01", AREA)
    async with database.begin(AreaScope(AREA), at=AT) as uow:
        with pytest.raises(NoVouchers):
            await write_books(
                uow, asked=nothing, paper_format=paper_format, language=PaperLanguage.CHINESE
            )
