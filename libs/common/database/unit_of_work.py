"""One command, one transaction: rows and events are committed together or not at all."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.tables import outbox
from libs.common.events import OutgoingEvent


class UnitOfWork:
    """The open transaction of a command; `Database.unit_of_work` opens and commits it."""

    __slots__ = ("_outgoing", "connection", "now", "published")

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.published = False
        self._outgoing: list[OutgoingEvent] = []

    def publish(self, *events: OutgoingEvent) -> None:
        """Add events to the outbox of this transaction."""
        self._outgoing.extend(events)

    async def flush(self) -> None:
        """Write the events that were published so far into the outbox."""
        if not self._outgoing:
            return
        rows = [
            {
                "event_id": event.event_id,
                "topic": event.topic,
                "key": event.key,
                "aggregate_seq": event.aggregate_seq,
                "type": event.type,
                "payload": event.payload,
                "traceparent": event.traceparent,
                "created_at": event.time,
            }
            for event in self._outgoing
        ]
        self._outgoing.clear()
        await self.connection.execute(insert(outbox), rows)
        self.published = True
