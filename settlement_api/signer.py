"""The process that signs: it reads what three people approved, puts signatures beside the stored
bytes, and may do nothing else.

It has a role of the database of its own (`zhijie_signer`), and it alone has the private keys.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row

from bank_adapters.remote_signing import RemoteKey, RemoteSigner, SignerFault
from bank_adapters.signing import open_signer
from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from settlement_api.batches.errors import BatchNotFound, ContentChanged
from settlement_api.batches.service import require_approved
from settlement_api.config import Settings
from settlement_api.encryption import AlteredBytes, Keyring
from settlement_api.installation import open_installation, require_own_key
from settlement_api.observability import configure_logging
from settlement_api.persistence import Database
from settlement_api.signed_bytes import Transfer, transfers_in
from settlement_api.signing import queries, service
from settlement_api.signing.policy import Key, key_for
from settlement_api.unit_of_work import Actor, SigningScope, UnitOfWork

log = structlog.get_logger()

LOOK_EVERY_SECONDS: Final = 1.0
MESSAGES_A_TURN: Final = 100
AREAS: Final = "SELECT area_code FROM area ORDER BY area_code"
SIGNER: Final = Actor.system("signing.sign")


class NothingToSignWith(RuntimeError):
    """No key is in force, or the private half of the one that is does not lie here."""


@dataclass(frozen=True)
class Signing:
    """What signing needs: the settings, the database as the signer, keys to read, a device."""

    settings: Settings
    database: Database
    keyring: Keyring
    device: RemoteSigner | None

    async def sign_all(self) -> int:
        """Signs what waits in every area; how many messages."""
        async with self.database.platform() as uow:
            areas = [row.area_code for row in await uow.fetch_all(AREAS)]
        return sum([await self.sign_area(area_code) for area_code in areas])

    async def sign_area(self, area_code: str) -> int:
        """Signs what waits in an area; how many. What cannot be signed keeps no other waiting."""
        async with self._begin(area_code) as uow:
            waiting = await queries.list_waiting(uow, limit=MESSAGES_A_TURN)
        signed = 0
        for row in waiting:
            try:
                signed += await self._sign_one(area_code, row)
            except (ContentChanged, BatchNotFound, AlteredBytes) as refused:
                log.critical("signer.message.refused", id=str(row.id), fault=repr(refused))
            except (SignerFault, NothingToSignWith, OSError, ValueError) as fault:
                log.error("signer.message.unsigned", id=str(row.id), fault=repr(fault))
        return signed

    async def _sign_one(self, area_code: str, row: Row[Any]) -> bool:
        """Whether it is signed now: the device is asked between two transactions."""
        async with self._begin(area_code) as uow:
            if not await require_approved(uow, batch_id=row.payment_batch_id, lock=False):
                return False
            bound = await queries.list_bound(uow, submission=row)
            key = key_for(await queries.list_keys(uow), self._algorithm, uow.at)
            at = uow.at
        if key is None:
            raise NothingToSignWith(f"no key for {self._algorithm} is in force")
        body = self._body(row)
        self._require_approved_bytes(row, body, bound)
        signature = await self._signature(key, body)
        async with self._begin(area_code) as uow:
            return await service.store_signature(
                uow,
                submission_id=UUID(int=row.id.int),
                signature=signature,
                key_name=key.name,
                at=at,
            )

    @property
    def _algorithm(self) -> SignatureAlgorithm:
        algorithm = self.settings.bank_signature
        if algorithm is None:
            raise NothingToSignWith("ZHIJIE_BANK_SIGNATURE does not say how the bank wants it")
        return algorithm

    def _body(self, row: Row[Any]) -> bytes:
        """The stored bytes. Raises AlteredBytes."""
        body = self.keyring.decrypt(row.body_ciphertext, row.key_id, of=UUID(int=row.id.int))
        if sha256(body).digest() != bytes(row.body_sha256):
            raise AlteredBytes(f"the message {row.message_id} is not the one that was stored")
        return body

    def _require_approved_bytes(
        self, row: Row[Any], body: bytes, bound: Sequence[Row[Any]]
    ) -> None:
        """Raises ContentChanged unless the message is of exactly the payments bound to it: by
        number and sum, and a pain.001 by what its bytes tell the bank of each. AlteredBytes."""
        told = (row.payment_count, row.control_sum_minor)
        if told != (len(bound), sum(each.amount_minor for each in bound)):
            raise ContentChanged
        if not row.message_kind.startswith("pain.001"):
            return
        if transfers_in(body) != [self._approved(each) for each in bound]:
            raise ContentChanged

    def _approved(self, row: Row[Any]) -> Transfer:
        number = self.keyring.account_number(
            row.payee_account_ciphertext,
            row.payee_key_id,
            of=UUID(int=row.payee_account_id.int),
            blind_index=row.payee_account_blind_index,
        )
        payee = (number, row.payee_name, row.payee_cnaps_code)
        return Transfer(row.end_to_end_id, row.amount_minor, *payee)

    async def _signature(self, key: Key, body: bytes) -> bytes:
        if key.place is KeyPlace.REMOTE:
            if self.device is None:
                raise NothingToSignWith(f"key {key.name} lies in a device without an address")
            held = RemoteKey(key.name, key.algorithm, key.public_key, key.user_id)
            return await self.device.sign(held, body)
        pem = (self.settings.signing_keys / f"{key.name}.pem").read_bytes()
        signer = open_signer(pem, key.algorithm, user_id=key.user_id)
        if signer.public_key != key.public_key:
            raise NothingToSignWith(f"the file of key {key.name} is another key's")
        return signer.sign(body)

    @asynccontextmanager
    async def _begin(self, area_code: str) -> AsyncIterator[UnitOfWork]:
        async with self.database.begin(SigningScope(area_code), actor=SIGNER) as uow:
            yield uow


def open_device(settings: Settings) -> RemoteSigner | None:
    """The device that holds keys, if the settings name one."""
    url = settings.signing_service_url
    return RemoteSigner(url, token=settings.signing_service_token) if url else None


async def serve(settings: Settings) -> None:
    """Signs what waits, turn after turn, until the process is told to stop."""
    configure_logging(settings.log_level)
    async with open_installation(settings, signs=True) as installation:
        await require_own_key(installation, leaves_mark=False)
        device = open_device(settings)
        signing = Signing(settings, installation.database, installation.keyring, device)
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        try:
            await _turns(signing, stopping)
        finally:
            if device is not None:
                await device.close()


async def _turns(signing: Signing, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await signing.sign_all()
        except Exception as error:  # the database may be away: it is waited for
            log.warning("signer.turn.failed", exc_info=error)
        try:
            await asyncio.wait_for(stopping.wait(), LOOK_EVERY_SECONDS)
        except TimeoutError:
            continue
