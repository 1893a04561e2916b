"""People, keys and logins on the wire."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.codes.roles import SCOPE_PATTERN, PartyKind, Role
from schemas.messages.base import Message

LoginName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$")]
Password = Annotated[str, StringConstraints(min_length=10, max_length=128)]
STORABLE: Final = r"^[^\x00]*$"
"""PostgreSQL keeps every text but one with a NUL, and its refusal names no place."""
Storable = Annotated[str, StringConstraints(pattern=STORABLE)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=STORABLE)]
AreaCodeText = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
KeyScope = Annotated[str, StringConstraints(pattern=SCOPE_PATTERN)]


class Belonging(Message):
    """Whose person or system this is: exactly the ids that its kind needs."""

    party_kind: PartyKind
    area_code: AreaCodeText | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None


class LoginRequest(Message):
    """Name and password of a person."""

    login_name: Storable = Field(max_length=64)
    password: str = Field(max_length=128)


class SessionMessage(Message):
    """A login: the token goes into `Authorization: Bearer`; browsers get it as a cookie too."""

    token: str
    expires_at: datetime


class NewUser(Belonging):
    """A person to be let in, with the roles held from the start."""

    login_name: LoginName
    display_name: DisplayName
    password: Password
    roles: list[Role] = Field(min_length=1, max_length=9)


class UserMessage(Belonging):
    """A person as administrators see one."""

    id: UUID
    login_name: str
    display_name: str
    roles: list[Role]
    disabled: bool
    password_is_initial: bool
    """The person has not yet chosen a password of their own."""


class RolesRequest(Message):
    """All the roles somebody shall hold from now on."""

    roles: list[Role] = Field(min_length=1, max_length=9)


class PasswordRequest(Message):
    """A new password, with the present one as proof."""

    present: str = Field(max_length=128)
    password: Password


class NewKey(Belonging):
    """A system to be let in: what it is called, what it may do, and for how long."""

    name: DisplayName
    roles: list[Role] = Field(min_length=1, max_length=9)
    scopes: list[KeyScope] = Field(min_length=1, max_length=30)
    expires_at: datetime | None = None


class KeyMessage(Belonging):
    """A system's key as administrators see it: never its secret."""

    id: UUID
    name: str
    roles: list[Role]
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None


class IssuedKey(KeyMessage):
    """A key just issued: `secret` is shown this once."""

    secret: str


class PrincipalMessage(Belonging):
    """Who you are to this platform."""

    kind: str
    id: UUID
    name: str
    roles: list[Role]
    scopes: list[str]
