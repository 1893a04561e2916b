"""The words of a rehearsal in Chinese: whoever reads the report may read no English."""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """What a report is written in."""

    EN = "en"
    ZH = "zh"


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """The language of a terminal, by its locale."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return Language.ZH if locale.lower().startswith("zh") else Language.EN


def said(text: str, language: Language, words: "Mapping[str, str] | None" = None) -> str:
    """A text in a language, by one of the tables below (else by that of steps and titles); what
    has no translation stays as it is."""
    if language is Language.EN:
        return text
    table = {**STEPS, **TITLES} if words is None else words
    if text in table:
        return table[text]
    for beginning, chinese in BEGINNINGS.items():
        if text.startswith(beginning):
            return f"{chinese}{text.removeprefix(beginning)}"
    return text


BEGINNINGS: Final[Mapping[str, str]] = {
    "Bank statements up to ": "银行对账单，至 ",
    "Books of ": "关账 ",
}
"""Titles that go on with a date or a month."""

STEPS: Final[Mapping[str, str]] = {
    "People of every role": "各类岗位人员",
    "Master data": "导入基础数据",
    "The agencies' file again changes nothing": "经办机构文件重复导入无变化",
    "Hospitals' and suppliers' systems": "医院与供应商系统接入",
    "Payee accounts, verified by two people": "收款账户双人核验",
    "Documents as they arrive": "单据陆续到达",
    "Matching": "逐行匹配",
    "What the fund owes hospitals": "医保基金应付医院款",
    "Credits from the special accounts": "财政专户拨款入账",
    "Suppliers apply": "供应商申请结算",
    "Hospitals confirm and dispute": "医院确认与提出异议",
    "Some disputes end": "部分异议处理完毕",
    "First review": "初审",
    "Re-review by another person": "复审（换人）",
    "Batches frozen": "支付批次冻结",
    "Approved and released": "复核与放行",
    "Payments through the bank": "银行付款",
    "Offsets acknowledged": "抵扣通知签收",
    "New accounts, verified by two people": "更换账户双人核验",
    "Second batches frozen": "第二批次冻结",
    "Second batches approved and released": "第二批次复核与放行",
    "Re-issued payments through the bank": "退汇后重新付款",
    "Offsets of the second batches": "第二批次抵扣通知签收",
    "Hospitals tell what they paid themselves": "医院报送自行付款",
    "Agencies verify, suppliers confirm": "经办核实、供应商确认",
    "Self-settlement, city by city": "各市自行结算监测",
    "Invariants": "不变量核验",
}

TITLES: Final[Mapping[str, str]] = {
    "Documents taken in": "接收的单据",
    "Payables by route": "应付明细（按去向）",
    "Exceptions by reason": "差异（按原因）",
    "Application lines": "结算申请明细",
    "Payment batches": "支付批次",
    "Left out of batches, by reason": "未纳入批次的款项（按原因）",
    "Payments by outcome": "付款（按结果）",
    "Bank statement lines": "银行对账单明细",
    "Offset instructions": "抵扣通知",
    "Ledger": "总账",
    "Who is owed most (by hospitals, trade book)": "被拖欠最多的供应商（医院欠款，交易账）",
    "Who has most to make good (advances)": "垫付最多、待抵扣的医院",
    "Self-settlement by city": "各市自行结算",
    "Sums that must agree": "勾稽关系",
    "Digest of all figures": "全部数字的摘要值",
    "nothing": "无",
    "total": "合计",
    "more rows": "行未列出",
    "accepted lines": "审核通过的明细",
    "first batches": "第一批次",
    "left out of them": "其中未纳入",
    "payment batches": "支付批次合计",
    "payments": "付款",
    "bank statement lines": "对账单明细合计",
    "bank in the ledger": "总账银行余额",
}

HEADINGS: Final[Mapping[str, str]] = {
    "kind": "种类",
    "received": "接收",
    "accepted": "接受",
    "unchanged": "无变化",
    "rejected": "拒绝",
    "route": "去向",
    "status": "状态",
    "payables": "笔数",
    "amount": "金额（元）",
    "effect": "影响",
    "reason": "原因",
    "discrepancies": "差异数",
    "dispute reason": "异议原因",
    "lines": "明细数",
    "area": "统筹区",
    "scheme": "基金",
    "no": "批号",
    "payments": "付款笔数",
    "sum": "金额（元）",
    "shortfall": "抵扣不足",
    "left out": "未纳入",
    "left out sum": "未纳入金额",
    "shares": "份额数",
    "outcome": "结果",
    "returned": "退汇金额",
    "entry class": "类别",
    "entries": "笔数",
    "instructions": "通知数",
    "book": "账簿",
    "account kind": "科目",
    "open accounts": "有余额账户",
    "balance": "余额",
    "pending": "待定",
    "uscc": "统一社会信用代码",
    "name": "名称",
    "hospitals": "医院数",
    "hospital code": "医院编码",
    "rank": "名次",
    "city": "市",
    "paid": "已付",
    "open": "未付",
    "on time": "按时率",
    "payback days": "回款天数",
    "open age": "未付天数",
    "conflicts": "矛盾付款",
    "invariant": "不变量",
    "examined": "核验",
    "broken": "不成立",
    "standing": "结论",
    "yuan": "元",
}

CODES: Final[dict[str, str]] = {
    "purchase_order": "采购订单",
    "order_change": "订单变更",
    "order_cancellation": "订单取消",
    "despatch_advice": "配送单",
    "goods_receipt": "验收单",
    "receipt_cancellation": "验收作废",
    "invoice": "发票",
    "invoice_void": "发票作废",
    "invoice_link": "发票关联",
    "credit_note": "红字发票",
    "return_note": "退货单",
    "direct": "直接结算",
    "self": "医院自行结算",
    "outside": "平台外",
    "goods": "货款",
    "return": "退货",
    "price_adj": "价格调整",
    "committed": "已申请",
    "superseded": "已被取代",
    "open": "未申请",
    "submitted": "已提交",
    "confirmed": "已确认",
    "disputed": "有异议",
    "withdrawn": "已撤回",
    "under_review": "审核中",
    "quantity_differs": "数量不符",
    "price_differs": "价格不符",
    "not_received": "未收到货",
    "quality": "质量问题",
    "debited": "已付出",
    "credited": "已入账",
    "unknown": "结果不明",
    "pending": "处理中",
    "conflict": "说法矛盾",
    "payment": "付款",
    "funding": "拨款",
    "acknowledged": "已签收",
    "issued": "已发出",
    "trade": "交易账",
    "fund": "基金账",
    "account_short": "账户余额不足",
    "account_unverified": "账户未核验",
    "mandate_missing": "缺少委托协议",
    "mandate_expired": "委托协议到期",
    "not_invoiced": "未开票",
    "quantity_over_order": "数量超订单",
    "quantity_over_receipt": "开票超验收",
    "price_above_contract": "高于合同价",
    "price_below_contract": "低于合同价",
    "price_differs_from_order": "与订单价不符",
    "amount_rounding": "金额尾差",
    "no_contract": "无合同",
    "contract_expired": "合同到期",
    "supplier_not_authorised": "配送未授权",
    "area_not_covered": "合同不含本地区",
    "product_unknown": "产品未知",
    "unit_not_convertible": "单位无法换算",
    "invoice_duplicate": "发票重复",
    "invoice_overdrawn": "红冲超额",
    "invoice_party_mismatch": "发票主体不符",
    "credit_without_invoice": "红字发票无原票",
    "return_without_receipt": "退货无验收",
    "receipt_cancelled": "验收已作废",
    "expired_lot": "批号过期",
    "date_out_of_order": "日期颠倒",
    "no_order": "无订单",
    "no_price": "无价格",
    "nothing_to_pay": "无应付金额",
    "order_date_missing": "缺订单日期",
    "charge_not_contracted": "合同外费用",
    "supplier_suspended": "供应商停用",
    "volume_over_agreed": "超协议量",
    "waiting": "等待",
    "held": "暂缓",
    "information": "提示",
    "claims_pending": "待基金应付数据",
    "original_pending": "待原单处理",
    "net_negative": "轧差为负，结转",
    "capacity_short": "抵扣额度不足",
    "advance": "垫付医院款",
    "benefits": "待遇支出",
    "payable": "应付医院款",
    "bank": "银行存款",
    "in_transit": "在途",
    "fund_transfers": "财政拨款",
    "suspense": "待查",
    "purchases": "采购",
    "owed": "欠供应商款",
    "paid_on_mandate": "基金代付",
    "self_paid": "医院自付",
    "returned": "已退汇",
    "rejected": "被拒",
    "accepted": "已通过",
    "known": "已知",
    "blocks": "阻止付款",
    "310": "职工医保",
    "390": "居民医保",
}

OF_COLUMN: Final[Mapping[str, Mapping[str, str]]] = {"entry_class": CODES | {"return": "退汇"}}
"""Columns in which a code means something of its own."""

INVARIANTS: Final[Mapping[str, str]] = {
    "ledger_totals": "每本总账借贷相等（已记账与待定）",
    "ledger_balances": "每个科目余额等于其分录之和",
    "ledger_numbers": "记账编号连续、计数正确",
    "ledger_append_only": "应用角色不能修改或删除分录",
    "bank_equals_statements": "总账银行余额等于各账户最新对账单余额",
    "statements_chain": "对账单自身平衡且首尾相接",
    "bank_only_from_statements": "银行科目只依据对账单明细或双人期初记账",
    "shares_within_confirmed": "每份额：占用＋已付－退汇＋轧抵 ≤ 确认额，且与明细一致",
    "confirmed_within_payable": "申请各部分之和等于应付明细，份额之和等于通过部分",
    "targets_met": "每订单行：未申请＋已申请应付等于重新匹配的结果",
    "paid_is_traced": "每分付款可追溯到订单、验收、发票、确认、两次审核、三人审批、指令与银行回执",
    "bank_debits_explained": "银行每笔扣款对应一次付款，或在待查中",
    "suspense_is_waiting": "待查科目恰为仍待处理的明细，每笔只转出一次",
    "schemes_never_cross": "份额、付款、批次、账户与分录同属一项基金",
    "paid_equals_funding": "在途款 = 已付 － 银行已扣",
    "advances_roll_forward": "每医院每基金：代付 － 退汇 － 已抵扣 = 未抵扣垫付",
    "claims_are_booked": "每医院每基金：基金应付款已入账",
    "owed_equals_payables": "每医院每供应商：欠款等于应付明细之和",
    "mandate_payments_booked": "每医院每供应商：交易账代付额等于实际付款",
    "never_paid_twice": "任何份额不超付，任何付款至多成功一次",
    "three_people": "每批次由制单、复核、放行三个不同的人决定",
    "two_reviewers": "医院确认，另两人审核",
    "mandate_in_force": "每笔付款放行时委托协议有效且已知",
    "closed_periods_stand": "已关账月份的数字与关账时一致",
    "batches_complete": "每批次：可付 = 纳入 ＋ 注明原因的未纳入",
    "eligible_has_a_place": "截止前通过审核的款项均已付、轧抵或注明原因未纳入",
    "intakes_complete": "每次接收：记录数 = 结果数，存储单据数 = 接受数",
    "match_runs_balanced": "每次匹配留下的应付与差异与其记录一致",
    "orphans": "无外键的每行都指向存在的行",
    "capacity_as_used": "抵扣额度的使用与占用等于付款的抵扣与计划抵扣",
    "seals_chain": "每个事件已封存或待封存，链条无缺口且可复算",
}
