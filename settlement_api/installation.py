"""One installation put together: its database, keys and clock, from its settings."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from schemas.times import Clock, SystemClock
from settlement_api.config import ClockKind, Settings
from settlement_api.embedded_postgres import APPLICATION, OWNER, SYSTEM, embedded_server
from settlement_api.encryption import KEY_FILE_NAME, Keyring, open_keyring
from settlement_api.migrations import prepare_embedded
from settlement_api.persistence import Database, SimulatedClock

log = structlog.get_logger()


@dataclass(frozen=True)
class Addresses:
    """Where the database answers, by role."""

    application: str
    system: str | None
    owner: str | None
    embedded: bool


@dataclass(frozen=True)
class Installation:
    """What every process of one installation shares."""

    settings: Settings
    addresses: Addresses
    database: Database
    keyring: Keyring
    clock: Clock


class InstallationRefused(ValueError):
    """This process may not work on this installation; the message says why."""


class SettingsRefused(InstallationRefused):
    """The settings contradict each other; the message says which."""


class WrongKey(InstallationRefused):
    """The database belongs to an installation with another encryption key."""


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncIterator[Installation]:
    """Opens everything a process needs and closes it again, the embedded server last.

    Without an address in the settings the embedded server is started (and brought to the
    present schema), or joined when another process of the same folder already runs it.
    """
    with ExitStack() as stack:
        addresses = await _find_addresses(settings, stack)
        keyring = _find_keyring(settings)
        clock = _choose_clock(settings, addresses)
        database = Database(
            addresses.application,
            system_dsn=addresses.system,
            clock=clock,
            pool_size=settings.pool_size,
        )
        try:
            yield Installation(settings, addresses, database, keyring, clock)
        finally:
            await database.close()
            if isinstance(clock, SimulatedClock):
                await clock.close()


async def _find_addresses(settings: Settings, stack: ExitStack) -> Addresses:
    if settings.database_dsn:
        return Addresses(
            settings.database_dsn, settings.database_system_dsn, settings.database_owner_dsn, False
        )
    server = stack.enter_context(embedded_server(settings.state_directory))
    if server.started_here:
        await prepare_embedded(server)
    return Addresses(server.dsn(APPLICATION), server.dsn(SYSTEM), server.dsn(OWNER), True)


def _find_keyring(settings: Settings) -> Keyring:
    keyring, made = open_keyring(settings.state_directory)
    if made:
        log.warning(
            "installation.encryption_key.made",
            file=str(settings.state_directory / KEY_FILE_NAME),
            advice="keep a copy in a safe place: without it every account number is lost",
        )
    return keyring


def _choose_clock(settings: Settings, addresses: Addresses) -> Clock:
    if settings.clock is ClockKind.SYSTEM:
        return SystemClock()
    if not addresses.embedded:
        raise SettingsRefused("ZHIJIE_CLOCK=simulated is refused on an external database")
    return SimulatedClock(addresses.application)
