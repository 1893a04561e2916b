"""Letting people and systems in, and keeping them out again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from schemas.codes.roles import PartyKind, Role
from schemas.events import identity as events
from settlement_api.identity import policy, queries
from settlement_api.identity.errors import (
    BootstrapClosed,
    KeyMissing,
    LoginFailed,
    LoginNameTaken,
    OwnRoles,
    PasswordUnchanged,
    UserMissing,
)
from settlement_api.identity.passwords import (
    STANDARD,
    PasswordCost,
    check_password,
    hash_password,
    is_weak,
)
from settlement_api.identity.policy import Party
from settlement_api.persistence import load_sql
from settlement_api.tokens import KEY_MARK, SESSION_MARK, hash_secret, new_secret
from settlement_api.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class NewAccount:
    """A person to be let in."""

    login_name: str
    display_name: str
    password: str
    party: Party
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class OpenedSession:
    """A login: the token is known only here and to its holder."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class IssuedSecret:
    """A key just issued: the secret is known only here and to its holder."""

    id: UUID
    secret: str


async def create_user(uow: UnitOfWork, *, account: NewAccount) -> UUID:
    """Lets one person in, who must choose another password before anything else.

    Whoever lets people in knows their first password, and would otherwise be maker, checker and
    releaser at once. Raises LoginNameTaken, RolesMisfit, PartyMisfit.
    """
    created = await _insert_accounts(uow, [account], STANDARD, initial=True)
    if account.login_name not in created:
        raise LoginNameTaken
    user_id = created[account.login_name]
    await uow.record(
        events.UserCreated(
            area_code=None,
            aggregate_id=user_id,
            party_kind=account.party.kind,
            roles=sorted(account.roles),
        )
    )
    return user_id


async def create_users(
    uow: UnitOfWork, *, accounts: Sequence[NewAccount], cost: PasswordCost = STANDARD
) -> dict[str, UUID]:
    """Lets many people in at once (a seed); the ids by login name, without names taken before."""
    created = await _insert_accounts(uow, accounts, cost)
    for user_id in list(created.values())[:1]:
        await uow.record(
            events.UsersCreated(area_code=None, aggregate_id=user_id, count=len(created))
        )
    return created


async def create_administrator(
    uow: UnitOfWork, *, login_name: str, password: str, cost: PasswordCost = STANDARD
) -> UUID:
    """The first administrator of an installation. Raises BootstrapClosed when there is one."""
    present = await uow.fetch_value(
        "SELECT count(*) FROM user_role WHERE role = 'administrator' AND party_kind = 'platform'"
    )
    if present:
        raise BootstrapClosed
    account = NewAccount(
        login_name, login_name, password, Party(PartyKind.PLATFORM), (Role.ADMINISTRATOR,)
    )
    created = await create_users(uow, accounts=[account], cost=cost)
    if not created:
        raise LoginNameTaken
    return created[login_name]


async def _insert_accounts(
    uow: UnitOfWork, accounts: Sequence[NewAccount], cost: PasswordCost, *, initial: bool = False
) -> dict[str, UUID]:
    for account in accounts:
        policy.require_fitting(account.party, account.roles)
    hashes = await asyncio.to_thread(
        lambda: [hash_password(account.password, cost) for account in accounts]
    )
    rows = [
        {
            "login_name": account.login_name,
            "display_name": account.display_name,
            "password_hash": encoded,
            "password_is_initial": initial,
            "party_kind": account.party.kind,
            "area_code": account.party.area_code,
            "hospital_id": account.party.hospital_id,
            "supplier_id": account.party.supplier_id,
            "roles": sorted(account.roles),
        }
        for account, encoded in zip(accounts, hashes, strict=True)
    ]
    created = await uow.fetch_all(
        load_sql(__file__, "insert_users"), users=msgspec.json.encode(rows).decode()
    )
    return {row.login_name: row.id for row in created}


async def attempt_login(
    uow: UnitOfWork, *, login_name: str, password: str
) -> OpenedSession | LoginFailed:
    """Opens a session, or gives back the refusal: a failure is counted and must be committed."""
    found = await queries.lock_login(uow, login_name=login_name.strip().lower())
    encoded = found.password_hash if found and not found.rests else None
    right = await asyncio.to_thread(check_password, encoded, password)
    if found is None or not right:
        if found is not None and not found.rests:
            await _count_failure(uow, found.id)
        return LoginFailed()
    await _clear_failures(uow, found.id, encoded or "", password)
    return await _open_session(uow, found.id)


async def _count_failure(uow: UnitOfWork, user_id: UUID) -> None:
    count = await uow.fetch_value(
        load_sql(__file__, "count_failure"),
        user_id=user_id,
        allowed=policy.FAILURES_ALLOWED,
        rest_seconds=policy.REST_AFTER_FAILURES.total_seconds(),
    )
    if count >= policy.FAILURES_ALLOWED:
        await uow.record(
            events.LoginLocked(area_code=None, aggregate_id=user_id, failed_count=count)
        )


async def _clear_failures(uow: UnitOfWork, user_id: UUID, encoded: str, password: str) -> None:
    """Forgets failures and makes a hash of demonstration strength as strong as any."""
    if is_weak(encoded):
        encoded = await asyncio.to_thread(hash_password, password)
    await uow.execute(
        "UPDATE user_account SET failed_count = 0, locked_until = NULL, password_hash = :encoded"
        " WHERE id = :user_id AND (failed_count <> 0 OR password_hash <> :encoded)",
        user_id=user_id,
        encoded=encoded,
    )


async def _open_session(uow: UnitOfWork, user_id: UUID) -> OpenedSession:
    token = new_secret(SESSION_MARK)
    expires_at = await uow.fetch_value(
        "INSERT INTO user_session (token_hash, user_id, expires_at)"
        " VALUES (:token_hash, :user_id, clock_timestamp() + make_interval(secs => :life))"
        " RETURNING expires_at",
        token_hash=hash_secret(token),
        user_id=user_id,
        life=policy.SESSION_LIFE.total_seconds(),
    )
    await uow.record(events.LoginSucceeded(area_code=None, aggregate_id=user_id))
    return OpenedSession(token, expires_at)


async def end_session(uow: UnitOfWork, *, token: str) -> None:
    """Logs out: the token opens nothing from the commit on."""
    await uow.execute(
        "UPDATE user_session SET ended_at = clock_timestamp()"
        " WHERE token_hash = :token_hash AND ended_at IS NULL",
        token_hash=hash_secret(token),
    )


async def change_password(uow: UnitOfWork, *, user_id: UUID, present: str, password: str) -> None:
    """Sets a new password and ends every session.

    Raises LoginFailed for a wrong present one, PasswordUnchanged for the same again.
    """
    encoded = await uow.fetch_value(
        "SELECT password_hash FROM user_account WHERE id = :user_id FOR UPDATE", user_id=user_id
    )
    if not await asyncio.to_thread(check_password, encoded, present):
        raise LoginFailed
    if password == present:
        raise PasswordUnchanged
    await uow.execute(
        "UPDATE user_account SET password_hash = :encoded, password_is_initial = false"
        " WHERE id = :user_id",
        user_id=user_id,
        encoded=await asyncio.to_thread(hash_password, password),
    )
    await _end_sessions(uow, user_id)
    await uow.record(events.PasswordChanged(area_code=None, aggregate_id=user_id))


async def _end_sessions(uow: UnitOfWork, user_id: UUID) -> None:
    await uow.execute(
        "UPDATE user_session SET ended_at = clock_timestamp()"
        " WHERE user_id = :user_id AND ended_at IS NULL",
        user_id=user_id,
    )


async def grant_roles(
    uow: UnitOfWork, *, user_id: UUID, roles: Sequence[Role], area_code: str | None
) -> None:
    """Sets all the roles of another person (of `area_code` when given) anew.

    Raises UserMissing, RolesMisfit, OwnRoles. Who granted what is kept in the audit trail.
    """
    user = await _require_user(uow, user_id, area_code)
    if user_id == uow.actor.id:
        raise OwnRoles
    policy.require_roles(PartyKind(user.party_kind), roles)
    await uow.execute("DELETE FROM user_role WHERE user_id = :user_id", user_id=user_id)
    await uow.execute(
        "INSERT INTO user_role (user_id, role, party_kind)"
        " SELECT :user_id, role, :party_kind FROM unnest(CAST(:roles AS text[])) AS role",
        user_id=user_id,
        party_kind=user.party_kind,
        roles=sorted(set(roles)),
    )
    await uow.record(
        events.RolesGranted(
            area_code=None,
            aggregate_id=user_id,
            before=list(user.roles),
            after=sorted(set(roles)),
        )
    )


async def disable_user(uow: UnitOfWork, *, user_id: UUID, area_code: str | None) -> None:
    """Keeps a person out from now on and ends open sessions. Raises UserMissing."""
    await _require_user(uow, user_id, area_code)
    disabled = await uow.execute(
        "UPDATE user_account SET disabled_at = clock_timestamp()"
        " WHERE id = :user_id AND disabled_at IS NULL",
        user_id=user_id,
    )
    await _end_sessions(uow, user_id)
    if disabled:
        await uow.record(events.UserDisabled(area_code=None, aggregate_id=user_id))


async def _require_user(uow: UnitOfWork, user_id: UUID, area_code: str | None) -> Row[Any]:
    found = await queries.list_users(uow, area_code=area_code, user_id=user_id)
    if not found:
        raise UserMissing
    return found[0]


async def issue_key(
    uow: UnitOfWork,
    *,
    name: str,
    party: Party,
    roles: Sequence[Role],
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> IssuedSecret:
    """Gives a system a key. Raises RolesMisfit, PartyMisfit."""
    policy.require_fitting(party, roles)
    secret = new_secret(KEY_MARK)
    key_id = await uow.fetch_value(
        load_sql(__file__, "insert_key"),
        name=name,
        secret_hash=hash_secret(secret),
        party_kind=party.kind,
        area_code=party.area_code,
        hospital_id=party.hospital_id,
        supplier_id=party.supplier_id,
        roles=sorted(set(roles)),
        scopes=sorted(set(scopes)),
        issued_by=uow.actor.id,
        expires_at=expires_at,
    )
    await uow.record(
        events.KeyIssued(
            area_code=None,
            aggregate_id=key_id,
            party_kind=party.kind,
            roles=sorted(set(roles)),
            scopes=sorted(set(scopes)),
        )
    )
    return IssuedSecret(key_id, secret)


async def revoke_key(uow: UnitOfWork, *, key_id: UUID, area_code: str | None) -> None:
    """Ends a key (of `area_code` when given) for good. Raises KeyMissing."""
    revoked = await uow.fetch_value(
        "UPDATE api_key SET revoked_at = coalesce(revoked_at, clock_timestamp())"
        " WHERE id = :key_id AND (CAST(:area_code AS text) IS NULL OR area_code = :area_code)"
        " RETURNING id",
        key_id=key_id,
        area_code=area_code,
    )
    if revoked is None:
        raise KeyMissing
    await uow.record(events.KeyRevoked(area_code=None, aggregate_id=key_id))


async def forget_old(uow: UnitOfWork) -> None:
    """Deletes kept answers after a week and sessions a day after their end, in real time."""
    await uow.execute(
        "DELETE FROM request_key WHERE recorded_at < clock_timestamp() - interval '7 days'"
    )
    await uow.execute(
        "DELETE FROM user_session"
        " WHERE coalesce(ended_at, expires_at) < clock_timestamp() - interval '1 day'"
    )
