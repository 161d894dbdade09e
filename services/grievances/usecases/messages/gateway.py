"""The port to what sends messages to telephones (短信), and its adapters."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from services.grievances.domain.messages import Template
from services.grievances.settings import MessageSettings
from services.grievances.usecases.outbox.posting import JsonPost, posting
from services.grievances.usecases.outbox.sending import UnavailableError
from services.grievances.usecases.ratings.gateway import DirectoryGateway


@dataclass(frozen=True, slots=True)
class OutMessage:
    """A message as the gateway gets it: by a template, with parameters that no person wrote."""

    id: str
    phone: str
    template: Template
    number: str
    link: str
    expires_at: datetime

    def body(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "message_id": self.id,
            "phone": self.phone,
            "template": self.template,
            "parameters": {"number": self.number, "link": self.link},
            "expires_at": self.expires_at.isoformat(),
        }


class MessageGateway(Protocol):
    """Takes messages to telephones."""

    async def send(self, message: OutMessage) -> None:
        """Send a message, which the other side may have already. Raises UnavailableError and NotAcceptedError."""
        ...


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Posts messages to a provider, which knows one again by its id."""

    post: JsonPost

    async def send(self, message: OutMessage) -> None:
        """Send a message. Raises UnavailableError and NotAcceptedError, with a code and no text of the other side."""
        await self.post.post(message.id, message.body())


@dataclass(frozen=True, slots=True)
class FileGateway:
    """Writes each message as a file of one JSON line, for a laptop; the same message again replaces it."""

    files: DirectoryGateway

    async def send(self, message: OutMessage) -> None:
        """Write a message. Raises UnavailableError."""
        try:
            await self.files.push(message.id, [message.body()])
        except OSError as error:
            raise UnavailableError(type(error).__name__) from None


def gateway_of(settings: MessageSettings) -> MessageGateway | None:
    """Return the way to telephones; None where none is set."""
    url = settings.messages_url
    if url is None:
        return None
    if url.startswith("file:"):
        return FileGateway(DirectoryGateway(Path(unquote(urlsplit(url).path))))
    return HttpGateway(posting(url, settings.messages_token, settings.messages_seconds))
