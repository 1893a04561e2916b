"""Account numbers at rest: sealed, found again by a blind index, lost only with the key."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from settlement_api.encryption import KEY_FILE_NAME, Keyring, open_keyring

ACCOUNT = "6222020200012345678"


def test_a_fresh_key_file_is_private_and_kept(tmp_path: Path) -> None:
    first, made = open_keyring(tmp_path)
    again, made_again = open_keyring(tmp_path)
    assert made
    assert not made_again
    assert (tmp_path / KEY_FILE_NAME).stat().st_mode & 0o777 == 0o600
    ciphertext, key_id = first.encrypt(ACCOUNT.encode())
    assert ACCOUNT.encode() not in ciphertext
    assert again.decrypt(ciphertext, key_id) == ACCOUNT.encode()


def test_equal_numbers_have_equal_indexes_and_different_ciphertexts(tmp_path: Path) -> None:
    keyring, _ = open_keyring(tmp_path)
    assert keyring.blind_index(ACCOUNT) == keyring.blind_index(ACCOUNT)
    assert keyring.blind_index(ACCOUNT) != keyring.blind_index(ACCOUNT + "0")
    assert keyring.encrypt(b"x")[0] != keyring.encrypt(b"x")[0]


def test_altered_bytes_and_other_keys_are_noticed(tmp_path: Path) -> None:
    keyring, _ = open_keyring(tmp_path)
    ciphertext, key_id = keyring.encrypt(ACCOUNT.encode())
    with pytest.raises(InvalidTag):
        keyring.decrypt(ciphertext[:-1] + bytes([ciphertext[-1] ^ 1]), key_id)
    with pytest.raises(KeyError):
        keyring.decrypt(ciphertext, "k9")


def test_an_old_key_still_decrypts_after_rotation() -> None:
    old = Keyring("k1", {"k1": b"1" * 32}, b"i" * 32)
    ciphertext, key_id = old.encrypt(b"account")
    rotated = Keyring("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"i" * 32)
    assert rotated.decrypt(ciphertext, key_id) == b"account"
    assert rotated.encrypt(b"account")[1] == "k2"
