"""Who may verify an account, and how an account number is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from schemas.codes.parties import VerificationState


class Verdict(StrEnum):
    """What a person's verification of an account does."""

    FIRST_RECORDED = "first_recorded"
    VERIFIED = "verified"
    NOT_FOUND = "not_found"
    NOT_UNVERIFIED = "not_unverified"
    SAME_PERSON = "same_person"
    ENDED = "ended"
    ONE_PER_SUPPLIER = "one_per_supplier"


@dataclass(frozen=True)
class AccountToVerify:
    """What decides whether somebody may verify an account.

    `has_ended`: its last day has passed, another account took its place.
    """

    id: UUID
    supplier_id: UUID
    state: VerificationState
    proposed_by: UUID | None
    verified_by_first: UUID | None
    has_ended: bool = False


def verdict(account: AccountToVerify, *, verifier: UUID) -> Verdict:
    """Three different people: one proposes (or a file does), two verify."""
    if account.state is not VerificationState.UNVERIFIED:
        return Verdict.NOT_UNVERIFIED
    if account.has_ended:
        return Verdict.ENDED
    if verifier in (account.proposed_by, account.verified_by_first):
        return Verdict.SAME_PERSON
    if account.verified_by_first is None:
        return Verdict.FIRST_RECORDED
    return Verdict.VERIFIED


def judge(
    account_ids: Sequence[UUID], known: Mapping[UUID, AccountToVerify], *, verifier: UUID
) -> dict[UUID, Verdict]:
    """The verdict on each account asked about; one account of a supplier becomes payable at a
    time, for its predecessor ends the day before."""
    verdicts: dict[UUID, Verdict] = {}
    replaced: set[UUID] = set()
    for account_id in account_ids:
        account = known.get(account_id)
        if account is None:
            verdicts[account_id] = Verdict.NOT_FOUND
            continue
        found = verdict(account, verifier=verifier)
        if found is Verdict.VERIFIED and account_id not in verdicts:
            if account.supplier_id in replaced:
                found = Verdict.ONE_PER_SUPPLIER
            replaced.add(account.supplier_id)
        verdicts.setdefault(account_id, found)
    return verdicts


def masked(last4: str) -> str:
    """An account number as people may see it."""
    return f"**** {last4}"
