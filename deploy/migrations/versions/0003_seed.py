"""Seed facts: areas and places of Shandong, the working-day calendar, the built-in rule pack."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seed"


def upgrade() -> None:
    _insert("area", _rows("areas.csv"))
    _insert("place", _rows("places.csv"))
    _insert(
        "calendar_year", [{**row, "year": int(row["year"])} for row in _rows("calendar_years.csv")]
    )
    _insert("calendar_day", [_calendar_day(row) for row in _rows("calendar_days.csv")])
    _insert("rule_pack", [_rule_pack(pack) for pack in _packs()])


def _rows(name: str) -> list[dict[str, Any]]:
    with (SEED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _packs() -> list[dict[str, Any]]:
    packs: list[dict[str, Any]] = json.loads((SEED / "rule_packs.json").read_text("utf-8"))
    return packs


def _calendar_day(row: dict[str, Any]) -> dict[str, Any]:
    day = date.fromisoformat(row["day"])
    return {
        "year": day.year,
        "day": day,
        "is_working": row["is_working"] == "true",
        "name": row["name"],
    }


def _rule_pack(pack: dict[str, Any]) -> dict[str, Any]:
    columns = ("code", "version", "issuing_document", "approved_by")
    return {
        **{name: pack[name] for name in columns},
        "valid_from": date.fromisoformat(pack["valid_from"]),
        "content": pack,
    }


def _insert(table: str, rows: list[dict[str, Any]]) -> None:
    types: dict[str, Any] = {"content": JSONB, "day": sa.Date, "valid_from": sa.Date}
    columns = [sa.column(name, types.get(name)) for name in rows[0]]
    op.bulk_insert(sa.table(table, *columns), rows)


def downgrade() -> None:
    raise RuntimeError("money is never migrated backwards: restore a backup")
