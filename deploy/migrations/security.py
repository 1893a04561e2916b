"""Roles, grants and row-security policies, rendered from what each table declares of itself."""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from schemas.tables.base import Access, TableKind

ROLES = """
CREATE ROLE zhijie_area NOLOGIN;
CREATE ROLE zhijie_hospital NOLOGIN;
CREATE ROLE zhijie_supplier NOLOGIN;
GRANT zhijie_area, zhijie_hospital, zhijie_supplier TO zhijie_app WITH INHERIT FALSE, SET TRUE;
"""

SCHEMA_GRANTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
    TO zhijie_app, zhijie_system, zhijie_signer, zhijie_area, zhijie_hospital, zhijie_supplier;
"""

AREA = "(SELECT current_setting('app.area_code', true))"
HOSPITAL = "(SELECT nullif(current_setting('app.hospital_id', true), '')::uuid)"
SUPPLIER = "(SELECT nullif(current_setting('app.supplier_id', true), '')::uuid)"


WRITERS = {
    TableKind.TENANT: ("zhijie_area",),
    TableKind.PARTY: ("zhijie_app",),
    TableKind.SYSTEM: ("zhijie_area", "zhijie_app"),
    TableKind.REFERENCE: ("zhijie_app",),
}


SIGNER = "zhijie_signer"
SIGNER_READS = frozenset(
    {
        *("agency_account", "approval", "area", "batch_exclusion", "batch_recovery"),
        *("business_clock", "installation_key", "payment", "payment_attempt", "payment_batch"),
        *("payment_item", "set_off", "signing_key", "submission"),
    }
)
"""What the signing process sees: messages, and whether three people approved what is in them."""
SIGNER_WRITES = {"submission": ("signature", "signing_key", "signed_at")}
"""All it may change anywhere: it neither approves, nor releases, nor sends."""


def statements(metadata: MetaData) -> Iterator[str]:
    """Every grant and policy of the schema, table by table in name order."""
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        access: Access = table.info["access"]
        yield from _grants(table, access)
        if access.kind in (TableKind.TENANT, TableKind.PARTY):
            yield f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY"
            yield f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY"
            yield from _policies(table, access)


def _grants(table: Table, access: Access) -> Iterator[str]:
    yield f"GRANT SELECT ON {table.name} TO zhijie_system"
    for role in _writers(access):
        yield f"GRANT SELECT, INSERT ON {table.name} TO {role}"
        if access.updatable:
            columns = "" if "*" in access.updatable else f" ({', '.join(access.updatable)})"
            yield f"GRANT UPDATE{columns} ON {table.name} TO {role}"
        if access.deletable:
            yield f"GRANT DELETE ON {table.name} TO {role}"
    for role in _readers(access):
        yield f"GRANT SELECT ON {table.name} TO {role}"
    if table.name in SIGNER_READS:
        yield f"GRANT SELECT ON {table.name} TO {SIGNER}"
    if table.name in SIGNER_WRITES:
        written = ", ".join(SIGNER_WRITES[table.name])
        yield f"GRANT UPDATE ({written}) ON {table.name} TO {SIGNER}"


def _writers(access: Access) -> tuple[str, ...]:
    return ("zhijie_app",) if access.outside_areas else WRITERS[access.kind]


def _readers(access: Access) -> Iterator[str]:
    if access.kind in (TableKind.REFERENCE, TableKind.PARTY):
        yield "zhijie_area"
    if access.parties or access.hospital:
        yield "zhijie_hospital"
    if access.parties or access.supplier:
        yield "zhijie_supplier"


def _policies(table: Table, access: Access) -> Iterator[str]:
    name = table.name
    if access.kind is TableKind.TENANT:
        rule = f"area_code = {AREA}"
        yield (
            f"CREATE POLICY {name}_area ON {name} TO zhijie_area USING ({rule}) WITH CHECK ({rule})"
        )
        if name in SIGNER_READS:
            yield f"CREATE POLICY {name}_signer ON {name} TO {SIGNER} USING ({rule})"
    else:
        yield _read_policy(name, "area", "true")
        yield f"CREATE POLICY {name}_app ON {name} TO zhijie_app USING (true) WITH CHECK (true)"
    if access.hospital:
        rule = _own_row(table, "hospital", HOSPITAL)
        yield _read_policy(name, "hospital", rule)
    if access.supplier:
        rule = _own_row(table, "supplier", SUPPLIER)
        yield _read_policy(name, "supplier", rule)


def _read_policy(table: str, party: str, rule: str) -> str:
    return f"CREATE POLICY {table}_{party} ON {table} FOR SELECT TO zhijie_{party} USING ({rule})"


def _own_row(table: Table, party: str, setting: str) -> str:
    """A party's own rows: its id column, or the key of the party's own table."""
    column = "id" if table.name == party else f"{party}_id"
    if column not in table.columns:
        return "true"  # names of parties are public to the other kind of party
    return f"{column} = {setting}"
