"""The stage of payments at a bank that wants signatures, with the signing process beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bank_adapters.signing import open_signer
from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from settlement_api import key_register
from settlement_api.persistence import Database
from settlement_api.signatures.jobs import accept
from settlement_api.signer import Signing
from settlement_api.signing.policy import Key
from tests.builders.payment_stage import Stage
from tests.builders.payments import START, Part, released_batch
from tests.builders.signing import sm2_pem

SM2 = SignatureAlgorithm.SM2_SM3
DAY = timedelta(days=1)


@dataclass
class Office:
    """The payments' stage with a bank that wants SM2, and the signing process beside it."""

    stage: Stage
    signing: Signing
    folder: Path

    async def register(
        self, name: str, begins: int = -1, ends: int = 30, *, place: KeyPlace = KeyPlace.FILE
    ) -> Key:
        """A fresh key, its private half in the folder of the signing process."""
        pem = sm2_pem()
        (self.folder / f"{name}.pem").write_bytes(pem)
        public = open_signer(pem, SM2).public_key
        period = (START + begins * DAY, START + ends * DAY)
        key = Key(name, SM2, place, public, "1234567812345678", *period)
        await key_register.enter(self.stage.database, key=key)
        return key

    async def store(self, *amounts: int) -> None:
        """Approved payments, rendered; nothing is signed yet."""
        parts = [[Part(1, amount, 0)] for amount in amounts or (7_001, 7_002)]
        batch = await released_batch(self.stage.database, self.stage.keyring, *parts)
        await self.stage.pay(batch)

    async def accept(self) -> None:
        await accept(self.stage.context, {})

    async def finish(self) -> None:
        """Signs, accepts and sends."""
        assert await self.signing.sign_all() == 1
        await self.accept()
        await self.stage.tick()

    async def messages(self) -> Sequence[Any]:
        return await self.stage.rows("SELECT * FROM submission ORDER BY id")

    async def body(self) -> bytes:
        (row,) = await self.messages()
        return self.stage.keyring.decrypt(row.body_ciphertext, row.key_id, of=UUID(str(row.id)))

    async def states(self) -> tuple[list[str], list[str]]:
        """Of messages, and of attempts."""
        attempts = await self.stage.rows("SELECT decision_state FROM payment_attempt ORDER BY 1")
        return [row.state for row in await self.messages()], [row[0] for row in attempts]


def make_office(stage: Stage, as_signer: Database, folder: Path) -> Office:
    """`folder` holds the private keys of the signing process."""
    settings = stage.context.settings.model_copy(
        update={"bank_signature": SM2, "signing_keys": folder}
    )
    stage.context = replace(stage.context, settings=settings)
    return Office(stage, Signing(settings, as_signer, stage.keyring, None), folder)
