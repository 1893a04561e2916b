"""Whether a signature speaks for us: over exactly these bytes, by a key that could sign. Pure."""

from datetime import datetime

from bank_adapters.signing import holds
from settlement_api.signing.policy import Key, could_sign


def speaks_for_us(key: Key, body: bytes, signature: bytes, *, at: datetime) -> bool:
    """Judged as of `at`, when it was made, whatever became of the key since.

    Raises ValueError when the registered key is none for its algorithm.
    """
    if not could_sign(key, at):
        return False
    return holds(key.algorithm, key.public_key, body, signature, user_id=key.user_id)
