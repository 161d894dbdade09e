"""A table of personal data on both engines, and keys to seal it with."""

import base64
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, MetaData, Table

from libs.common.database.types import Identifier
from libs.common.encryption.ciphers import Suite
from libs.common.encryption.columns import (
    Level,
    Personal,
    add_indexes,
    add_key_table,
    inventory_of,
    sealed_columns,
)
from libs.common.encryption.keys import EncryptionSettings, KeyRing

METADATA: Final = MetaData()
KEYS: Final = add_key_table(METADATA)
PERSON: Final = Table(
    "person",
    METADATA,
    Column("id", Identifier, primary_key=True),
    Column("subject", Identifier, nullable=False),
    *sealed_columns("phone", Personal("手机号", Level.PERSONAL, "mobile", is_found=True)),
    *sealed_columns("address", Personal("地址", Level.SENSITIVE, "address")),
)
add_indexes(PERSON)
PHONE, ADDRESS = COLUMNS = inventory_of(PERSON)


def encoded(number: int, length: int = 32) -> str:
    """Return a key as the environment has it; another number, another key."""
    return base64.b64encode(bytes((number * 7 + place * 11) % 251 for place in range(length))).decode()


def ring(
    wrapping: Sequence[str] = ("w1",), indexing: Sequence[str] = ("i1",), suite: Suite = Suite.INTERNATIONAL
) -> KeyRing:
    """Return keys with these ids, the present one first; a key follows from its id."""

    def keys(ids: Sequence[str], length: int) -> str:
        return ",".join(f"{key_id}:{encoded(sum(key_id.encode()), length)}" for key_id in ids)

    return EncryptionSettings.model_validate(
        {
            "wrapping_keys": keys(wrapping, suite.key_bytes),
            "index_keys": keys(indexing, suite.key_bytes),
        }
    ).ring()
