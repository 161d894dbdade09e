"""An inbox of the sample consumer, what it has put aside, and events on a topic for it."""

from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Handler, Inbox, Subscription
from libs.common.relay import Relay
from tests.libs.common.database.samples import NOW, TOPIC, fill_outbox, letters, pass_on


def inbox_of(database: Database, clock: ManualClock, handler: Handler = pass_on) -> Inbox:
    return Inbox(database, clock, Subscription("sample", (TOPIC,), handler))


async def open_letters(database: Database) -> list[tuple[str, int | None, str]]:
    return [(key, seq, reason) for key, seq, reason, done in await letters(database) if done is None]


async def publish(database: Database, bus: Bus, topic: str, *, keys: int, each: int) -> None:
    await fill_outbox(database, topic, keys=keys, each=each)
    relay = Relay(database, bus, ManualClock(NOW))
    while await relay.step():
        pass
    await relay.stop()
