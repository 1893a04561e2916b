"""Uploading files of master data."""

from typing import Any

from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from schemas.codes.roles import PartyKind, Role
from schemas.messages.master_data import ImportReport
from schemas.problems import Forbidden
from settlement_api.access import Principal
from settlement_api.encryption import Keyring
from settlement_api.master_data import service
from settlement_api.persistence import Database
from settlement_api.spreadsheets import MAX_FILE_BYTES


@post("/imports/{kind:str}", status_code=200, request_max_body_size=MAX_FILE_BYTES)
async def import_file(
    *,
    kind: FromPath[str],
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    kept_answer: NamedDependency[None],
    database: NamedDependency[Database],
    keyring: NamedDependency[Keyring],
) -> ImportReport:
    """Imports a CSV or XLSX file sent as the body; every row gets a result.

    Rows without faults are stored although others are refused. The same file again changes
    nothing.
    """
    principal.require(Role.ADMINISTRATOR)
    if principal.party_kind is not PartyKind.PLATFORM:
        raise Forbidden("master data is imported by the platform's administrator")
    content = await request.body()
    return await service.import_table(
        database, kind, content, keyring=keyring, actor=principal.actor
    )


router = Router("/", route_handlers=[import_file], tags=["master data"])
