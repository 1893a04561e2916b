"""Who is asking, what they may do, and which rows they can see."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schemas.codes.roles import PartyKind, Role, scope_allows
from schemas.problems import Forbidden, NotFound, Problem
from settlement_api.persistence import Database, load_sql
from settlement_api.tokens import KEY_MARK, hash_secret
from settlement_api.unit_of_work import (
    Actor,
    AreaScope,
    HospitalScope,
    PlatformScope,
    Scope,
    SupplierScope,
    UnitOfWork,
)

SESSION_COOKIE: Final = "zhijie_session"
AREA_HEADER: Final = "X-Area-Code"
KEY_HEADER: Final = "X-Api-Key"
AREA_TEXT: Final = re.compile(r"[0-9]{6}")


class Unauthenticated(Problem):
    """No valid session or key came with the request."""

    code = "unauthenticated"
    title = "Log in, or send a valid key"
    status = 401


OPEN_TO_INITIAL_PASSWORDS: Final = frozenset(
    {"/identity/me", "/identity/me/password", "/identity/logout"}
)


class AreaNeeded(Problem):
    """This is done in one area, and the request does not say which."""

    code = "area_needed"
    title = "Say which area: send the header X-Area-Code"
    status = 400


class PasswordInitial(Forbidden):
    """Who let this person in still knows the password."""

    code = "password_initial"
    title = "Choose a password of your own first"


class AreaMissing(NotFound):
    """The area named is not one of the settlement areas."""

    code = "area_missing"
    title = "There is no such settlement area"


async def named_area(uow: UnitOfWork, area_code: str) -> AreaScope:
    """The scope of an area that somebody named. Raises AreaNeeded, AreaMissing."""
    if not AREA_TEXT.fullmatch(area_code):
        raise AreaNeeded("an area code has six digits")
    sql = "SELECT 1 FROM area WHERE area_code = :area_code"
    if await uow.fetch_value(sql, area_code=area_code) is None:
        raise AreaMissing
    return AreaScope(area_code)


def require_rows(uow: UnitOfWork) -> None:
    """For what lies in an area: raises AreaNeeded when somebody of the platform named none."""
    if isinstance(uow.scope, PlatformScope):
        raise AreaNeeded


def require_area(uow: UnitOfWork) -> None:
    """For the work of an agency: raises AreaNeeded, and Forbidden for hospitals and suppliers."""
    require_rows(uow)
    if not isinstance(uow.scope, AreaScope):
        raise Forbidden("only for people of an area")


@dataclass(frozen=True)
class Principal:
    """Somebody known: a person (`user`) or a system with a key (`client`)."""

    kind: str
    id: UUID
    name: str
    party_kind: PartyKind
    roles: frozenset[Role]
    area_code: str | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    password_is_initial: bool = False

    @property
    def actor(self) -> Actor:
        """How this principal appears in the audit trail."""
        return Actor(self.kind, self.id, self.name)

    def require(self, *roles: Role) -> None:
        """Raises Forbidden unless at least one of `roles` is held."""
        if not self.roles.intersection(roles):
            raise Forbidden(needed=sorted(roles))

    def require_platform(self) -> None:
        """Raises Forbidden for anybody who belongs to an area or a party."""
        if self.party_kind is not PartyKind.PLATFORM:
            raise Forbidden("only for the platform's own people")

    def require_scope(self, *, segment: str, writes: bool) -> None:
        """Raises Forbidden when this is a system whose key does not open this path."""
        if self.kind == "client" and not scope_allows(self.scopes, segment=segment, writes=writes):
            raise Forbidden("the key's scopes do not include this path")

    def require_own_password(self, path: str) -> None:
        """Raises PasswordInitial while somebody else chose the password, but for changing it."""
        if self.password_is_initial and path.rstrip("/") not in OPEN_TO_INITIAL_PASSWORDS:
            raise PasswordInitial

    def scope(self, wanted_area: str | None = None) -> Scope:
        """The rows this principal may see, in the area wanted if one is (X-Area-Code).

        Hospitals and suppliers see their own rows whatever they want; people of an area see
        that area; those of the platform choose one area, or none and see no tenant rows.
        """
        if wanted_area is not None and not AREA_TEXT.fullmatch(wanted_area):
            raise AreaNeeded("an area code has six digits")
        if self.hospital_id is not None:
            return HospitalScope(self.hospital_id)
        if self.supplier_id is not None:
            return SupplierScope(self.supplier_id)
        if self.area_code is not None:
            if wanted_area not in (None, self.area_code):
                raise Forbidden("you work in another area")
            return AreaScope(self.area_code)
        return AreaScope(wanted_area) if wanted_area else PlatformScope()


def require_supplier(principal: Principal, uow: UnitOfWork) -> UUID:
    """The supplier who asks. Raises Forbidden for everybody else."""
    principal.require(Role.SUPPLIER)
    if not isinstance(uow.scope, SupplierScope):
        raise Forbidden("only for suppliers")
    return uow.scope.supplier_id


@dataclass(frozen=True)
class Credential:
    """A token as sent: of a session, or a key's secret."""

    token: str

    @property
    def of_system(self) -> bool:
        """Whether it is a key's secret, by its mark."""
        return self.token.startswith(KEY_MARK)


def read_credential(
    *, authorization: str | None, api_key: str | None, cookie: str | None
) -> Credential:
    """The credential of a request: key header, then bearer token, then cookie.

    Raises Unauthenticated when there is none.
    """
    if api_key:
        return Credential(api_key)
    if authorization:
        kind, _, token = authorization.partition(" ")
        if kind.lower() == "bearer" and token:
            return Credential(token.strip())
    if cookie:
        return Credential(cookie)
    raise Unauthenticated


async def authenticate(database: Database, credential: Credential) -> Principal:
    """The principal behind a credential. Raises Unauthenticated."""
    question = "find_key" if credential.of_system else "find_session"
    found = await database.look_up(load_sql(__file__, question), hash_secret(credential.token))
    if found is None:
        raise Unauthenticated
    return Principal(
        kind="client" if credential.of_system else "user",
        id=found["id"],
        name=found["name"],
        party_kind=PartyKind(found["party_kind"]),
        roles=frozenset(map(Role, found["roles"])),
        area_code=found["area_code"],
        hospital_id=found["hospital_id"],
        supplier_id=found["supplier_id"],
        scopes=frozenset(found["scopes"]),
        password_is_initial=found["password_is_initial"],
    )
