"""Raw bodies are stored as they are: compressing them costs more than the disk they would save."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keeps parts out of line and uncompressed."""
    op.execute("ALTER TABLE intake_part ALTER COLUMN body SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Lets the server compress parts again."""
    op.execute("ALTER TABLE intake_part ALTER COLUMN body SET STORAGE EXTENDED")
