"""What a job is given, and the shape of a job."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from schemas.times import Clock
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database


@dataclass(frozen=True)
class JobContext:
    """What a job may use. Jobs open their own transactions and find their work by state."""

    database: Database
    clock: Clock
    settings: Settings
    keyring: Keyring
    enqueue: Callable[[str, dict[str, Any]], Awaitable[None]]


JobHandler = Callable[[JobContext, dict[str, Any]], Awaitable[None]]
