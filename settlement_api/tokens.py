"""Random tokens of sessions and keys: how they are made and how they are kept."""

import secrets
from hashlib import sha256
from typing import Final

KEY_MARK: Final = "zk_"
SESSION_MARK: Final = "zs_"


def new_secret(mark: str) -> str:
    """256 random bits as text, marked by what they open."""
    return mark + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """How a token or secret is kept: 256 random bits need no slow hash."""
    return sha256(secret.encode()).digest()
