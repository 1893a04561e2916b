"""The rule pack and the calendar that decisions of a day are made by; new versions by two people.

Both are asked for with every decision and change once a year: their text is read each time, and
worked out anew only when it is another.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from schemas.codes.rule_packs import ProposalStatus
from schemas.events.rule_packs import RulePackApproved, RulePackProposed, RulePackRejected
from schemas.messages.rule_pack import RulePack
from schemas.times import WorkingCalendar
from settlement_api.approvals.service import deciding_person
from settlement_api.persistence import load_sql
from settlement_api.rule_packs.errors import (
    NoRulePack,
    RulePackDecided,
    RulePackSamePerson,
    RulePackUnknown,
)
from settlement_api.rule_packs.policy import Standing, read_pack, read_proposal
from settlement_api.unit_of_work import PlatformScope, UnitOfWork


@dataclass(frozen=True, eq=False)
class Terms:
    """The pack and the calendar of a day. The same ones are the same object: what is worked out of
    them may be kept by it."""

    pack: RulePack
    calendar: WorkingCalendar


async def terms_in_force(uow: UnitOfWork, on: date) -> Terms:
    """Pack and calendar by one question. Raises NoRulePack, RulePackRefused."""
    found = await uow.fetch_one(_pack_and_calendar(), on=on)
    if found is None:
        raise NoRulePack(f"no rule pack is in force on {on}")
    return _terms(found.content, found.years, found.days)


async def pack_in_force(uow: UnitOfWork, on: date) -> RulePack:
    """The newest pack whose first day is not after `on`. Raises NoRulePack, RulePackRefused."""
    content: str | None = await uow.fetch_value(load_sql(__file__, "pack_in_force"), on=on)
    if content is None:
        raise NoRulePack(f"no rule pack is in force on {on}")
    return pack_of(content)


async def packs_in_force(uow: UnitOfWork, days: Sequence[date]) -> dict[date, RulePack]:
    """The pack of each of these days by one question; none of days before the first pack.

    Raises RulePackRefused.
    """
    found = await uow.fetch_all(load_sql(__file__, "packs_in_force"), days=list(days))
    return {day: pack_of(row.content) for row in found for day in row.days}


async def load_calendar(uow: UnitOfWork) -> WorkingCalendar:
    """Working days of every year that was loaded; other years raise CalendarMissing when asked."""
    found = await uow.fetch_one(load_sql(__file__, "calendar"))
    assert found is not None, "a row of aggregates"
    return _calendar(found.years, found.days)


@cache
def _pack_and_calendar() -> str:
    pack, calendar = (load_sql(__file__, name) for name in ("pack_in_force", "calendar"))
    return f"SELECT * FROM ({pack}) AS pack, ({calendar}) AS calendar"


@lru_cache(maxsize=8)
def _terms(content: str, years: str, days: str) -> Terms:
    return Terms(pack_of(content), _calendar(years, days))


@lru_cache(maxsize=8)
def pack_of(content: str) -> RulePack:
    """A stored pack as it was written. Raises RulePackRefused."""
    return read_pack(json.loads(content))


@lru_cache(maxsize=8)
def _calendar(years: str, days: str) -> WorkingCalendar:
    exceptions = {date.fromisoformat(day): works for day, works in json.loads(days).items()}
    return WorkingCalendar(exceptions, frozenset(json.loads(years)))


async def propose_pack(uow: UnitOfWork, *, content: Mapping[str, Any]) -> UUID:
    """Keeps a version for a second person to decide about; its id. The scope is the platform's.

    Raises NotAPerson, and RulePackImpossible with every fault.
    """
    person = deciding_person(uow)
    await uow.switch(PlatformScope())
    pack = read_proposal(
        content, standing=await _standing(uow, ProposalStatus.PROPOSED), today=uow.on
    )
    proposal_id = await uow.fetch_value(
        load_sql(__file__, "insert_proposal"),
        code=pack.code,
        version=pack.version,
        valid_from=pack.valid_from,
        content=pack.model_dump_json(),
        person=person,
        at=uow.at,
    )
    assert isinstance(proposal_id, UUID)
    await uow.record(
        RulePackProposed(
            area_code=None,
            aggregate_id=proposal_id,
            code=pack.code,
            version=pack.version,
            valid_from=pack.valid_from,
        )
    )
    return proposal_id


async def approve_pack(uow: UnitOfWork, *, proposal_id: UUID, remark: str) -> None:
    """A second person agrees: decisions are made by it from its first day on, none before.

    Raises NotAPerson, RulePackUnknown, RulePackSamePerson, RulePackDecided, and
    RulePackImpossible when its first day has come meanwhile.
    """
    decided = await _decide(uow, proposal_id, ProposalStatus.APPROVED, remark)
    pack = read_proposal(decided.content, standing=await _standing(uow), today=uow.on)
    await uow.execute(load_sql(__file__, "insert_pack"), proposal_id=proposal_id)
    await uow.record(
        RulePackApproved(
            area_code=None,
            aggregate_id=proposal_id,
            code=pack.code,
            version=pack.version,
            valid_from=pack.valid_from,
        )
    )


async def reject_pack(uow: UnitOfWork, *, proposal_id: UUID, remark: str) -> None:
    """A second person does not agree: nothing is ever decided by it.

    Raises NotAPerson, RulePackUnknown, RulePackSamePerson, RulePackDecided.
    """
    decided = await _decide(uow, proposal_id, ProposalStatus.REJECTED, remark)
    await uow.record(
        RulePackRejected(
            area_code=None,
            aggregate_id=proposal_id,
            code=decided.code,
            version=decided.version,
            remark=remark,
        )
    )


async def _decide(uow: UnitOfWork, proposal_id: UUID, status: ProposalStatus, remark: str) -> Any:
    """One guarded step by another person than the proposer; the proposal as it then is."""
    person = deciding_person(uow)
    await uow.switch(PlatformScope())
    decided = await uow.fetch_one(
        load_sql(__file__, "decide_proposal"),
        id=proposal_id,
        status=status.value,
        person=person,
        remark=remark,
        at=uow.at,
    )
    if decided is not None:
        return decided
    found = await uow.fetch_one(
        "SELECT status FROM rule_pack_proposal WHERE id = :id", id=proposal_id
    )
    if found is None:
        raise RulePackUnknown
    raise RulePackSamePerson if found.status == ProposalStatus.PROPOSED else RulePackDecided


async def _standing(uow: UnitOfWork, *besides: ProposalStatus) -> list[Standing]:
    """Versions that are rule packs, and the proposals in one of the states given."""
    rows = await uow.fetch_all(
        "SELECT code, version, valid_from FROM rule_pack UNION ALL"
        " SELECT code, version, valid_from FROM rule_pack_proposal"
        " WHERE status = ANY(CAST(:besides AS text[])) ORDER BY valid_from, code, version",
        besides=[status.value for status in besides],
    )
    return [Standing(row.code, row.version, row.valid_from) for row in rows]
