"""Rule packs: what provinces decide and change, as dated rows with an issuing document."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schemas.tables.base import PlainRow, datetime, recorded_at_field, reference, text_field


class RulePackRow(PlainRow, table=True):
    """One version of a rule pack; `content` is a `schemas.messages.rule_pack.RulePack`."""

    __tablename__ = "rule_pack"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        UniqueConstraint("valid_from"),
        CheckConstraint("version >= 1", name="version_counts_from_one"),
        reference(),
    )

    code: str = text_field()
    version: int = Field(sa_type=Integer)
    valid_from: date
    content: dict[str, Any] = Field(sa_type=JSONB)
    issuing_document: str = text_field()
    approved_by: str = text_field()
    recorded_at: datetime = recorded_at_field()
