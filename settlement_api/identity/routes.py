"""Logging in and out, and the administration of people and keys."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, Router, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from sqlalchemy import Row

from schemas.codes.roles import Role
from schemas.messages.identity import (
    Belonging,
    IssuedKey,
    KeyMessage,
    LoginRequest,
    NewKey,
    NewUser,
    PasswordRequest,
    PrincipalMessage,
    RolesRequest,
    SessionMessage,
    UserMessage,
)
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_cursor,
    decode_id,
    encode_cursor,
    page_of,
)
from schemas.problems import Forbidden
from settlement_api.access import SESSION_COOKIE, Principal
from settlement_api.config import Settings
from settlement_api.identity import policy, queries, service
from settlement_api.identity.errors import LoginFailed, PartyMisfit
from settlement_api.identity.policy import Party
from settlement_api.persistence import Database
from settlement_api.unit_of_work import PlatformScope, UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@post("/login", opt={"idempotent": False}, status_code=200)
async def login(
    data: JSONBody[LoginRequest],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[SessionMessage]:
    """Opens a session of 12 hours. Five wrong passwords rest the account for 15 minutes."""
    # A failure is counted although the request is refused: it has a transaction of its own.
    async with database.platform() as uow:
        opened = await service.attempt_login(
            uow, login_name=data.login_name, password=data.password
        )
    if isinstance(opened, LoginFailed):
        raise opened
    message = SessionMessage(token=opened.token, expires_at=opened.expires_at)
    return Response(message, cookies=[_cookie(opened.token, settings)])


def _cookie(token: str, settings: Settings) -> Cookie:
    return Cookie(
        SESSION_COOKIE,
        value=token,
        max_age=int(policy.SESSION_LIFE / timedelta(seconds=1)) if token else 0,
        httponly=True,
        samesite="strict",
        secure=settings.host not in {"127.0.0.1", "::1", "localhost"},
    )


@post("/logout", opt={"idempotent": False}, status_code=204)
async def logout(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """Ends the session that this request came with."""
    sent = request.headers.get("authorization", "").partition(" ")[2]
    async with database.begin(PlatformScope(), actor=principal.actor) as uow:
        await service.end_session(uow, token=sent or request.cookies.get(SESSION_COOKIE, ""))
    return Response(None, status_code=204, cookies=[_cookie("", settings)])


@get("/me")
async def show_me(principal: NamedDependency[Principal]) -> PrincipalMessage:
    """Who you are to this platform."""
    return PrincipalMessage(
        kind=principal.kind,
        id=principal.id,
        name=principal.name,
        party_kind=principal.party_kind,
        area_code=principal.area_code,
        hospital_id=principal.hospital_id,
        supplier_id=principal.supplier_id,
        roles=sorted(principal.roles),
        scopes=sorted(principal.scopes),
    )


@post("/me/password", status_code=204)
async def change_password(
    data: JSONBody[PasswordRequest],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> None:
    """Sets a new password; every session ends."""
    await uow.switch(PlatformScope())
    await service.change_password(
        uow, user_id=principal.id, present=data.present, password=data.password
    )


@get("/users")
async def list_users(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[UserMessage]:
    """People in the order of their login names; an area's administrator sees that area's."""
    area_code = await _administer(principal, uow)
    key = str(decode_cursor(after, size=1)[0]) if after else None
    rows = await queries.list_users(uow, area_code=area_code, after=key, limit=limit + 1)
    return page_of(
        [_user_message(row) for row in rows],
        limit=limit,
        cursor_of=lambda user: encode_cursor(user.login_name),
    )


@post("/users")
async def create_user(
    data: JSONBody[NewUser], principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> UserMessage:
    """Lets a person in."""
    area_code = await _administer(principal, uow)
    party = await _party(uow, data, area_code, data.roles)
    account = service.NewAccount(
        data.login_name, data.display_name, data.password, party, tuple(data.roles)
    )
    user_id = await service.create_user(uow, account=account)
    return _user_message((await queries.list_users(uow, area_code=None, user_id=user_id))[0])


@put("/users/{user_id:uuid}/roles")
async def grant_roles(
    user_id: FromPath[UUID],
    data: JSONBody[RolesRequest],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> UserMessage:
    """Sets all the roles of a person anew."""
    area_code = await _administer(principal, uow)
    await service.grant_roles(uow, user_id=user_id, roles=data.roles, area_code=area_code)
    return _user_message((await queries.list_users(uow, area_code=None, user_id=user_id))[0])


@delete("/users/{user_id:uuid}")
async def disable_user(
    user_id: FromPath[UUID], principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> None:
    """Keeps a person out from now on; the account and its trail stay."""
    area_code = await _administer(principal, uow)
    await service.disable_user(uow, user_id=user_id, area_code=area_code)


@get("/keys")
async def list_keys(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[KeyMessage]:
    """Keys of systems in the order issued, revoked ones too."""
    area_code = await _administer(principal, uow)
    key = decode_id(after)
    rows = await queries.list_keys(uow, area_code=area_code, after=key, limit=limit + 1)
    return page_of(
        [KeyMessage.model_validate(row, from_attributes=True) for row in rows],
        limit=limit,
        cursor_of=lambda shown: encode_cursor(str(shown.id)),
    )


@post("/keys", opt={"secret_answer": True})
async def issue_key(
    data: JSONBody[NewKey], principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> IssuedKey:
    """Gives a system a key; the secret is in this answer, which is never given again."""
    area_code = await _administer(principal, uow)
    issued = await service.issue_key(
        uow,
        name=data.name,
        party=await _party(uow, data, area_code, data.roles),
        roles=data.roles,
        scopes=data.scopes,
        expires_at=data.expires_at,
    )
    return IssuedKey(**data.model_dump(), id=issued.id, secret=issued.secret, revoked_at=None)


@delete("/keys/{key_id:uuid}")
async def revoke_key(
    key_id: FromPath[UUID], principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> None:
    """Ends a key for good."""
    area_code = await _administer(principal, uow)
    await service.revoke_key(uow, key_id=key_id, area_code=area_code)


async def _administer(principal: Principal, uow: UnitOfWork) -> str | None:
    """The area an administrator is confined to, None for all; goes on without an area's rows."""
    principal.require(Role.ADMINISTRATOR)
    await uow.switch(PlatformScope())
    return principal.area_code


async def _party(
    uow: UnitOfWork, data: Belonging, confined_to: str | None, roles: list[Role]
) -> Party:
    """The party named; an area's administrator lets in only people of that area."""
    if confined_to is not None and data.area_code != confined_to:
        raise Forbidden("you administer another area")
    party = Party(data.party_kind, data.area_code, data.hospital_id, data.supplier_id)
    policy.require_fitting(party, roles)
    if not await queries.party_exists(uow, party=party):
        raise PartyMisfit("there is no such area, hospital or supplier")
    return party


def _user_message(row: Row[Any]) -> UserMessage:
    return UserMessage.model_validate(row, from_attributes=True)


router = Router(
    "/identity",
    route_handlers=[
        login,
        logout,
        show_me,
        change_password,
        list_users,
        create_user,
        grant_roles,
        disable_user,
        list_keys,
        issue_key,
        revoke_key,
    ],
    tags=["identity"],
)
