"""What each kind of file holds, and what can be said of its rows without asking the database."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from schemas.messages.cells import MasterDataRow
from schemas.messages.contracts import (
    AgreedVolumeRow,
    AuthorizationRow,
    ChargeTermRow,
    ContractRow,
    ProductGroupRow,
    ProductRow,
    RoundRow,
)
from schemas.messages.master_data import RowFault
from schemas.messages.parties import (
    AgencyAccountRow,
    AgencyRow,
    AreaRow,
    CalendarRow,
    HospitalRow,
    MandateRow,
    PayeeAccountRow,
    SourceSystemRow,
    SupplierAliasRow,
    SupplierRow,
)
from settlement_api.spreadsheets import Sheet, SheetRow

Seal = Callable[[str], Mapping[str, object]]
"""Turns an account number into the columns in which it is stored."""

_TYPES: Final[Mapping[str, str]] = {
    "valid_from": "date",
    "valid_to": "date",
    "suspended_from": "date",
    "day": "date",
    "year": "int",
    "is_sme": "boolean",
    "is_working": "boolean",
    "pack_price_micro": "bigint",
    "pack_size": "int",
    "pack_size_inferred": "boolean",
    "quantity_milli": "bigint",
    "most_permyriad": "int",
    "most_minor": "bigint",
    "scopes": "text[]",
    "unit_names": "text[]",
    "unit_numerators": "bigint[]",
    "unit_denominators": "bigint[]",
    "id": "uuid",
    "account_ciphertext": "bytea",
    "account_blind_index": "bytea",
    "proposed_by": "uuid",
}
"""Column types of the staging table; every other column is text."""
_ACCOUNT: Final = ("id", "account_ciphertext", "key_id", "account_blind_index", "account_last4")
_NAMED: Final = ("name", "name_pinyin")
_PERIOD: Final = ("valid_from", "valid_to")


@dataclass(frozen=True)
class Kind:
    """One kind of master data.

    `key` names the columns that make two rows the same thing. `references` are text columns
    staged even of rows with faults, so that an unknown code beside another fault is named too.
    `contradiction` is the fault of rows that say different things of the same.
    `changes` are SQL files that store what differs, in order; `clashes` marks kinds whose rows
    may exclude one another. `area_led` kinds are stored area by area.
    """

    name: str
    row: type[MasterDataRow]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    changes: tuple[str, ...]
    references: tuple[str, ...] = ()
    contradiction: str = "contradicts_row"
    area_led: bool = False
    checks: bool = False
    clashes: bool = False
    sealed: bool = False

    @property
    def staging_sql(self) -> str:
        """Columns of the staging table: the row's line, whether it holds up, its values."""
        typed = ", ".join(f"{column} {_TYPES.get(column, 'text')}" for column in self.columns)
        return f"row_no int, sound boolean, {typed}"

    @property
    def required(self) -> list[str]:
        """Columns that every file of this kind must have."""
        return [name for name, column in self.row.model_fields.items() if column.is_required()]


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            "areas",
            AreaRow,
            key=("area_code",),
            columns=("area_code", "province_code", *_NAMED),
            changes=("areas_store",),
            checks=True,
        ),
        Kind(
            "agencies",
            AgencyRow,
            key=("area_code", "agency_code"),
            columns=("area_code", "agency_code", *_NAMED),
            changes=("agencies_store",),
            references=("area_code",),
            area_led=True,
            checks=True,
        ),
        Kind(
            "hospitals",
            HospitalRow,
            key=("hospital_code",),
            columns=(
                "area_code", "hospital_code", *_NAMED, "level", "ownership", "suspended_from",
            ),
            changes=("hospitals_store", "hospitals_register"),
            references=("area_code", "hospital_code"),
            area_led=True,
            checks=True,
        ),
        Kind(
            "suppliers",
            SupplierRow,
            key=("uscc",),
            columns=("uscc", *_NAMED, "is_sme", "suspended_from", "successor_uscc"),
            changes=("suppliers_store", "suppliers_succeed"),
            references=("uscc", "successor_uscc"),
            checks=True,
        ),
        Kind(
            "supplier-aliases",
            SupplierAliasRow,
            key=("alias",),
            columns=("alias", "uscc"),
            changes=("supplier_aliases_withdraw", "supplier_aliases_store"),
            references=("uscc",),
            contradiction="alias_ambiguous",
            checks=True,
        ),
        Kind(
            "source-systems",
            SourceSystemRow,
            key=("code",),
            columns=("code", "name", "revision_profile"),
            changes=("source_systems_store",),
        ),
        Kind(
            "products",
            ProductRow,
            key=("product_code",),
            columns=(
                "product_code", *_NAMED, "kind", "specification", "smallest_unit",
                "unit_names", "unit_numerators", "unit_denominators",
            ),
            changes=("products_store", "products_add_units"),
            references=("product_code",),
            checks=True,
        ),
        Kind(
            "rounds",
            RoundRow,
            key=("round_code",),
            columns=("round_code", "name", "level"),
            changes=("rounds_store",),
            checks=True,
        ),
        Kind(
            "product-groups",
            ProductGroupRow,
            key=("product_code",),
            columns=("product_code", "round_code", "group_code"),
            changes=("product_groups_supersede", "product_groups_store"),
            references=("product_code", "round_code"),
            checks=True,
        ),
        Kind(
            "contracts",
            ContractRow,
            key=("contract_code", "item_no", "manufacturer", "valid_from"),
            columns=(
                "contract_code", "item_no", "round_code", "product_code", "manufacturer",
                "holder_uscc", "pack_price_micro", "pack_size", "pack_size_inferred", "scopes",
                *_PERIOD,
            ),
            changes=(
                "contracts_supersede", "contracts_store",
                "contract_scopes_supersede", "contract_scopes_store",
            ),
            references=("round_code", "product_code"),
            contradiction="overlapping_price",
            checks=True,
            clashes=True,
        ),
        Kind(
            "charge-terms",
            ChargeTermRow,
            key=("contract_code", "charge_kind", "valid_from"),
            columns=(
                "contract_code", "charge_kind", "terms", "most_permyriad", "most_minor", *_PERIOD,
            ),
            changes=("charge_terms_supersede", "charge_terms_store"),
            references=("contract_code",),
            contradiction="overlapping_terms",
            checks=True,
            clashes=True,
        ),
        Kind(
            "authorizations",
            AuthorizationRow,
            key=("product_code", "uscc", "area_code", "valid_from"),
            columns=("product_code", "uscc", "area_code", *_PERIOD),
            changes=("authorizations_supersede", "authorizations_store"),
            references=("product_code", "uscc", "area_code"),
            checks=True,
        ),
        Kind(
            "agreed-volumes",
            AgreedVolumeRow,
            key=("area_code", "contract_code", "item_no", "manufacturer", "scope_code", "year"),
            columns=(
                "area_code", "contract_code", "item_no", "manufacturer", "scope_code", "year",
                "quantity_milli",
            ),
            changes=("agreed_volumes_supersede", "agreed_volumes_store"),
            references=("area_code", "contract_code", "item_no", "manufacturer"),
            area_led=True,
            checks=True,
        ),
        Kind(
            "payee-accounts",
            PayeeAccountRow,
            key=("uscc", "account_number", "cnaps_code", "valid_from"),
            columns=("uscc", *_ACCOUNT, "account_name", "cnaps_code", "proposed_by", *_PERIOD),
            changes=("payee_accounts_store",),
            references=("uscc",),
            checks=True,
            sealed=True,
        ),
        Kind(
            "agency-accounts",
            AgencyAccountRow,
            key=("area_code", "account_number"),
            columns=(
                "area_code", "agency_code", "scheme", *_ACCOUNT, "account_name", "cnaps_code",
                *_PERIOD,
            ),
            changes=("agency_accounts_end", "agency_accounts_store"),
            references=("area_code", "agency_code"),
            area_led=True,
            checks=True,
            clashes=True,
            sealed=True,
        ),
        Kind(
            "mandates",
            MandateRow,
            key=("hospital_code", "document_reference"),
            columns=("hospital_code", "document_reference", *_PERIOD),
            changes=("mandates_supersede", "mandates_store"),
            references=("hospital_code",),
            area_led=True,
        ),
        Kind(
            "calendar",
            CalendarRow,
            key=("day",),
            columns=("day", "year", "is_working", "name", "source"),
            changes=("calendar_years_store", "calendar_days_supersede", "calendar_days_store"),
        ),
    )
}  # fmt: skip


@dataclass(slots=True)
class CheckedRow:
    """A row on its way: its model if it holds up, its faults, and the earlier row it repeats."""

    source: SheetRow
    model: MasterDataRow | None = None
    faults: tuple[RowFault, ...] = ()
    repeats: "CheckedRow | None" = None
    changed: bool = False

    @property
    def sound(self) -> bool:
        """Whether it may be stored."""
        return self.model is not None and not self.faults

    def fault(self, column: str, code: str, message: str) -> None:
        """Adds a fault."""
        self.faults += (RowFault(column=column, code=code, message=message),)


def check_rows(kind: Kind, sheet: Sheet) -> list[CheckedRow]:
    """Every row with the faults that show without the database, all faults of a row at once."""
    checked = [_check_row(kind, row) for row in sheet.rows]
    _mark_repeats(kind, checked)
    return checked


def _check_row(kind: Kind, source: SheetRow) -> CheckedRow:
    checked = CheckedRow(source)
    unreadable = {fault.place for fault in source.faults}
    for fault in source.faults:
        checked.fault(fault.place, fault.code, fault.message)
    try:
        checked.model = kind.row.model_validate(source.cells)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            column = str(detail["loc"][0]) if detail["loc"] else ""
            if column not in unreadable:
                checked.fault(column, *_said(detail["type"], detail["msg"]))
    return checked


def _said(kind: str, message: str) -> tuple[str, str]:
    """A stable code and a plain sentence for a validator's fault."""
    code = {"missing": "missing_value", "value_error": "invalid_value"}.get(kind, kind)
    return code, message.removeprefix("Value error, ")


def _mark_repeats(kind: Kind, rows: Iterable[CheckedRow]) -> None:
    """A later row of a key repeats the first; or rows contradict each other: then nobody knows
    which is right, and all of them are refused, each naming the others."""
    same: dict[tuple[object, ...], list[CheckedRow]] = defaultdict(list)
    for row in rows:
        if row.model is not None:
            same[tuple(getattr(row.model, column) for column in kind.key)].append(row)
    for group in same.values():
        if all(row.model == group[0].model for row in group):
            for row in group[1:]:
                row.repeats = group[0]
        else:
            for row in group:
                others = [str(o.source.number) for o in group if o.model != row.model]
                row.fault("", kind.contradiction, f"says otherwise than row {', '.join(others)}")


def staged_rows(
    kind: Kind, rows: Sequence[CheckedRow], *, seal: Seal
) -> Iterable[tuple[object, ...]]:
    """Records for the staging table; rows with faults carry their references only."""
    for row in rows:
        if row.repeats is None:
            values = _values(kind, row, seal)
            yield (row.source.number, row.sound, *(values.get(name) for name in kind.columns))


def _values(kind: Kind, row: CheckedRow, seal: Seal) -> dict[str, Any]:
    if not row.sound:
        faulty = {fault.column for fault in row.faults}
        return {
            name: row.source.cells[name]
            for name in kind.references
            if name in row.source.cells and name not in faulty
        }
    values = {name: getattr(row.model, name, None) for name in kind.columns}
    if kind.sealed:
        values |= seal(row.model.account_number)  # type: ignore[union-attr]
    return values
