"""Citizens' access tokens: the registry is their issuer, and publishes its keys.

Ed25519 (RFC 8037, RFC 9864). The first key of the environment signs, all are published: to rotate, the new key is put
second, then first, and the old one is taken out when its last token has ended.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey
from pydantic import SecretStr

from libs.common.auth.callers import Assurance, Caller, Role, Scope, ScopeKind
from libs.common.auth.tokens import claims_of
from libs.common.encryption.keys import KeysError, read_keys
from libs.common.references import customer_reference

ALGORITHM: Final = "Ed25519"
SETTING: Final = "SQN_CITIZEN_SIGNING_KEYS"
_KEY_BYTES: Final = 32


def signing_keys(text: SecretStr | None) -> Mapping[str, bytes]:
    """Return the keys of the setting, none where it is not set. Raises KeysError."""
    keys = read_keys(SETTING, text) if text is not None else {}
    for key_id, key in keys.items():
        if len(key) != _KEY_BYTES:
            raise KeysError(f"{SETTING}: the key {key_id} is not of {_KEY_BYTES} bytes")
    return keys


def citizen(customer: str, channel: str | None, assurance: Assurance) -> Caller:
    """Return a citizen as a caller, by the customer's id in the registry."""
    reference = customer_reference(customer)
    scope = Scope(ScopeKind.CITIZEN, reference)
    return Caller(reference, frozenset({Role.CITIZEN}), scope, channel=channel, assurance=assurance)


class CitizenTokens:
    """Issues tokens under the name of an issuer; without a key it issues none and publishes an empty set."""

    def __init__(self, issuer: str, audience: str, keys: Mapping[str, bytes]) -> None:
        self.issuer = issuer
        self._audience = audience
        self._keys = [
            OKPKey.import_key(
                Ed25519PrivateKey.from_private_bytes(key), {"kid": key_id, "use": "sig", "alg": ALGORITHM}
            )
            for key_id, key in keys.items()
        ]

    @property
    def can_issue(self) -> bool:
        """Whether there is a key to sign with."""
        return bool(self._keys)

    def jwks(self) -> dict[str, Any]:
        """Return the public keys, with the ids by which tokens name them."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def issue(self, caller: Caller, at: datetime, until: datetime) -> str:
        """Return the token of a citizen who signed in at an instant; it ends at another. The same at each call."""
        key = self._keys[0]
        claims = {
            **claims_of(caller),
            "iss": self.issuer,
            "aud": self._audience,
            "iat": int(at.timestamp()),
            "auth_time": int(at.timestamp()),
            "exp": int(until.timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def token_end(at: datetime, minutes: int) -> datetime:
    """Return when a token ends that is issued at an instant."""
    return at + timedelta(minutes=minutes)
