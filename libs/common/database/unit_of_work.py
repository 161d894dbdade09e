"""One command, one transaction: rows and events are committed together or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Insert, bindparam, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.tables import outbox
from libs.common.database.together import Statement, Values, write_together
from libs.common.events import OutgoingEvent

# A command's own writes and events are fewer; an import's go faster as many rows of one statement.
FEW = 16
_COLUMNS = ("event_id", "topic", "key", "aggregate_seq", "type", "payload", "traceparent", "created_at")


@dataclass(frozen=True, slots=True)
class _Write:
    statement: Statement
    values: Values
    missed: Callable[[], Exception] | None


class UnitOfWork:
    """The open transaction of a command; `Database.unit_of_work` opens and commits it."""

    __slots__ = ("_outgoing", "_writes", "connection", "now", "published")

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.published = False
        self._outgoing: list[OutgoingEvent] = []
        self._writes: list[_Write] = []

    def publish(self, *events: OutgoingEvent) -> None:
        """Add events to the outbox of this transaction."""
        self._outgoing.extend(events)

    def write(
        self, statement: Statement, values: Values, missed: Callable[[], Exception] | None = None
    ) -> None:
        """Add a write to what goes to the database at the end of this transaction, in one round trip.

        The statement is one that is built once, with named parameters. What is added between two flushes must not
        write a row twice. When it wrote no row, what `missed` returns is raised, and the transaction is rolled back.
        """
        self._writes.append(_Write(statement, values, missed))

    async def flush(self) -> None:
        """Send what was written and published so far: before it is read again in this transaction."""
        writes, self._writes = self._writes, []
        events, self._outgoing = self._outgoing, []
        statements = [each.statement for each in writes]
        values = [each.values for each in writes]
        if events and len(events) <= FEW:
            statements.append(_insert_events(len(events)))
            values.append(
                {f"{name}_{n}": value for n, each in enumerate(events) for name, value in _row(each).items()}
            )
        elif events:
            await self.connection.execute(insert(outbox), [_row(each) for each in events])
        if statements:
            counts = await write_together(self.connection, tuple(statements), values)
            for each, count in zip(writes, counts, strict=False):
                if count == 0 and each.missed is not None:
                    raise each.missed()
        self.published |= bool(events)


@cache
def _insert_events(count: int) -> Insert:
    # One statement, since an aggregate's events are relayed in the order of their numbers.
    return insert(outbox).values(
        [{name: bindparam(f"{name}_{n}") for name in _COLUMNS} for n in range(count)]
    )


def _row(event: OutgoingEvent) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "topic": event.topic,
        "key": event.key,
        "aggregate_seq": event.aggregate_seq,
        "type": event.type,
        "payload": event.payload,
        "traceparent": event.traceparent,
        "created_at": event.time,
    }
