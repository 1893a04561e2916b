"""Decides about discrepancies and links: proposed, confirmed by a second person, taken back.

Every step holds matching of the area first, so that no run and no application changes what is
decided about meanwhile.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.approvals import ApprovalStep, SubjectKind
from schemas.codes.approvals import Decision as Verdict
from schemas.codes.resolutions import (
    LINKING,
    STATUS_AFTER,
    ResolutionAction,
    ResolutionReason,
    ResolutionStatus,
)
from schemas.events.resolutions import ResolutionMoved
from schemas.messages.rule_pack import ResolutionRule
from schemas.money import format_yuan
from schemas.tables.documents import InvoiceLine
from schemas.tables.resolutions import Resolution
from settlement_api.approvals.policy import Subject
from settlement_api.approvals.service import deciding_person, record_decision
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.service import hold_matching, match_component
from settlement_api.resolutions import queries
from settlement_api.resolutions.errors import (
    AcceptanceTaken,
    AcceptanceUnfit,
    CommittedRestsOnIt,
    DiscrepancyNotFound,
    DiscrepancyTaken,
    LinkTaken,
    LinkUnfit,
    ResolutionMovedOn,
    ResolutionUnknown,
    SetChanged,
    SleepsInThePast,
    UndoOfUndo,
    WriteOffTooLarge,
)
from settlement_api.resolutions.policy import (
    Decision,
    Part,
    Weight,
    content_hash,
    may_write_off,
    needs_two,
    parts_fit,
)
from settlement_api.resolutions.queries import Selection
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import UnitOfWork


async def mark_one(uow: UnitOfWork, *, decision: Decision, discrepancy_id: UUID) -> UUID:
    """Marks one open discrepancy; the decision's id. It waits for a second person above the limit.

    Raises NotAPerson, DiscrepancyNotFound, DiscrepancyTaken, WriteOffTooLarge, SleepsInThePast.
    """
    await hold_matching(uow)
    found = await queries.select_findings(uow, Selection(discrepancy_id=discrepancy_id))
    if not found:
        known = await queries.is_known(uow, discrepancy_id=discrepancy_id)
        raise DiscrepancyTaken if known else DiscrepancyNotFound
    return await _mark(uow, decision, found)


async def mark_many(
    uow: UnitOfWork,
    *,
    decision: Decision,
    selection: Selection,
    expected_count: int,
    expected_minor: int,
) -> UUID:
    """Marks every open discrepancy of a filter by one decision, all of them or none; its id.

    `expected_minor`: sum of their amounts with signs, fen. Raises SetChanged with the actual
    figures when it means others than expected, and what `mark_one` raises.
    """
    await hold_matching(uow)
    found = await queries.select_findings(uow, selection)
    actual = sum(row.amount_minor for row in found)
    if (len(found), actual) != (expected_count, expected_minor):
        raise SetChanged(actual_count=len(found), actual_sum=format_yuan(actual))
    return await _mark(uow, decision, found)


async def _mark(uow: UnitOfWork, decision: Decision, found: Sequence[Row[Any]]) -> UUID:
    if decision.act_by_date is not None and decision.act_by_date <= uow.on:
        raise SleepsInThePast
    rule = await _rule(uow)
    stakes = [row.stake_minor for row in found]
    if decision.action is ResolutionAction.WRITE_OFF and not may_write_off(stakes, rule):
        raise WriteOffTooLarge(limit=format_yuan(rule.write_off_limit_fen))
    weight = Weight.of([row.amount_minor for row in found], stakes)
    about = [(row.id, row.amount_minor) for row in found]
    is_heavy = needs_two(weight, rule)
    resolution_id = await _open(uow, decision, weight, about, is_heavy=is_heavy)
    kept = await uow.execute(
        load_sql(__file__, "insert_findings"),
        area_code=uow.area_code,
        resolution_id=resolution_id,
        ids=[row.id for row in found],
        status_after=STATUS_AFTER[decision.action].value,
    )
    if kept != len(found):
        raise DiscrepancyTaken
    await _proceed(uow, resolution_id, alone=not is_heavy)
    return resolution_id


async def link(
    uow: UnitOfWork, *, decision: Decision, invoice_line_id: UUID, parts: Sequence[Part]
) -> UUID:
    """Binds an invoice line, or parts of it, to order or receipt lines by name; the decision's id.

    Lines may arrive later; matching follows in this transaction. Raises NotAPerson,
    InvoiceLineNotFound, LinkUnfit, LinkTaken.
    """
    await hold_matching(uow)
    line = await queries.invoice_line_of_goods(uow, invoice_line_id=invoice_line_id)
    await _require_fit(uow, line, parts)
    weight = Weight(len(parts), line.total_minor, abs(line.total_minor))
    is_heavy = needs_two(weight, await _rule(uow))
    about = [(line.id, part) for part in parts]
    resolution_id = await _open(uow, decision, weight, about, is_heavy=is_heavy)
    kept = await uow.execute(
        load_sql(__file__, "insert_links"),
        area_code=uow.area_code,
        resolution_id=resolution_id,
        invoice_line_id=invoice_line_id,
        quantities=[part.quantity_milli for part in parts],
        **_targets(parts),
    )
    if kept != len(parts):
        raise LinkTaken
    await _proceed(uow, resolution_id, alone=not is_heavy)
    return resolution_id


async def accept_lower(
    uow: UnitOfWork, *, decision: Decision, invoice_line_id: UUID, accepted_minor: int
) -> UUID:
    """Accepts an invoice line at a lower amount (fen, for all of it); the decision's id.

    At stake is the difference to what the line states with all that later lines add to it, which
    the decision caps too. Matching follows in this transaction; what is applied for already
    is corrected by a payable of its own. Raises NotAPerson, InvoiceLineNotFound, AcceptanceUnfit,
    AcceptanceTaken.
    """
    await hold_matching(uow)
    line = await queries.invoice_line_of_goods(uow, invoice_line_id=invoice_line_id)
    stated = line.total_minor + await queries.raised_minor(uow, line=line)
    if not 0 < accepted_minor < stated:
        raise AcceptanceUnfit(stated=format_yuan(stated))
    weight = Weight(1, stated, stated - accepted_minor)
    is_heavy = needs_two(weight, await _rule(uow))
    about = [(line.id, accepted_minor)]
    resolution_id = await _open(uow, decision, weight, about, is_heavy=is_heavy)
    kept = await uow.execute(
        load_sql(__file__, "insert_acceptance"),
        area_code=uow.area_code,
        resolution_id=resolution_id,
        invoice_line_id=invoice_line_id,
        accepted_minor=accepted_minor,
    )
    if kept != 1:
        raise AcceptanceTaken
    await _proceed(uow, resolution_id, alone=not is_heavy)
    return resolution_id


def _targets(parts: Sequence[Part]) -> dict[str, list[Any]]:
    return {
        "order_numbers": [part.order_number for part in parts],
        "order_lines": [part.order_line_number for part in parts],
        "receipt_numbers": [part.receipt_number for part in parts],
        "receipt_lines": [part.receipt_line_number for part in parts],
    }


async def _require_fit(uow: UnitOfWork, line: InvoiceLine, parts: Sequence[Part]) -> None:
    """Raises LinkUnfit for more than the line, and for lines of others, naming them."""
    assert line.quantity_milli is not None, "only lines with a quantity are found"
    if not parts_fit(parts, line.quantity_milli):
        raise LinkUnfit("the parts are more than the line, or name one line twice")
    strange = await uow.fetch_all(
        load_sql(__file__, "strange_targets"),
        area_code=uow.area_code,
        hospital_id=line.hospital_id,
        supplier_id=line.supplier_id,
        product_code=line.product_code,
        **_targets(parts),
    )
    if strange:
        numbers = [row.number for row in strange]
        raise LinkUnfit("another supplier's or product's line is named", numbers=numbers)


async def undo(
    uow: UnitOfWork, *, resolution_id: UUID, reason_code: ResolutionReason, remark: str
) -> UUID:
    """Takes a decision back by a new one, by two people where it took two; the new one's id.

    A link is ended so, unless a payable that is applied for rests on it. Raises NotAPerson,
    ResolutionUnknown, ResolutionMovedOn, UndoOfUndo, CommittedRestsOnIt.
    """
    await hold_matching(uow)
    original = await _find(uow, resolution_id)
    if original.status != ResolutionStatus.EFFECTIVE:
        raise ResolutionMovedOn
    if original.action == ResolutionAction.UNDO:
        raise UndoOfUndo
    await _require_nothing_committed(uow, resolution_id)
    decision = Decision(
        ResolutionAction.UNDO, reason_code, remark, undoes_resolution_id=resolution_id
    )
    weight = Weight(original.item_count, original.amount_minor, original.stake_minor)
    is_heavy = original.needs_two or needs_two(weight, await _rule(uow))
    about = [original.content_hash.hex()]
    undoing_id = await _open(uow, decision, weight, about, is_heavy=is_heavy)
    await _proceed(uow, undoing_id, alone=not is_heavy)
    return undoing_id


async def confirm(uow: UnitOfWork, *, resolution_id: UUID) -> None:
    """A second person confirms, and the decision takes effect.

    Raises NotAPerson, SamePerson, ResolutionUnknown, ResolutionMovedOn, and DiscrepancyTaken or
    CommittedRestsOnIt when what it is about has moved on.
    """
    await hold_matching(uow)
    person, proposed = deciding_person(uow), await _proposed(uow, resolution_id)
    await record_decision(uow, subject=_subject(proposed), step=ApprovalStep.CHECKER)
    await _take_effect(uow, proposed, decided_by=person)


async def reject(uow: UnitOfWork, *, resolution_id: UUID, reason: str) -> None:
    """A second person does not agree: the decision never takes effect.

    Raises NotAPerson, SamePerson, ResolutionUnknown, ResolutionMovedOn.
    """
    await hold_matching(uow)
    person, proposed = deciding_person(uow), await _proposed(uow, resolution_id)
    await record_decision(
        uow,
        subject=_subject(proposed),
        step=ApprovalStep.CHECKER,
        decision=Verdict.REJECTED,
        reason=reason,
    )
    status = (ResolutionStatus.PROPOSED, ResolutionStatus.REJECTED)
    await _move(uow, resolution_id, status, decided_by=person)


async def wake(uow: UnitOfWork) -> int:
    """Discrepancies that slept until today are open again; how many decisions lapsed."""
    await hold_matching(uow)
    lapsed = await uow.fetch_all(
        load_sql(__file__, "wake_snoozed"), area_code=uow.area_code, on_date=uow.on
    )
    if lapsed:
        await _reopen(uow, [row.id for row in lapsed])
        await uow.record_all([_moved(uow, row) for row in lapsed])
    return len(lapsed)


async def _rule(uow: UnitOfWork) -> ResolutionRule:
    return (await pack_in_force(uow, uow.on)).resolution


async def _find(uow: UnitOfWork, resolution_id: UUID) -> Resolution:
    found = await queries.find_resolution(uow, resolution_id=resolution_id)
    if found is None:
        raise ResolutionUnknown
    return found


async def _proposed(uow: UnitOfWork, resolution_id: UUID) -> Resolution:
    found = await _find(uow, resolution_id)
    if found.status != ResolutionStatus.PROPOSED:
        raise ResolutionMovedOn
    return found


def _subject(row: Resolution) -> Subject:
    return Subject(SubjectKind.RESOLUTION, row.id, row.content_hash)


async def _open(
    uow: UnitOfWork, decision: Decision, weight: Weight, about: Sequence[Any], *, is_heavy: bool
) -> UUID:
    """Writes a decision as proposed by the acting person; its rows are still to be written."""
    person, resolution_id = deciding_person(uow), await uow.fresh_id()
    digest = content_hash(decision, about)
    opened = await uow.execute(
        load_sql(__file__, "insert_resolution"),
        area_code=uow.area_code,
        id=resolution_id,
        action=decision.action.value,
        reason_code=decision.reason_code.value,
        remark=decision.remark,
        sent_to=decision.sent_to and decision.sent_to.value,
        act_by_date=decision.act_by_date,
        undoes_resolution_id=decision.undoes_resolution_id,
        item_count=weight.item_count,
        amount_minor=weight.amount_minor,
        stake_minor=weight.stake_minor,
        needs_two=is_heavy,
        content_hash=digest,
        person=person,
        at=uow.at,
    )
    if opened != 1:
        raise ResolutionMovedOn
    subject = Subject(SubjectKind.RESOLUTION, resolution_id, digest)
    await record_decision(uow, subject=subject, step=ApprovalStep.MAKER)
    return resolution_id


async def _proceed(uow: UnitOfWork, resolution_id: UUID, *, alone: bool) -> None:
    """Tells of a written decision, and lets it take effect where one person is enough."""
    written = await _find(uow, resolution_id)
    if alone:
        await _take_effect(uow, written, decided_by=None)
        return
    before = await _summary(uow, written)
    await _keep(uow, written.id, before=before, after=None)
    await uow.record(_moved(uow, written))


async def _take_effect(uow: UnitOfWork, decided: Resolution, *, decided_by: UUID | None) -> None:
    before = await _summary(uow, decided)
    status = (ResolutionStatus.PROPOSED, ResolutionStatus.EFFECTIVE)
    await _move(uow, decided.id, status, decided_by=decided_by)
    if decided.undoes_resolution_id is not None:
        await _take_back(uow, decided.undoes_resolution_id)
    elif ResolutionAction(decided.action) in LINKING:
        await _match(uow, decided.id)
    else:
        await _mark_found(uow, decided)
    await _keep(uow, decided.id, before=before, after=await _summary(uow, decided))


async def _mark_found(uow: UnitOfWork, decided: Resolution) -> None:
    marked = await uow.execute(
        load_sql(__file__, "mark_discrepancies"),
        area_code=uow.area_code,
        resolution_id=decided.id,
    )
    if marked != decided.item_count:
        raise DiscrepancyTaken


async def _take_back(uow: UnitOfWork, resolution_id: UUID) -> None:
    await _require_nothing_committed(uow, resolution_id)
    status = (ResolutionStatus.EFFECTIVE, ResolutionStatus.UNDONE)
    original = await _move(uow, resolution_id, status, decided_by=None)
    if ResolutionAction(original.action) in LINKING:
        await _match(uow, resolution_id)
    else:
        await _reopen(uow, [resolution_id])


async def _require_nothing_committed(uow: UnitOfWork, resolution_id: UUID) -> None:
    committed = await uow.fetch_value(
        load_sql(__file__, "committed_on_links"),
        area_code=uow.area_code,
        resolution_id=resolution_id,
    )
    if committed is not None:
        raise CommittedRestsOnIt(payable_id=str(committed))


async def _match(uow: UnitOfWork, resolution_id: UUID) -> None:
    component = await queries.component_of_links(uow, resolution_id=resolution_id)
    await match_component(
        uow,
        hospital_id=component.hospital_id,
        supplier_id=component.supplier_id,
        component_code=component.component_code,
    )


async def _reopen(uow: UnitOfWork, resolution_ids: Sequence[UUID]) -> None:
    await uow.execute(
        load_sql(__file__, "reopen_discrepancies"),
        area_code=uow.area_code,
        resolution_ids=list(resolution_ids),
    )


async def _summary(uow: UnitOfWork, decided: Resolution) -> dict[str, Any]:
    """How what a decision is about stands; of an undoing, what the other one was about."""
    subject = decided
    if decided.undoes_resolution_id is not None:
        subject = await _find(uow, decided.undoes_resolution_id)
    is_link = ResolutionAction(subject.action) in LINKING
    return await queries.summary(uow, resolution_id=subject.id, links=is_link)


async def _keep(
    uow: UnitOfWork, resolution_id: UUID, *, before: dict[str, Any], after: dict[str, Any] | None
) -> None:
    await uow.execute(
        "UPDATE resolution SET before = CAST(:before AS jsonb), after = CAST(:after AS jsonb)"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=resolution_id,
        before=json.dumps(before),
        after=None if after is None else json.dumps(after),
    )


async def _move(
    uow: UnitOfWork,
    resolution_id: UUID,
    status: tuple[ResolutionStatus, ResolutionStatus],
    *,
    decided_by: UUID | None,
) -> Row[Any]:
    """One guarded step, and its event. Raises ResolutionMovedOn for whoever comes too late."""
    before, after = status
    moved = await uow.fetch_one(
        load_sql(__file__, "move_resolution"),
        area_code=uow.area_code,
        resolution_id=resolution_id,
        status_before=before.value,
        status_after=after.value,
        decided_by=decided_by,
        decided_at=None if decided_by is None else uow.at,
    )
    if moved is None:
        raise ResolutionMovedOn
    await uow.record(_moved(uow, moved))
    return moved


def _moved(uow: UnitOfWork, row: Any) -> ResolutionMoved:
    return ResolutionMoved(
        area_code=uow.area_code,
        aggregate_id=row.id,
        action=row.action,
        status=row.status,
        reason_code=row.reason_code,
        remark=row.remark,
        content_hash=bytes(row.content_hash).hex(),
        item_count=row.item_count,
        amount_minor=row.amount_minor,
        undoes_resolution_id=row.undoes_resolution_id,
    )
