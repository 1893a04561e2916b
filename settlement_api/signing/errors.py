"""Refusals about signing keys."""

from schemas.problems import Conflict, NotFound


class SigningKeyTaken(Conflict):
    """Names of keys are given once: old signatures name them."""

    code = "signing_key_taken"
    title = "A signing key of that name is registered already"


class SigningKeyUnknown(NotFound):
    """There is no signing key of that name, or it was revoked before."""

    code = "signing_key_unknown"
    title = "There is no signing key of that name in force"
