"""People of the platform who name no area are asked for one; no list answers with a defect."""

import re
from uuid import uuid4

from schemas.codes.roles import ROLES_OF, PartyKind
from settlement_api.app import create_app
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders.api import PLATFORM, running_api


async def test_every_question_without_an_area_is_answered_or_refused(
    database: Database, keyring: Keyring
) -> None:
    app = create_app(Settings(), database, keyring)
    paths = {route.path_format for route in app.routes if "GET" in getattr(route, "methods", ())}
    assert {"/documents", "/reconciliation/payables", "/payments"} <= paths
    async with running_api(database, keyring) as api:
        person = await api.user(PLATFORM, *ROLES_OF[PartyKind.PLATFORM])
        for path in sorted(paths - {"/ready"}):
            asked = re.sub(r"\{[^}]*id\}", str(uuid4()), path)
            answer = await person.get(re.sub(r"\{[^}]*\}", "2026-07", asked))
            assert answer.status_code < 500, (asked, answer.text)
