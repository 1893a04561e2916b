"""What happened to people and keys; platform facts, since no area owns them."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class UserCreated(DomainEvent):
    """A person was let in. Names stay out of the facts: the row has them."""

    name: ClassVar[str] = "identity.user.created"

    party_kind: str
    roles: list[str]


class UsersCreated(DomainEvent):
    """Many people were let in at once (a seed)."""

    name: ClassVar[str] = "identity.users.created"

    count: int


class RolesGranted(DomainEvent):
    """Somebody's roles were set anew."""

    name: ClassVar[str] = "identity.roles.granted"

    before: list[str]
    after: list[str]


class UserDisabled(DomainEvent):
    """Somebody may no longer log in; open sessions ended."""

    name: ClassVar[str] = "identity.user.disabled"


class PasswordChanged(DomainEvent):
    """Somebody chose a new password; other sessions ended."""

    name: ClassVar[str] = "identity.password.changed"


class KeyIssued(DomainEvent):
    """A system was given a key."""

    name: ClassVar[str] = "identity.key.issued"

    party_kind: str
    roles: list[str]
    scopes: list[str]


class KeyRevoked(DomainEvent):
    """A key no longer opens anything."""

    name: ClassVar[str] = "identity.key.revoked"


class LoginSucceeded(DomainEvent):
    """Somebody logged in."""

    name: ClassVar[str] = "identity.login.succeeded"


class LoginLocked(DomainEvent):
    """Too many wrong passwords: the account rests for a while."""

    name: ClassVar[str] = "identity.login.locked"

    failed_count: int
