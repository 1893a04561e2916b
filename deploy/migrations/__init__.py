"""Alembic migrations, run by the owner of the schema."""
