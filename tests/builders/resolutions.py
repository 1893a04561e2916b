"""People who decide about discrepancies, and documents whose references went wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from schemas.codes.resolutions import ResolutionAction, ResolutionReason, SentTo
from settlement_api.persistence import Database
from settlement_api.reconciliation import service as matching
from settlement_api.resolutions import service
from settlement_api.resolutions.policy import Decision, Part
from settlement_api.unit_of_work import Actor, UnitOfWork
from tests.builders.stored_documents import StoredDocuments, area_scope

MAKER = Actor("user", uuid4(), "经办")
CHECKER = Actor("user", uuid4(), "复核")
OTHER = Actor("user", uuid4(), "另一人")


def decision(action: ResolutionAction = ResolutionAction.EXPLAIN, **changes: Any) -> Decision:
    """A decision with reason and remark."""
    given: dict[str, Any] = {
        "action": action,
        "reason_code": ResolutionReason.PARTIES_AGREE,
        "remark": "both sides confirmed it on the telephone",
    }
    if action is ResolutionAction.SEND_BACK:
        given |= {"sent_to": SentTo.SUPPLIER, "act_by_date": date(2099, 1, 1)}
    if action is ResolutionAction.SNOOZE:
        given |= {"act_by_date": date(2099, 1, 1)}
    return Decision(**(given | changes))


def to_order(number: str, line: int = 1, quantity: int | None = None) -> Part:
    """A part bound to an order line; thousandths."""
    return Part(number, line, None, None, quantity)


def to_receipt(number: str, line: int = 1, quantity: int | None = None) -> Part:
    """A part bound to a receipt line; thousandths."""
    return Part(None, None, number, line, quantity)


@asynccontextmanager
async def acting(database: Database, actor: Actor = MAKER) -> AsyncIterator[UnitOfWork]:
    """A transaction of one person in the area."""
    async with database.begin(area_scope(), actor=actor) as uow:
        yield uow


async def mark(
    database: Database, discrepancy_id: UUID, chosen: Decision, actor: Actor = MAKER
) -> UUID:
    """One person decides about one discrepancy."""
    async with acting(database, actor) as uow:
        return await service.mark_one(uow, decision=chosen, discrepancy_id=discrepancy_id)


async def link(
    database: Database,
    invoice_line_id: UUID,
    *parts: Part,
    actor: Actor = MAKER,
) -> UUID:
    """One person binds an invoice line."""
    action = ResolutionAction.LINK if len(parts) == 1 else ResolutionAction.SPLIT
    async with acting(database, actor) as uow:
        return await service.link(
            uow, decision=decision(action), invoice_line_id=invoice_line_id, parts=parts
        )


async def undo(database: Database, resolution_id: UUID, actor: Actor = MAKER) -> UUID:
    """One person takes a decision back."""
    async with acting(database, actor) as uow:
        return await service.undo(
            uow,
            resolution_id=resolution_id,
            reason_code=ResolutionReason.DECIDED_WRONGLY,
            remark="it was another delivery",
        )


async def confirm(database: Database, resolution_id: UUID, actor: Actor = CHECKER) -> None:
    """Another person confirms."""
    async with acting(database, actor) as uow:
        await service.confirm(uow, resolution_id=resolution_id)


async def arrive(database: Database, documents: StoredDocuments, first: int = 1) -> None:
    """Matches what came since."""
    async with acting(database) as uow:
        await matching.match_arrival(
            uow,
            intake_id=documents.intake_id,
            first_position=first,
            last_position=documents.position,
        )


async def standing(database: Database) -> list[tuple[str, str, int]]:
    """(reason, status, thousandths) of every discrepancy that no run superseded."""
    async with acting(database) as uow:
        rows = await uow.fetch_all(
            "SELECT reason, status, quantity_milli FROM discrepancy"
            " WHERE status <> 'superseded' ORDER BY reason, quantity_milli"
        )
    return [tuple(row) for row in rows]


async def open_payables(database: Database) -> list[tuple[int, int]]:
    """(thousandths, fen) of open payables."""
    async with acting(database) as uow:
        rows = await uow.fetch_all(
            "SELECT quantity_milli, amount_minor FROM payable WHERE status = 'open'"
            " ORDER BY quantity_milli"
        )
    return [tuple(row) for row in rows]


async def find(database: Database, reason: str) -> UUID:
    """The standing discrepancy of a reason."""
    async with acting(database) as uow:
        found = await uow.fetch_value(
            "SELECT id FROM discrepancy WHERE reason = :reason AND status <> 'superseded'",
            reason=reason,
        )
    return UUID(str(found))


async def value(database: Database, question: str, **binds: Any) -> Any:
    """The answer to one question of the area."""
    async with acting(database) as uow:
        return await uow.fetch_value(question, **binds)
