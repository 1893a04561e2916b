"""The rule pack in force, for everybody; versions proposed by one person, decided by another."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Row

from schemas.codes.roles import PartyKind, Role
from schemas.codes.rule_packs import ProposalStatus
from schemas.messages.rule_pack import (
    RulePack,
    RulePackDecision,
    RulePackShown,
    RulePackVersion,
)
from schemas.problems import Forbidden
from settlement_api.access import Principal
from settlement_api.persistence import load_sql
from settlement_api.rule_packs import service
from settlement_api.rule_packs.errors import RulePackUnknown
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import UnitOfWork

DECIDERS: Final = (Role.ADMINISTRATOR, Role.BUREAU_VIEWER)
"""The bureau sets the rules of all areas; the platform's administrator enters them."""


@get("/rule-packs/in-force")
async def show_pack(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    on: FromQuery[date | None] = None,
) -> RulePack:
    """The rules decisions of a day are made by, today's without `on`: every field is acted on."""
    return await pack_in_force(uow, on or uow.on)


@post("/rule-packs", status_code=201)
async def propose(
    data: JSONBody[dict[str, Any]],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> RulePackShown:
    """Proposes a version, a body as `GET /rule-packs/in-force` shows it, for a day that lies ahead.

    Another person decides about it. What cannot be is refused with every fault of it.
    """
    _require(principal)
    return await _shown(uow, await service.propose_pack(uow, content=data))


@post("/rule-packs/{pack_id:uuid}/approval", status_code=200)
async def approve(
    pack_id: FromPath[UUID],
    data: JSONBody[RulePackDecision],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> RulePackShown:
    """A second person approves: decisions are made by it from its first day on."""
    _require(principal)
    await service.approve_pack(uow, proposal_id=pack_id, remark=data.remark)
    return await _shown(uow, pack_id)


@post("/rule-packs/{pack_id:uuid}/rejection", status_code=200)
async def reject(
    pack_id: FromPath[UUID],
    data: JSONBody[RulePackDecision],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> RulePackShown:
    """A second person does not agree: nothing is ever decided by it."""
    _require(principal)
    await service.reject_pack(uow, proposal_id=pack_id, remark=data.remark)
    return await _shown(uow, pack_id)


@get("/rule-packs")
async def list_packs(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    status: FromQuery[ProposalStatus | None] = None,
) -> list[RulePackVersion]:
    """Every version by its first day, proposed and rejected ones too."""
    _require_reader(principal)
    found = await uow.fetch_all(load_sql(__file__, "versions"), id=None)
    return [
        RulePackVersion(**_said(row)) for row in found if status is None or row.status == status
    ]


@get("/rule-packs/{pack_id:uuid}")
async def show_version(
    pack_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> RulePackShown:
    """One version with everything it says."""
    _require_reader(principal)
    return await _shown(uow, pack_id)


def _require(principal: Principal) -> None:
    principal.require_platform()
    principal.require(*DECIDERS)


def _require_reader(principal: Principal) -> None:
    """People of hospitals and suppliers read what is in force; proposals are not theirs."""
    if principal.party_kind in (PartyKind.HOSPITAL, PartyKind.SUPPLIER):
        raise Forbidden


def _said(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    values.pop("content")
    return values | {"status": ProposalStatus(row.status)}


async def _shown(uow: UnitOfWork, pack_id: UUID) -> RulePackShown:
    found = await uow.fetch_one(load_sql(__file__, "versions"), id=pack_id)
    if found is None:
        raise RulePackUnknown
    return RulePackShown(content=found.content, **_said(found))


router = Router(
    "/",
    route_handlers=[show_pack, propose, approve, reject, list_packs, show_version],
    tags=["rule packs"],
)
