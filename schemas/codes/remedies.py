"""What each discrepancy asks for: the kind of hold, who must act, and what would make it payable.

One row per reason, the same for every area. A hold is lifted by its cure arriving, never by hand:
the next matching of the documents concerned no longer finds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from schemas.codes.holds import ActingParty, HoldType
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyStatus, DueDateState
from schemas.codes.reconciliation import DiscrepancyReason as Reason


@dataclass(frozen=True)
class Remedy:
    """`rule` names the rule of matching that spoke; the cure is given in both languages."""

    rule: str
    hold: HoldType
    acts: ActingParty
    cure: str
    cure_zh: str


_SUPPLIER, _HOSPITAL, _AGENCY = ActingParty.SUPPLIER, ActingParty.HOSPITAL, ActingParty.AGENCY
_BUREAU, _NOBODY = ActingParty.BUREAU, ActingParty.NOBODY

_ROWS: Final[tuple[tuple[Reason, Remedy], ...]] = (
    (
        Reason.NOT_RECEIVED,
        Remedy(
            "quantity.received",
            HoldType.DOCUMENT,
            _HOSPITAL,
            "a goods receipt of this order line",
            "医院提交该订单明细的收货验收单",
        ),
    ),
    (
        Reason.NOT_INVOICED,
        Remedy(
            "quantity.invoiced",
            HoldType.DOCUMENT,
            _SUPPLIER,
            "an invoice for what was received",
            "供应商就已验收数量开具发票",
        ),
    ),
    (
        Reason.QUANTITY_OVER_ORDER,
        Remedy(
            "quantity.ordered",
            HoldType.QUANTITY,
            _HOSPITAL,
            "an order change that covers the quantity, or a return of the excess",
            "医院提交订单变更覆盖该数量，或退回超出部分",
        ),
    ),
    (
        Reason.QUANTITY_OVER_RECEIPT,
        Remedy(
            "quantity.received",
            HoldType.QUANTITY,
            _SUPPLIER,
            "a receipt of the rest, or a credit note for what was not received",
            "补齐收货验收，或供应商对未收部分开具红字发票",
        ),
    ),
    (
        Reason.PRICE_ABOVE_CONTRACT,
        Remedy(
            "price.contract",
            HoldType.PRICE,
            _SUPPLIER,
            "a credit note for the excess; the amount at the contract price is payable already",
            "供应商对超出合同价部分开具红字发票；合同价内金额可照常支付",
        ),
    ),
    (
        Reason.PRICE_BELOW_CONTRACT,
        Remedy(
            "price.contract",
            HoldType.PRICE,
            _NOBODY,
            "nothing: the lower amount is paid",
            "无需处理：按较低金额支付",
        ),
    ),
    (
        Reason.PRICE_DIFFERS_FROM_ORDER,
        Remedy(
            "price.order",
            HoldType.PRICE,
            _SUPPLIER,
            "an order change to the invoiced price, or a credit note for the excess",
            "医院提交订单价格变更，或供应商对差额开具红字发票",
        ),
    ),
    (
        Reason.AMOUNT_ROUNDING,
        Remedy(
            "amount.rounding",
            HoldType.PRICE,
            _NOBODY,
            "nothing: the difference is within rounding of the stated price",
            "无需处理：差异在单价舍入容差内",
        ),
    ),
    (
        Reason.NO_CONTRACT,
        Remedy(
            "contract.listed",
            HoldType.CONTRACT,
            _HOSPITAL,
            "settled by the hospital itself; a contract for the product would make it direct",
            "由医院自行结算；产品列入集采合同后可转直接结算",
        ),
    ),
    (
        Reason.CONTRACT_EXPIRED,
        Remedy(
            "contract.in_force",
            HoldType.CONTRACT,
            _HOSPITAL,
            "settled by the hospital itself; a contract in force on the date would make it direct",
            "由医院自行结算；基准日有有效合同时可转直接结算",
        ),
    ),
    (
        Reason.SUPPLIER_NOT_AUTHORISED,
        Remedy(
            "contract.authorised",
            HoldType.PARTY,
            _SUPPLIER,
            "the winner's authorization of this supplier for the area and date",
            "中选企业对该配送企业在本地区、该日期的配送授权",
        ),
    ),
    (
        Reason.AREA_NOT_COVERED,
        Remedy(
            "contract.area",
            HoldType.CONTRACT,
            _BUREAU,
            "the contract's extension to this area",
            "合同供应地区扩展至本地区",
        ),
    ),
    (
        Reason.PRODUCT_UNKNOWN,
        Remedy(
            "product.known",
            HoldType.PRODUCT,
            _AGENCY,
            "the product's entry in the catalogue; its lines are matched again at once",
            "将产品录入目录，相关明细随即重新匹配",
        ),
    ),
    (
        Reason.UNIT_NOT_CONVERTIBLE,
        Remedy(
            "product.unit",
            HoldType.PRODUCT,
            _AGENCY,
            "a conversion of this unit on the product, or a document in a known unit",
            "补充该产品的单位换算，或以已知单位重报单据",
        ),
    ),
    (
        Reason.INVOICE_DUPLICATE,
        Remedy(
            "invoice.once",
            HoldType.REFERENCE,
            _SUPPLIER,
            "voiding one of the invoices that carry this number",
            "作废重复号码的发票之一",
        ),
    ),
    (
        Reason.INVOICE_OVERDRAWN,
        Remedy(
            "credit.within_invoice",
            HoldType.REFERENCE,
            _SUPPLIER,
            "voiding or correcting a credit note: more was credited than invoiced",
            "作废或更正红字发票：冲红金额超过蓝字发票",
        ),
    ),
    (
        Reason.INVOICE_PARTY_MISMATCH,
        Remedy(
            "invoice.parties",
            HoldType.PARTY,
            _SUPPLIER,
            "an invoice whose buyer and seller are those of the order",
            "购销双方与订单一致的发票",
        ),
    ),
    (
        Reason.CREDIT_WITHOUT_INVOICE,
        Remedy(
            "credit.blue_invoice",
            HoldType.REFERENCE,
            _SUPPLIER,
            "the blue invoice line that the credit note names",
            "提交红字发票所对应的蓝字发票明细",
        ),
    ),
    (
        Reason.ADJUSTMENT_WITHOUT_INVOICE,
        Remedy(
            "adjustment.blue_invoice",
            HoldType.REFERENCE,
            _SUPPLIER,
            "the invoice line of the same product whose price the supplementary invoice raises",
            "提交补差发票所对应的同一产品的原发票明细",
        ),
    ),
    (
        Reason.ACCEPTED_LOWER,
        Remedy(
            "amount.accepted",
            HoldType.PRICE,
            _SUPPLIER,
            "a credit note for the difference; people accepted the line at a lower amount",
            "供应商对差额开具红字发票；该明细已按较低金额认可",
        ),
    ),
    (
        Reason.PRODUCT_SUBSTITUTED,
        Remedy(
            "product.ordered",
            HoldType.PRODUCT,
            _HOSPITAL,
            "where it waits: an order of the product that came, as the rules do not allow another "
            "of its group; else nothing, it is paid by its own contract",
            "等待处理时：规则不允许同组替代，需补充所到产品的订单；否则无需处理，按所到产品的合同支付",
        ),
    ),
    (
        Reason.RETURN_WITHOUT_RECEIPT,
        Remedy(
            "return.receipt",
            HoldType.REFERENCE,
            _HOSPITAL,
            "the goods receipt that the return comes off",
            "提交退货所对应的收货验收单",
        ),
    ),
    (
        Reason.RECEIPT_CANCELLED,
        Remedy(
            "receipt.effective",
            HoldType.DOCUMENT,
            _HOSPITAL,
            "another goods receipt, or a credit note for the invoice",
            "重新提交收货验收单，或供应商冲红发票",
        ),
    ),
    (
        Reason.TWO_INVOICE_CHAIN_MISSING,
        Remedy(
            "invoice.chain",
            HoldType.DOCUMENT,
            _SUPPLIER,
            "the number of the manufacturer's invoice on the invoice line",
            "在发票明细上注明生产企业开具的上一道发票号码",
        ),
    ),
    (
        Reason.TRACE_CODE_MISSING,
        Remedy(
            "receipt.trace_codes",
            HoldType.DOCUMENT,
            _HOSPITAL,
            "a receipt that carries the trace codes of the packs accepted",
            "在收货验收单上补录追溯码",
        ),
    ),
    (
        Reason.TRACE_CODE_REPEATED,
        Remedy(
            "receipt.trace_codes_once",
            HoldType.REFERENCE,
            _HOSPITAL,
            "a higher revision or a cancellation of whichever receipt states the code by mistake",
            "误报该追溯码的验收单提交更高版本或作废",
        ),
    ),
    (
        Reason.LINK_TOTAL_MISMATCH,
        Remedy(
            "invoice.link_total",
            HoldType.REFERENCE,
            _SUPPLIER,
            "a link whose lines and whole invoices come to the same total, all of them sent",
            "关联的明细与发票须全部报送且价税合计相等，否则提交更高版本的发票关联",
        ),
    ),
    (
        Reason.EXPIRED_LOT,
        Remedy(
            "receipt.expiry",
            HoldType.DATE,
            _HOSPITAL,
            "a return of the lot, or a corrected expiry date on the receipt",
            "退回该批号，或更正收货验收单上的有效期",
        ),
    ),
    (
        Reason.DATE_OUT_OF_ORDER,
        Remedy(
            "date.order_of_events",
            HoldType.DATE,
            _HOSPITAL,
            "a corrected date, where one is wrong",
            "如日期有误，请更正",
        ),
    ),
    (
        Reason.NO_ORDER,
        Remedy(
            "order.found",
            HoldType.REFERENCE,
            _HOSPITAL,
            "the purchase order, or an invoice link that names it",
            "提交采购订单，或以发票关联指明订单",
        ),
    ),
    (
        Reason.NO_PRICE,
        Remedy(
            "price.known",
            HoldType.PRICE,
            _HOSPITAL,
            "a price on the order, or a contract for the product",
            "在订单上注明价格，或产品列入合同",
        ),
    ),
    (
        Reason.NOTHING_TO_PAY,
        Remedy(
            "amount.payable",
            HoldType.PRICE,
            _SUPPLIER,
            "an invoice with an amount, where one is owed",
            "如确有应付金额，提交带金额的发票",
        ),
    ),
    (
        Reason.ORDER_DATE_MISSING,
        Remedy(
            "date.order",
            HoldType.DATE,
            _NOBODY,
            "nothing: the date of receipt decides",
            "无需处理：以收货日期为准",
        ),
    ),
    (
        Reason.CHARGE_NOT_CONTRACTED,
        Remedy(
            "charge.contracted",
            HoldType.CHARGE,
            _SUPPLIER,
            "settled between hospital and supplier; a contract that lists the charge pays it",
            "由医院与供应商自行结算；合同列明该费用后方可支付",
        ),
    ),
    (
        Reason.CHARGE_REPEATED,
        Remedy(
            "charge.once",
            HoldType.CHARGE,
            _SUPPLIER,
            "a credit note of this charge or of one before it: the order's allowance is used up",
            "对本笔或在先的费用开具红字发票：该订单的费用限额已用完",
        ),
    ),
    (
        Reason.CHARGE_ABOVE_CONTRACT,
        Remedy(
            "charge.most",
            HoldType.CHARGE,
            _SUPPLIER,
            "a credit note over what is above the contract's limit, or a contract that allows more",
            "对超出合同限额部分开具红字发票，或合同提高限额",
        ),
    ),
    (
        Reason.ACCOUNT_SHORT,
        Remedy(
            "batch.account",
            HoldType.PAYMENT,
            _AGENCY,
            "money on the expenditure account; taken by the next batch",
            "支出户到款后由下一批次支付",
        ),
    ),
    (
        Reason.SUPPLIER_SUSPENDED,
        Remedy(
            "batch.supplier",
            HoldType.PAYMENT,
            _AGENCY,
            "the end of the suspension, decided by people",
            "由人工解除暂停",
        ),
    ),
    (
        Reason.MANDATE_MISSING,
        Remedy(
            "batch.mandate",
            HoldType.PAYMENT,
            _HOSPITAL,
            "a mandate of the hospital in force on the day",
            "医院提供当日有效的委托代付授权",
        ),
    ),
    (
        Reason.ACCOUNT_UNVERIFIED,
        Remedy(
            "batch.payee_account",
            HoldType.PAYMENT,
            _AGENCY,
            "verification of the supplier's account by two people",
            "由两人核验供应商收款账户",
        ),
    ),
    (
        Reason.VOLUME_OVER_AGREED,
        Remedy(
            "contract.volume",
            HoldType.CONTRACT,
            _NOBODY,
            "nothing: the winning price holds beyond the agreed volume",
            "无需处理：超出约定量仍按中选价供应",
        ),
    ),
)

REMEDIES: Final[Mapping[Reason, Remedy]] = MappingProxyType(dict(_ROWS))
"""The remedy of every reason of the closed list."""

ASKING: Final = (DiscrepancyEffect.WAITING, DiscrepancyEffect.HELD)
"""The effects that somebody must act on; the others only inform."""
UNSETTLED: Final = (
    DiscrepancyStatus.OPEN,
    DiscrepancyStatus.SENT_BACK,
    DiscrepancyStatus.SNOOZED,
    DiscrepancyStatus.TO_CHECK,
)


@dataclass(frozen=True)
class ActBy:
    """By when to act; no day while the calendar of its year is not loaded. No state: nobody."""

    day: date | None
    state: DueDateState | None

    @staticmethod
    def of(
        *,
        reason: Reason,
        effect: DiscrepancyEffect,
        status: DiscrepancyStatus,
        decided: date | None,
        deadline: date | None,
    ) -> "ActBy":
        """The day people decided, else the rule pack's; `deadline` is none while it is pending."""
        if status not in UNSETTLED or effect not in ASKING:
            return ActBy(None, None)
        if (day := decided or deadline) is not None:
            return ActBy(day, DueDateState.KNOWN)
        nobody = REMEDIES[reason].acts is ActingParty.NOBODY
        return ActBy(None, None if nobody else DueDateState.PENDING_CALENDAR)
