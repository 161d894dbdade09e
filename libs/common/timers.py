"""Timers: rows due at an instant, each fired exactly once whatever the number of workers or the backlog.

A worker claims a batch for a while in one short transaction, then fires each timer in a transaction that locks
the aggregate first and deletes the timer row last. Whoever finds the row gone or moved rolls back: so a claim
that ran out, or a command that moved the due instant meanwhile, never makes an effect happen twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

import structlog
from sqlalchemy import (
    Dialect,
    Insert,
    bindparam,
    delete,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)

from libs.common.clock import Clock
from libs.common.database.engine import Database, is_unavailable
from libs.common.database.tables import timer
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.telemetry import TIMER_BACKLOG

log = structlog.get_logger(__name__)

BATCH = 200
CLAIM = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


# Built once: they run for every timer.
_CANCEL = delete(timer).where(timer.c.kind == bindparam("of_kind"), timer.c.aggregate_id == bindparam("of"))
_DELETE = delete(timer).where(
    timer.c.kind == bindparam("of_kind"),
    timer.c.aggregate_id == bindparam("of"),
    timer.c.due_at == bindparam("due"),
)


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that is due."""

    kind: str
    aggregate_id: str
    due_at: datetime


Kind = TypeVar("Kind", bound=str)
Handler = Callable[[Timer, UnitOfWork], Awaitable[None]]


class _TimerGone(Exception):  # noqa: N818 - a signal to roll back, not an error
    pass


@lru_cache
def _move(dialect: Dialect) -> Insert:
    statement = upsert(dialect, timer).values(
        {name: bindparam(name) for name in ("kind", "aggregate_id", "due_at")}
    )
    afresh = {
        "due_at": statement.excluded.due_at,
        "claimed_until": null(),
        "attempts": literal_column("0"),
    }
    return statement.on_conflict_do_update(index_elements=[timer.c.kind, timer.c.aggregate_id], set_=afresh)


def move_timer(work: UnitOfWork, aggregate_id: str, kind: str, due: datetime | None) -> None:
    """Set, move or (with None) cancel one timer, at the end of the open transaction."""
    if due is None:
        work.write(_CANCEL, {"of_kind": kind, "of": aggregate_id})
    else:
        work.write(_move(work.dialect), {"kind": kind, "aggregate_id": aggregate_id, "due_at": due})


async def set_timers(work: UnitOfWork, aggregate_id: str, due: Mapping[Kind, datetime | None]) -> None:
    """Set, move or (with None) cancel timers of an aggregate by kind, in the open transaction."""
    gone = [kind for kind, at in due.items() if at is None]
    if gone:
        await work.connection.execute(
            delete(timer).where(timer.c.aggregate_id == aggregate_id, timer.c.kind.in_(gone))
        )
    rows = [
        {"kind": kind, "aggregate_id": aggregate_id, "due_at": at}
        for kind, at in due.items()
        if at is not None
    ]
    if rows:
        await work.connection.execute(_move(work.dialect), rows)


class TimerRunner:
    """Fires the timers of one service."""

    def __init__(self, database: Database, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        self._database = database
        self._clock = clock
        self._handlers = handlers

    async def step(self) -> int:
        """Fire one batch of due timers, oldest first; return how many were claimed."""
        due = await self._claim()
        # The same order in every worker, so that two that touch the same aggregates cannot deadlock.
        due.sort(key=lambda each: (each.aggregate_id, each.due_at))
        try:
            await self._fire(due)
        except Exception as error:
            if is_unavailable(error):
                raise
            for each in due:
                await self._fire_alone(each)
        return len(due)

    async def _claim(self) -> list[Timer]:
        now = self._clock.now()
        async with self._database.unit_of_work(now) as work:
            chosen = (
                select(timer.c.kind, timer.c.aggregate_id)
                .where(
                    timer.c.due_at <= now,
                    or_(timer.c.claimed_until.is_(None), timer.c.claimed_until < now),
                    timer.c.kind.in_(self._handlers),
                )
                .order_by(timer.c.due_at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
            rows = await work.connection.execute(
                update(timer)
                .where(tuple_(timer.c.kind, timer.c.aggregate_id).in_(chosen))
                .values(claimed_until=now + CLAIM)
                .returning(timer.c.kind, timer.c.aggregate_id, timer.c.due_at)
            )
            return [Timer(*row) for row in rows]

    async def _fire(self, due: list[Timer]) -> None:
        if not due:
            return
        async with self._database.unit_of_work(self._clock.now()) as work:
            for each in due:
                await self._handlers[each.kind](each, work)
                gone = await work.connection.execute(
                    _DELETE, {"of_kind": each.kind, "of": each.aggregate_id, "due": each.due_at}
                )
                if gone.rowcount != 1:
                    raise _TimerGone

    async def _fire_alone(self, each: Timer) -> None:
        try:
            await self._fire([each])
        except _TimerGone:
            log.debug("timer_gone", kind=each.kind, aggregate_id=each.aggregate_id)
        except Exception as error:
            if is_unavailable(error):
                raise
            log.exception("timer_failed", kind=each.kind, aggregate_id=each.aggregate_id)
            await self._postpone(each, error)

    async def _postpone(self, each: Timer, error: Exception) -> None:
        now = self._clock.now()
        row = (
            timer.c.kind == each.kind,
            timer.c.aggregate_id == each.aggregate_id,
            timer.c.due_at == each.due_at,
        )
        async with self._database.unit_of_work(now) as work:
            attempts = await work.connection.scalar(select(timer.c.attempts).where(*row)) or 0
            wait = min(timedelta(seconds=2 ** min(attempts, 12)), LONGEST_RETRY)
            await work.connection.execute(
                update(timer)
                .where(*row)
                .values(attempts=attempts + 1, claimed_until=now + wait, last_error=type(error).__name__)
            )

    async def measure(self) -> None:
        """Set the backlog gauge: timers that are due and have not fired."""
        async with self._database.reading() as connection:
            TIMER_BACKLOG.set(
                await connection.scalar(
                    select(func.count()).select_from(timer).where(timer.c.due_at <= self._clock.now())
                )
                or 0
            )
