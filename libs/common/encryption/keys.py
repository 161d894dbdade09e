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
_INDEX_KEY_BYTES = 32


class KeysError(ValueError):
    """The keys of the environment cannot be used. Names the setting, and never a key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by their ids; the first of each kind is used for what is new, the others open and find what is there."""

    suite: Suite
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

    cipher_suite: Suite = Suite.INTERNATIONAL
    wrapping_keys: SecretStr = Field(
        description="Keys that wrap data keys, the one for new ones first: id:base64,id:base64"
    )
    index_keys: SecretStr = Field(
        description="Keys of the blind index of 32 bytes, the one for new ones first"
    )

    def ring(self) -> KeyRing:
        """Return the keys. Raises KeysError."""
        return KeyRing(
            self.cipher_suite,
            _keys("SQN_WRAPPING_KEYS", self.wrapping_keys, self.cipher_suite.key_bytes),
            _keys("SQN_INDEX_KEYS", self.index_keys, _INDEX_KEY_BYTES),
        )


def _keys(setting: str, text: SecretStr, length: int) -> Mapping[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in text.get_secret_value().split(","):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise KeysError(f"{setting}: a key is not base64") from None
        if not _KEY_ID.fullmatch(key_id) or key_id in keys:
            raise KeysError(f"{setting}: each key has an id of its own, of 1 to 8 small letters and digits")
        if len(key) != length:
            raise KeysError(f"{setting}: the key {key_id} must have {length} bytes")
        if len(set(key)) < length // 4:
            raise KeysError(f"{setting}: the key {key_id} is not random")
        keys[key_id] = key
    return keys
