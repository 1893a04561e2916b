"""Workers at work and when periodic jobs are next due (the queue itself is pgqueuer's)."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from schemas.tables.base import datetime, instant_field, recorded_at_field, system, text_field


class WorkerHeartbeat(SQLModel, table=True):
    """A worker process and when it was last seen, in real time."""

    __tablename__ = "worker_heartbeat"
    __table_args__ = (system(updatable=("seen_at",), deletable=True),)

    worker_id: UUID = Field(primary_key=True)
    started_at: datetime = recorded_at_field()
    seen_at: datetime = instant_field()


class ScheduleTick(SQLModel, table=True):
    """When a periodic job is next due, in real time: of many workers one moves it."""

    __tablename__ = "schedule_tick"
    __table_args__ = (system(updatable=("due_at",), deletable=True),)

    job: str = text_field(primary_key=True)
    due_at: datetime = instant_field()
