"""The keys of a service from its environment: those that wrap data keys, and those of the blind index."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.encryption.ciphers import Suite

_KEY_ID = re.compile(r"[a-z0-9]{1,8}")


class KeysError(ValueError):
    """The keys of the environment cannot be used. Names the setting, and never a key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by their ids; the first of each kind is used for what is new, the others open and find what is there."""

    wrapping: Mapping[str, bytes] = field(repr=False)
    indexing: Mapping[str, bytes] = field(repr=False)

    @property
    def wrapping_id(self) -> str:
        """The id of the key that wraps new data keys."""
        return next(iter(self.wrapping))

    @property
    def indexing_id(self) -> str:
        """The id of the key of new blind indexes."""
        return next(iter(self.indexing))


class EncryptionSettings(BaseSettings):
    """The environment of a service that keeps personal data."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore")

    wrapping_keys: SecretStr = Field(
        description="Keys that wrap data keys, the one for new ones first: id:base64,id:base64; of 32 bytes for "
        "AES-256-GCM, of 16 for SM4-GCM"
    )
    index_keys: SecretStr = Field(
        description="Keys of the blind index in the same form; of 32 bytes for HMAC-SHA256, of 16 for HMAC-SM3"
    )

    seal_records: bool = Field(
        default=True,
        description="Whether records of aggregates are sealed when they are saved; false only while processes of a "
        "release are at work that cannot open them (docs/operations.md)",
    )

    def ring(self) -> KeyRing:
        """Return the keys. Raises KeysError."""
        return KeyRing(
            read_keys("SQN_WRAPPING_KEYS", self.wrapping_keys),
            read_keys("SQN_INDEX_KEYS", self.index_keys),
        )


def read_keys(setting: str, text: SecretStr) -> Mapping[str, bytes]:
    """Return the keys of a setting by their ids, in its order. Raises KeysError."""
    keys: dict[str, bytes] = {}
    for entry in text.get_secret_value().split(","):
        key_id, _, encoded = entry.strip().partition(":")
        if not _KEY_ID.fullmatch(key_id) or key_id in keys:
            raise KeysError(f"{setting}: each key has an id of its own, of 1 to 8 small letters and digits")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise KeysError(f"{setting}: the key {key_id} is not base64") from None
        try:
            Suite.of(key)
        except ValueError as error:
            raise KeysError(f"{setting}: {key_id}: {error}") from None
        if len(set(key)) < len(key) // 4:
            raise KeysError(f"{setting}: the key {key_id} is not random")
        keys[key_id] = key
    return keys
