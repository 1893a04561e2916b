"""How a message to a bank is signed, where the key lies, and where a key stands."""

from enum import StrEnum


class SignatureAlgorithm(StrEnum):
    """A detached signature over the exact bytes of a message."""

    SM2_SM3 = "sm2_sm3"
    """GB/T 32918.2 over SM3(Z ‖ message); the signature is DER of (r, s)."""
    ED25519 = "ed25519"
    """RFC 8032, over the message itself."""
    RSA_PSS_SHA256 = "rsa_pss_sha256"
    """RFC 8017, MGF1 with SHA-256, a salt of 32 bytes."""
    RSA_PKCS1_SHA256 = "rsa_pkcs1_sha256"
    """RFC 8017, RSASSA-PKCS1-v1_5 with SHA-256."""


class KeyPlace(StrEnum):
    """Where the private half of a signing key lies."""

    FILE = "file"
    """A PEM file of the signing process."""
    REMOTE = "remote"
    """A device or service: it is given a digest and gives back a signature."""
