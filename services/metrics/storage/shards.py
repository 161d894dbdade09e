"""How far the figures of a source reach, shard by shard, and which reading of the topic they come from.

A subject's shard is by the hash by which Kafka divides keys among partitions. Where the number of partitions divides
that of shards, each shard is of one partition, so that workers which divide the partitions never wait for each other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from aiokafka.partitioner import murmur2
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.bulk import replace
from libs.common.database.upsert import upsert
from services.metrics.storage.tables import shard

SHARDS: Final = 12
_FIRST: Final = {"generation": 1, "version": 0, "folded": 0}


@lru_cache(maxsize=65_536)
def shard_of(subject_id: str) -> int:
    """Return the shard of a subject."""
    return (int(murmur2(subject_id.encode())) & 0x7FFFFFFF) % SHARDS


@dataclass(frozen=True, slots=True)
class Watermark:
    """How many events are folded in this generation, when the latest happened, and when it was folded."""

    generation: int
    folded: int
    latest_event_at: datetime | None
    folded_at: datetime | None

    @property
    def version(self) -> str:
        """Changes whenever the figures do."""
        return f"{self.generation}.{self.folded}"


async def read(connection: AsyncConnection, source: str) -> Watermark:
    """Return how far all shards of a source are folded."""
    column = shard.c
    statement = select(
        func.coalesce(func.max(column.generation), 1),
        func.coalesce(func.sum(column.folded), 0),
        func.max(column.latest_event_at),
        func.max(column.folded_at),
    ).where(column.source == source)
    generation, folded, latest, at = (await connection.execute(statement)).one()
    return Watermark(int(generation), int(folded), latest, at)


async def lock(connection: AsyncConnection, source: str, shards: Collection[int]) -> Mapping[int, Any]:
    """Return the rows of shards and keep them until the commit."""
    column = shard.c
    statement = (
        select(shard)
        .where(column.source == source, column.shard.in_(shards))
        .order_by(column.shard)
        .with_for_update()
    )
    rows = (await connection.execute(statement)).all()
    if len(rows) < len(shards):
        missing = set(shards) - {row.shard for row in rows}
        first = [{"source": source, "shard": number, **_FIRST} for number in sorted(missing)]
        await connection.execute(upsert(connection.dialect, shard).values(first).on_conflict_do_nothing())
        rows = (await connection.execute(statement)).all()
    return {row.shard: row for row in rows}


async def advance(connection: AsyncConnection, rows: Collection[Mapping[str, Any]]) -> None:
    """Write the rows of shards anew."""
    await replace(connection, shard, rows)
