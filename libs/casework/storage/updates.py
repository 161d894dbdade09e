"""Updates of a person: what happened to the cases that it watches, read from the outbox when it is asked for.

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
    Column,
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
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
)

from libs.casework.domain.watchers import Watchers
from libs.common.auth.callers import Caller, visible_to
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.database.types import Identifier, Identity64, UtcDateTime
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import Insert, upsert
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from libs.common.worker import HOUSEKEEPING_SECONDS, Loop

KEPT: Final = timedelta(days=90)
"""How far back updates reach; cases that ended before are no longer watched."""

_SUBJECT: Final = 120
_PURGED_AT_ONCE: Final = 500


@dataclass(frozen=True, eq=False)
class Updates:
    """The updates of one kind of case.

    `cases` is its table; a case that ended has an instant in its column `finished_at`.
    """

    cases: Table
    watcher: Table
    seen: Table
    topic: str

    # -- writing

    def save_watchers(self, uow: UnitOfWork, aggregate: Watchers[Any, Any]) -> None:
        """Store who began and who ended watching a case since it was loaded."""
        changes, aggregate.watch_changes = aggregate.watch_changes, {}
        for subject, since_seq in changes.items():
            if since_seq is None:
                uow.write(_remove(self), {"of_subject": subject, "of_case": aggregate.id})
                continue
            row = {"subject": subject, "case_id": aggregate.id, "key": aggregate.id, "since_seq": since_seq}
            uow.write(_add(self, uow.dialect), row)

    async def mark_seen(self, uow: UnitOfWork, subject: str, position: int) -> int:
        """Mark a person's updates up to a position of the list as seen; return the mark, which never goes back."""
        latest = await uow.connection.scalar(select(func.max(outbox.c.seq))) or 0
        insert = upsert(uow, self.seen).values(
            subject=subject, position=min(position, latest), seen_at=uow.now
        )
        new = insert.excluded.position
        further = case((new > self.seen.c.position, new), else_=self.seen.c.position)
        marked = await uow.connection.scalar(
            insert.on_conflict_do_update(
                index_elements=[self.seen.c.subject], set_={"position": further, "seen_at": uow.now}
            ).returning(self.seen.c.position)
        )
        return int(marked or 0)

    async def purge(self, database: Database, now: datetime) -> int:
        """Delete the watchers of some of the cases that ended too long ago; return how many rows."""
        cases, watcher = self.cases.c, self.watcher.c
        ended = (
            select(watcher.case_id)
            .join(self.cases, cases.id == watcher.case_id)
            .where(cases.finished_at < now - KEPT)
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
    ) -> tuple[Sequence[Row[Any]], str | None, int, int]:
        """Return a page of a person's updates, the newest first, the next cursor, the mark, and how many are unread.

        Rows are those of the outbox with the case's number. A case that the caller's scope no longer shows has none.
        Raises `cursor-invalid`.
        """
        of_caller = self._of(store, caller, now)
        # All of them first, by number alone: otherwise PostgreSQL reads everybody's events backwards to fill a page.
        numbers = of_caller.cte("watched").prefix_with("MATERIALIZED")
        order, filters = Keyset(((numbers.c.seq, True),)), {"subject": caller.subject}
        columns = (
            outbox.c.aggregate_seq,
            outbox.c.type,
            outbox.c.created_at,
            outbox.c.payload,
        )
        statement: Select[Any] = select(numbers.c.seq, numbers.c.case_id, *columns).join(
            outbox, outbox.c.seq == numbers.c.seq
        )
        statement = order.page(statement, limit=limit, cursor=cursor, filters=filters)
        mark = select(self.seen.c.position).where(self.seen.c.subject == caller.subject)
        async with database.reading() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
            position = await connection.scalar(mark) or 0
            unread = await connection.scalar(
                of_caller.with_only_columns(func.count()).where(outbox.c.seq > position)
            )
        page, following = order.split(rows, limit=limit, filters=filters)
        return page, following, position, unread or 0

    def _of(self, store: Store[Any, Any], caller: Caller, now: datetime) -> Select[Any]:
        watcher = self.watcher.c
        recent = or_(outbox.c.published_at.is_(None), outbox.c.published_at >= now - KEPT)
        happened = and_(
            outbox.c.topic == self.topic,
            outbox.c.key == watcher.key,
            outbox.c.aggregate_seq > watcher.since_seq,
        )
        return (
            select(outbox.c.seq, watcher.case_id)
            .select_from(
                self.watcher.join(self.cases, self.cases.c.id == watcher.case_id).join(outbox, happened)
            )
            .where(watcher.subject == caller.subject, visible_to(caller.scope, store.scopes), recent)
        )


def updates_of(metadata: MetaData, cases: Table, topic: str) -> Updates:
    """Declare the tables of the updates of a kind of case, beside its own."""
    watcher = Table(
        f"{cases.name}_watcher",
        metadata,
        Column("subject", String(_SUBJECT), nullable=False),
        Column("case_id", Identifier, ForeignKey(cases.c.id, ondelete="CASCADE"), nullable=False),
        Column("key", String(64), nullable=False),
        # The number of the case's last event before the watching began.
        Column("since_seq", Integer, nullable=False),
        PrimaryKeyConstraint("subject", "case_id"),
    )
    # For the cascade.
    Index(f"{watcher.name}_case", watcher.c.case_id)
    seen = Table(
        f"{cases.name}_updates_seen",
        metadata,
        Column("subject", String(_SUBJECT), primary_key=True),
        Column("position", Identity64, nullable=False),
        Column("seen_at", UtcDateTime, nullable=False),
    )
    return Updates(cases, watcher, seen, topic)


@dataclass(frozen=True, slots=True)
class _Spoken:
    dialect: Dialect


@lru_cache
def _add(updates: Updates, dialect: Dialect) -> Insert:
    columns: dict[str, Any] = {column.name: bindparam(column.name) for column in updates.watcher.c}
    # The release before, which knows of no watchers, drops them from the record of a case that it changes.
    return upsert(_Spoken(dialect), updates.watcher).values(columns).on_conflict_do_nothing()


@lru_cache
def _remove(updates: Updates) -> Delete:
    watcher = updates.watcher
    return delete(watcher).where(
        watcher.c.subject == bindparam("of_subject"), watcher.c.case_id == bindparam("of_case")
    )
