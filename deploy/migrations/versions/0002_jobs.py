"""The job queue: pgqueuer's tables in the schema `jobs`, with grants to the application."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCRIPT = Path(__file__).parents[1] / "jobs.sql"


def upgrade() -> None:
    # One script of many statements: only the driver's simple protocol takes it whole.
    script = SCRIPT.read_text(encoding="utf-8")
    adapted = op.get_bind().connection.dbapi_connection
    assert adapted is not None
    adapted.run_async(lambda connection: connection.execute(script))


def downgrade() -> None:
    raise RuntimeError("money is never migrated backwards: restore a backup")
