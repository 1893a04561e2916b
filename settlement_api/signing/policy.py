"""Which key signs at a moment, and which signatures are believed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.codes.signing import KeyPlace, SignatureAlgorithm


@dataclass(frozen=True)
class Key:
    """A registered key; `public_key` is its SubjectPublicKeyInfo (DER)."""

    name: str
    algorithm: SignatureAlgorithm
    place: KeyPlace
    public_key: bytes
    user_id: str
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """From when on it signs nothing."""
        return min(self.valid_until, self.revoked_at or self.valid_until)


def could_sign(key: Key, at: datetime) -> bool:
    """Whether a signature of that moment speaks for us, whatever became of the key since."""
    return key.valid_from <= at < key.ends_at


def key_for(keys: Iterable[Key], algorithm: SignatureAlgorithm, at: datetime) -> Key | None:
    """The key that signs at a moment: of those that can, the one that took over last."""
    able = [key for key in keys if key.algorithm is algorithm and could_sign(key, at)]
    return max(able, key=lambda key: (key.valid_from, key.name), default=None)


def covered_until(
    keys: Iterable[Key], algorithm: SignatureAlgorithm, at: datetime
) -> datetime | None:
    """Until when there is a key that signs without a break; None when none signs at `at`."""
    until = None
    for key in sorted(keys, key=lambda key: key.valid_from):
        begins_in_time = key.valid_from <= (until or at)
        if key.algorithm is algorithm and begins_in_time and key.ends_at > (until or at):
            until = key.ends_at
    return until
