"""The laptop's keys, which everybody knows: made from the names of their settings, and refused in production."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from libs.common.encryption.ciphers import Suite
from libs.common.encryption.keys import KeyRing

_SETTINGS: Final = ("wrapping_keys", "index_keys", "audit_keys", "citizen_signing_keys")


def _laptop_key(setting: str) -> bytes:
    return sha256(setting.encode()).digest()


LAPTOP_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {name: f"laptop:{base64.b64encode(_laptop_key(name)).decode()}" for name in _SETTINGS}
)
"""The settings of keys on a laptop, by their names."""

KNOWN: Final = frozenset(_laptop_key(name)[: suite.key_bytes] for name in _SETTINGS for suite in Suite)
"""Keys that are no secret, of each length."""


def known_keys_faults(ring: KeyRing | None = None, audit: Mapping[str, bytes] | None = None) -> Sequence[str]:
    """Return in words which of a service's keys everybody knows, by setting and id; production refuses them."""
    kinds = {
        "SQN_WRAPPING_KEYS": {} if ring is None else ring.wrapping,
        "SQN_INDEX_KEYS": {} if ring is None else ring.indexing,
        "SQN_AUDIT_KEYS": audit or {},
    }
    return [
        f"{setting}: the key {key_id} is the laptop's, which everybody knows"
        for setting, keys in kinds.items()
        for key_id, key in keys.items()
        if key in KNOWN
    ]
