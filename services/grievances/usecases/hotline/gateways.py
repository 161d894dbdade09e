"""The hotline over HTTP, bounded in time and size, one message a request by an id that it knows; or as files."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

import httpx

from libs.common.tls import web_verifying
from services.grievances.settings import HotlineSettings
from services.grievances.usecases.directory import Directory, directory_at
from services.grievances.usecases.hotline.gateway import (
    HotlineGateway,
    NotAcceptedError,
    OutMessage,
    UnavailableError,
)

MOST_BYTES: Final = 65_536
_LIMITS: Final = httpx.Limits(max_connections=4, max_keepalive_connections=0)
_BUSY: Final = frozenset({408, 425, 429})


def gateway_of(settings: HotlineSettings) -> HotlineGateway | None:
    """Return the way to the hotline; None where none is set. Its client keeps nothing open."""
    if settings.hotline_url is None:
        return None
    if (directory := directory_at(settings.hotline_url)) is not None:
        return DirectoryGateway(directory)
    token = settings.hotline_token
    return HttpGateway(
        settings.hotline_url,
        None if token is None else token.get_secret_value(),
        httpx.AsyncClient(verify=web_verifying(), limits=_LIMITS, follow_redirects=False),
        settings.hotline_seconds,
    )


@dataclass(frozen=True, slots=True)
class DirectoryGateway:
    """Writes each message as a file of its id; one that comes again replaces it."""

    directory: Directory

    async def send(self, message: OutMessage) -> None:
        """Write a message. Raises UnavailableError."""
        try:
            await self.directory.push(message.id, [message.body()])
        except OSError as error:
            raise UnavailableError(type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Posts messages to an address. One that the hotline says it has already is sent."""

    url: str
    token: str | None
    client: httpx.AsyncClient
    seconds: float

    async def send(self, message: OutMessage) -> None:
        """Send a message. Raises UnavailableError and NotAcceptedError, with a code and no text of the other side."""
        headers = {"Idempotency-Key": message.id, "Accept-Encoding": "identity"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            async with (
                asyncio.timeout(self.seconds),
                self.client.stream(
                    "POST", self.url, json=message.body(), headers=headers, timeout=self.seconds
                ) as answer,
            ):
                if answer.is_success:
                    return
                if answer.status_code >= 500 or answer.status_code in _BUSY:
                    raise UnavailableError(f"HTTP {answer.status_code}")
                if answer.status_code == 409 and await self._has_it(answer, message.id):
                    return
                raise NotAcceptedError(f"HTTP {answer.status_code}")
        except (httpx.HTTPError, TimeoutError) as error:
            # The kind alone: the texts of some errors have the address.
            raise UnavailableError(type(error).__name__) from None

    async def _has_it(self, answer: httpx.Response, message_id: str) -> bool:
        """Tell whether a conflict says that the hotline has this very message."""
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
