"""The life of a payee account, and the only moves there are."""

from collections.abc import Mapping
from typing import Final

from schemas.codes.parties import VerificationState

UNVERIFIED = VerificationState.UNVERIFIED
VERIFIED = VerificationState.VERIFIED
FROZEN = VerificationState.FROZEN
SUPERSEDED = VerificationState.SUPERSEDED

PAYEE_ACCOUNT: Final[Mapping[tuple[VerificationState, VerificationState], str]] = {
    (UNVERIFIED, VERIFIED): "parties.account.verified",
    (VERIFIED, FROZEN): "parties.account.frozen",
    (FROZEN, UNVERIFIED): "parties.account.reopened",
    (VERIFIED, SUPERSEDED): "parties.account.superseded",
    (FROZEN, SUPERSEDED): "parties.account.superseded",
}
"""Each move and the event that records it."""
