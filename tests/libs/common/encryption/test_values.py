"""A sealed value opens under its key at its own place only, and equal texts have one index a column."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from libs.common.encryption.ciphers import NotOpenedError, Suite, keyed_hash
from libs.common.encryption.keys import EncryptionSettings, KeysError
from libs.common.encryption.values import DataKey, Place, blind_index, blind_indexes, seal, unseal, version_of
from tests.libs.common.encryption.samples import encoded, ring

PLACE = Place("person", "phone", "row-1", "subject-1")
SUITES = list(Suite)


def key(suite: Suite, version: int = 1, byte: int = 3) -> DataKey:
    return DataKey(version, bytes([byte]) * suite.key_bytes)


@pytest.mark.parametrize("suite", SUITES)
@given(text=st.text(), version=st.integers(1, 2**32 - 1))
def test_what_is_sealed_opens_at_its_place(suite: Suite, text: str, version: int) -> None:
    sealed = seal(key(suite, version), text, PLACE)
    assert unseal(key(suite, version), sealed, PLACE) == text
    assert version_of(sealed) == version
    assert seal(key(suite, version), text, PLACE) != sealed


@pytest.mark.parametrize("suite", SUITES)
@given(bit=st.integers(0, 10_000))
def test_a_changed_bit_does_not_open(suite: Suite, bit: int) -> None:
    sealed = bytearray(seal(key(suite), "13800138000", PLACE))
    bit %= len(sealed) * 8
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotOpenedError):
        unseal(key(suite), bytes(sealed), PLACE)


@pytest.mark.parametrize("length", [0, 5, 6, 17, 33])
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    with pytest.raises(NotOpenedError):
        unseal(key(Suite.INTERNATIONAL), seal(key(Suite.INTERNATIONAL), "甲", PLACE)[:length], PLACE)


@pytest.mark.parametrize(
    "other",
    [
        Place("people", "phone", "row-1", "subject-1"),
        Place("person", "mobile", "row-1", "subject-1"),
        Place("person", "phone", "row-2", "subject-1"),
        Place("person", "phone", "row-1", "subject-2"),
        # The parts have their lengths: none runs into the next.
        Place("personp", "hone", "row-1", "subject-1"),
    ],
)
def test_a_value_that_was_moved_does_not_open(other: Place) -> None:
    sealed = seal(key(Suite.INTERNATIONAL), "13800138000", PLACE)
    with pytest.raises(NotOpenedError):
        unseal(key(Suite.INTERNATIONAL), sealed, other)


@pytest.mark.parametrize(
    "other", [key(Suite.INTERNATIONAL, 2), key(Suite.INTERNATIONAL, byte=4), key(Suite.CHINESE)]
)
def test_another_key_does_not_open(other: DataKey) -> None:
    sealed = seal(key(Suite.INTERNATIONAL), "13800138000", PLACE)
    with pytest.raises(NotOpenedError):
        unseal(other, sealed, PLACE)


def test_the_chinese_algorithms_are_those_of_the_standards() -> None:
    # GB/T 32907-2016 A.1 and GB/T 32905-2016 A.1: the standards' own examples.
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(algorithms.SM4(block), modes.ECB()).encryptor()
    assert encryptor.update(block).hex() == "681edf34d206965e86b3e94f536e4246"
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert len(keyed_hash(b"k" * 16, b"abc")) == 32


def test_an_index_tells_equal_texts_of_one_column_and_nothing_else() -> None:
    keys = ring()
    index = blind_index(keys, "person.phone", "13800138000")
    assert index == blind_index(keys, "person.phone", "13800138000")
    assert index.startswith("i1.")
    assert len(index) == 25
    others = {
        blind_index(keys, "person.phone", "13800138001"),
        blind_index(keys, "person.mobile", "13800138000"),
        blind_index(ring(indexing=("i2",)), "person.phone", "13800138000"),
        blind_index(ring(suite=Suite.CHINESE), "person.phone", "13800138000"),
    }
    assert len(others | {index}) == 5


def test_while_a_key_of_the_index_is_rotated_both_are_looked_for() -> None:
    both = ring(indexing=("i2", "i1"))
    assert blind_index(both, "a.b", "x").startswith("i2.")
    assert blind_indexes(both, "a.b", "x") == [
        blind_index(both, "a.b", "x"),
        blind_index(ring(), "a.b", "x"),
    ]


@pytest.mark.parametrize(
    ("wrapping", "said"),
    [
        ("w1", "SQN_WRAPPING_KEYS: w1: a key has 32 bytes, or 16"),
        ("w1:!", "SQN_WRAPPING_KEYS: the key w1 is not base64"),
        (f"w1:{encoded(1, 31)}", "SQN_WRAPPING_KEYS: w1: a key has 32 bytes, or 16"),
        (f"W1:{encoded(1)}", "SQN_WRAPPING_KEYS: each key has an id of its own"),
        (f"w1:{encoded(1)},w1:{encoded(2)}", "SQN_WRAPPING_KEYS: each key has an id of its own"),
        ("w1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "SQN_WRAPPING_KEYS: the key w1 is not random"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_being_told(wrapping: str, said: str) -> None:
    settings = EncryptionSettings.model_validate(
        {"wrapping_keys": wrapping, "index_keys": f"i1:{encoded(1)}"}
    )
    with pytest.raises(KeysError, match=said) as error:
        settings.ring()
    assert encoded(1)[:8] not in str(error.value)


def test_keys_are_never_shown() -> None:
    settings = EncryptionSettings.model_validate(
        {"wrapping_keys": f"w1:{encoded(1)}", "index_keys": f"i1:{encoded(2)}"}
    )
    for shown in (repr(settings), repr(settings.ring()), repr(key(Suite.INTERNATIONAL))):
        assert encoded(1)[:8] not in shown
        assert "\\x" not in shown
