"""The hotline over HTTP."""

from dataclasses import dataclass

from services.grievances.settings import HotlineSettings
from services.grievances.usecases.hotline.gateway import OutMessage
from services.grievances.usecases.outbox.posting import JsonPost, posting


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Posts messages to the hotline. One that it says it has already is sent."""

    post: JsonPost

    async def send(self, message: OutMessage) -> None:
        """Send a message. Raises UnavailableError and NotAcceptedError, with a code and no text of the other side."""
        await self.post.post(message.id, message.body())


def gateway_of(settings: HotlineSettings) -> HttpGateway | None:
    """Return the way to the hotline; None where none is set."""
    if settings.hotline_url is None:
        return None
    return HttpGateway(posting(settings.hotline_url, settings.hotline_token, settings.hotline_seconds))
