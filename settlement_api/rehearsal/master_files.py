"""Master data and fund documents written as the CSV files that the importers take."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from settlement_api.rehearsal import synthetic
from settlement_api.rehearsal.deliveries import Trade
from settlement_api.rehearsal.draws import Draws
from settlement_api.rehearsal.funding import SCHEMES, Funding, payee_account_numbers
from settlement_api.rehearsal.province import (
    FIRST_YEAR_DAY,
    LEVELS,
    Province,
    Standing,
    mandate_flags,
)
from settlement_api.rehearsal.wire import (
    CONSUMABLE_UNIT,
    PACK_UNIT,
    SMALLEST_UNIT,
    SOURCE_SYSTEMS,
    yuan,
)

PROVINCE_CODE = "370000"
ANOTHER_PROVINCE = "330000"
ROUND = "SIM-2026-1"
"""The only procurement round of the rehearsal."""

IMPORT_ORDER = (
    *("source-systems", "agencies", "hospitals", "suppliers", "supplier-aliases", "products"),
    *("rounds", "product-groups", "contracts", "charge-terms", "authorizations", "agreed-volumes"),
    *("payee-accounts", "agency-accounts", "mandates"),
)
"""Kinds of master data, each after what it refers to."""

Row = Sequence[object]


@dataclass(frozen=True)
class Sheet:
    """One file: the importer's kind, its columns and its rows."""

    kind: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def write_sheet(directory: Path, sheet: Sheet) -> int:
    """Writes a sheet as `<kind>.csv`; the number of rows."""
    directory.mkdir(parents=True, exist_ok=True)
    count = 0
    with (directory / f"{sheet.kind}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(sheet.columns)
        for row in sheet.rows:
            writer.writerow(row)
            count += 1
    return count


def master_sheets(province: Province, funding: Funding, seed: int) -> Iterator[Sheet]:
    """Every file, in the order of `IMPORT_ORDER`."""
    yield _source_systems()
    yield _agencies(province)
    yield _hospitals(province)
    yield _suppliers(province)
    yield _supplier_aliases(province)
    yield _products(province)
    yield Sheet(
        "rounds", ("round_code", "name", "level"), [(ROUND, "模拟集采第一批", "provincial")]
    )
    yield _product_groups(province)
    yield _contracts(province)
    yield _charge_terms(province)
    yield _authorizations(province)
    yield _agreed_volumes(province, seed)
    yield _payee_accounts(province, seed)
    yield _agency_accounts(funding, province.scale.application_day)
    yield _mandates(province, seed)


def _source_systems() -> Sheet:
    rows = [(code, name, "refuse") for code, name in SOURCE_SYSTEMS.items()]
    return Sheet("source-systems", ("code", "name", "revision_profile"), rows)


def agency_code(area_code: str) -> str:
    """The code of an area's only agency."""
    return f"AG{area_code}"


def _agencies(province: Province) -> Sheet:
    rows = [
        (code, agency_code(code), f"{name}医疗保险事业中心（模拟）")
        for code, name in zip(province.area_codes, province.area_names, strict=True)
    ]
    return Sheet("agencies", ("area_code", "agency_code", "name"), rows)


def _hospitals(province: Province) -> Sheet:
    hospitals = province.hospitals
    rows = (
        (province.area_codes[area], code, name, LEVELS[level], "private" if private else "public")
        for code, name, area, level, private in zip(
            *(hospitals.codes, hospitals.names, hospitals.area.tolist()),
            *(hospitals.level.tolist(), hospitals.private.tolist()),
            strict=True,
        )
    )
    return Sheet("hospitals", ("area_code", "hospital_code", "name", "level", "ownership"), rows)


def _suppliers(province: Province) -> Sheet:
    suppliers = province.suppliers
    columns = zip(suppliers.usccs, suppliers.names, suppliers.is_sme.tolist(), strict=True)
    rows = ((code, name, "true" if sme else "false") for code, name, sme in columns)
    return Sheet("suppliers", ("uscc", "name", "is_sme"), rows)


def _supplier_aliases(province: Province) -> Sheet:
    suppliers = province.suppliers
    rows = zip(suppliers.aliases, suppliers.usccs, strict=True)
    return Sheet("supplier-aliases", ("alias", "uscc"), rows)


def _products(province: Province) -> Sheet:
    products = province.products
    rows = (
        _product_row(code, name, bool(device), size)
        for code, name, device, size in zip(
            *(products.codes, products.names),
            *(products.consumable.tolist(), products.pack_size.tolist()),
            strict=True,
        )
    )
    columns = ("product_code", "name", "kind", "specification", "smallest_unit", "units")
    return Sheet("products", columns, rows)


def _product_row(code: str, name: str, device: bool, size: int) -> Row:
    if device:
        return (code, name, "consumable", "标准型", CONSUMABLE_UNIT, "")
    return (code, name, "drug", f"{size}片/盒", SMALLEST_UNIT, f"{PACK_UNIT}={size}")


def _product_groups(province: Province) -> Sheet:
    """One drug in ten and the next are two specifications that the round awarded as one group."""
    products = province.products
    drugs = [
        code
        for code, device in zip(products.codes, products.consumable.tolist(), strict=True)
        if not device
    ]
    rows = (
        (code, ROUND, f"{ROUND}-G{at // 10:03d}") for at, code in enumerate(drugs) if at % 10 < 2
    )
    return Sheet("product-groups", ("product_code", "round_code", "group_code"), rows)


CONTRACT_COLUMNS = (
    *("contract_code", "item_no", "round_code", "product_code", "manufacturer", "holder_uscc"),
    *("pack_price", "pack_size", "scope_codes", "valid_from", "valid_to"),
)


def _contracts(province: Province) -> Sheet:
    return Sheet("contracts", CONTRACT_COLUMNS, _contract_rows(province))


def _contract_rows(province: Province) -> Iterator[Row]:
    products = province.products
    cut, year_end = province.price_cut_on, date(FIRST_YEAR_DAY.year, 12, 31)
    expired = province.scale.month_start - timedelta(days=1)
    prices, cut_prices = products.pack_price.tolist(), products.cut_price.tolist()
    for at, standing in enumerate(products.standing.tolist()):
        if standing == Standing.NONE:
            continue
        scope = ANOTHER_PROVINCE if standing == Standing.ELSEWHERE else PROVINCE_CODE
        head = _contract_head(province, at)
        size = int(products.pack_size[at])
        if standing == Standing.RENEWED:
            until = cut - timedelta(days=1)
            yield (*head, yuan(prices[at]), size, scope, FIRST_YEAR_DAY, until)
            yield (*head, yuan(cut_prices[at]), size, scope, cut, year_end)
        else:
            end = expired if standing == Standing.EXPIRED else year_end
            yield (*head, yuan(prices[at]), size, scope, FIRST_YEAR_DAY, end)


def _contract_head(province: Province, at: int) -> Row:
    products = province.products
    maker, holder = products.manufacturer[at], products.holder[at]
    return (f"{ROUND}-{at // 50:03d}", f"{at % 50 + 1}", ROUND, products.codes[at], maker, holder)


def _charge_terms(province: Province) -> Sheet:
    """What contracts say of freight: two in three pay it up to a limit, the third includes it."""
    codes = sorted({str(row[0]) for row in _contract_rows(province)})
    rows = (
        (code, "freight", "included", FIRST_YEAR_DAY, "", "")
        if number % 3 == 2
        else (code, "freight", "payable", FIRST_YEAR_DAY, "2", "150.00")
        for number, code in enumerate(codes)
    )
    columns = ("contract_code", "charge_kind", "terms", "valid_from", "most_percent", "most_amount")
    return Sheet("charge-terms", columns, rows)


def _authorizations(province: Province) -> Sheet:
    suppliers, codes = province.suppliers, province.products.codes
    rows = (
        (codes[product], uscc, province.area_codes[area], FIRST_YEAR_DAY)
        for uscc, areas, products in zip(
            suppliers.usccs, suppliers.serves, suppliers.products, strict=True
        )
        for area in areas
        for product in products.tolist()
    )
    return Sheet("authorizations", ("product_code", "uscc", "area_code", "valid_from"), rows)


def _agreed_volumes(province: Province, seed: int) -> Sheet:
    """Yearly volumes from modest to ample: some areas will buy more than agreed."""
    products = province.products
    contracted = [
        at for at, standing in enumerate(products.standing.tolist()) if standing <= Standing.RENEWED
    ]
    count = len(contracted) * len(province.area_codes)
    volumes = iter(Draws(seed, "agreed volumes").integers(count, 5_000, 500_000).tolist())
    rows = (
        (
            *(code, f"{ROUND}-{at // 50:03d}", f"{at % 50 + 1}", products.manufacturer[at]),
            *(code, FIRST_YEAR_DAY.year, next(volumes)),
        )
        for code in province.area_codes
        for at in contracted
    )
    columns = ("area_code", "contract_code", "item_no", "manufacturer", "scope_code", "year")
    return Sheet("agreed-volumes", (*columns, "quantity"), rows)


def _payee_accounts(province: Province, seed: int) -> Sheet:
    suppliers = province.suppliers
    numbers = payee_account_numbers(province, seed)
    rows = (
        (uscc, number, name, synthetic.cnaps_code(5_000 + at), FIRST_YEAR_DAY)
        for at, (uscc, number, name) in enumerate(
            zip(suppliers.usccs, numbers, suppliers.names, strict=True)
        )
    )
    columns = ("uscc", "account_number", "account_name", "cnaps_code", "valid_from")
    return Sheet("payee-accounts", columns, rows)


def account_name(area_name: str, scheme: str) -> str:
    """What an expenditure account is called."""
    fund = "职工" if scheme == SCHEMES[0] else "居民"
    return f"{area_name}{fund}医保基金支出户（模拟）"


def _agency_accounts(funding: Funding, opened_on: date) -> Sheet:
    """Accounts opened for the settlement of the month: no statement is older."""
    rows = (
        (
            *(account.area_code, agency_code(account.area_code), account.scheme, account.number),
            *(account_name(account.area_name, account.scheme), account.cnaps_code),
            opened_on,
        )
        for account in funding.accounts
    )
    columns = ("area_code", "agency_code", "scheme", "account_number", "account_name")
    return Sheet("agency-accounts", (*columns, "cnaps_code", "valid_from"), rows)


def _mandates(province: Province, seed: int) -> Sheet:
    missing, expired = mandate_flags(province, seed)
    ended = province.scale.month_start - timedelta(days=1)
    rows = (
        (code, f"委托代付-{code}", FIRST_YEAR_DAY, ended if at in expired else "")
        for at, code in enumerate(province.hospitals.codes)
        if at not in missing
    )
    columns = ("hospital_code", "document_reference", "valid_from", "valid_to")
    return Sheet("mandates", columns, rows)


FUND_COLUMNS = (
    *("kind", "hospital_code", "scheme", "month", "version", "amount"),
    *("stage", "external_number", "paid_date"),
)


def fund_sheets(province: Province, funding: Funding) -> Iterator[tuple[str, Sheet]]:
    """Claims and advances of the month, one file per area."""
    for home, area_code in enumerate(province.area_codes):
        rows = _fund_rows(province, funding, home)
        yield area_code, Sheet(f"fund-{area_code}", FUND_COLUMNS, rows)


def _fund_rows(province: Province, funding: Funding, home: int) -> Iterator[Row]:
    month = province.scale.period
    paid = province.scale.month_start + timedelta(days=9)
    area, codes = province.hospitals.area.tolist(), province.hospitals.codes
    claims, advances = funding.claims.tolist(), funding.advances.tolist()
    for at, code in enumerate(codes):
        if area[at] != home:
            continue
        for place, scheme in enumerate(SCHEMES):
            if claims[at][place]:
                yield ("claim", code, scheme, month, 1, yuan(claims[at][place]), "settled", "", "")
        if advances[at]:
            amount = yuan(min(advances[at], claims[at][0]))
            yield ("advance", code, SCHEMES[0], month, 1, amount, "", f"ADV-{code}", paid)


def traders_sheet(province: Province, trade: Trade) -> Sheet:
    """Every hospital and supplier that trade with each other in the month, by area."""
    orders, hospitals = trade.orders, province.hospitals
    pairs = sorted(set(zip(orders.hospital.tolist(), orders.supplier.tolist(), strict=True)))
    area = hospitals.area.tolist()
    rows = (
        (province.area_codes[area[at]], hospitals.codes[at], province.suppliers.usccs[supplier])
        for at, supplier in pairs
    )
    return Sheet("traders", ("area_code", "hospital_code", "uscc"), rows)
