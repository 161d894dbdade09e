"""Updates of a person: what others did to the cases that it watches, read from the outbox when it is asked for.

Watching is a row per person and case, written when it begins; what happens to a case then writes nothing more.
A case's row joins the outbox by `key`, since the outbox names aggregates in text.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Delete,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.domain.watchers import Watchers
from libs.common.auth.callers import Caller, visible_to
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.database.types import Identifier
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import Insert, upsert
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from libs.common.worker import HOUSEKEEPING_SECONDS, Loop

KEPT: Final = timedelta(days=90)
"""How far back updates reach; cases that ended before, and had no event since, are no longer watched."""

_SUBJECT: Final = 120
_PURGED_AT_ONCE: Final = 500


@dataclass(frozen=True, eq=False)
class Updates:
    """The updates of one kind of case.

    `cases` is its table; a case that ended has an instant in its column `finished_at`.
    """

    cases: Table
    watcher: Table
    topic: str

    # -- writing

    def save_watchers(self, uow: UnitOfWork, aggregate: Watchers[Any, Any]) -> None:
        """Store who began and who ended watching a case since it was loaded."""
        changes, aggregate.watch_changes = aggregate.watch_changes, {}
        for subject, since_seq in changes.items():
            if since_seq is None:
                uow.write(_remove(self), {"of_subject": subject, "of_case": aggregate.id})
                continue
            row = {"subject": subject, "case_id": aggregate.id, "key": aggregate.id}
            uow.write(_add(self, uow.dialect), {**row, "since_seq": since_seq, "seen_seq": since_seq})

    async def mark_seen(self, uow: UnitOfWork, subject: str, position: int) -> None:
        """Mark a person's updates up to a position of the list as seen; a mark never goes back."""
        watcher = self.watcher.c
        newly_seen = (
            select(func.max(outbox.c.aggregate_seq))
            .where(*self._after(watcher.seen_seq), outbox.c.seq <= position)
            .correlate(self.watcher)
            .scalar_subquery()
        )
        await uow.connection.execute(
            update(self.watcher)
            .where(watcher.subject == subject, newly_seen.is_not(None))
            .values(seen_seq=newly_seen)
        )

    async def purge(self, database: Database, now: datetime) -> int:
        """Delete the watchers of some cases whose end and last event are too long ago; return how many rows."""
        cases, watcher = self.cases.c, self.watcher.c
        happened = select(outbox.c.seq).where(*self._after(watcher.since_seq), _recent(now))
        ended = (
            select(watcher.case_id)
            .join(self.cases, cases.id == watcher.case_id)
            .where(cases.finished_at < now - KEPT, ~happened.exists())
            .distinct()
            .limit(_PURGED_AT_ONCE)
        )
        async with database.unit_of_work(now) as uow:
            deleted = await uow.connection.execute(delete(self.watcher).where(watcher.case_id.in_(ended)))
        return deleted.rowcount

    def purge_loop(self, database: Database, clock: Clock) -> Loop:
        """Return the worker's loop that purges, at most every quarter of a minute."""

        async def step() -> None:
            if not await self.purge(database, clock.now()):
                await asyncio.sleep(HOUSEKEEPING_SECONDS)

        async def reset() -> None:
            return None

        return Loop(f"{self.watcher.name}-purge", step, reset)

    # -- reading

    async def page(
        self,
        database: Database,
        store: Store[Any, Any],
        caller: Caller,
        now: datetime,
        *,
        limit: int,
        cursor: str | None,
    ) -> tuple[Sequence[Row[Any]], str | None]:
        """Return a page of what others did, a person's updates, the newest first, and the next cursor.

        Rows are those of the outbox, with `case_id` and `is_unread`. A case that the caller's scope no longer shows
        has none. Raises `cursor-invalid`.
        """
        watcher = self.watcher.c
        async with database.reading() as connection:
            # All of them first, by number alone: else PostgreSQL reads everybody's events backwards to fill a page.
            numbers = (
                self._of(connection, store, caller, now, watcher.since_seq)
                .add_columns(watcher.case_id, (outbox.c.aggregate_seq > watcher.seen_seq).label("is_unread"))
                .cte("watched")
                .prefix_with("MATERIALIZED")
            )
            order, filters = Keyset(((numbers.c.seq, True),)), {"subject": caller.subject}
            columns = (outbox.c.aggregate_seq, outbox.c.type, outbox.c.created_at, outbox.c.payload)
            statement: Select[Any] = select(numbers, *columns).join(outbox, outbox.c.seq == numbers.c.seq)
            statement = order.page(statement, limit=limit, cursor=cursor, filters=filters)
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
        return order.split(rows, limit=limit, filters=filters)

    async def unread(
        self, connection: AsyncConnection, store: Store[Any, Any], caller: Caller, now: datetime
    ) -> int:
        """Return how many of a person's updates were not marked as seen."""
        unseen = self._of(connection, store, caller, now, self.watcher.c.seen_seq)
        return await connection.scalar(unseen.with_only_columns(func.count())) or 0

    def _of(
        self,
        connection: AsyncConnection,
        store: Store[Any, Any],
        caller: Caller,
        now: datetime,
        after: ColumnElement[int],
    ) -> Select[Any]:
        watcher = self.watcher.c
        watched = self.watcher.join(self.cases, self.cases.c.id == watcher.case_id)
        return (
            select(outbox.c.seq)
            .select_from(watched.join(outbox, and_(*self._after(after))))
            .where(
                watcher.subject == caller.subject,
                visible_to(caller.scope, store.scopes),
                _recent(now),
                _actor(connection.dialect).is_distinct_from(caller.subject),
            )
        )

    def _after(self, number: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on a watched case's events after one of them, by its number of the case."""
        return (
            outbox.c.topic == self.topic,
            outbox.c.key == self.watcher.c.key,
            outbox.c.aggregate_seq > number,
        )


def _actor(dialect: Dialect) -> ColumnElement[Any]:
    """Return who did what an event tells: null for the clock."""
    if dialect.name == "sqlite":
        return func.json_extract(cast(outbox.c.payload, Text), "$.actor")
    actor: ColumnElement[Any] = cast(func.convert_from(outbox.c.payload, "UTF8"), JSON)["actor"].as_string()
    return actor


def _recent(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.published_at.is_(None), outbox.c.published_at >= now - KEPT)


def updates_of(metadata: MetaData, cases: Table, topic: str) -> Updates:
    """Declare the table of the watchers of a kind of case, beside its own."""
    watcher = Table(
        f"{cases.name}_watcher",
        metadata,
        Column("subject", String(_SUBJECT), nullable=False),
        Column("case_id", Identifier, ForeignKey(cases.c.id, ondelete="CASCADE"), nullable=False),
        Column("key", String(64), nullable=False),
        # The number of the case's last event before the watching began.
        Column("since_seq", Integer, nullable=False),
        # The number of the last event that was seen.
        Column("seen_seq", Integer, nullable=False),
        PrimaryKeyConstraint("subject", "case_id"),
    )
    # For the cascade.
    Index(f"{watcher.name}_case", watcher.c.case_id)
    return Updates(cases, watcher, topic)


@lru_cache
def _add(updates: Updates, dialect: Dialect) -> Insert:
    columns: dict[str, Any] = {column.name: bindparam(column.name) for column in updates.watcher.c}
    # The release before, which knows of no watchers, drops them from the record of a case that it changes.
    return upsert(dialect, updates.watcher).values(columns).on_conflict_do_nothing()


@lru_cache
def _remove(updates: Updates) -> Delete:
    watcher = updates.watcher
    return delete(watcher).where(
        watcher.c.subject == bindparam("of_subject"), watcher.c.case_id == bindparam("of_case")
    )
