"""The register of signing keys on a terminal: entering, ending and listing them."""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rich.console import Console
from rich.table import Table

from bank_adapters import sm2
from bank_adapters.signing import open_signer, require_public_key
from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.times import SHANGHAI, Clock
from settlement_api.persistence import Database
from settlement_api.signing.policy import Key, could_sign, covered_until, key_for
from settlement_api.signing.queries import list_keys
from settlement_api.signing.service import register_key, revoke_key
from settlement_api.unit_of_work import Actor

ACTOR: Final = Actor.system("signing.command")
ALARM: Final = 1
KEY_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Read:
    """A public key, and the period of the certificate that it came in, if it did."""

    public_key: bytes
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def read_public_half(pem: bytes, algorithm: SignatureAlgorithm) -> Read:
    """The public half in a PEM certificate, public key or private key.

    Raises ValueError when it is none for this algorithm.
    """
    if b"BEGIN CERTIFICATE" in pem:
        certificate = x509.load_pem_x509_certificate(pem)
        found = Read(
            _key_of(certificate, algorithm),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )
    elif b"PRIVATE KEY" in pem:
        found = Read(open_signer(pem, algorithm).public_key)
    else:
        found = Read(b64decode(re.sub(rb"-----[A-Z ]+-----|\s", b"", pem), validate=True))
    require_public_key(algorithm, found.public_key)
    return found


def _key_of(certificate: x509.Certificate, algorithm: SignatureAlgorithm) -> bytes:
    """The library knows no SM2 curve: that key is cut out of the certificate by its fixed form."""
    if algorithm is SignatureAlgorithm.SM2_SM3:
        return sm2.public_key_in(certificate.tbs_certificate_bytes)
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def instant_of(stated: datetime | None) -> datetime | None:
    """What was typed: Shanghai time, unless it says otherwise."""
    if stated is None or stated.tzinfo is not None:
        return stated
    return stated.replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Stated:
    """What was typed about a new key."""

    name: str
    file: Path
    algorithm: SignatureAlgorithm
    place: KeyPlace
    user_id: str
    since: datetime | None
    until: datetime | None

    async def key(self, clock: Clock) -> Key:
        """The key: its period as stated, else its certificate's. Raises ValueError, OSError."""
        if not KEY_NAME.fullmatch(self.name):
            raise ValueError("a key's name is of small letters, digits, dots, dashes and lines")
        read = read_public_half(self.file.read_bytes(), self.algorithm)
        ends = instant_of(self.until) or read.valid_until
        if ends is None:
            raise ValueError("say --until when the key ends: no certificate says it")
        begins = instant_of(self.since) or read.valid_from or await clock.now()
        if begins >= ends:
            raise ValueError(f"the key would end ({ends}) before it begins ({begins})")
        public = read.public_key
        return Key(self.name, self.algorithm, self.place, public, self.user_id, begins, ends)


async def enter(database: Database, *, key: Key) -> None:
    """Registers a key. Raises SigningKeyTaken."""
    async with database.platform(actor=ACTOR) as uow:
        await register_key(uow, key=key)


async def end(database: Database, *, name: str, since: datetime | None, reason: str) -> None:
    """Revokes a key, from now on if no moment is given. Raises SigningKeyUnknown."""
    async with database.platform(actor=ACTOR) as uow:
        await revoke_key(uow, name=name, since=instant_of(since) or uow.at, reason=reason)


async def print_keys(
    database: Database,
    *,
    wanted: SignatureAlgorithm | None,
    alarm_days: int,
    console: Console | None = None,
) -> int:
    """Every key and where it stands; 1 when signing ends within `alarm_days`, or has."""
    async with database.platform(actor=ACTOR) as uow:
        keys, at = await list_keys(uow), uow.at
    out = console or Console()
    table = Table(title="Signing keys", title_justify="left")
    for name in ("key", "algorithm", "place", "from", "until", "standing"):
        table.add_column(name, overflow="fold")
    for key in keys:
        standing = _standing(key, keys, at)
        period = [day.astimezone(SHANGHAI).isoformat(" ", "minutes") for day in _period(key)]
        table.add_row(key.name, key.algorithm, key.place, *period, standing)
    out.print(table)
    left = days_left(keys, wanted, at)
    if wanted is None or left is None:
        out.print("The bank wants no signatures." if wanted is None else f"No key for {wanted}.")
        return 0 if wanted is None else ALARM
    out.print(f"Messages can be signed with {wanted} for {left} days.")
    return ALARM if left < alarm_days else 0


def _period(key: Key) -> tuple[datetime, datetime]:
    return key.valid_from, key.ends_at


def _standing(key: Key, keys: list[Key], at: datetime) -> str:
    if key.revoked_at is not None and key.revoked_at <= at:
        return "revoked"
    if could_sign(key, at):
        return "signs" if key == key_for(keys, key.algorithm, at) else "succeeded"
    return "waits" if at < key.valid_from else "ended"


def days_left(keys: list[Key], wanted: SignatureAlgorithm | None, at: datetime) -> int | None:
    """Whole days for which messages can be signed without a break; None when they cannot."""
    until = covered_until(keys, wanted, at) if wanted else None
    return None if until is None else (until - at.astimezone(UTC)) // timedelta(days=1)
