"""A sealed value: a text under a person's data key, which opens at its own place only; and its blind index.

Pure. What a value has before its nonce: the number of the format, the suite, the version of the data key. The tag
covers it together with table, column, row and person, so that a value moved elsewhere does not open.
"""

import base64
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from libs.common.encryption.ciphers import NotOpenedError, Suite, decrypt, encrypting, keyed_hash
from libs.common.encryption.keys import KeyRing

FORMAT = 1
_HEAD = struct.Struct(">BBI")
_LENGTH = struct.Struct(">I")
_SUITES = {Suite.INTERNATIONAL: 1, Suite.CHINESE: 2}
_SUITE_OF = {number: suite for suite, number in _SUITES.items()}
# 128 bits: two of a billion persons share an index once in 10²⁰ tries, and the index stays small.
_INDEX_BYTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands: a column of a row, and the person whom it is about."""

    table: str
    column: str
    row: str
    subject: str

    def context(self, head: bytes) -> bytes:
        """Return what the tag covers beside the text; each part with its length, so that none runs into the next."""
        return head + b"".join(map(_measured, (self.table, self.column, self.row, self.subject)))


# Of names of tables and columns there are a few, and a row's values are sealed one after the other.
@lru_cache(maxsize=256)
def _measured(text: str) -> bytes:
    encoded = text.encode()
    return _LENGTH.pack(len(encoded)) + encoded


@dataclass(frozen=True, slots=True)
class DataKey:
    """A person's key as it is used; `version` counts from 1."""

    version: int
    key: bytes

    @property
    def suite(self) -> Suite:
        """The suite of the key."""
        return Suite.of(self.key)

    def __repr__(self) -> str:
        return f"DataKey(version={self.version})"


Keys = Mapping[int, DataKey]
"""The keys of a person by their versions."""


def sealing(key: DataKey) -> Callable[[str, Place], bytes]:
    """Return the function that seals many texts under a key; as `seal`."""
    head = _HEAD.pack(FORMAT, _SUITES[key.suite], key.version)
    encrypt = encrypting(key.key)
    return lambda text, place: head + encrypt(text.encode(), place.context(head))


def seal(key: DataKey, text: str, place: Place) -> bytes:
    """Return a text as it is stored at a place."""
    return sealing(key)(text, place)


def version_of(sealed: bytes) -> int:
    """Return the version of the data key of a sealed value. Raises NotOpenedError."""
    return _head(sealed)[1]


def unseal(key: DataKey, sealed: bytes, place: Place) -> str:
    """Return the text of a value sealed at this very place. Raises NotOpenedError."""
    suite, version = _head(sealed)
    if version != key.version or suite is not key.suite:
        raise NotOpenedError
    head = sealed[: _HEAD.size]
    return decrypt(key.key, sealed[_HEAD.size :], place.context(head)).decode()


def _head(sealed: bytes) -> tuple[Suite, int]:
    if len(sealed) < _HEAD.size:
        raise NotOpenedError
    number, suite, version = _HEAD.unpack_from(sealed)
    if number != FORMAT or suite not in _SUITE_OF:
        raise NotOpenedError
    return _SUITE_OF[suite], version


def blind_index(ring: KeyRing, column: str, normal: str, key_id: str | None = None) -> str:
    """Return the index of a text in its normal form, by which equal ones of a column are found.

    `column` is the table's and column's name: equal texts of two columns have other indexes. The key's id stands
    before it.
    """
    chosen = key_id or ring.indexing_id
    text = f"{column}\0{normal}".encode()
    digest = keyed_hash(ring.indexing[chosen], text)[:_INDEX_BYTES]
    return f"{chosen}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def blind_indexes(ring: KeyRing, column: str, normal: str) -> list[str]:
    """Return all indexes that a text may be stored under, while a rotation of the key runs."""
    return [blind_index(ring, column, normal, key_id) for key_id in ring.indexing]
