"""What each rule's word means for people: values, stake, cure, who acts, what is waited for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from schemas.codes.applications import LineStatus
from schemas.codes.batches import ExclusionReason
from schemas.codes.explanations import NodeKind
from schemas.codes.holds import ActingParty
from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    DiscrepancyStatus,
    PayableStatus,
    Route,
)
from schemas.codes.remedies import REMEDIES, ActBy
from schemas.messages.explanations import (
    LeftOut,
    NextStep,
    NodeName,
    RouteDecision,
    RuleSpoken,
    RuleVersion,
)
from schemas.money import format_scaled, format_yuan, round_half_up

Rows = Mapping[NodeKind, Mapping[UUID, Any]]
"""The links of a chain, by kind and id."""

_MILLI_MICRO_PER_FEN: Final = 1_000 * 10_000
"""Thousandths of a unit times millionths of a yuan, in one fen."""

Price = tuple[int, int]
"""Millionths of a yuan for so many smallest units."""


def prices_of_orders(rows: Rows, forecasts: Sequence[Any]) -> dict[UUID, Price]:
    """What each order line is priced at: by the order, else by the contract it is bound to."""
    contracts = rows.get(NodeKind.CONTRACT, {})
    bound = ((each.id, contracts.get(each.contract_id)) for each in forecasts)
    prices = {
        order_id: (contract.pack_price_micro, contract.pack_size)
        for order_id, contract in bound
        if contract is not None
    }
    orders = rows.get(NodeKind.ORDER_LINE, {}).values()
    return prices | {
        order.id: (order.price_micro, order.price_pack_size)
        for order in orders
        if order.price_micro is not None
    }


def rule_of(
    row: Any, *, version: RuleVersion, rows: Rows, prices: Mapping[UUID, Price]
) -> RuleSpoken:
    """What a discrepancy says, with its remedy."""
    reason = DiscrepancyReason(row.reason)
    remedy = REMEDIES[reason]
    stake = _stake(row, prices)
    effect, status = DiscrepancyEffect(row.effect), DiscrepancyStatus(row.status)
    act_by = ActBy.of(
        reason=reason,
        effect=effect,
        status=status,
        decided=row.act_by_date,
        deadline=row.deadline_date,
    )
    return RuleSpoken(
        discrepancy_id=row.id,
        rule=remedy.rule,
        version=version,
        reason=reason,
        effect=effect,
        status=status,
        hold=remedy.hold,
        about=list(_about(row, rows)),
        quantity=format_scaled(row.quantity_milli, scale=3),
        amount=format_yuan(row.amount_minor),
        compared=row.compared,
        at_stake=None if stake is None else format_yuan(stake),
        acts=remedy.acts,
        cure=remedy.cure,
        cure_zh=remedy.cure_zh,
        act_by=act_by.day,
        act_by_state=act_by.state,
        absorbed=row.effect == DiscrepancyEffect.ABSORBED,
        recorded_at=row.recorded_at,
        note=row.note,
    )


def _about(row: Any, rows: Rows) -> Iterator[NodeName]:
    """The lines a discrepancy names; `other_line_id` is a return's or a credit note's."""
    for kind, line_id in (
        (NodeKind.ORDER_LINE, row.order_line_id),
        (NodeKind.RECEIPT_LINE, row.receipt_line_id),
        (NodeKind.INVOICE_LINE, row.invoice_line_id),
    ):
        if line_id is not None:
            yield NodeName(kind=kind, id=line_id)
    if row.other_line_id is not None:
        credit = row.other_line_id in rows.get(NodeKind.CREDIT_LINE, {})
        kind = NodeKind.CREDIT_LINE if credit else NodeKind.RETURN_LINE
        yield NodeName(kind=kind, id=row.other_line_id)


def _stake(row: Any, prices: Mapping[UUID, Price]) -> int | None:
    """Fen at stake: the row's own amount, else its quantity at the price of its order line."""
    if row.amount_minor:
        return abs(int(row.amount_minor))
    if not row.quantity_milli or row.order_line_id not in prices:
        return None
    price, pack = prices[row.order_line_id]
    return round_half_up(abs(row.quantity_milli) * price, _MILLI_MICRO_PER_FEN * pack)


def decision_of(row: Any, *, version: RuleVersion, rows: Rows) -> RouteDecision:
    """Which way a payable goes and by which contract row."""
    contract = rows.get(NodeKind.CONTRACT, {}).get(row.contract_id)
    return RouteDecision(
        payable_id=row.id,
        route=Route(row.route),
        contract_id=row.contract_id,
        contract_number=contract and f"{contract.contract_code}:{contract.item_no}",
        pack_price=contract and format_scaled(contract.pack_price_micro, scale=6),
        pack_size=contract and contract.pack_size,
        basis_date=row.basis_date,
        clock_start_date=row.clock_start_date,
        due_date=row.due_date,
        version=version,
    )


_AGENCY, _HOSPITAL, _SUPPLIER = ActingParty.AGENCY, ActingParty.HOSPITAL, ActingParty.SUPPLIER
_LEFT_OUT: Final[Mapping[ExclusionReason, tuple[ActingParty, str, str]]] = {
    ExclusionReason.PAYMENT_IN_CONFLICT: (
        *(_AGENCY, "a decision of two people on the payment whose evidence contradicts itself"),
        "由两人裁定证据互相矛盾的付款",
    ),
    ExclusionReason.ORIGINAL_PENDING: (
        *(ActingParty.NOBODY, "nothing: taken once what it corrects has its shares"),
        "无需处理：被更正的明细确定份额后即可纳入",
    ),
    ExclusionReason.CLAIMS_PENDING: (
        *(_AGENCY, "the import of the month's claims of the hospital"),
        "导入医院当月的医保应付数据",
    ),
    ExclusionReason.NET_NEGATIVE: (
        *(ActingParty.NOBODY, "nothing: set off against later purchases"),
        "无需处理：由以后的采购冲抵",
    ),
    ExclusionReason.CAPACITY_SHORT: (
        *(_AGENCY, "room in the hospital's claims of a later month"),
        "由医院以后月份的医保应付额度支付",
    ),
}
"""Who acts and what cures, for the reasons that only batches know."""


def left_out_of(row: Any) -> LeftOut:
    """Why a batch left something out; the catalogue of remedies knows the reasons it shares."""
    reason = ExclusionReason(row.reason)
    if reason in _LEFT_OUT:
        acts, cure, cure_zh = _LEFT_OUT[reason]
    else:
        remedy = REMEDIES[DiscrepancyReason(reason.value)]
        acts, cure, cure_zh = remedy.acts, remedy.cure, remedy.cure_zh
    return LeftOut(
        payment_batch_id=row.payment_batch_id,
        application_line_id=row.application_line_id,
        payable_share_id=row.payable_share_id,
        reason=reason,
        amount=format_yuan(row.amount_minor),
        acts=acts,
        cure=cure,
        cure_zh=cure_zh,
    )


_STEPS: Final[Mapping[LineStatus, tuple[ActingParty, str, str]]] = {
    LineStatus.SUBMITTED: (_HOSPITAL, "to confirm or dispute the line", "医院确认或提出异议"),
    LineStatus.DISPUTED: (
        _HOSPITAL,
        "to end the dispute with the supplier",
        "医院与供应商解决异议",
    ),
    LineStatus.CONFIRMED: (_AGENCY, "the first review", "经办机构初审"),
    LineStatus.UNDER_REVIEW: (_AGENCY, "the second review", "经办机构复核"),
}


def steps_of(rows: Rows) -> Iterator[NextStep]:
    """What waits for somebody: open payables, lines on their way, money in suspense."""
    for row in rows.get(NodeKind.PAYABLE, {}).values():
        if row.status == PayableStatus.OPEN and row.route == Route.DIRECT:
            yield NextStep(
                about=NodeName(kind=NodeKind.PAYABLE, id=row.id),
                acts=_SUPPLIER,
                step="to apply for settlement",
                step_zh="供应商提交结算申请",
                act_by=None,
            )
    for row in rows.get(NodeKind.APPLICATION_LINE, {}).values():
        if (status := LineStatus(row.status)) in _STEPS:
            acts, step, step_zh = _STEPS[status]
            yield NextStep(
                about=NodeName(kind=NodeKind.APPLICATION_LINE, id=row.id),
                acts=acts,
                step=step,
                step_zh=step_zh,
                act_by=row.confirm_by_date if status is LineStatus.SUBMITTED else None,
            )
    for row in rows.get(NodeKind.STATEMENT_ENTRY, {}).values():
        if row.suspense_status not in (None, "resolved"):
            yield NextStep(
                about=NodeName(kind=NodeKind.STATEMENT_ENTRY, id=row.id),
                acts=_AGENCY,
                step="to explain the money in suspense, by two people",
                step_zh="由两人查明暂收款项",
                act_by=row.suspense_due_date,
            )


def version_of(row: Any | None) -> RuleVersion:
    """Kernel and rule pack of a decision; all none where the decision is not known."""
    return RuleVersion(
        kernel=row and row.kernel,
        rule_pack_code=row and row.code,
        rule_pack_version=row and row.version,
    )
