"""Links that went out: who has them sent, and what came to the telephone."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import link_message
from services.grievances.usecases.messages.gateway import OutMessage
from services.grievances.usecases.messages.send import message_sender
from services.grievances.usecases.outbox.sending import Sender
from tests.services.grievances.people import desk
from tests.support.service import Running

SITE = "https://sqn.example/"
GOOD = {"contacted": True, "solved": True, "grade": 5}
BAD = {"contacted": True, "solved": False, "grade": 1, "reason": "仍然没有水"}


@dataclass
class Phones:
    """What sends messages: it knows one again by its id; `failing` is raised in turn, after the message arrived."""

    failing: list[BaseException] = field(default_factory=list)
    got: dict[str, OutMessage] = field(default_factory=dict)
    tried: int = 0

    async def send(self, message: OutMessage) -> None:
        self.tried += 1
        assert self.got.setdefault(message.id, message) == message
        if self.failing:
            raise self.failing.pop(0)

    @property
    def links(self) -> list[str]:
        """The links of the messages as the API has them."""
        return [
            message.link.removeprefix(SITE).replace("c/", "/call-links/").replace("r/", "/rating-links/")
            for message in self.got.values()
        ]


def worker(grievances: Running, phones: Phones) -> Sender:
    """Return a worker that sends."""
    service, rulebook = grievances.service, grievances.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    return message_sender(service.database, grievances.clock, rulebook, phones, SITE)


async def link_to(grievances: Running, path: str) -> str:
    """Let the desk send a link, and return it as the API has it."""
    await desk(grievances).command(path, "call-link")
    phones = Phones()
    await worker(grievances, phones).step()
    (link,) = phones.links
    return link


async def stored(grievances: Running) -> list[dict[str, Any]]:
    """Return the rows of the outbox, the oldest first."""
    async with grievances.service.database.reading() as connection:
        rows = await connection.execute(select(link_message).order_by(link_message.c.id))
        return [dict(row) for row in rows.mappings()]
