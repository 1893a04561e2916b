"""The working-day calendar of China, loaded a year at a time from the State Council's notice."""

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import (
    PlainRow,
    datetime,
    instant_field,
    recorded_at_field,
    reference,
    text_field,
)


class CalendarYear(SQLModel, table=True):
    """A year whose working days are known; days of other years have no answer."""

    __tablename__ = "calendar_year"
    __table_args__ = (
        CheckConstraint("year BETWEEN 1990 AND 2200", name="year_plausible"),
        reference(),
    )

    year: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = text_field()
    recorded_at: datetime = recorded_at_field()


class CalendarDay(PlainRow, table=True):
    """A day that does not follow its week: a holiday, or a make-up Saturday or Sunday (调休)."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint("year = extract(year FROM day)", name="day_in_year"),
        Index(
            "uq_calendar_day_current",
            "day",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        reference(updatable=("superseded_at",)),
    )

    year: int = Field(sa_type=Integer, foreign_key="calendar_year.year")
    day: date
    is_working: bool = Field(sa_type=Boolean)
    name: str = text_field()
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)
