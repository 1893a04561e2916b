"""Signatures of a key that we never hold: a digest goes out, a signature comes back.

The device's service takes `POST` of JSON `{key_id, algorithm, digest}` and answers
`{signature}`, both in hex. Its word is checked against the registered public key.
"""

import json
from dataclasses import dataclass
from typing import Final

from bank_adapters.http import BankHttp
from bank_adapters.signing import digest_of, holds, require_public_key
from bank_adapters.sm2 import USER_ID
from schemas.codes.signing import SignatureAlgorithm

TIMEOUT_SECONDS: Final = 10.0


class SignerFault(ConnectionError):
    """The signer did not answer, refused, or signed something else: nothing is signed."""


@dataclass(frozen=True)
class RemoteKey:
    """A key in a device: its name there, and what is known of it here."""

    key_id: str
    algorithm: SignatureAlgorithm
    public_key: bytes
    user_id: str = USER_ID


class RemoteSigner:
    """A signing service. Never retries: signing again is the caller's next turn."""

    def __init__(
        self, url: str, *, token: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._http = BankHttp(url, timeout_seconds=timeout_seconds, clock=None)

    async def sign(self, key: RemoteKey, body: bytes) -> bytes:
        """The detached signature over `body`. Raises SignerFault; ValueError for a key whose
        algorithm signs no digest."""
        require_public_key(key.algorithm, key.public_key)
        digest = digest_of(key.algorithm, key.public_key, body, user_id=key.user_id)
        asked = {"key_id": key.key_id, "algorithm": key.algorithm.value, "digest": digest.hex()}
        answer = await self._http.call(
            "POST", self._url, body=json.dumps(asked).encode(), headers=self._headers
        )
        if answer.status != 200:
            raise SignerFault(f"the signer answered {answer.status or answer.fault}")
        signature = _signature_in(answer.body)
        if not holds(key.algorithm, key.public_key, body, signature, user_id=key.user_id):
            raise SignerFault(f"the signer's answer is no signature of key {key.key_id}")
        return signature

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()


def _signature_in(body: bytes) -> bytes:
    try:
        return bytes.fromhex(json.loads(body)["signature"])
    except (ValueError, KeyError, TypeError) as error:
        raise SignerFault("the signer's answer holds no signature") from error
