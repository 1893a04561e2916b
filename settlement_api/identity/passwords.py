"""Passwords: how they are hashed, at which cost, and how they are checked."""

import secrets
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


@dataclass(frozen=True)
class PasswordCost:
    """Argon2id parameters: passes, memory in KiB, lanes."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    def hasher(self) -> PasswordHasher:
        """A hasher of this cost."""
        return PasswordHasher(self.passes, self.memory_kib, self.lanes)


STANDARD: Final = PasswordCost()
"""RFC 9106, second recommended option."""

DEMONSTRATION: Final = PasswordCost(passes=1, memory_kib=64, lanes=1)
"""For seeded demonstration users only: a thousand hashes a second; a login strengthens it."""

_NOBODY: Final = STANDARD.hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str, cost: PasswordCost = STANDARD) -> str:
    """The encoded Argon2id hash of a password."""
    return cost.hasher().hash(password)


def check_password(encoded: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is nobody (`encoded` None)."""
    try:
        STANDARD.hasher().verify(encoded or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return encoded is not None


def is_weak(encoded: str) -> bool:
    """Whether a hash was made at less than the standard cost."""
    return STANDARD.hasher().check_needs_rehash(encoded)
