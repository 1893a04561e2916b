"""Signed heads outside the database: who rewrites a chain cannot rewrite what was lodged."""

import json
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from settlement_api.unit_of_work import UnitOfWork

KEY_FILE: Final = "audit-signing-key.bin"
HEADS_FILE: Final = "audit-heads.jsonl"


def open_signing_key(directory: Path) -> Ed25519PrivateKey:
    """The installation's signing key (Ed25519), made on first use, readable by its owner only."""
    path = directory / KEY_FILE
    if not path.exists():
        raw = Ed25519PrivateKey.generate().private_bytes(
            Encoding.Raw, PrivateFormat.Raw, NoEncryption()
        )
        draft = path.with_name(f"{KEY_FILE}.{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        try:
            os.link(draft, path)
        except FileExistsError:  # another worker was first: its key stays
            pass
        finally:
            draft.unlink()
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def statement_of(*, area_code: str, day: str, number: int, link: bytes) -> bytes:
    """The bytes that are signed: one line of text that anybody can write down again."""
    return f"zhijie audit head {area_code} {day} {number} {link.hex()}".encode()


def verify_statement(public_key: bytes, signature: bytes, statement: bytes) -> None:
    """Raises InvalidSignature when the statement was not signed by this key."""
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)


async def lodge_head(uow: UnitOfWork, *, key: Ed25519PrivateKey, directory: Path) -> bool:
    """Signs the head of the unit's area for its business day and lodges it; once a day."""
    head = await uow.fetch_one(
        "SELECT number, link FROM seal_head WHERE area_code = :area_code AND number > 0",
        area_code=uow.area_code,
    )
    if head is None:
        return False
    day = uow.on.isoformat()
    signature = key.sign(
        statement_of(area_code=uow.area_code, day=day, number=head.number, link=head.link)
    )
    lodged = await uow.execute(
        "INSERT INTO lodged_head (area_code, day, number, link, signature)"
        " VALUES (:area_code, :day, :number, :link, :signature)"
        " ON CONFLICT (area_code, day) DO NOTHING",
        area_code=uow.area_code,
        day=uow.on,
        number=head.number,
        link=head.link,
        signature=signature,
    )
    if lodged:
        record = {
            "area_code": uow.area_code,
            "day": day,
            "number": head.number,
            "link": head.link.hex(),
            "signature": signature.hex(),
            "public_key": key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
        }
        _append(directory / HEADS_FILE, record)
    return bool(lodged)


def _append(path: Path, record: dict[str, object]) -> None:
    """Writes before the transaction commits: a line too many can be explained, one missing not."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
