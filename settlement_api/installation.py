"""One installation put together: its database, keys and clock, from its settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

import asyncpg
import structlog

from schemas.times import Clock, SystemClock
from settlement_api.config import ClockKind, Settings
from settlement_api.embedded_postgres import APPLICATION, MIGRATOR, SIGNER, SYSTEM, embedded_server
from settlement_api.encryption import KEY_FILE_NAME, Keyring, open_keyring
from settlement_api.garbage import collect_seldom
from settlement_api.migrations import prepare_embedded
from settlement_api.persistence import Database, DatabaseAway, SimulatedClock

log = structlog.get_logger()

KEY_MARK: Final = "zhijie: the key of this installation"
PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Addresses:
    """Where the database answers, by role."""

    application: str
    system: str | None
    migrator: str | None
    signer: str | None
    embedded: bool

    def of_signer(self) -> "Addresses":
        """Those of a process that signs and does nothing else. Raises SettingsRefused."""
        if self.signer is None:
            raise SettingsRefused("set ZHIJIE_DATABASE_SIGNER_DSN: who signs has no other role")
        return Addresses(self.signer, None, None, self.signer, self.embedded)


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
async def open_installation(
    settings: Settings, *, signs: bool = False
) -> AsyncIterator[Installation]:
    """Opens everything a process needs and closes it again, the embedded server last.

    Without an address in the settings the embedded server is started (and brought to the
    present schema), or joined when another process of the same folder already runs it. One that
    `signs` is given no address but that of the signer's role.
    """
    collect_seldom()
    with ExitStack() as stack:
        addresses = await _find_addresses(settings, stack)
        addresses = addresses.of_signer() if signs else addresses
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
    if external := settings.database_dsn or settings.database_signer_dsn:
        return Addresses(
            external,
            settings.database_system_dsn,
            settings.database_migrator_dsn,
            settings.database_signer_dsn,
            False,
        )
    server = stack.enter_context(embedded_server(settings.state_directory))
    if server.started_here:
        await prepare_embedded(server)
    application, system = server.dsn(APPLICATION), server.dsn(SYSTEM)
    return Addresses(application, system, server.dsn(MIGRATOR), server.dsn(SIGNER), True)


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


async def require_own_key(
    installation: Installation,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    leaves_mark: bool = True,
) -> None:
    """Makes sure that this process holds the key under which account numbers were encrypted.

    The first process that may (`leaves_mark`) leaves the mark of its key in the database. One
    that does not answer yet, is being migrated or has no mark yet is waited for. Raises
    WrongKey, InstallationRefused.
    """
    mark = installation.keyring.blind_index(KEY_MARK)
    deadline = monotonic() + patience_seconds
    while True:
        try:
            kept = await _keep_mark(installation.database, mark if leaves_mark else None)
            break
        except (DatabaseAway, asyncpg.CannotConnectNowError, asyncpg.UndefinedTableError) as error:
            if monotonic() > deadline:
                raise InstallationRefused(
                    f"the database is not there or was never migrated: {error}"
                ) from error
            await asyncio.sleep(0.2)
    if kept != mark:
        raise WrongKey(
            "this database's account numbers were encrypted with another key than the one in "
            f"{installation.settings.state_directory / KEY_FILE_NAME}: put the installation's own "
            "key file there, or set ZHIJIE_STATE_DIRECTORY to the folder that holds it"
        )


async def _keep_mark(database: Database, mark: bytes | None) -> bytes:
    """Leaves the mark, if one is given, where there is none; the one that is kept."""
    if mark is not None:
        await database.look_up(
            "INSERT INTO installation_key (only_row, mark) VALUES (true, $1)"
            " ON CONFLICT DO NOTHING",
            mark,
        )
    row = await database.look_up("SELECT mark FROM installation_key")
    if row is None:
        raise DatabaseAway("no process has left the mark of its key yet")
    return bytes(row["mark"])
