"""The sealed order of events per area: a gap-free hash chain, its head, and who read how far."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import (
    TenantRow,
    datetime,
    recorded_at_field,
    system,
    tenant,
    text_field,
)


class OutboxPending(SQLModel, table=True):
    """An event not yet sealed: written with the event, deleted by the sealer that numbers it."""

    __tablename__ = "outbox_pending"
    __table_args__ = (system(updatable=(), deletable=True),)

    area_code: str = text_field(primary_key=True)
    event_id: UUID = Field(primary_key=True)


class Seal(TenantRow, table=True):
    """One link of an area's chain.

    `digest` = SHA-256(salt + canonical event), `link` = SHA-256(previous + number + kind + event
    id + digest). The salt keeps personal facts from being guessed out of a digest. `mac` =
    HMAC-SM3(area + link) under a key outside the database.
    """

    __tablename__ = "seal"
    __table_args__ = (
        UniqueConstraint("area_code", "number"),
        UniqueConstraint("area_code", "event_id"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("kind IN ('area', 'platform')", name="kind"),
        CheckConstraint(
            "octet_length(salt) = 16 AND octet_length(digest) = 32"
            " AND octet_length(previous) = 32 AND octet_length(link) = 32"
            " AND octet_length(mac) = 32",
            name="lengths",
        ),
        tenant(without_foreign_keys=True),
    )

    number: int = Field(sa_type=BigInteger)
    kind: str = text_field()
    event_id: UUID
    salt: bytes = Field(sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)
    previous: bytes = Field(sa_type=LargeBinary)
    link: bytes = Field(sa_type=LargeBinary)
    mac: bytes = Field(sa_type=LargeBinary)
    sealed_at: datetime = recorded_at_field()


class SealHead(TenantRow, table=True):
    """The end of an area's chain; its row lock makes one sealer at a time."""

    __tablename__ = "seal_head"
    __table_args__ = (
        UniqueConstraint("area_code"),
        CheckConstraint("number >= 0", name="number_natural"),
        tenant(updatable=("number", "link")),
    )

    number: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}
    )
    link: bytes = Field(
        default=None,
        sa_type=LargeBinary,
        sa_column_kwargs={"server_default": text("decode(repeat('00', 32), 'hex')")},
    )


class RelayCursor(TenantRow, table=True):
    """How far one consumer has read an area's chain: moved with what it did."""

    __tablename__ = "relay_cursor"
    __table_args__ = (
        UniqueConstraint("area_code", "consumer"),
        tenant(updatable=("number",)),
    )

    consumer: str = text_field()
    number: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}
    )


class LodgedHead(TenantRow, table=True):
    """A chain's head on one day, signed and lodged outside the database."""

    __tablename__ = "lodged_head"
    __table_args__ = (
        UniqueConstraint("area_code", "day"),
        tenant(),
    )

    day: date
    number: int = Field(sa_type=BigInteger)
    link: bytes = Field(sa_type=LargeBinary)
    signature: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = recorded_at_field()
