"""Users, their roles and sessions, keys of systems, and the answers given to their commands."""

from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from schemas.codes.roles import ROLES_OF, PartyKind, Role
from schemas.tables.base import (
    PlainRow,
    datetime,
    instant_field,
    recorded_at_field,
    system,
    text_field,
)


def _listed(values: type[PartyKind] | type[Role] | frozenset[Role]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


PARTY_RULE = (
    "CASE party_kind"
    " WHEN 'hospital' THEN area_code IS NOT NULL AND hospital_id IS NOT NULL"
    " AND supplier_id IS NULL"
    " WHEN 'supplier' THEN area_code IS NULL AND hospital_id IS NULL"
    " AND supplier_id IS NOT NULL"
    " WHEN 'area' THEN area_code IS NOT NULL AND hospital_id IS NULL AND supplier_id IS NULL"
    " WHEN 'platform' THEN area_code IS NULL AND hospital_id IS NULL AND supplier_id IS NULL"
    " ELSE false END"
)
ROLE_RULE = " OR ".join(
    f"(party_kind = '{kind}' AND role IN ({_listed(roles)}))" for kind, roles in ROLES_OF.items()
)
KEY_ROLE_RULE = " OR ".join(
    f"(party_kind = '{kind}' AND roles <@ ARRAY[{_listed(roles)}]::text[])"
    for kind, roles in ROLES_OF.items()
)


class UserAccount(PlainRow, table=True):
    """A person who logs in with a password, and the one party this person belongs to."""

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("login_name"),
        UniqueConstraint("id", "party_kind"),
        CheckConstraint(PARTY_RULE, name="party"),
        CheckConstraint("login_name = lower(login_name)", name="login_name_lower"),
        system(
            updatable=(
                "display_name",
                "password_hash",
                "password_is_initial",
                "failed_count",
                "locked_until",
                "disabled_at",
            ),
            outside_areas=True,
        ),
    )

    login_name: str = text_field()
    display_name: str = text_field()
    password_hash: str = text_field()
    password_is_initial: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}
    )
    """Somebody else chose it: nothing may be done with it but choosing another."""
    party_kind: str = text_field()
    area_code: str | None = text_field(nullable=True, default=None)
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    failed_count: int = Field(
        default=0, sa_type=Integer, sa_column_kwargs={"server_default": text("0")}
    )
    locked_until: datetime | None = instant_field(nullable=True, default=None)
    disabled_at: datetime | None = instant_field(nullable=True, default=None)
    recorded_at: datetime = recorded_at_field()


class UserRole(SQLModel, table=True):
    """One role of one person; a role that does not fit the person's party cannot be stored."""

    __tablename__ = "user_role"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "party_kind"], ["user_account.id", "user_account.party_kind"]
        ),
        CheckConstraint(ROLE_RULE, name="role_of_party"),
        system(updatable=(), deletable=True, outside_areas=True),
    )

    user_id: UUID = Field(primary_key=True)
    role: str = text_field(primary_key=True)
    party_kind: str = text_field()
    recorded_at: datetime = recorded_at_field()


class UserSession(SQLModel, table=True):
    """A login, known by the SHA-256 of its token; expiry is in real time."""

    __tablename__ = "user_session"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        Index(None, "user_id"),
        Index(None, "expires_at"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_length"),
        system(updatable=("ended_at",), deletable=True, outside_areas=True),
    )

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    user_id: UUID
    started_at: datetime = recorded_at_field()
    expires_at: datetime = instant_field()
    ended_at: datetime | None = instant_field(nullable=True, default=None)


class ApiKey(PlainRow, table=True):
    """A system's key: only the SHA-256 of its secret is kept; scopes say what it may touch."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash_length"),
        CheckConstraint(PARTY_RULE, name="party"),
        CheckConstraint(KEY_ROLE_RULE, name="roles_of_party"),
        CheckConstraint("cardinality(scopes) > 0", name="scopes_given"),
        system(updatable=("revoked_at",), outside_areas=True),
    )

    name: str = text_field()
    secret_hash: bytes = Field(sa_type=LargeBinary)
    party_kind: str = text_field()
    area_code: str | None = text_field(nullable=True, default=None)
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    roles: list[str] = Field(sa_type=ARRAY(Text))
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    issued_by: UUID | None = None
    expires_at: datetime | None = instant_field(nullable=True, default=None)
    revoked_at: datetime | None = instant_field(nullable=True, default=None)
    recorded_at: datetime = recorded_at_field()


class RequestKey(SQLModel, table=True):
    """A command once given: what it said (fingerprint) and what was answered."""

    __tablename__ = "request_key"
    __table_args__ = (
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_length"),
        CheckConstraint("length(key) BETWEEN 8 AND 128", name="key_length"),
        Index(None, "recorded_at"),
        system(updatable=("status", "media_type", "body"), deletable=True),
    )

    client_id: UUID = Field(primary_key=True)
    key: str = text_field(primary_key=True)
    fingerprint: bytes = Field(sa_type=LargeBinary)
    status: int | None = Field(default=None, sa_type=Integer)
    media_type: str | None = text_field(nullable=True, default=None)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    recorded_at: datetime = recorded_at_field()
