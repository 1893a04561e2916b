"""What became of the keys that sign for us."""

from datetime import datetime
from typing import ClassVar

from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.events.base import DomainEvent


class SigningKeyRegistered(DomainEvent):
    """A key may sign from a moment until another; `public_key` is its DER in hex."""

    name: ClassVar[str] = "signing.key.registered"

    key_name: str
    algorithm: SignatureAlgorithm
    place: KeyPlace
    public_key: str
    valid_from: datetime
    valid_until: datetime


class SigningKeyRevoked(DomainEvent):
    """A key signs nothing from a moment on, which may lie behind us."""

    name: ClassVar[str] = "signing.key.revoked"

    key_name: str
    since: datetime
    reason: str
