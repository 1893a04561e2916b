"""Brings a database to the present schema: roles first, then Alembic."""

import asyncio
from importlib.resources import files
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config

from settlement_api.embedded_postgres import (
    APPLICATION,
    DATABASE,
    MIGRATOR,
    OWNER,
    SIGNER,
    SUPERUSER,
    SYSTEM,
    EmbeddedServer,
)

ROLES = """
CREATE ROLE {owner} NOLOGIN CREATEROLE;
CREATE ROLE {migrator} LOGIN NOINHERIT PASSWORD '{migrator_password}';
GRANT {owner} TO {migrator} WITH INHERIT FALSE, SET TRUE;
CREATE ROLE {application} LOGIN NOINHERIT PASSWORD '{application_password}';
CREATE ROLE {system} LOGIN BYPASSRLS PASSWORD '{system_password}';
CREATE ROLE {signer} LOGIN NOINHERIT PASSWORD '{signer_password}';
"""


def alembic_config(migrator_dsn: str) -> Config:
    """Alembic's configuration for a database, as its migrator."""
    config = Config()
    config.set_main_option("script_location", str(_scripts()))
    config.attributes["dsn"] = migrator_dsn
    return config


def _scripts() -> Path:
    return Path(str(files("deploy.migrations")))


async def migrate(migrator_dsn: str) -> None:
    """Runs every migration that this database has not seen."""
    await asyncio.to_thread(command.upgrade, alembic_config(migrator_dsn), "head")


async def check(migrator_dsn: str) -> None:
    """Raises when the tables as declared differ from the database."""
    await asyncio.to_thread(command.check, alembic_config(migrator_dsn))


async def prepare_embedded(server: EmbeddedServer, database: str = DATABASE) -> None:
    """Creates the roles and the database on a fresh embedded server, then migrates it."""
    await _create_roles_and_database(server, database)
    await migrate(server.dsn(MIGRATOR, database))


async def _create_roles_and_database(server: EmbeddedServer, database: str) -> None:
    connection = await asyncpg.connect(server.dsn(SUPERUSER, "postgres"))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APPLICATION):
            await connection.execute(
                ROLES.format(
                    owner=OWNER,
                    migrator=MIGRATOR,
                    migrator_password=server.passwords[MIGRATOR],
                    application=APPLICATION,
                    application_password=server.passwords[APPLICATION],
                    system=SYSTEM,
                    system_password=server.passwords[SYSTEM],
                    signer=SIGNER,
                    signer_password=server.passwords[SIGNER],
                )
            )
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}" OWNER {OWNER}')
    finally:
        await connection.close()
