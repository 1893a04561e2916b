"""What may follow what in our own decisions about an attempt; the bank's outcome is never moved."""

from typing import Final

from schemas.codes.payments import DecisionState

TRANSITIONS: Final = {
    (DecisionState.DRAFT, DecisionState.APPROVED): "payments.attempt.approved",
    (DecisionState.DRAFT, DecisionState.VOIDED): "payments.attempt.voided",
    (DecisionState.APPROVED, DecisionState.SIGNED): "payments.submission.signed",
    (DecisionState.APPROVED, DecisionState.RENDERED): "payments.submission.stored",
    (DecisionState.RENDERED, DecisionState.SIGNED): "payments.submission.signed",
    (DecisionState.RENDERED, DecisionState.APPROVED): "payments.submission.withdrawn",
    (DecisionState.APPROVED, DecisionState.VOIDED): "payments.attempt.left_out",
    (DecisionState.SIGNED, DecisionState.APPROVED): "payments.submission.withdrawn",
    (DecisionState.SIGNED, DecisionState.SENDING): "payments.submission.sending",
}
"""From `sending` nothing leads back: only evidence says what became of it."""
