"""Token buckets that refill evenly: one instant each, at which it is full again (the generic cell rate algorithm)."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    CursorResult,
    Dialect,
    Float,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    case,
    cast,
    delete,
    extract,
    func,
    select,
    tuple_,
)

from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert

LONGEST_NAME = 80
# For all subjects together. The least recently used bucket is evicted first; a full bucket is not stored.
MOST_BUCKETS = 50_000
_UNIX_EPOCH_DAY = 2_440_587.5


class Buckets:
    """Buckets of one process by rule and subject. `now` is in seconds of any monotonic clock."""

    def __init__(self, capacity: int = MOST_BUCKETS) -> None:
        self._capacity = capacity
        # The instant at which each bucket is full again.
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, now: float, key: tuple[str, str], size: int, seconds: int, amount: int = 1) -> float:
        """Return the seconds until a bucket of this size holds an amount; 0 when it does now."""
        return max(0.0, self._full_at.get(key, now) - now + (amount - size) * seconds / size)

    def take(self, now: float, key: tuple[str, str], size: int, seconds: int, amount: int = 1) -> None:
        """Take an amount out."""
        buckets = self._full_at
        buckets[key] = max(buckets.get(key, now), now) + amount * seconds / size
        buckets.move_to_end(key)
        while len(buckets) > self._capacity or next(iter(buckets.values())) <= now:
            buckets.popitem(last=False)


class Taken(NamedTuple):
    """One to be taken out of a bucket: by a rule's name and a subject, of so many that refill over the seconds."""

    rule: str
    subject: str
    size: int
    seconds: int


class EmptyError(Exception):
    """A bucket is empty, for so many seconds more."""

    def __init__(self, taken: Taken, wait: float) -> None:
        super().__init__(taken.rule)
        self.taken = taken
        self.wait = wait


def bucket_table(metadata: MetaData) -> Table:
    """Define the buckets that all processes of a service share, in its metadata; they go by the database's clock."""
    table = Table(
        "quota_bucket",
        metadata,
        Column("rule", String(LONGEST_NAME), nullable=False),
        Column("subject", String(120), nullable=False),
        # Seconds of Unix time.
        Column("full_at", Float, nullable=False),
        PrimaryKeyConstraint("rule", "subject"),
    )
    Index("quota_bucket_full", table.c.full_at)
    return table


class SharedBuckets:
    """Buckets of all processes of a service, exact among them: a statement for each that is taken from."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table

    async def take(self, now: datetime, wanted: Sequence[Taken]) -> None:
        """Take one out of each bucket; out of none when one is empty. Raises EmptyError."""
        async with self._database.unit_of_work(now) as work:
            # In one order, so that no two requests wait for each other.
            for taken in sorted(wanted):
                if not await self._take(work, taken):
                    raise EmptyError(taken, await self._wait(work, taken))

    async def _take(self, work: UnitOfWork, taken: Taken) -> bool:
        c, now = self._table.c, _unix_now(work.connection.dialect)
        step = taken.seconds / taken.size
        statement = upsert(work.connection.dialect, self._table).values(
            rule=taken.rule, subject=taken.subject, full_at=now + step
        )
        statement = statement.on_conflict_do_update(
            index_elements=[c.rule, c.subject],
            set_={"full_at": case((c.full_at > now, c.full_at), else_=now) + step},
            where=c.full_at <= now + (taken.seconds - step),
        )
        result: CursorResult[tuple[()]] = await work.connection.execute(statement)
        return result.rowcount == 1

    async def _wait(self, work: UnitOfWork, taken: Taken) -> float:
        c, now = self._table.c, _unix_now(work.connection.dialect)
        ready = c.full_at - now - (taken.seconds - taken.seconds / taken.size)
        of_this = (c.rule == taken.rule, c.subject == taken.subject)
        return max(0.0, await work.connection.scalar(select(ready).where(*of_this)) or 0.0)

    async def purge(self, work: UnitOfWork, most: int = 1000) -> int:
        """Delete up to `most` buckets that are full again; return how many."""
        c = self._table.c
        full = select(c.rule, c.subject).where(c.full_at <= _unix_now(work.connection.dialect))
        oldest = full.order_by(c.full_at).limit(most)
        result = await work.connection.execute(
            delete(self._table).where(tuple_(c.rule, c.subject).in_(oldest))
        )
        return result.rowcount


def _unix_now(dialect: Dialect) -> ColumnElement[float]:
    if dialect.name == "sqlite":
        return (func.julianday("now", type_=Float) - _UNIX_EPOCH_DAY) * 86_400.0
    return cast(extract("epoch", func.clock_timestamp()), Float)
