"""Signers and their judge: OpenSSL, a program that is not ours, checks what we sign and signs what
we check."""

import re
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from bank_adapters import sm2
from bank_adapters.remote_signing import RemoteKey, RemoteSigner, SignerFault
from bank_adapters.signing import digest_of, holds, open_signer, require_public_key
from schemas.codes.signing import SignatureAlgorithm as Algorithm
from tests.builders.signing import Device, serving

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl command on this machine")
BODY = "<Document>付款 ¥1.00</Document>".encode()
KEY_OF = {
    Algorithm.SM2_SM3: ("-algorithm", "SM2"),
    Algorithm.ED25519: ("-algorithm", "ed25519"),
    Algorithm.RSA_PSS_SHA256: ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    Algorithm.RSA_PKCS1_SHA256: ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
}
PSS = ("-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pss")
OPTIONS_OF = {
    Algorithm.SM2_SM3: ("-rawin", "-digest", "sm3"),
    Algorithm.ED25519: ("-rawin",),
    Algorithm.RSA_PSS_SHA256: (
        *("-rawin", "-digest", "sha256", "-pkeyopt", "rsa_padding_mode:pss"),
        *("-pkeyopt", "rsa_pss_saltlen:32"),
    ),
    Algorithm.RSA_PKCS1_SHA256: ("-rawin", "-digest", "sha256"),
}


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    assert OPENSSL is not None
    return subprocess.run([OPENSSL, *map(str, arguments)], capture_output=True, check=False)


def made_key(folder: Path, algorithm: Algorithm, name: str = "key") -> Path:
    file = folder / f"{name}.pem"
    made = openssl("genpkey", *KEY_OF[algorithm], "-out", file)
    assert made.returncode == 0, made.stderr
    return file


def options(algorithm: Algorithm, user_id: str) -> tuple[str, ...]:
    named = ("-pkeyopt", f"distid:{user_id}") if algorithm is Algorithm.SM2_SM3 else ()
    return (*OPTIONS_OF[algorithm], *named)


def judged(key: Path, asked: tuple[str, ...], body: bytes, signature: bytes) -> bool:
    """OpenSSL's word on a signature of ours."""
    said_body, said_signature = key.with_name("body"), key.with_name("signature")
    said_body.write_bytes(body)
    said_signature.write_bytes(signature)
    said = openssl(
        *("pkeyutl", "-verify", "-inkey", key, "-in", said_body),
        *("-sigfile", said_signature, *asked),
    )
    assert b"Signature Verif" in said.stdout + said.stderr, said.stderr
    return said.returncode == 0


@needs_openssl
@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("user_id", [sm2.USER_ID, "医保-01"])
def test_openssl_believes_our_signatures_and_no_other_bytes(
    tmp_path: Path, algorithm: Algorithm, user_id: str
) -> None:
    key = made_key(tmp_path, algorithm)
    signer = open_signer(key.read_bytes(), algorithm, user_id=user_id)
    signature = signer.sign(BODY)
    asked = options(algorithm, user_id)
    assert judged(key, asked, BODY, signature)
    assert not judged(key, asked, BODY + b" ", signature)
    if algorithm is Algorithm.SM2_SM3:
        assert not judged(key, options(algorithm, "another"), BODY, signature)


@needs_openssl
@pytest.mark.parametrize("algorithm", Algorithm)
def test_we_believe_openssls_signatures_and_its_keys(tmp_path: Path, algorithm: Algorithm) -> None:
    key = made_key(tmp_path, algorithm)
    (tmp_path / "body").write_bytes(BODY)
    signed = openssl(
        *("pkeyutl", "-sign", "-inkey", key, "-in", tmp_path / "body"),
        *("-out", tmp_path / "signature", *options(algorithm, sm2.USER_ID)),
    )
    assert signed.returncode == 0, signed.stderr
    public = openssl("pkey", "-in", key, "-pubout", "-outform", "DER").stdout
    assert public == open_signer(key.read_bytes(), algorithm).public_key
    signature = (tmp_path / "signature").read_bytes()
    assert holds(algorithm, public, BODY, signature)
    assert not holds(algorithm, public, BODY[:-1], signature)
    broken = bytes([*signature[:-1], signature[-1] ^ 1])
    assert not holds(algorithm, public, BODY, broken)
    other = open_signer(made_key(tmp_path, algorithm, "other").read_bytes(), algorithm)
    assert not holds(algorithm, other.public_key, BODY, signature)


@needs_openssl
def test_the_traditional_form_of_an_sm2_key_is_read_too(tmp_path: Path) -> None:
    key = made_key(tmp_path, Algorithm.SM2_SM3)
    old = openssl("ec", "-in", key, "-param_enc", "named_curve").stdout
    assert re.search(b"BEGIN (EC|SM2) PRIVATE KEY", old), old
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqgRzPVQGCLQ==\n-----END EC PARAMETERS-----\n"
    assert sm2.read_private_key(parameters + old) == sm2.read_private_key(key.read_bytes())


@needs_openssl
def test_halves_of_two_keys_are_no_key(tmp_path: Path) -> None:
    first, second = (
        sm2.read_private_key(made_key(tmp_path, Algorithm.SM2_SM3, name).read_bytes())
        for name in ("first", "second")
    )
    der = openssl("pkey", "-in", tmp_path / "first.pem", "-outform", "DER").stdout
    mixed = b64encode(der.replace(first.point, second.point))
    with pytest.raises(ValueError, match="not of one SM2 key"):
        sm2.read_private_key(
            b"-----BEGIN PRIVATE KEY-----\n" + mixed + b"\n-----END PRIVATE KEY-----\n"
        )


def test_the_digest_is_the_example_of_the_standard() -> None:
    """GM/T 0003.5 annex A (the signature's key, user id and message); e as printed there."""
    point = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    public = sm2.Sm2Key(bytes(32), point).public_key
    digested = sm2.digest(public, b"message digest", user_id=sm2.USER_ID)
    assert digested.hex().upper() == (
        "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
    )
    signature = bytes.fromhex(
        "3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
        "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    )
    assert sm2.verify(public, digested, signature)


def keys() -> dict[Algorithm, bytes]:
    """PEM of keys made here, without OpenSSL."""
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    rsa = generate_private_key(65_537, 2048).private_bytes(*plain)
    return {
        Algorithm.ED25519: Ed25519PrivateKey.generate().private_bytes(*plain),
        Algorithm.RSA_PSS_SHA256: rsa,
        Algorithm.RSA_PKCS1_SHA256: rsa,
    }


def test_a_key_of_another_kind_is_refused() -> None:
    made = keys()
    for algorithm in (*made, Algorithm.SM2_SM3):
        for other, pem in made.items():
            if {other, algorithm} <= {Algorithm.RSA_PSS_SHA256, Algorithm.RSA_PKCS1_SHA256}:
                continue
            if other is not algorithm:
                with pytest.raises(ValueError, match=r"not a|SM2"):
                    open_signer(pem, algorithm)
                with pytest.raises(ValueError, match=r"not a|SM2"):
                    require_public_key(algorithm, open_signer(pem, other).public_key)


def test_short_rsa_keys_and_encrypted_ones_are_refused() -> None:
    short = generate_private_key(65_537, 1024)
    pem = short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="1024"):
        open_signer(pem, Algorithm.RSA_PSS_SHA256)
    for algorithm in Algorithm:
        with pytest.raises(ValueError):  # noqa: PT011 - what is no key has many names
            open_signer(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", algorithm)


def test_one_signature_is_not_the_other_padding() -> None:
    pem = keys()[Algorithm.RSA_PSS_SHA256]
    signer = open_signer(pem, Algorithm.RSA_PSS_SHA256)
    signature = signer.sign(BODY)
    assert holds(Algorithm.RSA_PSS_SHA256, signer.public_key, BODY, signature)
    assert not holds(Algorithm.RSA_PKCS1_SHA256, signer.public_key, BODY, signature)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_sm2_signature_are_none(signature: bytes) -> None:
    point = bytes.fromhex("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7")
    point += bytes.fromhex("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0")
    assert not sm2.verify(sm2.Sm2Key(bytes(32), point).public_key, bytes(32), signature)


# ── keys in a device ────────────────────────────────────────────────────────────────────────


async def test_a_device_is_given_the_digest_and_its_word_is_checked() -> None:
    algorithm = Algorithm.RSA_PSS_SHA256
    signer = open_signer(keys()[algorithm], algorithm)
    device, key = Device(signer, BODY), RemoteKey("k7", algorithm, signer.public_key)
    with serving(device) as url:
        remote = RemoteSigner(url, token="secret", timeout_seconds=5)
        signature = await remote.sign(key, BODY)
        assert holds(algorithm, signer.public_key, BODY, signature)
        digest = digest_of(algorithm, signer.public_key, BODY)
        asked = {"key_id": "k7", "algorithm": "rsa_pss_sha256", "digest": digest.hex()}
        assert device.asked == [asked]
        assert device.paths == ["/sign"]
        assert device.tokens == ["Bearer secret"]
        with pytest.raises(SignerFault, match="no signature of key k7"):
            await remote.sign(key, BODY + b"!")
        for answer in (b"", b"{}", b'{"signature": "zz"}', b'{"signature": 7}', b"[]"):
            device.answer = answer
            with pytest.raises(SignerFault):
                await remote.sign(key, BODY)
        device.answer, device.status = None, 503
        with pytest.raises(SignerFault, match="503"):
            await remote.sign(key, BODY)
        await remote.close()


async def test_a_device_that_is_away_signs_nothing() -> None:
    algorithm = Algorithm.RSA_PKCS1_SHA256
    signer = open_signer(keys()[algorithm], algorithm)
    remote = RemoteSigner("http://127.0.0.1:1/sign", timeout_seconds=1)
    with pytest.raises(SignerFault):
        await remote.sign(RemoteKey("k", algorithm, signer.public_key), BODY)
    ed = open_signer(keys()[Algorithm.ED25519], Algorithm.ED25519)
    with pytest.raises(ValueError, match="not a digest"):
        await remote.sign(RemoteKey("k", Algorithm.ED25519, ed.public_key), BODY)
    await remote.close()
