"""Short-lived links to objects: the bearer may download that one file until it expires."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from libs.common.auth.tokens import UNREADABLE
from libs.common.clock import Clock
from libs.common.objects.store import ObjectMissingError, ObjectStore
from libs.common.problems import NOT_FOUND, define

LINK_EXPIRED = define("link-expired", 410, "下载链接已过期")
LONGEST_TOKEN = 2048
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Link:
    """The token of a link, and the instant at which it expires."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send: name and type from the link, size and bytes from the store."""

    file_name: str
    media_type: str
    size: int
    chunks: AsyncIterator[bytes]


class Links:
    """Makes and follows links to the objects of one store. Tokens are signed, not encrypted, and name no person.

    Links always use the machine's clock, even in a demonstration with an accelerated clock. Without a key each
    process generates one, and accepts no other process's links.
    """

    def __init__(self, store: ObjectStore, key: str | None, clock: Clock) -> None:
        self._store = store
        self._key = OctKey.import_key(key or secrets.token_urlsafe(32))
        self._clock = clock

    def make(self, key: str, *, file_name: str, media_type: str, valid: timedelta) -> Link:
        """Return a link to an object, with a file name."""
        # JWT counts whole seconds.
        expires = int((self._clock.now() + valid).timestamp())
        claims = {"sub": key, "name": file_name, "type": media_type, "exp": expires}
        return Link(jwt.encode({"alg": _ALGORITHM}, claims, self._key), datetime.fromtimestamp(expires, UTC))

    async def follow(self, token: str) -> Download:
        """Return the file of a link. Raises `not-found` for an invalid signature, and `link-expired`."""
        claims = self._claims(token)
        if claims["exp"] <= self._clock.now().timestamp():
            raise LINK_EXPIRED("请返回原页面重新获取下载链接")
        try:
            size, chunks = await self._store.get(claims["sub"])
        except ObjectMissingError:
            raise NOT_FOUND("文件已不存在") from None
        return Download(claims["name"], claims["type"], size, chunks)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            if len(token) <= LONGEST_TOKEN:
                return jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
        except UNREADABLE:
            pass
        raise NOT_FOUND("下载链接无效")
