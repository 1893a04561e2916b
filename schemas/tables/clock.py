"""The simulated business instant, one row, used only where ZHIJIE_CLOCK=simulated."""

from sqlalchemy import Boolean, CheckConstraint
from sqlmodel import Field, SQLModel

from schemas.tables.base import datetime, instant_field, system


class BusinessClock(SQLModel, table=True):
    """The business instant that API, worker and simulated bank share in demonstrations."""

    __tablename__ = "business_clock"
    __table_args__ = (CheckConstraint("only_row", name="only_row"), system())

    only_row: bool = Field(default=True, sa_type=Boolean, primary_key=True)
    instant: datetime = instant_field()
