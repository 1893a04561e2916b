"""A replay from the question to the difference: chunk by chunk, beside everything live."""

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from schemas.codes.reconciliation import DiscrepancyReason, PayableKind, Route
from schemas.codes.replays import ReplayEnding
from schemas.codes.requests import RequestStatus
from schemas.events.replays import (
    ReplayCancelled,
    ReplayCompleted,
    ReplayFailed,
    ReplayRequested,
)
from schemas.messages.replays import (
    DifferenceMessage,
    ReplayBalance,
    ReplayMessage,
    ReplayOrder,
    ReplayPart,
    ReplayStretch,
)
from schemas.messages.rule_pack import RulePack
from schemas.money import format_scaled, format_yuan
from settlement_api.parties.queries import list_areas
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.policy import rules_of
from settlement_api.reconciliation.queries import listing_components
from settlement_api.replays import policy, queries
from settlement_api.replays.errors import (
    MonthsToCome,
    ReplayedPackUnknown,
    ReplayMoved,
    ReplayUnknown,
)
from settlement_api.replays.queries import AreaReplay
from settlement_api.rule_packs.policy import read_pack
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import AreaScope, UnitOfWork

CHUNK_COMPONENTS: Final = 2_000
"""Components of one transaction; who cancels waits for one."""


async def areas_of(uow: UnitOfWork) -> list[str]:
    """The areas that the caller asks about: its own, or all when it named none."""
    if isinstance(uow.scope, AreaScope):
        return [uow.scope.area_code]
    return [area.area_code for area in await list_areas(uow)]


async def request_replay(uow: UnitOfWork, *, order: ReplayOrder, areas: Sequence[str]) -> UUID:
    """Asks every area given; the id that all its parts share. The scope is left at the last area.

    Raises MonthsToCome, NoRulePack, ReplayedPackUnknown, RulesRefused, RulePackRefused.
    """
    stretches = await _stretches(uow, order)
    replay_id = await uow.fresh_id()
    asked = order.model_dump(mode="json", include={"pack", "rules"}, exclude_none=True)
    for area_code in areas:
        await uow.switch(AreaScope(area_code))
        await uow.execute(
            load_sql(__file__, "insert_replay"),
            area_code=area_code,
            id=replay_id,
            from_month=order.from_month,
            to_month=order.to_month,
            stretches=json.dumps(stretches),
            alternative=json.dumps(asked),
            requested_by=uow.actor.id,
            at=uow.at,
        )
        await uow.record(
            ReplayRequested(
                area_code=area_code,
                aggregate_id=replay_id,
                from_month=order.from_month,
                to_month=order.to_month,
            )
        )
    return replay_id


async def _stretches(uow: UnitOfWork, order: ReplayOrder) -> list[dict[str, Any]]:
    months = policy.months_of(order.from_month, order.to_month)
    if months[-1][0] > uow.on:
        raise MonthsToCome(f"{order.to_month} has not begun")
    packs = [await pack_in_force(uow, min(last, uow.on)) for _, last in months]
    other = order.rules
    if other is None:
        assert order.pack is not None, "one of the two was given"
        pack = await _stored(uow, order.pack.code, order.pack.version)
        other = policy.rules_said(rules_of(pack))
    return policy.joined_stretches(months, packs, other)


async def _stored(uow: UnitOfWork, code: str, version: int) -> RulePack:
    content = await queries.stored_pack(uow, code=code, version=version)
    if content is None:
        raise ReplayedPackUnknown(f"{code}:{version}")
    return read_pack(json.loads(content))


async def start_replay(uow: UnitOfWork, *, replay_id: UUID) -> None:
    """requested → running, its components listed; nothing where it is running or over."""
    started = await uow.fetch_one(
        load_sql(__file__, "start_replay"), area_code=uow.area_code, id=replay_id, at=uow.at
    )
    if started is None:
        return
    days = policy.read_stretches(started.stretches)
    listed = await uow.execute(
        listing_components(load_sql(__file__, "list_components")),
        area_code=uow.area_code,
        id=replay_id,
        first_day=days[0].first_day,
        last_day=days[-1].last_day,
    )
    await uow.execute(
        load_sql(__file__, "set_count"),
        area_code=uow.area_code,
        id=replay_id,
        component_count=listed,
    )


async def work_chunk(
    uow: UnitOfWork, *, replay_id: UUID, components: int = CHUNK_COMPONENTS
) -> bool:
    """Replays the next components; False when none is left, or the replay is over."""
    replay = await uow.fetch_one(
        load_sql(__file__, "lock_replay"), area_code=uow.area_code, id=replay_id
    )
    if replay is None:
        return False
    stretches = policy.read_stretches(replay.stretches)
    dossier = await queries.read_next(
        uow, replay_id=replay_id, components=components, asked=policy.asked_by(stretches)
    )
    if dossier is None:
        await _complete(uow, replay_id)
        return False
    found = policy.compare(dossier, stretches)
    await _keep(uow, replay_id, found, components)
    return True


async def _keep(uow: UnitOfWork, replay_id: UUID, found: policy.Found, components: int) -> None:
    where = {"area_code": uow.area_code, "id": replay_id}
    await uow.execute(
        load_sql(__file__, "add_differences"), **where, **policy.group_columns(found.groups)
    )
    await uow.execute(
        load_sql(__file__, "insert_lines"), **where, **policy.line_columns(found.changed)
    )
    moved = await uow.execute(
        load_sql(__file__, "advance_replay"),
        **where,
        components=components,
        order_lines=found.order_lines,
        changed=len(found.changed),
        **{column: found.totals.get(column, 0) for column in policy.TOTALS},
    )
    assert moved == 1, "the replay is locked and runs"


async def _complete(uow: UnitOfWork, replay_id: UUID) -> None:
    done = await uow.fetch_one(
        load_sql(__file__, "complete_replay"), area_code=uow.area_code, id=replay_id, at=uow.at
    )
    assert done is not None, "no component is left"
    await _forget(uow, replay_id)
    await uow.record(
        ReplayCompleted(
            area_code=uow.area_code,
            aggregate_id=replay_id,
            component_count=done.component_count,
            changed_count=done.changed_count,
            matched_before_minor=done.matched_before_minor,
            matched_after_minor=done.matched_after_minor,
        )
    )


async def _forget(uow: UnitOfWork, replay_id: UUID) -> None:
    await uow.execute(
        load_sql(__file__, "forget_components"), area_code=uow.area_code, id=replay_id
    )


async def cancel_replay(uow: UnitOfWork, *, replay_id: UUID, areas: Sequence[str]) -> None:
    """Ends it in every area given where it is not over. Raises ReplayMoved when it was in all."""
    cancelled = 0
    for area_code in areas:
        await uow.switch(AreaScope(area_code))
        moved = await uow.execute(
            load_sql(__file__, "cancel_replay"), area_code=area_code, id=replay_id, at=uow.at
        )
        if moved:
            await _forget(uow, replay_id)
            await uow.record(ReplayCancelled(area_code=area_code, aggregate_id=replay_id))
        cancelled += moved
    if not cancelled:
        raise ReplayMoved


async def fail_replay(uow: UnitOfWork, *, replay_id: UUID, failure: str) -> None:
    """running → failed."""
    moved = await uow.execute(
        load_sql(__file__, "fail_replay"),
        area_code=uow.area_code,
        id=replay_id,
        at=uow.at,
        failure=failure,
    )
    if moved:
        await _forget(uow, replay_id)
        await uow.record(
            ReplayFailed(area_code=uow.area_code, aggregate_id=replay_id, failure=failure)
        )


async def find_parts(uow: UnitOfWork, *, replay_id: UUID, areas: Sequence[str]) -> list[AreaReplay]:
    """What each of the areas has of a replay. Raises ReplayUnknown when none has any of it."""
    parts: list[AreaReplay] = []
    for area_code in areas:
        await uow.switch(AreaScope(area_code))
        replay = await queries.find_replay(uow, replay_id=replay_id)
        if replay is not None:
            found = await queries.list_differences(uow, replay_id=replay_id)
            parts.append(AreaReplay(replay, found))
    if not parts:
        raise ReplayUnknown
    return parts


async def tell(uow: UnitOfWork, *, replay_id: UUID, areas: Sequence[str]) -> ReplayMessage:
    """A replay as the areas given know it, and their total. Raises ReplayUnknown."""
    parts = await find_parts(uow, replay_id=replay_id, areas=areas)
    asked = parts[0].replay
    total = _total(parts)
    return ReplayMessage(
        id=asked.id,
        from_month=asked.from_month,
        to_month=asked.to_month,
        pack=asked.alternative.get("pack"),
        rules=asked.alternative.get("rules"),
        stretches=[ReplayStretch.model_validate(stretch) for stretch in asked.stretches],
        status=total.status,
        requested_by=asked.requested_by,
        requested_at=asked.requested_at,
        total=total,
        areas=[
            _part(
                part.replay.area_code,
                RequestStatus(part.replay.status),
                part.replay.failure,
                part.replay.model_dump(),
                part.differences,
            )
            for part in parts
        ],
    )


def _total(parts: Sequence[AreaReplay]) -> ReplayPart:
    """Sums over the areas; it is completed when all are."""
    statuses = {RequestStatus(part.replay.status) for part in parts}
    if len(statuses) == 1:
        (status,) = statuses
    elif RequestStatus.FAILED in statuses:
        status = RequestStatus.FAILED
    elif RequestStatus.CANCELLED in statuses:
        status = RequestStatus.CANCELLED
    else:
        status = RequestStatus.RUNNING
    kept = [part.replay.model_dump() for part in parts]
    summed: dict[str, Any] = {
        name: sum(one[name] for one in kept) for name in (*policy.TOTALS, *_COUNTED)
    }
    known = [one["component_count"] for one in kept]
    summed["component_count"] = None if None in known else sum(known)
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for part in parts:
        for row in part.differences:
            found = dict(row._mapping)
            key = tuple(found[name] for name in _GROUPED_BY)
            mine = groups.setdefault(key, dict.fromkeys(found, 0))
            for name, value in found.items():
                mine[name] = value if name in _GROUPED_BY else mine[name] + value
    failure = next((one["failure"] for one in kept if one["failure"]), None)
    return _part(None, status, failure, summed, [SimpleNamespace(**one) for one in groups.values()])


_COUNTED: Final = ("done_count", "order_line_count", "changed_count")
_GROUPED_BY: Final = ("ending", "reason", "route", "kind")


def _part(
    area_code: str | None,
    status: RequestStatus,
    failure: str | None,
    kept: Mapping[str, Any],
    differences: Sequence[Any],
) -> ReplayPart:
    return ReplayPart(
        area_code=area_code,
        status=status,
        failure=failure,
        components=kept["component_count"],
        components_done=kept["done_count"],
        order_lines=kept["order_line_count"],
        changed_order_lines=kept["changed_count"],
        before=_balance(kept, "before"),
        after=_balance(kept, "after"),
        differences=[_difference(row) for row in differences],
    )


def _balance(kept: Mapping[str, Any], side: str) -> ReplayBalance:
    ended = {
        ending: (kept[f"{ending}_{side}_minor"], kept[f"{ending}_{side}_milli"])
        for ending in ("matched", "waiting", "held")
    }
    return ReplayBalance(
        invoiced=format_yuan(kept["invoiced_minor"]),
        credited=format_yuan(kept["credited_minor"]),
        received=_quantity(kept["received_milli"]),
        returned=_quantity(kept["returned_milli"]),
        **{ending: format_yuan(minor) for ending, (minor, _) in ended.items()},
        **{f"received_{ending}": _quantity(milli) for ending, (_, milli) in ended.items()},
    )


def _difference(row: Any) -> DifferenceMessage:
    return DifferenceMessage(
        ending=ReplayEnding(row.ending),
        reason=DiscrepancyReason(row.reason) if row.reason else None,
        route=Route(row.route) if row.route else None,
        kind=PayableKind(row.kind) if row.kind else None,
        lines_before=row.lines_before,
        lines_after=row.lines_after,
        lines_difference=row.lines_after - row.lines_before,
        quantity_before=_quantity(row.before_milli),
        quantity_after=_quantity(row.after_milli),
        quantity_difference=_quantity(row.after_milli - row.before_milli),
        amount_before=format_yuan(row.before_minor),
        amount_after=format_yuan(row.after_minor),
        amount_difference=format_yuan(row.after_minor - row.before_minor),
    )


def _quantity(milli: int) -> str:
    return format_scaled(milli, scale=3)
