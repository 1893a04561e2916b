"""What the tables declare and what the migrations build are one and the same."""

from settlement_api.migrations import check


async def test_the_migrated_database_is_as_the_tables_declare(owner_dsn: str) -> None:
    await check(owner_dsn)
