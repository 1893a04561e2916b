"""Rule packs: what provinces decide and change, as dated rows with an issuing document."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schemas.codes.rule_packs import ProposalStatus
from schemas.tables.base import (
    PlainRow,
    datetime,
    instant_field,
    recorded_at_field,
    reference,
    text_field,
)


class RulePackProposal(PlainRow, table=True):
    """A version somebody proposed. A second person's approval makes it a rule pack.

    Rejected ones stay on file and leave their version and day free.
    """

    __tablename__ = "rule_pack_proposal"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_counts_from_one"),
        CheckConstraint(
            f"status IN ({', '.join(repr(status.value) for status in ProposalStatus)})",
            name="status_known",
        ),
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "(status = 'proposed') = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint("status <> 'rejected' OR btrim(remark) <> ''", name="rejected_with_reason"),
        Index(
            "uq_rule_pack_proposal_version",
            *("code", "version"),
            unique=True,
            postgresql_where=sql_text("status = 'proposed'"),
        ),
        Index(
            "uq_rule_pack_proposal_day",
            "valid_from",
            unique=True,
            postgresql_where=sql_text("status = 'proposed'"),
        ),
        UniqueConstraint("id", "proposed_by", "decided_by", name="uq_rule_pack_proposal_people"),
        reference(updatable=("status", "decided_by", "decided_at", "remark"), parties=False),
    )

    code: str = text_field()
    version: int = Field(sa_type=Integer)
    valid_from: date
    content: dict[str, Any] = Field(sa_type=JSONB)
    status: str = text_field(default=ProposalStatus.PROPOSED)
    proposed_by: UUID
    proposed_at: datetime = instant_field()
    decided_by: UUID | None = None
    decided_at: datetime | None = instant_field(default=None, nullable=True)
    remark: str | None = text_field(default=None, nullable=True)
    """What the second person said; always said with a rejection."""
    recorded_at: datetime = recorded_at_field()


class RulePackRow(PlainRow, table=True):
    """One version of a rule pack; `content` is a `schemas.messages.rule_pack.RulePack`.

    It came with the installation, or of a proposal by two different people, whom it names.
    """

    __tablename__ = "rule_pack"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        UniqueConstraint("valid_from"),
        CheckConstraint("version >= 1", name="version_counts_from_one"),
        ForeignKeyConstraint(
            ["proposal_id", "proposed_by", "released_by"],
            [
                "rule_pack_proposal.id",
                "rule_pack_proposal.proposed_by",
                "rule_pack_proposal.decided_by",
            ],
            name="fk_rule_pack_proposal",
        ),
        CheckConstraint(
            "(proposal_id IS NULL) = (proposed_by IS NULL)"
            " AND (proposal_id IS NULL) = (released_by IS NULL)",
            name="proposal_names_people",
        ),
        CheckConstraint("proposed_by <> released_by", name="two_people"),
        UniqueConstraint("proposal_id"),
        reference(),
    )

    code: str = text_field()
    version: int = Field(sa_type=Integer)
    valid_from: date
    content: dict[str, Any] = Field(sa_type=JSONB)
    issuing_document: str = text_field()
    approved_by: str = text_field()
    proposal_id: UUID | None = None
    """None of what came with the installation."""
    proposed_by: UUID | None = None
    released_by: UUID | None = None
    recorded_at: datetime = recorded_at_field()
