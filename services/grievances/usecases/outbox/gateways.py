"""Ways to another system for the messages of an outbox: over HTTP, or as files for a laptop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import SecretStr

from services.grievances.usecases.directory import Directory, directory_at
from services.grievances.usecases.outbox.posting import JsonPost, posting
from services.grievances.usecases.outbox.sending import UnavailableError


class Message(Protocol):
    """What is sent."""

    @property
    def id(self) -> str:
        """What the other side knows it again by."""
        ...

    def body(self) -> Mapping[str, Any]:
        """Return it as JSON."""
        ...


M = TypeVar("M", bound=Message, contravariant=True)


class Gateway(Protocol[M]):
    """Takes messages to another system."""

    async def send(self, message: M) -> None:
        """Send a message, which the other side may have already. Raises UnavailableError and NotAcceptedError."""
        ...


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Posts messages to an address. One that the other side says it has already is sent."""

    post: JsonPost

    async def send(self, message: Message) -> None:
        """Send a message. Raises UnavailableError and NotAcceptedError, with a code and no text of the other side."""
        await self.post.post(message.id, message.body())


@dataclass(frozen=True, slots=True)
class DirectoryGateway:
    """Writes each message as a file of its id; one that comes again replaces it."""

    directory: Directory

    async def send(self, message: Message) -> None:
        """Write a message. Raises UnavailableError."""
        try:
            await self.directory.push(message.id, [message.body()])
        except OSError as error:
            raise UnavailableError(type(error).__name__) from None


def gateway_at(url: str | None, token: SecretStr | None, seconds: float) -> Gateway[Message] | None:
    """Return the way to `https://…` or `file:///directory`; None where none is set."""
    if url is None:
        return None
    if (directory := directory_at(url)) is not None:
        return DirectoryGateway(directory)
    return HttpGateway(posting(url, token, seconds))
