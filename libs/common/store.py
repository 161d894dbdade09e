"""Aggregates and their rows: loaded whole, changed once, saved with version, events and timers in one transaction.

The row holds the aggregate whole (`record`), its `version`, what identifies it, and the columns that follow from it,
by which lists filter. Load, catch up, check, change, save stand here once, for commands, timers and jobs.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Select, Table, Update, bindparam, select, update

from libs.common.aggregate import Actor, Aggregate
from libs.common.auth.callers import Scope, ScopeColumns, ScopeKind, narrow, narrow_for
from libs.common.changes import Addition, Changed, Rulebook, Target
from libs.common.conflicts import version_conflict
from libs.common.database import bulk
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.records import Records, opened, record_text, select_records, stored, text_of
from libs.common.events import EventPayload, outgoing, topic_of
from libs.common.http.cursors import Keyset, Total, total_of
from libs.common.http.etags import Expected, version_changed
from libs.common.problems import NOT_FOUND
from libs.common.rules import RecordedRefusalError
from libs.common.timers import Handler, Timer, move_timer, set_timers

A = TypeVar("A", bound=Aggregate[Any, Any])
R = TypeVar("R")
Timers = Mapping[Any, datetime]


@dataclass(frozen=True, eq=False)
class Store(Generic[A, R]):
    """The rows of one type of aggregate.

    `identity` gives the columns that never change, beside `id`, `derived` those that follow from the aggregate and
    the rules, `envelope` what every event says, `actor_of` who a caller is to the aggregate: unless it says more, the
    subject. `save_parts` stores what stands in other tables. `event_names` are the Chinese names of events.
    """

    aggregate: type[A]
    table: Table
    scopes: ScopeColumns
    events: Mapping[str, type[EventPayload]]
    timer_kinds: tuple[StrEnum, ...]
    missing: str
    identity: Callable[[A], Mapping[str, object]]
    derived: Callable[[A, R], Mapping[str, object]]
    envelope: Callable[[A], Mapping[str, object]]
    actor_of: Callable[[A, Target, datetime], Actor] = lambda _aggregate, target, now: Actor(
        now, target.caller.subject
    )
    save_parts: Callable[[UnitOfWork, A], None] = lambda _uow, _aggregate: None
    event_names: Mapping[str, str] = field(default_factory=dict)

    # -- one aggregate

    async def load(
        self,
        uow: UnitOfWork,
        aggregate_id: str,
        *,
        scope: Scope | None = None,
        expected: Expected | None = None,
    ) -> A:
        """Load an aggregate to change it. Raises the problems `not-found` and `version-changed`.

        `scope` narrows to what the caller may see; None is for timers and imports.
        """
        row = await uow.one(
            _select_one(self, None if scope is None else scope.kind),
            {"of": aggregate_id, "scope_code": "" if scope is None else scope.code},
        )
        if row is None:
            raise NOT_FOUND(self.missing)
        text = opened(self.table, aggregate_id, row["record"], uow.records)
        aggregate = self._decoded(text, row["version"])
        if expected is not None and not expected.accepts(aggregate.version, aggregate.acted_version):
            raise await version_conflict(uow, aggregate, expected, scope, self.topic, self.event_names)
        # Until a caller is named it is the clock that acts.
        aggregate.actor = Actor(uow.now)
        return aggregate

    def read(self, row: Mapping[Any, Any], records: Records | None = None) -> A:
        """Read a row of `select` as the aggregate; sealed records are opened by the `records` of their database."""
        return self._decoded(text_of(self.table, row, records), row["version"])

    def _decoded(self, text: str, version: int) -> A:
        aggregate: A = msgspec.json.decode(text, type=self.aggregate)
        aggregate.version = version
        return aggregate

    @cached_property
    def topic(self) -> str:
        """The topic of the aggregate's events."""
        return next(topic_of(event.service) for event in self.events.values())

    async def change(
        self, uow: UnitOfWork, target: Target, rulebook: Rulebook[A, R], act: Callable[[A, R], None]
    ) -> Changed[A]:
        """Load, change and store an aggregate for a caller. Raises RuleError and as `load`."""
        expected = target.version if target.conflicts else None
        aggregate = await self.load(uow, target.aggregate_id, scope=target.caller.scope, expected=expected)

        def act_as_caller(aggregate: A, rules: R) -> None:
            actor = self.actor_of(aggregate, target, uow.now)
            aggregate.actor = replace(actor, conflicts=target.conflicts)
            act(aggregate, rules)

        return Changed(aggregate, self.apply(uow, aggregate, rulebook.of(aggregate), act_as_caller))

    def apply(
        self, uow: UnitOfWork, aggregate: A, rules: R, act: Callable[[A, R], None]
    ) -> RecordedRefusalError | None:
        """Change a loaded aggregate after what was due before it and no worker has come to yet, and store it.

        Return the refusal where only that it was tried is stored. Raises RuleError; then nothing is stored.
        """
        before = aggregate.catch_up(uow.now, rules)
        rules = aggregate.judged_by(rules)
        refusal = None
        try:
            act(aggregate, rules)
        except RecordedRefusalError as error:
            refusal = error
        self.save(uow, aggregate, before, aggregate.judged_by(rules))
        return refusal

    def save(self, uow: UnitOfWork, aggregate: A, before: Timers, rules: R) -> None:
        """Store a changed aggregate; `before` are the timers that it had when it was loaded.

        It is written at the end of the transaction, or before the next `load` in it; that raises `version-changed`.
        """
        last_seq = aggregate.event_seq
        self._publish(uow, aggregate)
        aggregate.note_act(aggregate.version + 1, before=last_seq)
        self.save_parts(uow, aggregate)
        aggregate.actor = None
        loaded_version, aggregate.version = aggregate.version, aggregate.version + 1
        derived = self.derived(aggregate, rules)
        values = {
            **derived,
            "version": aggregate.version,
            "record": stored(self.table, aggregate.id, aggregate, uow.records),
            "of": aggregate.id,
            "loaded_version": loaded_version,
        }
        uow.write(_update(self.table, tuple(derived)), values, version_changed)
        after = aggregate.timers(rules)
        for kind in self.timer_kinds:
            if after.get(kind) != before.get(kind):
                move_timer(uow, aggregate.id, kind, after.get(kind))

    # -- reading

    def select(self, *columns: Any) -> Select[Any]:
        """Return the statement that `read` and `page` read aggregates by, with these columns beside each."""
        return select_records(self.table, self.table.c.version, *columns)

    async def find(self, database: Database, aggregate_id: str, scope: Scope) -> A:
        """Return an aggregate to look at. Raises `not-found`, also for one that the scope does not see."""
        statement = narrow(self.select().where(self.table.c.id == aggregate_id), scope, self.scopes)
        async with database.reading(scope) as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
        if row is None:
            raise NOT_FOUND(self.missing)
        return self.read(row, database.records)

    async def find_some(self, database: Database, ids: Collection[str], scope: Scope) -> list[A]:
        """Return those of some aggregates to look at that the scope sees."""
        if not ids:
            return []
        statement = narrow(self.select().where(self.table.c.id.in_(sorted(ids))), scope, self.scopes)
        async with database.reading(scope) as connection:
            return [
                self.read(row, database.records) for row in (await connection.execute(statement)).mappings()
            ]

    async def page(
        self,
        database: Database,
        statement: Select[Any],
        scope: Scope,
        order: Keyset,
        *,
        limit: int,
        cursor: str | None,
        filters: Mapping[str, Any],
    ) -> tuple[list[A], str | None]:
        """Return a page of the aggregates of a `select` that a scope may see, and the cursor of the next page.

        `filters` are what the statement was narrowed by. Raises `cursor-invalid`.
        """
        statement = narrow(statement, scope, self.scopes)
        async with database.reading(scope) as connection:
            rows, following = await order.read(
                connection, statement, limit=limit, cursor=cursor, filters=filters
            )
        return [self.read(row._mapping, database.records) for row in rows], following

    async def cursor_after(
        self,
        aggregate_id: str,
        database: Database,
        statement: Select[Any],
        scope: Scope,
        order: Keyset,
        *,
        filters: Mapping[str, Any],
    ) -> str | None:
        """Return the cursor of the page of `page` that begins after an aggregate; None where it is on no page."""
        statement = narrow(statement.where(self.table.c.id == aggregate_id), scope, self.scopes)
        async with database.reading(scope) as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else order.cursor(row, filters=filters)

    async def total(self, database: Database, statement: Select[Any], scope: Scope) -> Total:
        """Count the aggregates of a `select` that a scope may see, up to the bound of `total_of`."""
        async with database.reading(scope) as connection:
            return await total_of(connection, narrow(statement, scope, self.scopes))

    # -- new ones

    async def add(self, uow: UnitOfWork, additions: Iterable[Addition[A, R]]) -> None:
        """Insert new aggregates, in one statement, with what happened to each so far."""
        added = list(additions)
        rows = []
        for addition in added:
            aggregate = addition.aggregate
            self._publish(uow, aggregate)
            aggregate.version = 1
            aggregate.note_act(1, before=0)
            aggregate.actor = None
            rows.append(
                {
                    "id": aggregate.id,
                    **self.identity(aggregate),
                    **self.derived(aggregate, addition.rules),
                    **addition.extra,
                    "version": 1,
                    "record": stored(self.table, aggregate.id, aggregate, uow.records),
                }
            )
        if rows:
            await bulk.add(uow.connection, self.table, rows)
        for addition in added:
            await set_timers(uow, addition.aggregate.id, addition.aggregate.timers(addition.rules))

    # -- timers

    def timer_handlers(self, rulebook: Rulebook[A, R]) -> Mapping[str, Handler]:
        """Return the handler of every kind of timer of the aggregate."""

        async def fire(timer: Timer, uow: UnitOfWork) -> None:
            await rulebook.refresh()
            aggregate = await self.load(uow, timer.aggregate_id)
            rules = rulebook.of(aggregate)
            kind = type(self.timer_kinds[0])(timer.kind)
            before = aggregate.timers(rules)
            # What happens by the clock happens when it was due, however late the worker comes.
            aggregate.fire(kind, timer.due_at, rules)
            if not aggregate.pending_events:
                return
            # The runner deletes this timer's row itself and must find it as it was.
            before.pop(kind, None)
            self.save(uow, aggregate, before, aggregate.judged_by(rules))

        return dict.fromkeys(self.timer_kinds, fire)

    # -- inside

    def _publish(self, uow: UnitOfWork, aggregate: A) -> None:
        happened, aggregate.pending_events = aggregate.pending_events, []
        envelope = self.envelope(aggregate) if happened else {}
        for event in happened:
            aggregate.event_seq += 1
            model: Callable[..., EventPayload] = self.events[event.event]
            payload = model(**envelope, occurred_at=event.at, recorded_at=uow.now, **event.data)
            uow.publish(outgoing(payload, key=aggregate.id, aggregate_seq=aggregate.event_seq, time=event.at))


@lru_cache(maxsize=256)
def _select_one(store: Store[Any, Any], kind: ScopeKind | None) -> Select[Any]:
    table = store.table
    statement = select(record_text(table), table.c.version).where(table.c.id == bindparam("of"))
    return statement if kind is None else narrow_for(statement, kind, store.scopes)


@lru_cache(maxsize=256)
def _update(table: Table, derived: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(table.c.id == bindparam("of"), table.c.version == bindparam("loaded_version"))
        .values({name: bindparam(name) for name in (*derived, "version", "record")})
    )
