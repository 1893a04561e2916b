"""The ledger over HTTP: every account is met once, page by page."""

from datetime import UTC, datetime
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
