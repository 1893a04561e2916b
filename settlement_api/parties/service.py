"""Proposing, verifying, freezing and reopening the accounts that suppliers are paid to."""

from collections.abc import Sequence
from uuid import UUID

from schemas.codes.parties import VerificationState
from schemas.events.parties import (
    AccountFrozen,
    AccountProposed,
    AccountReopened,
    AccountsChecked,
)
from schemas.messages.parties import NewPayeeAccount
from settlement_api.encryption import Keyring
from settlement_api.parties import queries
from settlement_api.parties.errors import (
    AccountAlreadyProposed,
    AccountEnded,
    AccountNotFrozen,
    AccountNotVerified,
    UnknownSupplier,
)
from settlement_api.parties.policy import Verdict, judge
from settlement_api.parties.states import FROZEN, PAYEE_ACCOUNT, UNVERIFIED, VERIFIED
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import PlatformScope, UnitOfWork


async def propose_account(
    uow: UnitOfWork, *, supplier_id: UUID, account: NewPayeeAccount, keyring: Keyring
) -> UUID:
    """Puts an account on file, unverified; the id of it.

    Raises UnknownSupplier for a supplier the scope does not see, and AccountAlreadyProposed.
    """
    if await queries.find_supplier(uow, supplier_id=supplier_id) is None:
        raise UnknownSupplier
    await uow.switch(PlatformScope())
    account_id = await uow.fresh_id()
    ciphertext, key_id = keyring.encrypt(account.account_number.encode(), of=account_id)
    proposed: UUID | None = await uow.fetch_value(
        load_sql(__file__, "propose_account"),
        account_id=account_id,
        supplier_id=supplier_id,
        ciphertext=ciphertext,
        key_id=key_id,
        blind_index=keyring.blind_index(account.account_number),
        last4=account.account_number[-4:],
        account_name=account.account_name,
        cnaps_code=account.cnaps_code,
        proposed_by=uow.actor.id,
        valid_from=account.valid_from,
    )
    if proposed is None:
        raise AccountAlreadyProposed
    await uow.record(
        AccountProposed(
            area_code=None,
            aggregate_id=proposed,
            supplier_id=supplier_id,
            account_last4=account.account_number[-4:],
            cnaps_code=account.cnaps_code,
        )
    )
    return proposed


async def verify_accounts(
    uow: UnitOfWork, *, account_ids: Sequence[UUID]
) -> list[tuple[UUID, Verdict]]:
    """Records that the actor, a person, checked these accounts; what it did to each.

    The first person's check is recorded; a second person's makes an account payable, and the
    account it replaces ends the day before. Nobody verifies what they proposed. Works on any
    number of accounts in a handful of statements.
    """
    verifier = uow.actor.id
    assert verifier is not None, "only a person verifies an account"
    await uow.switch(PlatformScope())
    known = await queries.lock_accounts(uow, account_ids=account_ids)
    verdicts = judge(account_ids, known, verifier=verifier)
    first = [account for account, found in verdicts.items() if found is Verdict.FIRST_RECORDED]
    second = [account for account, found in verdicts.items() if found is Verdict.VERIFIED]
    await _record_first(uow, first, verifier)
    await _record_second(uow, second, verifier)
    if first or second:
        await uow.record(
            AccountsChecked(
                area_code=None,
                aggregate_id=(first or second)[0],
                checked_by=verifier,
                first_checked=tuple(first),
                verified=tuple(second),
            )
        )
    return list(verdicts.items())


async def _record_first(uow: UnitOfWork, account_ids: Sequence[UUID], verifier: UUID) -> None:
    moved = await uow.execute(
        load_sql(__file__, "verify_first"), account_ids=account_ids, verifier=verifier
    )
    assert moved == len(account_ids), "locked accounts do not move"


async def _record_second(uow: UnitOfWork, account_ids: Sequence[UUID], verifier: UUID) -> None:
    await uow.execute(load_sql(__file__, "give_way"), account_ids=account_ids)
    moved = await uow.execute(
        load_sql(__file__, "verify_second"),
        account_ids=account_ids,
        verifier=verifier,
        at=uow.at,
    )
    assert moved == len(account_ids), "locked accounts do not move"


async def freeze_account(uow: UnitOfWork, *, account_id: UUID, reason: str) -> None:
    """Stops payments to an account, as after money came back from it. Raises AccountNotVerified."""
    supplier_id = await _move(uow, account_id, VERIFIED, FROZEN)
    if supplier_id is None:
        raise AccountNotVerified
    await uow.record(
        AccountFrozen(
            area_code=None, aggregate_id=account_id, supplier_id=supplier_id, reason=reason
        )
    )


async def reopen_account(uow: UnitOfWork, *, account_id: UUID) -> None:
    """Lets two people verify a frozen account anew. Raises AccountNotFrozen, AccountEnded."""
    await uow.switch(PlatformScope())
    known = await queries.lock_accounts(uow, account_ids=[account_id])
    if account_id in known and known[account_id].has_ended:
        raise AccountEnded
    supplier_id = await _move(uow, account_id, FROZEN, UNVERIFIED)
    if supplier_id is None:
        raise AccountNotFrozen
    await uow.record(
        AccountReopened(area_code=None, aggregate_id=account_id, supplier_id=supplier_id)
    )


async def _move(
    uow: UnitOfWork, account_id: UUID, current: VerificationState, target: VerificationState
) -> UUID | None:
    """One guarded move; the supplier of the account, or None when it was not in `current`."""
    assert (current, target) in PAYEE_ACCOUNT, "there is no such move"
    await uow.switch(PlatformScope())
    moved: UUID | None = await uow.fetch_value(
        load_sql(__file__, "move_account"),
        account_id=account_id,
        current=current,
        target=target,
        keep_verifiers=target is not UNVERIFIED,
    )
    return moved
