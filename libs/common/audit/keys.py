"""Keyed codes of the audit record: who has the database alone can make none."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.encryption.ciphers import keyed_hash
from libs.common.encryption.keys import read_keys

SHORTEST_DAYS: Final = 184
"""Six months, the longest ones (网络安全法 §21)."""


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """Keys by their ids: the first makes what is new, the others are for what is there."""

    keys: Mapping[str, bytes] = field(repr=False)

    def code(self, *parts: object, key_id: str | None = None) -> str:
        """Return the keyed code of parts, behind its key's id. Raises KeyError for a key that is not here."""
        chosen = next(iter(self.keys)) if key_id is None else key_id
        text = b"\0".join(part if isinstance(part, bytes) else str(part).encode() for part in parts)
        digest = keyed_hash(self.keys[chosen], text)
        return f"{chosen}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def is_code(self, code: str, *parts: object) -> bool:
        """Tell whether a code was made of these parts by one of the keys."""
        key_id = code.partition(".")[0]
        return key_id in self.keys and hmac.compare_digest(
            code.encode(), self.code(*parts, key_id=key_id).encode()
        )


class AuditSettings(BaseSettings):
    """The environment of a service that keeps an audit record."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore", hide_input_in_errors=True)

    audit_keys: SecretStr = Field(
        description="Keys of the audit record, the one for new entries first: id:base64,id:base64; of 32 bytes for "
        "HMAC-SHA256, of 16 for HMAC-SM3. A former key stays as long as entries that it made"
    )
    anchors_url: str = Field(
        description="Where the anchors of the audit record and the notes of erasures are kept, apart from the "
        "database and out of reach of who administers it: as SQN_OBJECTS_URL, a bucket with object lock"
    )
    audit_keep_days: int = Field(
        default=1096, ge=SHORTEST_DAYS, description="For how many days entries are kept; at least six months"
    )

    def audit_ring(self) -> AuditKeys:
        """Return the keys. Raises KeysError."""
        return AuditKeys(read_keys("SQN_AUDIT_KEYS", self.audit_keys))

    @property
    def audit_kept(self) -> timedelta:
        """For how long entries are kept."""
        return timedelta(days=self.audit_keep_days)
