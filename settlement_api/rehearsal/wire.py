"""The drawn trade as the texts that documents are made of: codes, numbers, days, quantities.

Documents are written by hand as JSON text, because a month has 2.6 million lines: every value
that goes in is ASCII or one of the few names below, so nothing needs escaping.
"""

from dataclasses import dataclass
from datetime import timedelta

from settlement_api.rehearsal import synthetic
from settlement_api.rehearsal.deliveries import Trade
from settlement_api.rehearsal.draws import Draws
from settlement_api.rehearsal.province import Province

TRADING_PLATFORM = "trading_platform"
HOSPITAL_SYSTEM = "hospital_system"
SUPPLIER_SYSTEM = "supplier_system"
TAX_SYSTEM = "tax_system"
SOURCE_SYSTEMS = {
    TRADING_PLATFORM: "省药械采购平台（模拟）",
    HOSPITAL_SYSTEM: "医院信息系统（模拟）",
    SUPPLIER_SYSTEM: "配送企业系统（模拟）",
    TAX_SYSTEM: "电子发票平台（模拟）",
}
PACK_UNIT, SMALLEST_UNIT, CONSUMABLE_UNIT, UNKNOWN_UNIT = "盒", "片", "个", "件"
INVOICE_PRICE_SCALE = 10**13
VAT_PERCENT = 13
REFERENCE_MISSING = 300
"""Ten-thousandths of receipt and invoice lines that name no order: matched by product."""
DAYS_AHEAD = 120


def yuan(fen: int) -> str:
    """Fen as a decimal string in yuan."""
    return f"{fen // 100}.{fen % 100:02d}"


BY_ALIAS = 40
"""The papers of one order in so many call the supplier by its alias."""


@dataclass(frozen=True)
class Wire:
    """Lists by position of order, line, delivery or invoice, ready to be put into text."""

    trade: Trade
    days: list[str]
    parties: list[str]
    order_number: list[str]
    line_order: list[int]
    line_number: list[int]
    product: list[str]
    unit: list[str]
    step: list[int]
    pack_size: list[int]
    manufacturer: list[str]
    receipt_reference: list[str]
    """Order and line of each order line as a receipt names them; empty where it does not."""
    invoice_reference: list[str]

    def quantity(self, line: int, units: int) -> str:
        """A quantity in the line's unit: always whole."""
        return str(units // self.step[line])

    def delivery_number(self, delivery: int, prefix: str) -> str:
        """The number of a delivery's despatch advice or receipt."""
        return f"{prefix}{delivery:09d}"

    def invoice_number(self, invoice: int, *, reissued: bool = False) -> str:
        return synthetic.invoice_number(182 + reissued, invoice)

    def credit_number(self, credit: int) -> str:
        return synthetic.invoice_number(366, credit)

    def net_price(self, line: int, fen: int) -> str:
        """The tax-exclusive price of one unit, from `fen` a pack, as e-invoices state it."""
        divisor = (100 + VAT_PERCENT) * self.pack_size[line]
        value = (fen * self.step[line] * INVOICE_PRICE_SCALE * 2 + divisor) // (2 * divisor)
        return f"{value // INVOICE_PRICE_SCALE}.{value % INVOICE_PRICE_SCALE:013d}"


def prepare_wire(province: Province, trade: Trade, seed: int) -> Wire:
    """Looks every code and number up once."""
    orders, lines, scale = trade.orders, trade.lines, province.scale
    hospitals, suppliers = province.hospitals.codes, province.suppliers
    pairs = zip(orders.hospital.tolist(), orders.supplier.tolist(), strict=True)
    called = (suppliers.aliases, *[suppliers.usccs] * (BY_ALIAS - 1))
    start = scale.first_order_day
    numbers = [f"PO{at:09d}" for at in range(len(orders.day))]
    return Wire(
        trade,
        [(start + timedelta(days=offset)).isoformat() for offset in range(DAYS_AHEAD)],
        [
            f'"hospital_code":"{hospitals[h]}","supplier_uscc":"{called[at % BY_ALIAS][s]}"'
            for at, (h, s) in enumerate(pairs)
        ],
        numbers,
        lines.order.tolist(),
        lines.number.tolist(),
        _product_codes(province, trade),
        _units(province, trade),
        lines.step.tolist(),
        province.products.pack_size[lines.product].tolist(),
        [province.products.manufacturer[at] for at in lines.product.tolist()],
        _references(trade, numbers, Draws(seed, "receipt references")),
        _references(trade, numbers, Draws(seed, "invoice references")),
    )


def _product_codes(province: Province, trade: Trade) -> list[str]:
    codes, unknown = province.products.codes, trade.lines.unknown_product.tolist()
    return [
        synthetic.drug_code(50_000_000 + at) if is_unknown else codes[at]
        for at, is_unknown in zip(trade.lines.product.tolist(), unknown, strict=True)
    ]


def _units(province: Province, trade: Trade) -> list[str]:
    lines = trade.lines
    consumable = province.products.consumable[lines.product].tolist()
    columns = zip(lines.in_packs.tolist(), lines.unknown_unit.tolist(), consumable, strict=True)
    return [_unit(in_packs, unknown, bool(device)) for in_packs, unknown, device in columns]


def _unit(in_packs: bool, unknown: bool, device: bool) -> str:
    if unknown:
        return UNKNOWN_UNIT
    if device:
        return CONSUMABLE_UNIT
    return PACK_UNIT if in_packs else SMALLEST_UNIT


def _references(trade: Trade, numbers: list[str], draws: Draws) -> list[str]:
    missing = draws.chance(len(trade.lines.order), REFERENCE_MISSING).tolist()
    columns = zip(trade.lines.order.tolist(), trade.lines.number.tolist(), missing, strict=True)
    return [
        "" if gone else f',"order_number":"{numbers[order]}","order_line_number":{number}'
        for order, number, gone in columns
    ]
