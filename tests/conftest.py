"""Fixtures of the whole suite: one embedded server per test process, one database per test."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from schemas.times import Clock
from settlement_api.embedded_postgres import (
    APPLICATION,
    SUPERUSER,
    SYSTEM,
    EmbeddedServer,
    embedded_server,
    remove_data,
)
from settlement_api.encryption import Keyring, open_keyring
from settlement_api.migrations import prepare_embedded
from settlement_api.persistence import Database

TEMPLATE = "zhijie_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def state_directory() -> Iterator[Path]:
    """A fresh state folder of this test process."""
    folder = Path(tempfile.mkdtemp(prefix="zhijie-test-"))
    yield folder
    remove_data(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(state_directory: Path) -> Iterator[EmbeddedServer]:
    """A real PostgreSQL with a migrated template database."""
    with embedded_server(state_directory, durable=False) as server:
        asyncio.run(prepare_embedded(server, TEMPLATE))
        yield server


@pytest.fixture(scope="session")
def keyring(state_directory: Path) -> Keyring:
    """Encryption keys of this test process."""
    return open_keyring(state_directory)[0]


@pytest.fixture
async def database_name(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """A database of its own for one test, copied from the template."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, "postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield name
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
def clock() -> Clock | None:
    """Override to fix the business instant of `database`; None is the real clock."""
    return None


@pytest.fixture
async def database(
    postgres: EmbeddedServer, database_name: str, clock: Clock | None
) -> AsyncIterator[Database]:
    """The application's database, empty but for the seed."""
    opened = Database(
        postgres.dsn(APPLICATION, database_name),
        system_dsn=postgres.dsn(SYSTEM, database_name),
        clock=clock,
    )
    yield opened
    await opened.close()


@pytest.fixture
def owner_dsn(postgres: EmbeddedServer, database_name: str) -> str:
    """An address that may do anything in this test's database (the superuser's): for builders,
    damage and catalog checks."""
    return postgres.dsn(SUPERUSER, database_name)
