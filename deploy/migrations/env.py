"""Alembic's entry: runs migrations over asyncpg as the migrator, in the role of the owner."""

import asyncio

from alembic import context
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from schemas.tables import load_all
from settlement_api.embedded_postgres import OWNER
from settlement_api.persistence import make_engine

load_all()


def _configure(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_server_default=False,
        include_name=lambda name, kind, parent: kind != "schema" or name in (None, "public"),
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    dsn = context.config.attributes["dsn"]
    engine = make_engine(dsn, pooled=False)
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"SET ROLE {OWNER}")
        await connection.run_sync(_configure)
        await connection.commit()
    await engine.dispose()


asyncio.run(_run())
