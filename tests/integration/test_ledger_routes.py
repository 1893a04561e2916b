"""The ledger over HTTP: every account is met once, page by page."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from schemas.codes.ledger import AccountKind
from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.ledger.policy import AccountKey
from settlement_api.ledger.service import post_entries
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders import ledger as build
from tests.builders.api import area_of, running_api


async def test_balances_are_paged_and_filtered(database: Database, keyring: Keyring) -> None:
    hospitals = [uuid4() for _ in range(6)]
    async with database.begin(AreaScope(build.AREA), at=datetime(2026, 3, 5, tzinfo=UTC)) as uow:
        entries = [
            build.fund_entry(fen, debit=AccountKey(AccountKind.ADVANCE, hospital))
            for fen, hospital in enumerate(hospitals, 1)
        ]
        await post_entries(uow, entries=entries)
    async with running_api(database, keyring) as api:
        viewer = await api.user(area_of(build.AREA), Role.BUREAU_VIEWER)

        async def walk(**asked: Any) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            after: dict[str, str] = {}
            while True:
                answer = await viewer.get("/ledger/balances", params=asked | after)
                assert answer.status_code == 200, answer.text
                page = answer.json()
                found += page["items"]
                if page["next"] is None:
                    return found
                assert len(page["items"]) == asked["limit"]
                after = {"after": page["next"]}

        whole = await walk(limit=50)
        assert len(whole) == len(hospitals) + 1
        assert await walk(limit=3) == whole
        assert await walk(limit=7) == whole
        advances = await walk(limit=4, kind="advance")
        assert {one["party_id"]: one["net"] for one in advances} == {
            str(hospital): f"0.0{fen}" for fen, hospital in enumerate(hospitals, 1)
        }
        assert await walk(limit=2, at="2026-03-01T00:00:00Z") == []
        assert (await viewer.get("/ledger/balances?after=nonsense")).status_code == 422


async def test_a_day_is_told_by_booking_and_by_value(database: Database, keyring: Keyring) -> None:
    """Pending money is in neither; a reversal takes both back on days of its own."""
    booked, valued = date(2026, 3, 5), date(2026, 3, 2)
    async with database.begin(AreaScope(build.AREA), at=datetime(2026, 3, 6, tzinfo=UTC)) as uow:
        back = build.fund_entry(
            300, debit=build.IN_TRANSIT, credit=build.ADVANCE, booking_date=date(2026, 3, 6)
        )
        entries = [
            build.fund_entry(1_000, booking_date=booked, value_date=valued),
            build.fund_entry(20, booking_date=booked),
            build.fund_entry(7, booking_date=valued, pending=True),
            back,
        ]
        await post_entries(uow, entries=entries)
    async with running_api(database, keyring) as api:
        viewer = await api.user(area_of(build.AREA), Role.BUREAU_VIEWER)
        page = (await viewer.get("/ledger/balances", params={"kind": "advance"})).json()
        account = f"/ledger/accounts/{page['items'][0]['account_id']}"
        told = {}
        for day in ("2026-03-01", "2026-03-02", "2026-03-05", "2026-03-06"):
            answer = (await viewer.get(f"{account}/balance", params={"on": day})).json()
            told[day] = (answer["booked"], answer["valued"])
        assert told == {
            "2026-03-01": ("0.00", "0.00"),
            "2026-03-02": ("0.00", "10.00"),
            "2026-03-05": ("10.20", "10.20"),
            "2026-03-06": ("7.20", "7.20"),
        }
        transfers = (await viewer.get(f"{account}/transfers")).json()["items"]
        assert ("2026-03-05", "2026-03-02") in {
            (one["booking_date"], one["value_date"]) for one in transfers
        }
        unknown = await viewer.get(
            f"/ledger/accounts/{uuid4()}/balance", params={"on": "2026-03-05"}
        )
        assert unknown.status_code == 404
