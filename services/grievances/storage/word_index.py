"""The segments of the index of words and their blocks: written, read by terms, and dropped."""

import asyncio
import secrets
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.database import bulk
from libs.common.database.engine import Database
from libs.common.encryption.keys import KeyRing
from libs.common.encryption.postings import LARGEST_SEGMENT, PER_BLOCK, Postings, Segment
from services.grievances.storage.tables import WORD_INDEX
from services.grievances.storage.word_tables import SegmentState

_s, _b = WORD_INDEX.segment.c, WORD_INDEX.block.c
AT_ONCE: Final = 4_000
"""Blocks of one transaction."""
MOST_BLOCKS: Final = 250_000
"""Blocks of a segment, which bound the memory that it takes to write one: some 100 MiB."""
Terms: TypeAlias = "dict[str, array[int]]"
"""The rising offsets of the documents that have a term, by terms."""


def most_blocks(terms: Terms) -> int:
    """Return a bound of how many blocks terms have, which costs less than their sum."""
    return len(terms) + sum(map(len, terms.values())) // PER_BLOCK


class OvertakenError(Exception):
    """Another process keeps the index now; what this one wrote is dropped."""


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment that is searched: the grievances of these numbers, both ends included."""

    id: int
    first: int
    last: int
    blocks: int
    key_id: str
    is_stale: bool
    written_at: datetime

    @property
    def size(self) -> int:
        """How full it is, where a full one has `LARGEST_SEGMENT`: by its numbers or by its blocks."""
        return max(self.last - self.first + 1, self.blocks * LARGEST_SEGMENT // MOST_BLOCKS)


async def ready_segments(connection: AsyncConnection) -> list[SegmentRow]:
    """Return the segments that are searched, the oldest first: of a million grievances some 20."""
    columns = (_s.id, _s.first, _s.last, _s.blocks, _s.key_id, _s.is_stale, _s.written_at)
    statement = select(*columns).where(_s.state == SegmentState.READY).order_by(_s.first)
    return [SegmentRow(*row) for row in await connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A block that is looked for."""

    segment: SegmentRow
    term: str
    position: int = 0


async def read_blocks(
    connection: AsyncConnection, ciphers: Mapping[int, Segment], wanted: Sequence[Wanted]
) -> dict[Wanted, Postings]:
    """Return those of some blocks that there are, opened, in one query. Raises NotOpenedError."""
    # Of common words they are many, and the loop has others to serve.
    by_address = await asyncio.to_thread(
        lambda: {ciphers[one.segment.id].address(one.term, one.position): one for one in wanted}
    )
    statement = select(_b.address, _b.sealed).where(bulk.is_among(connection, _b.address, list(by_address)))
    rows = (await connection.execute(statement)).all()

    def opened(one: Wanted, sealed: bytes) -> Postings:
        return ciphers[one.segment.id].opened(one.term, one.position, sealed)

    return await asyncio.to_thread(
        lambda: {by_address[row.address]: opened(by_address[row.address], row.sealed) for row in rows}
    )


class SegmentWriter:
    """Writes one new segment: begun, its blocks in transactions of `AT_ONCE`, searched from `publish` on."""

    def __init__(self, database: Database, clock: Clock, ring: KeyRing) -> None:
        self.id = secrets.randbits(62)
        self._database = database
        self._clock = clock
        self._key_id = ring.indexing_id
        self._cipher = Segment(ring.indexing[ring.indexing_id], self.id)

    async def begin(self, first: int, last: int) -> None:
        """Reserve the segment, so that what is left of it is found if this process is killed."""
        async with self._database.unit_of_work(self._clock.now()) as uow:
            await uow.connection.execute(
                insert(WORD_INDEX.segment).values(
                    id=self.id,
                    first=first,
                    last=last,
                    blocks=0,
                    state=SegmentState.WRITING,
                    key_id=self._key_id,
                    written_at=uow.now,
                )
            )

    async def write(self, terms: Terms) -> int:
        """Write the blocks of all terms; return how many they are.

        In the order of their addresses: where a row stands in the table tells no more than what is in it. Raises
        OvertakenError.
        """
        places = await asyncio.to_thread(
            lambda: sorted(
                (address, term, position)
                for term, offsets in terms.items()
                for address, position in self._cipher.addresses(term, len(offsets))
            )
        )
        for begin in range(0, len(places), AT_ONCE):
            part = places[begin : begin + AT_ONCE]
            rows = await asyncio.to_thread(self._rows, terms, part)
            async with self._database.unit_of_work(self._clock.now()) as uow:
                if not await self._is_own(uow.connection):
                    raise OvertakenError
                await bulk.add(uow.connection, WORD_INDEX.block, rows)
        return len(places)

    async def _is_own(self, connection: AsyncConnection) -> bool:
        """Tell whether no other process has dropped the segment, and keep it from that until the transaction ends."""
        own = select(_s.id).where(_s.id == self.id, _s.state == SegmentState.WRITING)
        return await connection.scalar(own.with_for_update(read=True)) is not None

    def _rows(self, terms: Terms, places: Sequence[tuple[int, str, int]]) -> list[dict[str, object]]:
        sealed = self._cipher.sealed
        return [
            {"address": address, "segment": self.id, "sealed": sealed(term, position, terms[term])}
            for address, term, position in places
        ]

    async def publish(
        self, connection: AsyncConnection, replaced: Collection[int], *, blocks: int, is_stale: bool
    ) -> None:
        """Let the segment be searched in place of others. Raises OvertakenError."""
        if not await self._is_own(connection):
            raise OvertakenError
        for segments, values in (
            ([self.id], {"state": SegmentState.READY, "blocks": blocks, "is_stale": is_stale}),
            (replaced, {"state": SegmentState.DROPPED}),
        ):
            await connection.execute(update(WORD_INDEX.segment).where(_s.id.in_(segments)).values(values))


async def drop_unused(database: Database, now: datetime) -> None:
    """Delete what is searched no more, or was left unfinished; only one who writes no segment may call it."""
    async with database.reading() as connection:
        unused = (await connection.scalars(select(_s.id).where(_s.state != SegmentState.READY))).all()
    for segment in unused:
        some = select(_b.address).where(_b.segment == segment).limit(AT_ONCE)
        while True:
            async with database.unit_of_work(now) as uow:
                deleted = await uow.connection.execute(delete(WORD_INDEX.block).where(_b.address.in_(some)))
                if deleted.rowcount == 0:
                    await uow.connection.execute(delete(WORD_INDEX.segment).where(_s.id == segment))
            if deleted.rowcount == 0:
                break
