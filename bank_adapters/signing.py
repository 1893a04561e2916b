"""Signatures over the exact bytes of a message: made by a key of ours, checked by its public half.

A bank's profile names the algorithm. Keys in a device are in `remote_signing`.
"""

from hashlib import sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from bank_adapters import sm2
from schemas.codes.signing import SignatureAlgorithm

LEAST_RSA_BITS: Final = 2048
_PADDINGS: Final[dict[SignatureAlgorithm, AsymmetricPadding]] = {
    SignatureAlgorithm.RSA_PSS_SHA256: PSS(mgf=MGF1(SHA256()), salt_length=32),
    SignatureAlgorithm.RSA_PKCS1_SHA256: PKCS1v15(),
}


class Signer(Protocol):
    """Signs bytes with a key it never shows."""

    def sign(self, body: bytes) -> bytes | None:
        """The detached signature over `body`, or None where transport alone is secured."""


class Unsigned:
    """No signature: the bank's front-end secures the transport."""

    def sign(self, body: bytes) -> bytes | None:
        return None


class KeySigner(Protocol):
    """A signer whose key we hold; `public_key` is its SubjectPublicKeyInfo, DER."""

    @property
    def public_key(self) -> bytes: ...

    def sign(self, body: bytes) -> bytes: ...


class Sm2Signer:
    """SM2 over SM3(Z ‖ body); `user_id` as agreed with the bank."""

    def __init__(self, key: sm2.Sm2Key, *, user_id: str = sm2.USER_ID) -> None:
        self._key = key
        self._user_id = user_id

    @property
    def public_key(self) -> bytes:
        return self._key.public_key

    def sign(self, body: bytes) -> bytes:
        return sm2.sign(self._key, sm2.digest(self.public_key, body, user_id=self._user_id))


class Ed25519Signer:
    """Ed25519 over the body."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> bytes:
        return _spki(self._key.public_key())

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(body)


class RsaSigner:
    """RSA over SHA-256 of the body, with the padding that the algorithm names."""

    def __init__(self, key: RSAPrivateKey, algorithm: SignatureAlgorithm) -> None:
        _require_length(key.key_size)
        self._key = key
        self._padding = _PADDINGS[algorithm]

    @property
    def public_key(self) -> bytes:
        return _spki(self._key.public_key())

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(body, self._padding, SHA256())


def open_signer(
    pem: bytes, algorithm: SignatureAlgorithm, *, user_id: str = sm2.USER_ID
) -> KeySigner:
    """The signer of an unencrypted PEM key. Raises ValueError when the key is of another kind."""
    if algorithm is SignatureAlgorithm.SM2_SM3:
        return Sm2Signer(sm2.read_private_key(pem), user_id=user_id)
    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:  # encrypted, or a curve not known here
        raise ValueError(str(error)) from error
    if algorithm is SignatureAlgorithm.ED25519 and isinstance(key, Ed25519PrivateKey):
        return Ed25519Signer(key)
    if algorithm in _PADDINGS and isinstance(key, RSAPrivateKey):
        return RsaSigner(key, algorithm)
    raise ValueError(f"not a private key for {algorithm}")


def require_public_key(algorithm: SignatureAlgorithm, public_key: bytes) -> None:
    """Raises ValueError unless these bytes (SubjectPublicKeyInfo, DER) are a key for it."""
    if algorithm is SignatureAlgorithm.SM2_SM3:
        sm2.point_of(public_key)
        return
    key = _load(public_key)
    if isinstance(key, RSAPublicKey) and algorithm in _PADDINGS:
        _require_length(key.key_size)
    elif not (isinstance(key, Ed25519PublicKey) and algorithm is SignatureAlgorithm.ED25519):
        raise ValueError(f"not a public key for {algorithm}")


def digest_of(
    algorithm: SignatureAlgorithm, public_key: bytes, body: bytes, *, user_id: str = sm2.USER_ID
) -> bytes:
    """What a device is given to sign: 32 bytes. Raises ValueError for Ed25519, which signs the
    whole message."""
    if algorithm is SignatureAlgorithm.SM2_SM3:
        return sm2.digest(public_key, body, user_id=user_id)
    if algorithm in _PADDINGS:
        return sha256(body).digest()
    raise ValueError(f"{algorithm} signs the message, not a digest of it")


def holds(
    algorithm: SignatureAlgorithm,
    public_key: bytes,
    body: bytes,
    signature: bytes,
    *,
    user_id: str = sm2.USER_ID,
) -> bool:
    """Whether `signature` is over exactly these bytes by the owner of `public_key`.

    Raises ValueError for a key of another kind.
    """
    require_public_key(algorithm, public_key)
    if algorithm is SignatureAlgorithm.SM2_SM3:
        return sm2.verify(public_key, sm2.digest(public_key, body, user_id=user_id), signature)
    key = _load(public_key)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, body)
        else:
            digested = sha256(body).digest()
            key.verify(signature, digested, _PADDINGS[algorithm], Prehashed(SHA256()))
    except InvalidSignature:
        return False
    return True


def _load(public_key: bytes) -> Ed25519PublicKey | RSAPublicKey:
    try:
        key = load_der_public_key(public_key)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, Ed25519PublicKey | RSAPublicKey):
        raise ValueError("neither an Ed25519 nor an RSA public key")
    return key


def _spki(key: Ed25519PublicKey | RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _require_length(bits: int) -> None:
    if bits < LEAST_RSA_BITS:
        raise ValueError(f"an RSA key of {bits} bits is too short")
