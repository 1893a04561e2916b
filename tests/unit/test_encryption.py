"""Account numbers at rest: sealed, found again by a blind index, lost only with the key."""

from pathlib import Path
from uuid import UUID

import pytest

from settlement_api.encryption import KEY_FILE_NAME, AlteredBytes, Keyring, open_keyring

ACCOUNT = "6222020200012345678"
ROW, OTHER_ROW = UUID(int=1), UUID(int=2)


def test_a_fresh_key_file_is_private_and_kept(tmp_path: Path) -> None:
    first, made = open_keyring(tmp_path)
    again, made_again = open_keyring(tmp_path)
    assert made
    assert not made_again
    assert (tmp_path / KEY_FILE_NAME).stat().st_mode & 0o777 == 0o600
    ciphertext, key_id = first.encrypt(ACCOUNT.encode(), of=ROW)
    assert ACCOUNT.encode() not in ciphertext
    assert again.decrypt(ciphertext, key_id, of=ROW) == ACCOUNT.encode()


def test_equal_numbers_have_equal_indexes_and_different_ciphertexts(tmp_path: Path) -> None:
    keyring, _ = open_keyring(tmp_path)
    assert keyring.blind_index(ACCOUNT) == keyring.blind_index(ACCOUNT)
    assert keyring.blind_index(ACCOUNT) != keyring.blind_index(ACCOUNT + "0")
    assert keyring.encrypt(b"x", of=ROW)[0] != keyring.encrypt(b"x", of=ROW)[0]


def test_altered_bytes_and_other_keys_are_noticed(tmp_path: Path) -> None:
    keyring, _ = open_keyring(tmp_path)
    ciphertext, key_id = keyring.encrypt(ACCOUNT.encode(), of=ROW)
    with pytest.raises(AlteredBytes):
        keyring.decrypt(ciphertext[:-1] + bytes([ciphertext[-1] ^ 1]), key_id, of=ROW)
    with pytest.raises(KeyError):
        keyring.decrypt(ciphertext, "k9", of=ROW)


def test_an_old_key_still_decrypts_after_rotation() -> None:
    old = Keyring("k1", {"k1": b"1" * 32}, b"i" * 32)
    ciphertext, key_id = old.encrypt(b"account", of=ROW)
    rotated = Keyring("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"i" * 32)
    assert rotated.decrypt(ciphertext, key_id, of=ROW) == b"account"
    assert rotated.encrypt(b"account", of=ROW)[1] == "k2"


def test_a_ciphertext_opens_in_its_own_row_only(tmp_path: Path) -> None:
    keyring, _ = open_keyring(tmp_path)
    ciphertext, key_id = keyring.encrypt(ACCOUNT.encode(), of=ROW)
    with pytest.raises(AlteredBytes):
        keyring.decrypt(ciphertext, key_id, of=OTHER_ROW)


def test_a_number_that_its_index_does_not_say_is_noticed(tmp_path: Path) -> None:
    keyring, _ = open_keyring(tmp_path)
    ciphertext, key_id = keyring.encrypt(ACCOUNT.encode(), of=ROW)
    index = keyring.blind_index(ACCOUNT)
    assert keyring.account_number(ciphertext, key_id, of=ROW, blind_index=index) == ACCOUNT
    with pytest.raises(AlteredBytes):
        keyring.account_number(ciphertext, key_id, of=ROW, blind_index=bytes(32))
