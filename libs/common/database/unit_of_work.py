"""One command, one transaction: rows and events are committed together or not at all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Protocol

from sqlalchemy import Dialect, Insert, Select, bindparam, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database import bulk
from libs.common.database.batcher import RetryAloneError
from libs.common.database.round_trip import Statement, Values, Writes, write_together
from libs.common.database.tables import outbox
from libs.common.encryption.records import Records
from libs.common.events import OutgoingEvent

# A command has fewer events; an import's many are faster as rows of one statement.
FEW = 16
_COLUMNS = ("event_id", "topic", "key", "aggregate_seq", "type", "payload", "traceparent", "created_at")

Missed = Callable[[], Exception] | None
Row = Mapping[Any, Any] | None


class Reader(Protocol):
    """Reads for commands that share their transaction."""

    async def one(self, statement: Select[Any], values: Values) -> Row:
        """Run a select of at most one row."""
        ...


class UnitOfWork:
    """The open transaction of a command; `Database.unit_of_work` and `Database.run` open and commit it.

    In a shared transaction there is no connection, but a `reader`. `records` seals and opens what is kept sealed.
    """

    __slots__ = (
        "_connection",
        "_missed",
        "_outgoing",
        "_reader",
        "_statements",
        "_values",
        "dialect",
        "now",
        "published",
        "records",
    )

    def __init__(
        self,
        connection: AsyncConnection | None,
        now: datetime,
        dialect: Dialect,
        reader: Reader | None = None,
        records: Records | None = None,
    ) -> None:
        self.now = now
        self.records = records
        self.dialect = dialect
        self.published = False
        self._connection = connection
        self._reader = reader
        self._outgoing: list[OutgoingEvent] = []
        self._statements: list[Statement] = []
        self._values: list[Values] = []
        self._missed: list[Missed] = []

    @property
    def connection(self) -> AsyncConnection:
        """The transaction's connection. Raises RetryAloneError in a shared transaction."""
        if self._connection is None:
            raise RetryAloneError
        return self._connection

    async def one(self, statement: Select[Any], values: Values) -> Row:
        """Read the one row of a select, to change it.

        The row is locked, unless the transaction is shared: then the write must check the row's version. The select
        is a constant; its first column is never null, and no column needs a conversion by SQLAlchemy.
        """
        if self._reader is not None:
            return await self._reader.one(statement, values)
        await self.flush()
        row: Row = (await self.connection.execute(_locking(statement), values)).mappings().one_or_none()
        return row

    def publish(self, *events: OutgoingEvent) -> None:
        """Add events to the outbox of this transaction."""
        self._outgoing.extend(events)

    def write(self, statement: Statement, values: Values, missed: Missed = None) -> None:
        """Queue a write for the end of this transaction; all queued writes take one round trip.

        The statement is a constant with named parameters. Between two flushes no row may be written twice. If the
        statement writes no row, the error that `missed` returns is raised and the transaction rolled back.
        """
        self._statements.append(statement)
        self._values.append(values)
        self._missed.append(missed)

    async def flush(self) -> None:
        """Send the queued writes and events, so that this transaction can read them."""
        if len(self._outgoing) > FEW:
            await bulk.add(self.connection, outbox, [_row(event) for event in self._outgoing])
            self._outgoing.clear()
            self.published = True
        writes, missed = self.take()
        if writes.statements:
            counts = await write_together(self.connection, writes)
            if (missing := first_missed(missed, counts)) is not None:
                raise missing()

    def take(self) -> tuple[Writes, Sequence[Missed]]:
        """Return and clear the queued writes and events. Raises RetryAloneError when they are too many."""
        statements, self._statements = self._statements, []
        values, self._values = self._values, []
        missed, self._missed = self._missed, []
        events, self._outgoing = self._outgoing, []
        if len(events) > FEW:
            raise RetryAloneError
        if events:
            self.published = True
            statements.append(_insert_events(len(events)))
            values.append(
                {
                    f"{name}_{n}": value
                    for n, event in enumerate(events)
                    for name, value in _row(event).items()
                }
            )
        return Writes(tuple(statements), values, events[0].key if events else ""), missed


def first_missed(missed: Sequence[Missed], counts: Sequence[int]) -> Missed:
    """Return the error of the first write that wrote no row, if it has one."""
    return next((error for error, count in zip(missed, counts, strict=False) if count == 0 and error), None)


@lru_cache(maxsize=128)
def _locking(statement: Select[Any]) -> Select[Any]:
    return statement.with_for_update()


@cache
def _insert_events(count: int) -> Insert:
    # One statement, so that an aggregate's events get ascending outbox numbers.
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
