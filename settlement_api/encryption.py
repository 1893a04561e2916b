"""Account numbers and bank bytes at rest: AES-256-GCM with named keys and a keyed blind index.

Every ciphertext is bound to the row it was made for: moved to another row it does not open.
Keys live outside the database, in a file beside the data folder that only its owner may read.
Losing the file loses every account number: `open_keyring` says so when it makes a new one.
"""

import base64
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
KEY_FILE_NAME: Final = "encryption-keys.json"


class AlteredBytes(ValueError):
    """A ciphertext was altered, or made for another row than the one it was found in."""


@dataclass(frozen=True)
class Keyring:
    """The keys of one installation: `current` encrypts, every key decrypts."""

    current: str
    keys: Mapping[str, bytes]
    index_key: bytes

    @property
    def chain_key(self) -> bytes:
        """32 bytes that key the audit chain: of the index key, and of no use for anything else."""
        return hmac.digest(self.index_key, b"zhijie: the key of the audit chain", sha256)

    def encrypt(self, plaintext: bytes, *, of: UUID) -> tuple[bytes, str]:
        """Ciphertext (nonce first) that opens for the row `of` only, and the id of its key."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plaintext, of.bytes)
        return nonce + sealed, self.current

    def decrypt(self, ciphertext: bytes, key_id: str, *, of: UUID) -> bytes:
        """The plaintext of the row `of`; raises KeyError for an unknown key, AlteredBytes."""
        nonce, sealed = bytes(ciphertext[:NONCE_BYTES]), bytes(ciphertext[NONCE_BYTES:])
        try:
            return AESGCM(self.keys[key_id]).decrypt(nonce, sealed, of.bytes)
        except (InvalidTag, ValueError) as error:
            raise AlteredBytes(f"the bytes of {of} are not those that were stored") from error

    def account_number(
        self, ciphertext: bytes, key_id: str, *, of: UUID, blind_index: bytes
    ) -> str:
        """An account's number, checked against the index people saw; raises AlteredBytes."""
        number = self.decrypt(ciphertext, key_id, of=of).decode()
        if not hmac.compare_digest(self.blind_index(number), blind_index):
            raise AlteredBytes(f"the number of {of} is not the one that its index says")
        return number

    def blind_index(self, text: str) -> bytes:
        """32 bytes that are equal for equal texts and tell nothing without the key."""
        return hmac.digest(self.index_key, text.encode(), sha256)


def open_keyring(directory: Path) -> tuple[Keyring, bool]:
    """The keyring of an installation and whether it was made just now (first start)."""
    path = directory / KEY_FILE_NAME
    made = _make_key_file(path)
    document = json.loads(path.read_text())
    keys = {name: base64.b64decode(key) for name, key in document["keys"].items()}
    return Keyring(document["current"], keys, base64.b64decode(document["index_key"])), made


def _make_key_file(path: Path) -> bool:
    """Writes a fresh key file with mode 0600, completely or not at all, if none is there."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "current": "k1",
        "keys": {"k1": base64.b64encode(AESGCM.generate_key(256)).decode()},
        "index_key": base64.b64encode(os.urandom(32)).decode(),
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # refuses when another process was first: theirs stays
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
