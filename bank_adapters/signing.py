"""Signatures over the exact bytes of a message, by a key of our own or none at all.

SM2 devices and remote signers implement the same protocol; a bank's profile chooses one.
"""

from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class Signer(Protocol):
    """Signs bytes with a key it never shows."""

    def sign(self, body: bytes) -> bytes | None:
        """The detached signature over `body`, or None where transport alone is secured."""


class Unsigned:
    """No signature: the bank's front-end secures the transport."""

    def sign(self, body: bytes) -> bytes | None:
        return None


class Ed25519Signer:
    """A detached Ed25519 signature with a key from a PEM file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @staticmethod
    def from_file(path: Path) -> "Ed25519Signer":
        """Reads an unencrypted PEM private key. Raises ValueError for another kind of key."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 private key")
        return Ed25519Signer(key)

    def sign(self, body: bytes) -> bytes | None:
        return self._key.sign(body)
