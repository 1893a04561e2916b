"""What two people decide about attempts whose outcome the bank left open or in doubt."""

from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from schemas.codes.roles import Role
from schemas.messages.payments import DecisionMessage, NewDecision
from schemas.problems import Forbidden
from settlement_api.access import Principal, require_rows
from settlement_api.decisions import service
from settlement_api.unit_of_work import UnitOfWork


@post("/payment-attempts/{attempt_id:uuid}/decisions")
async def propose_decision(
    attempt_id: FromPath[UUID],
    data: JSONBody[NewDecision],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> DecisionMessage:
    """Proposes what became of an attempt; refused while the evidence does not bear it out."""
    _require_person(principal, uow)
    decision_id = await service.propose_decision(
        uow,
        attempt_id=attempt_id,
        kind=data.kind,
        reason=data.reason,
        evidence_ids=data.evidence_ids,
    )
    return DecisionMessage(id=decision_id, confirmed=False)


@post("/payment-decisions/{decision_id:uuid}/confirmation", status_code=200)
async def confirm_decision(
    decision_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> DecisionMessage:
    """Confirms another person's proposal: it becomes evidence and its effects follow."""
    _require_person(principal, uow)
    await service.confirm_decision(uow, decision_id=decision_id)
    return DecisionMessage(id=decision_id, confirmed=True)


@post("/payment-decisions/{decision_id:uuid}/withdrawal", status_code=200)
async def withdraw_decision(
    decision_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> DecisionMessage:
    """Takes a proposal back that nobody has confirmed, so that another can be made."""
    _require_person(principal, uow)
    await service.withdraw_decision(uow, decision_id=decision_id)
    return DecisionMessage(id=decision_id, confirmed=False)


def _require_person(principal: Principal, uow: UnitOfWork) -> None:
    principal.require(Role.AGENCY_CHECKER, Role.AGENCY_RELEASER, Role.FINANCE)
    if principal.kind != "user":
        raise Forbidden("people decide this")
    require_rows(uow)


router = Router(
    "/", route_handlers=[propose_decision, confirm_decision, withdraw_decision], tags=["payments"]
)
