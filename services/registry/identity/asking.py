"""One request to a provider of identities: bounded in time and size, and nothing of it in a log."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx
import structlog

from libs.common.problems import Problem
from libs.common.tls import web_verifying
from services.registry.identity.port import (
    PROVIDER_REFUSED,
    PROVIDER_UNAVAILABLE,
    PROVIDER_UNREADABLE,
    Provider,
)

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 65_536
RETRY_SECONDS: Final = 10
# No idle connection is kept: sign-ins are few, and one that the other side has just closed would fail.
LIMITS: Final = httpx.Limits(max_connections=50, max_keepalive_connections=0)


def new_client() -> httpx.AsyncClient:
    """Return a client for the providers. It keeps nothing open, so there is nothing to close."""
    return httpx.AsyncClient(verify=web_verifying(), limits=LIMITS, follow_redirects=False)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A provider's address, and how long one request to it may take as a whole."""

    provider: Provider
    url: str
    client: httpx.AsyncClient
    seconds: float = 5.0

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the body of an answer with status 200. Raises the problems of a provider."""
        try:
            async with (
                asyncio.timeout(self.seconds),
                self.client.stream(
                    method,
                    f"{self.url.rstrip('/')}{path}",
                    params=query,
                    data=form,
                    # A compressed answer would be bounded only after it is unpacked.
                    headers={"Accept-Encoding": "identity"},
                    timeout=self.seconds,
                ) as answer,
            ):
                if answer.status_code >= 500 or answer.status_code == 429:
                    raise self.unavailable(f"HTTP {answer.status_code}")
                if answer.status_code != 200:
                    raise self.refused(f"HTTP {answer.status_code}")
                if "content-encoding" in answer.headers:
                    raise self.unreadable("compressed")
                return await self._bounded(answer.aiter_raw())
        except (httpx.HTTPError, TimeoutError) as error:
            # The kind alone: the texts of some errors have the address, and WeChat's has the secret.
            raise self.unavailable(type(error).__name__) from None

    async def _bounded(self, chunks: AsyncIterator[bytes]) -> bytes:
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            if len(body) > MOST_BYTES:
                raise self.unreadable("too large")
        return bytes(body)

    def unavailable(self, reason: str, seconds: int = RETRY_SECONDS) -> Problem:
        """Return the problem that the provider cannot be asked now."""
        log.warning("identity_provider_unavailable", provider=self.provider, reason=reason)
        return PROVIDER_UNAVAILABLE("请稍后重新登录", headers={"Retry-After": str(seconds)})

    def refused(self, reason: str) -> Problem:
        """Return the problem that the provider does not accept what this system sends."""
        log.error("identity_provider_refused", provider=self.provider, reason=reason)
        return PROVIDER_REFUSED("请联系系统管理员核对在身份认证平台登记的应用")

    def unreadable(self, reason: str) -> Problem:
        """Return the problem that the provider's answer cannot be read; the reason repeats nothing of it."""
        log.error("identity_provider_unreadable", provider=self.provider, reason=reason)
        return PROVIDER_UNREADABLE("请稍后重新登录；如仍失败，请联系系统管理员")
