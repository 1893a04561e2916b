"""What an installation knows of its own encryption key: enough to recognize it, not to use it."""

from sqlalchemy import Boolean, CheckConstraint, LargeBinary
from sqlmodel import Field, SQLModel

from schemas.tables.base import datetime, recorded_at_field, system


class InstallationKey(SQLModel, table=True):
    """The mark of the key that every process of this installation must hold; never changed."""

    __tablename__ = "installation_key"
    __table_args__ = (
        CheckConstraint("only_row", name="only_row"),
        CheckConstraint("octet_length(mark) = 32", name="mark_of_32_bytes"),
        system(updatable=()),
    )

    only_row: bool = Field(default=True, sa_type=Boolean, primary_key=True)
    mark: bytes = Field(sa_type=LargeBinary)
    """A keyed digest of a constant under the index key."""
    recorded_at: datetime = recorded_at_field()
