"""Writes the baseline migration anew from the tables as declared.

Only for the time before the first release: afterwards the baseline is frozen and every change
is a migration of its own. Run as `python -m deploy.migrations.regenerate`.
"""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op_text
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import ForeignKeyConstraint, make_url
from sqlmodel import SQLModel

from deploy.migrations.security import ROLES, SCHEMA_GRANTS, statements
from schemas.tables import load_all

BASELINE = Path(__file__).parent / "versions" / "0001_baseline.py"

TEMPLATE = '''"""The first schema: tables, keys, constraints, roles, grants and row security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = """{roles}"""

SECURITY = """
{security}
"""


def upgrade() -> None:
    create_roles()
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")  # periods that may not overlap
{tables}
    for statement in SECURITY.strip().split(";\\n"):
        op.execute(statement.rstrip(";\\n"))


def create_roles() -> None:
    """Makes the roles unless another database of this server already did."""
    made = op.get_bind().exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = 'zhijie_area'")
    if made.first() is None:
        for statement in ROLES.strip().split(";\\n"):
            op.execute(statement.rstrip(";\\n"))


def downgrade() -> None:
    raise RuntimeError("money is never migrated backwards: restore a backup")
'''


def render() -> str:
    """The text of the baseline for the present metadata."""
    load_all()
    context = MigrationContext.configure(
        dialect=make_url("postgresql://").get_dialect()(),
        opts={"as_sql": True, "target_metadata": SQLModel.metadata},
    )
    return TEMPLATE.format(
        roles=ROLES,
        security=";\n".join([SCHEMA_GRANTS.strip().rstrip(";"), *statements(SQLModel.metadata)]),
        tables=_render_tables(context),
    )


def _render_tables(context: MigrationContext) -> str:
    """Tables and indexes in dependency order, then the keys between them, as Alembic writes them.

    Foreign keys come last so that tables can be distributed over nodes in between (schema rule 12).
    """
    autogen = AutogenContext(
        context, metadata=SQLModel.metadata, opts=_render_options(context), autogenerate=False
    )
    lines: list[str] = []
    keys: list[str] = []
    for table in SQLModel.metadata.sorted_tables:
        creation = ops.CreateTableOp.from_table(table)
        creation.info = {}
        creation.columns = [
            part for part in creation.columns if not isinstance(part, ForeignKeyConstraint)
        ]
        keys += [
            str(render_op_text(autogen, ops.CreateForeignKeyOp.from_constraint(key)))
            for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        ]
        lines.append(str(render_op_text(autogen, creation)))
        lines += [
            str(render_op_text(autogen, ops.CreateIndexOp.from_index(index)))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ]
    return "\n".join(f"    {line}" for text in (*lines, *keys) for line in text.split("\n"))


def _render_options(context: MigrationContext) -> dict[str, object]:
    return {
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "user_module_prefix": None,
        "render_as_batch": False,
        "render_item": None,
    }


def main() -> None:
    BASELINE.write_text(render(), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(BASELINE)], check=True)


if __name__ == "__main__":
    main()
