"""Codes of matching: why something is not payable, what a payable is, and which way it goes."""

from enum import StrEnum


class DiscrepancyReason(StrEnum):
    """The closed list of domain.md section 5; extended only by a decision record.

    An unmatched quantity carries the most telling one: `product_unknown`, then
    `unit_not_convertible`, then what is missing. Reserved, because nothing decides them yet:
    `volume_over_agreed` (monitoring
    shows how far agreed volumes are drawn; no single line is marked). `account_short`,
    `supplier_suspended`, `mandate_missing` and `account_unverified` are said of batches, not of
    documents.
    """

    NOT_RECEIVED = "not_received"
    NOT_INVOICED = "not_invoiced"
    QUANTITY_OVER_ORDER = "quantity_over_order"
    QUANTITY_OVER_RECEIPT = "quantity_over_receipt"
    PRICE_ABOVE_CONTRACT = "price_above_contract"
    PRICE_BELOW_CONTRACT = "price_below_contract"
    PRICE_DIFFERS_FROM_ORDER = "price_differs_from_order"
    AMOUNT_ROUNDING = "amount_rounding"
    NO_CONTRACT = "no_contract"
    CONTRACT_EXPIRED = "contract_expired"
    SUPPLIER_NOT_AUTHORISED = "supplier_not_authorised"
    AREA_NOT_COVERED = "area_not_covered"
    PRODUCT_UNKNOWN = "product_unknown"
    UNIT_NOT_CONVERTIBLE = "unit_not_convertible"
    INVOICE_DUPLICATE = "invoice_duplicate"
    INVOICE_OVERDRAWN = "invoice_overdrawn"
    INVOICE_PARTY_MISMATCH = "invoice_party_mismatch"
    CREDIT_WITHOUT_INVOICE = "credit_without_invoice"
    RETURN_WITHOUT_RECEIPT = "return_without_receipt"
    RECEIPT_CANCELLED = "receipt_cancelled"
    TWO_INVOICE_CHAIN_MISSING = "two_invoice_chain_missing"
    TRACE_CODE_MISSING = "trace_code_missing"
    EXPIRED_LOT = "expired_lot"
    DATE_OUT_OF_ORDER = "date_out_of_order"
    NO_ORDER = "no_order"
    NO_PRICE = "no_price"
    NOTHING_TO_PAY = "nothing_to_pay"
    ORDER_DATE_MISSING = "order_date_missing"
    CHARGE_NOT_CONTRACTED = "charge_not_contracted"
    ACCOUNT_SHORT = "account_short"
    SUPPLIER_SUSPENDED = "supplier_suspended"
    MANDATE_MISSING = "mandate_missing"
    ACCOUNT_UNVERIFIED = "account_unverified"
    VOLUME_OVER_AGREED = "volume_over_agreed"
    ADJUSTMENT_WITHOUT_INVOICE = "adjustment_without_invoice"
    ACCEPTED_LOWER = "accepted_lower"
    CHARGE_REPEATED = "charge_repeated"
    CHARGE_ABOVE_CONTRACT = "charge_above_contract"
    TRACE_CODE_REPEATED = "trace_code_repeated"
    PRODUCT_SUBSTITUTED = "product_substituted"
    LINK_TOTAL_MISMATCH = "link_total_mismatch"


class DiscrepancyEffect(StrEnum):
    """What a discrepancy does to its quantity and amount.

    `waiting`: another document is still due. `held`: not payable as it stands. `information`:
    nothing is held; its quantity and amount are shown and count in no balance. `absorbed`: it is
    payable because a tolerance let it pass; shown and totalled, and no balance counts it again.
    """

    WAITING = "waiting"
    HELD = "held"
    INFORMATION = "information"
    ABSORBED = "absorbed"


class DiscrepancyStatus(StrEnum):
    """What people made of a discrepancy; `superseded` when a later run no longer finds it.

    Sent back, snoozed and to be checked are still to be settled, by whom and when is said beside.
    """

    OPEN = "open"
    EXPLAINED = "explained"
    CORRECTED = "corrected"
    WRITTEN_OFF = "written_off"
    SENT_BACK = "sent_back"
    SNOOZED = "snoozed"
    TO_CHECK = "to_check"
    SUPERSEDED = "superseded"


class PayableKind(StrEnum):
    """What a payable pays for or takes back (domain.md section 5a)."""

    GOODS = "goods"
    RETURN = "return"
    PRICE_ADJ = "price_adj"
    FREIGHT = "freight"
    ROUNDING = "rounding"


class PayableStatus(StrEnum):
    """Open until applied for; then committed for good, or superseded by a later match run."""

    OPEN = "open"
    SUPERSEDED = "superseded"
    COMMITTED = "committed"


class Route(StrEnum):
    """Which way a payable is settled: by the fund, by the hospital itself, or outside both."""

    DIRECT = "direct"
    SELF = "self"
    OUTSIDE = "outside"


class DueDateState(StrEnum):
    """`pending_calendar` while the working-day calendar of that year is not loaded."""

    KNOWN = "known"
    PENDING_CALENDAR = "pending_calendar"


class MatchTrigger(StrEnum):
    """What started a match run."""

    ARRIVAL = "arrival"
    MANUAL = "manual"
    INVOICE_FLAG = "invoice_flag"
    TRACE_CODE = "trace_code"
    MASTER_DATA = "master_data"
    RESOLUTION = "resolution"
