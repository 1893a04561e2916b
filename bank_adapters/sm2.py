"""SM2 keys and the digest that SM2 signs (GB/T 32918.2, GB/T 35276); the curve is left to GmSSL."""

import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmssl_pyx import (
    GmsslInnerError,
    InvalidValueError,
    sm2_sign_sm3_digest,
    sm2_verify_sm3_digest,
)

USER_ID: Final = "1234567812345678"
"""GM/T 0009: the user id where the two sides have agreed on none."""

_CURVE: Final = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
"""The recommended curve: a, b and the base point, as they enter Z."""
_OID: Final = bytes.fromhex("06082a811ccf5501822d")
_PUBLIC: Final = bytes.fromhex("3059301306072a8648ce3d0201") + _OID + bytes.fromhex("03420004")
"""SubjectPublicKeyInfo up to the point: of fixed lengths, like everything around an SM2 key."""
_PRIVATE: Final = re.compile(
    rb"\x02\x01\x01\x04\x20(.{32})"
    rb"(?:\xa0\x0a" + re.escape(_OID) + rb")?\xa1\x44\x03\x42\x00\x04(.{64})",
    re.DOTALL,
)
"""ECPrivateKey (RFC 5915) with its public key, as OpenSSL and GmSSL write it."""


@dataclass(frozen=True)
class Sm2Key:
    """A private key (32 bytes) and its point (64 bytes)."""

    secret: bytes
    point: bytes

    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return _PUBLIC + self.point


def read_private_key(pem: bytes) -> Sm2Key:
    """An unencrypted PEM (PKCS #8, EC or SM2 PRIVATE KEY). Raises ValueError for anything else."""
    der = b64decode(re.sub(rb"-----[A-Z0-9 ]+-----|\s", b"", _key_block(pem)))
    found = _PRIVATE.search(der)
    if found is None or _OID not in der:
        raise ValueError("not an SM2 private key with its public key")
    key = Sm2Key(found[1], found[2])
    probe = bytes(32)
    if not verify(key.public_key, probe, sign(key, probe)):
        raise ValueError("the private and the public half are not of one SM2 key")
    return key


def _key_block(pem: bytes) -> bytes:
    """The key itself: OpenSSL may write the curve in a block before it."""
    found = re.search(rb"-----BEGIN (?:EC |SM2 )?PRIVATE KEY-----.+?-----END", pem, re.DOTALL)
    if found is None:
        raise ValueError("not an unencrypted private key in PEM")
    return found[0].removesuffix(b"-----END")


def point_of(public_key: bytes) -> bytes:
    """The point of a SubjectPublicKeyInfo. Raises ValueError when it is none of SM2."""
    if len(public_key) != len(_PUBLIC) + 64 or not public_key.startswith(_PUBLIC):
        raise ValueError("not an SM2 public key")
    return public_key[len(_PUBLIC) :]


def public_key_in(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo in a certificate. Raises ValueError when it holds none of SM2."""
    start = der.find(_PUBLIC)
    found = der[start : start + len(_PUBLIC) + 64]
    point_of(found)
    return found


def digest(public_key: bytes, message: bytes, *, user_id: str = USER_ID) -> bytes:
    """e = SM3(Z ‖ message), where Z binds the user id, the curve and the public key; 32 bytes."""
    name = user_id.encode()
    identity = (8 * len(name)).to_bytes(2, "big") + name + _CURVE + point_of(public_key)
    return _sm3(_sm3(identity) + message)


def _sm3(data: bytes) -> bytes:
    hashing = Hash(SM3())
    hashing.update(data)
    return hashing.finalize()


def sign(key: Sm2Key, digested: bytes) -> bytes:
    """DER of (r, s); the nonce comes from the operating system, in GmSSL."""
    signature: bytes = sm2_sign_sm3_digest(key.secret, digested)
    return signature


def verify(public_key: bytes, digested: bytes, signature: bytes) -> bool:
    """Whether the signature is over this digest by this key; malformed ones are not."""
    try:
        held: bool = sm2_verify_sm3_digest(point_of(public_key), digested, signature)
    except (InvalidValueError, GmsslInnerError):
        return False
    return held
