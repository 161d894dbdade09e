"""Messages as JSON over HTTP: bounded in time and size, one a request, by an id that the other side knows again."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
from pydantic import SecretStr

from libs.common.tls import web_verifying
from services.grievances.usecases.outbox.sending import NotAcceptedError, UnavailableError

MOST_BYTES: Final = 65_536
_LIMITS: Final = httpx.Limits(max_connections=4, max_keepalive_connections=0)
_BUSY: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class JsonPost:
    """Posts messages to an address. One that the other side says it has already is sent."""

    url: str
    token: str | None
    client: httpx.AsyncClient
    seconds: float

    async def post(self, message_id: str, body: Mapping[str, Any]) -> None:
        """Send a message. Raises UnavailableError and NotAcceptedError, with a code and no text of the other side."""
        headers = {"Idempotency-Key": message_id, "Accept-Encoding": "identity"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            async with (
                asyncio.timeout(self.seconds),
                self.client.stream(
                    "POST", self.url, json=dict(body), headers=headers, timeout=self.seconds
                ) as answer,
            ):
                if answer.is_success:
                    return
                if answer.status_code >= 500 or answer.status_code in _BUSY:
                    raise UnavailableError(f"HTTP {answer.status_code}")
                if answer.status_code == 409 and await self._has_it(answer, message_id):
                    return
                raise NotAcceptedError(f"HTTP {answer.status_code}")
        except (httpx.HTTPError, TimeoutError) as error:
            # The kind alone: the texts of some errors have the address.
            raise UnavailableError(type(error).__name__) from None

    async def _has_it(self, answer: httpx.Response, message_id: str) -> bool:
        """Tell whether a conflict says that the other side has this very message."""
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                return False
        try:
            said = json.loads(body)
        except ValueError:
            return False
        return isinstance(said, dict) and said.get("message_id") == message_id


def posting(url: str, token: SecretStr | None, seconds: float) -> JsonPost:
    """Return the way to an address. Its client keeps nothing open, and follows no redirection."""
    client = httpx.AsyncClient(verify=web_verifying(), limits=_LIMITS, follow_redirects=False)
    return JsonPost(url, None if token is None else token.get_secret_value(), client, seconds)
