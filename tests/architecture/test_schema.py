"""The rules of the schema, read back from the live catalog and held against what tables declare."""

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Table
from sqlmodel import SQLModel

from deploy.migrations.regenerate import BASELINE
from schemas.tables import load_all
from schemas.tables.base import Access, TableKind
from settlement_api.embedded_postgres import SUPERUSER, EmbeddedServer
from tests.conftest import TEMPLATE

load_all()
TABLES: dict[str, Table] = {table.name: table for table in SQLModel.metadata.sorted_tables}
SCOPE_ROLES = {"zhijie_area", "zhijie_hospital", "zhijie_supplier"}
NOT_OURS = {"alembic_version"}
OPEN_REFERENCES = {
    "id",
    "actor_id",
    "aggregate_id",
    "basis_id",
    "event_id",
    "intake_id",
    "subject_id",
    "user_id",
}
"""Columns that name a row of one of many tables (which one stands beside them), or of a system
table, which is not distributed with the tenants: no key can say it."""

WORKING_ROLES = {"zhijie_app", "zhijie_system", "zhijie_signer", *SCOPE_ROLES}

Catalog = Any


def access_of(name: str) -> Access:
    access: Access = TABLES[name].info["access"]
    return access


def names(*kinds: TableKind) -> list[str]:
    return sorted(name for name in TABLES if access_of(name).kind in kinds)


TENANT = names(TableKind.TENANT)


@pytest.fixture
async def catalog(postgres: EmbeddedServer) -> AsyncIterator[Catalog]:
    # The template itself: nothing is written, and no test runs beside this one in this process.
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, TEMPLATE))
    yield connection
    await connection.close()


async def column_lists(catalog: Catalog, kinds: str) -> list[asyncpg.Record]:
    """Constraints of these kinds (p, u, x, f) with their columns in order."""
    rows: list[asyncpg.Record] = await catalog.fetch(
        """
        SELECT c.conname AS name, c.contype::text AS kind, t.relname AS table_name,
               r.relname AS target,
               c.confdeltype::text AS on_delete,
               ARRAY(
                   SELECT a.attname::text
                   FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                   JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number
                   ORDER BY k.place
               ) AS columns,
               ARRAY(
                   SELECT a.attname::text
                   FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
                   JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.number
                   ORDER BY k.place
               ) AS target_columns
        FROM pg_constraint AS c
        JOIN pg_class AS t ON t.oid = c.conrelid
        LEFT JOIN pg_class AS r ON r.oid = c.confrelid
        WHERE c.connamespace = 'public'::regnamespace
          AND position(c.contype::text IN $1) > 0
        ORDER BY t.relname, c.conname
        """,
        kinds,
    )
    return rows


async def test_the_catalog_holds_exactly_the_declared_tables(catalog: Catalog) -> None:
    rows = await catalog.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {row[0] for row in rows} - NOT_OURS == set(TABLES)


async def test_rule_1_tenant_tables_are_led_by_their_area(catalog: Catalog) -> None:
    keys = {row["table_name"]: row["columns"] for row in await column_lists(catalog, "p")}
    # A row that an area has once is keyed by the area alone.
    good = (["area_code", "id"], ["area_code"])
    assert {name: keys[name] for name in TENANT if keys[name] not in good} == {}


async def test_rule_1_one_type_for_area_codes_and_no_varchar(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT table_name, column_name, data_type, is_nullable"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    columns = [row for row in rows if row["table_name"] not in NOT_OURS]
    varchars = [tuple(row)[:2] for row in columns if row["data_type"].startswith("character")]
    assert varchars == []
    loose = [
        row["table_name"]
        for row in columns
        if row["column_name"] == "area_code"
        and row["table_name"] in TENANT
        and (row["data_type"], row["is_nullable"]) != ("text", "NO")
    ]
    assert loose == []


async def test_money_is_never_floating_and_instants_know_their_zone(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN"
        " ('real', 'double precision', 'money', 'timestamp without time zone',"
        "  'time without time zone')"
    )
    assert [tuple(row) for row in rows] == []
    rows = await catalog.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND"
        " (column_name LIKE '%\\_minor' OR column_name LIKE '%\\_milli')"
        " AND data_type <> 'bigint'"
    )
    assert [tuple(row) for row in rows] == []


async def test_instants_and_days_are_named_as_such(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND"
        " ((column_name LIKE '%\\_at' AND data_type <> 'timestamp with time zone')"
        "  OR (column_name LIKE '%\\_date' AND data_type <> 'date'))"
    )
    assert [tuple(row) for row in rows] == []


async def test_rule_2_unique_and_exclude_contain_the_area(catalog: Catalog) -> None:
    lists = await column_lists(catalog, "ux")
    wide = [row["name"] for row in lists if row["table_name"] in TENANT]
    assert wide
    assert [
        row["name"]
        for row in lists
        if row["table_name"] in TENANT and "area_code" not in row["columns"]
    ] == []
    indexes = await catalog.fetch(
        "SELECT tablename, indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'"
    )
    assert [
        row["indexname"]
        for row in indexes
        if row["tablename"] in TENANT and "area_code" not in row["indexdef"]
    ] == []


async def test_rule_3_references_between_tenant_tables_pair_the_area(catalog: Catalog) -> None:
    faults = []
    for row in await column_lists(catalog, "f"):
        pairs = list(zip(row["columns"], row["target_columns"], strict=True))
        source, target = row["table_name"], row["target"]
        if target in TENANT and source in TENANT and ("area_code", "area_code") not in pairs:
            faults.append(f"{row['name']} crosses areas")
        if target in TENANT and source not in TENANT:
            faults.append(f"{row['name']}: {source} points at a tenant table")
        if row["on_delete"] != "a":
            faults.append(f"{row['name']} does something on delete")
    assert faults == []


async def test_rule_4_ids_are_made_by_the_server(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT table_name, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'id'"
    )
    made = {row["table_name"]: row["column_default"] for row in rows}
    assert {name: made[name] for name in TENANT if made.get(name, "uuidv7()") != "uuidv7()"} == {}
    serials = await catalog.fetch(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
    )
    assert serials == [], "gap-free numbers come from a counter row, ids from uuidv7()"


async def test_rule_6_no_triggers_and_no_functions(catalog: Catalog) -> None:
    triggers = await catalog.fetch(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
    )
    functions = await catalog.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
    )
    assert (triggers, functions) == ([], [])


async def test_rule_6_and_8_grants_are_exactly_what_is_declared(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND grantee LIKE 'zhijie\\_%'"
    )
    granted = {
        (row["table_name"], row["grantee"], row["privilege_type"])
        for row in rows
        if row["grantee"] in WORKING_ROLES
    }
    columns = await catalog.fetch(
        "SELECT DISTINCT table_name, column_name FROM information_schema.column_privileges"
        " WHERE table_schema = 'public' AND privilege_type = 'UPDATE'"
        " AND grantee IN ('zhijie_area', 'zhijie_app')"
    )
    updatable: dict[str, set[str]] = {}
    for row in columns:
        updatable.setdefault(row["table_name"], set()).add(row["column_name"])
    for name, table in TABLES.items():
        access = access_of(name)
        every = {column.name for column in table.columns}
        declared = every if "*" in access.updatable else set(access.updatable)
        assert updatable.get(name, set()) == declared, name
        deleters = {role for t, role, right in granted if t == name and right == "DELETE"}
        assert bool(deleters) == access.deletable, name
        for role in ("zhijie_hospital", "zhijie_supplier", "zhijie_system"):
            rights = {right for t, r, right in granted if t == name and r == role}
            assert rights <= {"SELECT"}, (name, role, rights)
        if access.kind is TableKind.TENANT:
            assert not {r for t, r, _ in granted if t == name and r == "zhijie_app"}, name


async def test_rule_8_row_security_is_forced_and_each_policy_is_of_one_role(
    catalog: Catalog,
) -> None:
    rows = await catalog.fetch(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    secured = {row["relname"] for row in rows if row["relrowsecurity"]}
    forced = {row["relname"] for row in rows if row["relforcerowsecurity"]}
    assert secured == forced == set(names(TableKind.TENANT, TableKind.PARTY))
    policies = await catalog.fetch(
        "SELECT tablename, policyname, roles::text[] AS roles, permissive, qual, with_check"
        " FROM pg_policies WHERE schemaname = 'public'"
    )
    seen: set[tuple[str, str]] = set()
    for policy in policies:
        (role,) = policy["roles"]
        assert (policy["tablename"], role) not in seen, "two policies of one role are ORed"
        seen.add((policy["tablename"], role))
        for rule in (policy["qual"], policy["with_check"]):
            assert rule is None or "current_setting" not in rule or "SELECT" in rule, policy
        if policy["tablename"] in TENANT:
            assert role in SCOPE_ROLES | {"zhijie_signer"}, policy
            assert policy["qual"] == policy["with_check"] or policy["with_check"] is None


async def test_rule_8_tables_that_parties_list_carry_indexed_party_columns(
    catalog: Catalog,
) -> None:
    rows = await catalog.fetch(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    missing = []
    for name in TENANT:
        access = access_of(name)
        for party, readable in (("hospital", access.hospital), ("supplier", access.supplier)):
            column = f"{party}_id"
            if not (readable and access.listed) or column not in TABLES[name].columns:
                continue
            wanted = f"({column}, id"
            if not any(wanted in row["indexdef"] for row in rows if row["tablename"] == name):
                missing.append(f"{name} {wanted})")
    assert missing == []


async def test_rule_8_no_role_that_works_owns_or_passes_by(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb"
        " FROM pg_roles WHERE rolname LIKE 'zhijie\\_%'"
    )
    roles = {row["rolname"]: row for row in rows}
    assert {"zhijie_app", "zhijie_system"} | SCOPE_ROLES <= set(roles)
    assert not roles["zhijie_app"]["rolbypassrls"]
    assert not roles["zhijie_signer"]["rolbypassrls"]
    assert roles["zhijie_system"]["rolbypassrls"]
    for name in SCOPE_ROLES:
        assert not roles[name]["rolcanlogin"]
        assert not roles[name]["rolbypassrls"]
    for name in WORKING_ROLES:
        assert not roles[name]["rolsuper"]
        assert not roles[name]["rolcreaterole"]
        assert not roles[name]["rolcreatedb"]
    owned = await catalog.fetch(
        "SELECT tablename, tableowner FROM pg_tables WHERE schemaname IN ('public', 'jobs')"
        " AND tableowner IN ('zhijie_app', 'zhijie_system', 'zhijie_signer', 'zhijie_area')"
    )
    assert owned == []


async def test_rule_10_tables_said_to_have_no_references_have_none(catalog: Catalog) -> None:
    referring = {row["table_name"] for row in await column_lists(catalog, "f")}
    free = {name for name in TABLES if access_of(name).without_foreign_keys}
    assert free & referring == set()
    silent = [
        name
        for name in TENANT
        if name not in referring
        and name not in free
        and {c.name for c in TABLES[name].columns if c.name.endswith("_id")} - OPEN_REFERENCES
    ]
    assert silent == [], "no reference, and not said to be one of the tables without"


def test_rule_12_keys_come_after_every_table() -> None:
    steps = [
        match.group(1) for match in re.finditer(r"op\.(create_\w+)\(", BASELINE.read_text("utf-8"))
    ]
    last_table = max(place for place, step in enumerate(steps) if step == "create_table")
    assert "create_foreign_key" not in steps[:last_table]
    assert "ForeignKeyConstraint" not in BASELINE.read_text("utf-8")


async def test_every_check_has_a_name_of_ours(catalog: Catalog) -> None:
    rows = await column_lists(catalog, "c")
    assert [row["name"] for row in rows if not row["name"].startswith("ck_")] == []


async def test_rule_13_account_numbers_are_never_plain(catalog: Catalog) -> None:
    rows = await catalog.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name LIKE '%account\\_number%'"
    )
    assert rows == []
    for name, table in TABLES.items():
        columns = {column.name for column in table.columns}
        for column in columns:
            stem = column.removesuffix("_ciphertext")
            if stem.endswith("account") and stem != column:
                assert {f"{stem}_blind_index", f"{stem}_last4"} <= columns, name
            if stem != column:
                assert any(other.endswith("key_id") for other in columns), name
