"""How documents and results lie in binary COPY: what `sql/` reads, and what staging takes."""

from typing import Any, Final

import numpy.typing as npt

from reconciler.columns import CopyLayout, Integers, Rows
from reconciler.dossier import Dossier, committed_ids, other_ids, pools_of, pools_of_payables
from reconciler.line_ids import ids_at
from reconciler.outcome import EFFECTS, KINDS, REASONS, ROUTES
from reconciler.relatives import key_of
from schemas.codes.documents import ChargeKind
from schemas.codes.reconciliation import DiscrepancyReason

_REFERENCE: Final = (("order_number", "int8"), ("order_line", "int4"))
_RECEIPT_REFERENCE: Final = (("receipt_number", "int8"), ("receipt_line", "int4"))
_NUMBERED: Final = (
    ("id", "uuid"),
    ("pool", "int4"),
    ("number", "int8"),
    ("line_number", "int4"),
)

READ: Final = {
    "keys": CopyLayout(
        (
            ("key_no", "int4"),
            ("hospital_id", "uuid"),
            ("supplier_id", "uuid"),
            ("pool_no", "int4"),
            ("kin_no", "int4"),
            ("measure", "int8"),
            ("product_id", "uuid"),
        )
    ),
    "orders": CopyLayout(
        (
            *_NUMBERED,
            ("source", "int8"),
            ("effective", "bool"),
            ("replaced", "bool"),
            ("unit", "int4"),
            ("quantity", "int8"),
            ("price", "int8"),
            ("pack", "int8"),
            ("decimals", "int2"),
            ("amount", "int8"),
            ("day", "int4"),
            ("product_id", "uuid"),
            ("supplier_id", "uuid"),
            ("agreement", "int8"),
            ("manufacturer", "int8"),
            ("offline", "bool"),
            ("of_charges", "bool"),
        )
    ),
    "receipts": CopyLayout(
        (
            *_NUMBERED,
            ("source", "int8"),
            *_REFERENCE,
            ("unit", "int4"),
            ("quantity", "int8"),
            ("day", "int4"),
            ("accepted", "int4"),
            ("expiry", "int4"),
            ("trace", "int2"),
            ("repeated", "bool"),
            ("lot", "int8"),
            ("effective", "bool"),
            ("unknown", "bool"),
        )
    ),
    "invoices": CopyLayout(
        (
            *_NUMBERED,
            ("red", "bool"),
            *_REFERENCE,
            *_RECEIPT_REFERENCE,
            ("blue_number", "int8"),
            ("blue_line", "int4"),
            ("unit", "int4"),
            ("quantity", "int8"),
            ("amount", "int8"),
            ("difference", "int8"),
            ("document_start", "int8"),
            ("document_total", "int8"),
            ("lowered", "int8"),
            ("day", "int4"),
            ("chain", "int2"),
            ("lot", "int8"),
            ("charge", "bool"),
            ("flag", "int2"),
            ("unknown", "bool"),
        )
    ),
    "returns": CopyLayout(
        (
            ("id", "uuid"),
            ("pool", "int4"),
            *_REFERENCE,
            *_RECEIPT_REFERENCE,
            ("unit", "int4"),
            ("quantity", "int8"),
            ("lot", "int8"),
        )
    ),
    "links": CopyLayout(
        (
            ("pool", "int4"),
            ("number", "int8"),
            ("line_number", "int4"),
            *_REFERENCE,
            *_RECEIPT_REFERENCE,
            ("quantity", "int8"),
            ("uneven", "bool"),
            ("invoiced", "int8"),
            ("linked", "int8"),
        )
    ),
    "charges": CopyLayout(
        (
            ("id", "uuid"),
            ("pool", "int4"),
            ("kind", "int2"),
            ("order_number", "int8"),
            ("before", "int8"),
        )
    ),
    "charge_terms": CopyLayout(
        (
            ("agreement", "int8"),
            ("kind", "int2"),
            ("payable", "bool"),
            ("permyriad", "int8"),
            ("most", "int8"),
            ("valid_from", "int4"),
            ("valid_to", "int4"),
        )
    ),
    "contracts": CopyLayout(
        (
            ("id", "uuid"),
            ("product_id", "uuid"),
            ("agreement", "int8"),
            ("manufacturer", "int8"),
            ("price", "int8"),
            ("pack", "int8"),
            ("decimals", "int2"),
            ("valid_from", "int4"),
            ("valid_to", "int4"),
            ("covers", "bool"),
            ("holder_id", "uuid"),
        )
    ),
    "authorizations": CopyLayout(
        (
            ("product_id", "uuid"),
            ("supplier_id", "uuid"),
            ("valid_from", "int4"),
            ("valid_to", "int4"),
        )
    ),
    "payables": CopyLayout(
        (
            ("id", "uuid"),
            ("pool", "int4"),
            ("committed", "bool"),
            ("order_line_id", "uuid"),
            ("receipt_line_id", "uuid"),
            ("invoice_line_id", "uuid"),
            ("adjusts_id", "uuid"),
            ("contract_id", "uuid"),
            ("context_id", "uuid"),
            ("kind", "int2"),
            ("route", "int2"),
            ("quantity", "int8"),
            ("amount", "int8"),
            ("basis_day", "int4"),
            ("clock_day", "int4"),
        )
    ),
    "discrepancies": CopyLayout(
        (
            ("id", "uuid"),
            ("order_line_id", "uuid"),
            ("receipt_line_id", "uuid"),
            ("invoice_line_id", "uuid"),
            ("other_line_id", "uuid"),
            ("reason", "int2"),
            ("effect", "int2"),
            ("quantity", "int8"),
            ("amount", "int8"),
            ("stated", "int8"),
            ("allowed", "int8"),
        )
    ),
}
"""Columns of `sql/copy_<name>.sql`, in its order."""

STAGING_TABLES: Final = {
    "match_key": """
        key_no integer, hospital_id uuid, supplier_id uuid,
        component_code text STORAGE PLAIN,
        pool_no integer, kin_no integer, measure bigint, product_id uuid
    """,
    "match_charge": """
        id uuid, key_no integer, invoice_number text STORAGE PLAIN, line_number integer,
        invoice_date date, charge_kind text STORAGE PLAIN, order_number text STORAGE PLAIN,
        amount bigint
    """,
    "match_payable": """
        id uuid, pool integer, order_id uuid, receipt_id uuid, invoice_id uuid, adjusts_id uuid,
        contract_id uuid, kind smallint, route smallint, quantity bigint, amount bigint,
        basis_day integer, clock_day integer, due_day integer, terms smallint
    """,
    "match_discrepancy": """
        id uuid, pool integer, order_id uuid, receipt_id uuid, invoice_id uuid, other_id uuid,
        reason smallint, effect smallint, quantity bigint, amount bigint, stated bigint,
        allowed bigint
    """,
    "match_forecast": """
        pool integer, order_id uuid, contract_id uuid, route smallint, reason smallint,
        matched bigint, open bigint
    """,
}
"""They live as long as the connection: making them anew costs more than matching one order.
`match_charge` holds charges of a draft, which are looked at as if they had come, and what its goods
come to, in no component.

Texts are stored plain: the table that keeps long texts for another would be built anew at the end
of each transaction.
"""
PLANNING: Final = """
SET LOCAL enable_nestloop = on;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_memoize = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL plan_cache_mode = force_generic_plan
"""
"""Small sets are joined by index (`read_columns` allows hash joins where they are large); a merge
join with a line table reads every other area's lines on its way. Plans hang on no value, so they
are kept.
"""

_IDS: Final = ("order_id", "receipt_id", "invoice_id")
PAYABLE_LAYOUT: Final = CopyLayout(
    (
        ("id", "uuid"),
        ("pool", "int4"),
        *((name, "uuid") for name in (*_IDS, "adjusts_id", "contract_id")),
        ("kind", "int2"),
        ("route", "int2"),
        ("quantity", "int8"),
        ("amount", "int8"),
        ("basis_day", "int4"),
        ("clock_day", "int4"),
        ("due_day", "int4"),
        ("terms", "int2"),
    )
)
DISCREPANCY_LAYOUT: Final = CopyLayout(
    (
        ("id", "uuid"),
        ("pool", "int4"),
        *((name, "uuid") for name in (*_IDS, "other_id")),
        ("reason", "int2"),
        ("effect", "int2"),
        *((name, "int8") for name in ("quantity", "amount", "stated", "allowed")),
    )
)
FORECAST_LAYOUT: Final = CopyLayout(
    (
        ("pool", "int4"),
        ("order_id", "uuid"),
        ("contract_id", "uuid"),
        ("route", "int2"),
        ("reason", "int2"),
        ("matched", "int8"),
        ("open", "int8"),
    )
)

SHARED: Final = """
    WITH charged_line AS MATERIALIZED (
        SELECT named.key_no, named.component_code, true AS of_charges, own.*
        FROM (
            SELECT
                match_key.key_no, match_key.component_code, match_key.hospital_id,
                match_key.supplier_id, named.order_number
            FROM match_key
            CROSS JOIN LATERAL (
                SELECT order_number
                FROM invoice_line AS own
                WHERE own.area_code = (SELECT current_setting('app.area_code'))
                  AND own.supplier_id = match_key.supplier_id
                  AND own.invoice_number = substr(match_key.component_code, 8)
                  AND own.hospital_id = match_key.hospital_id
                  AND own.charge_kind <> 'goods'
                  AND own.document_kind = 'invoice'
                  AND own.order_number IS NOT NULL
                :fence
            ) AS named
            WHERE starts_with(match_key.component_code, 'charge:')
            UNION
            SELECT
                match_key.key_no, match_key.component_code, match_key.hospital_id,
                match_key.supplier_id, match_charge.order_number
            FROM match_charge
            JOIN match_key ON match_key.key_no = match_charge.key_no
        ) AS named
        CROSS JOIN LATERAL (
            SELECT *
            FROM purchase_order_line AS own
            WHERE own.area_code = (SELECT current_setting('app.area_code'))
              AND own.hospital_id = named.hospital_id
              AND own.order_number = named.order_number
              AND own.supplier_id = named.supplier_id
            OFFSET 0
        ) AS own
    ),
    touched_product AS MATERIALIZED (
        SELECT product.id AS product_id, match_key.supplier_id
        FROM match_key
        JOIN product ON product.product_code = match_key.component_code
        UNION
        SELECT product_id, supplier_id
        FROM charged_line
    )
"""
"""What several questions ask, asked once: the order lines of orders that charges of the touched
components name (what these are held to stands on them, and they are few: each order is looked
up), and the products touched with their suppliers."""


def _literal(values: tuple[Any, ...]) -> str:
    """A closed list as an SQL array: COPY takes no parameters."""
    return "ARRAY[" + ", ".join(f"'{value}'" for value in values) + "]::text[]"


REPEATED: Final = {
    ":kinds": _literal(KINDS),
    ":routes": _literal(ROUTES),
    ":reasons": _literal(REASONS),
    ":effects": _literal(EFFECTS),
    ":charge_kinds": _literal(tuple(ChargeKind)),
    ":of_totals": f"'{DiscrepancyReason.LINK_TOTAL_MISMATCH}'",
}
"""What the questions write for the closed lists."""
CANONICAL_LOT: Final = """upper(replace(
        CASE
            WHEN octet_length(line.lot_number) = char_length(line.lot_number) THEN line.lot_number
            ELSE normalize(line.lot_number, NFKC)
        END, ' ', ''
    ))"""
"""Lots are compared without blanks, in capitals, full-width characters as what they stand for.

Most are ASCII, which takes no normalizing.
"""


Staged = dict[str, npt.NDArray[Any]]


def staged_payables(dossier: Dossier, rows: Rows, due_days: Integers) -> Staged:
    """Columns of PAYABLE_LAYOUT but the ids."""
    columns: Staged = {name: rows[name] for name in rows.dtype.names or ()}
    for name, side, ids in (
        ("order_id", "order", dossier.orders["id"]),
        ("receipt_id", "receipt", dossier.raw["receipts"]["id"]),
        ("invoice_id", "invoice", dossier.blue["id"]),
        ("adjusts_id", "adjusts", committed_ids(dossier)),
        ("contract_id", "contract", dossier.raw["contracts"]["id"]),
    ):
        columns[name] = ids_at(ids, rows[side])
    columns["pool"] = pools_of_payables(dossier, rows)
    columns["due_day"] = due_days
    return columns


def staged_discrepancies(dossier: Dossier, rows: Rows) -> Staged:
    """Columns of DISCREPANCY_LAYOUT but the ids."""
    columns: Staged = {name: rows[name] for name in rows.dtype.names or ()}
    columns["order_id"] = ids_at(dossier.orders["id"], rows["order"])
    columns["receipt_id"] = ids_at(dossier.raw["receipts"]["id"], rows["receipt"])
    columns["invoice_id"] = ids_at(dossier.blue["id"], rows["invoice"])
    columns["other_id"] = other_ids(dossier, rows)
    columns["pool"] = pools_of(dossier, rows)
    return columns


def staged_forecasts(dossier: Dossier, rows: Rows) -> Staged:
    """Columns of FORECAST_LAYOUT."""
    columns: Staged = {name: rows[name] for name in rows.dtype.names or ()}
    columns["order_id"] = ids_at(dossier.orders["id"], rows["order"])
    columns["contract_id"] = ids_at(dossier.raw["contracts"]["id"], rows["contract"])
    columns["pool"] = key_of(dossier.orders)[rows["order"]]
    return columns
