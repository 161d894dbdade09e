"""Keep the index of words: what is new in a segment of its own, segments merged, and what was erased left out.

A segment is always made from what was told itself, opened again, and never from other segments: so merging, leaving
out what was erased and changing the key are one and the same, and a lost segment or key loses nothing.
"""

import asyncio
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Final

from sqlalchemy import bindparam, func, select, update

from libs.common.clock import Clock
from libs.common.database import bulk
from libs.common.database.engine import Database
from libs.common.encryption.postings import LARGEST_SEGMENT
from libs.common.encryption.sealer import Sealer
from libs.common.lease import LeaseHolder
from libs.common.worker import Loop
from services.grievances.domain.grams import grams, indexed, to_merge
from services.grievances.storage.tables import TOLD, WORD_INDEX, grievance_words
from services.grievances.storage.word_index import (
    MOST_BLOCKS,
    OvertakenError,
    SegmentRow,
    SegmentWriter,
    Terms,
    drop_unused,
    most_blocks,
    ready_segments,
)

_w, _s = grievance_words.c, WORD_INDEX.segment.c
_IS_DUE: Final = _w.number.is_(None) & _w.words.is_not(None)
_IS_ERASED: Final = _w.number.is_not(None) & _w.words.is_(None)
OPENED_AT_ONCE: Final = 500
IDLE_SECONDS: Final = 5.0
LEASE_SECONDS: Final = 10.0
REWRITTEN_AFTER: Final = timedelta(hours=1)
"""So long after it was written a segment is written anew for what was erased of it: not once for each erasure."""
_DUE: Final = select(_w.id).where(_IS_DUE).order_by(_w.id).limit(LARGEST_SEGMENT)
_NUMBERED: Final = (
    update(grievance_words).where(_w.id == bindparam("of"), _IS_DUE).values(number=bindparam("new_number"))
)


class WordIndexer:
    """Writes the index, in one process of a service at a time."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._lease = LeaseHolder(database, clock, "word-index", LEASE_SECONDS)
        self._writing: asyncio.Task[bool] | None = None

    async def step(self) -> bool:
        """Index what is due, or write a segment anew; tell whether there may be more to do.

        A large segment takes longer than a step: the next ones go on waiting for it.
        """
        if not await self._lease.hold():
            await self.reset()
            return False
        if self._writing is None:
            self._writing = asyncio.create_task(self.work(), name="word index")
        done, _ = await asyncio.wait({self._writing}, timeout=LEASE_SECONDS / 4)
        if not done:
            return True
        finished, self._writing = self._writing, None
        return finished.result()

    async def work(self) -> bool:
        """Write at most two segments: of what is due, and one anew; tell whether there was anything to do.

        Only for who holds the lease.
        """
        await drop_unused(self._database, self._clock.now())
        await self._note_erased()
        async with self._database.reading() as connection:
            due = (await connection.scalars(_DUE)).all()
            segments = await ready_segments(connection)
        if due:
            await self._index(due, segments[-1].last + 1 if segments else 1)
            async with self._database.reading() as connection:
                segments = await ready_segments(connection)
        if old := self._to_rewrite(segments):
            await self._rewrite(old)
        return bool(due or old)

    def _to_rewrite(self, segments: Sequence[SegmentRow]) -> Sequence[SegmentRow]:
        if merged := to_merge([segment.size for segment in segments], LARGEST_SEGMENT):
            return segments[-merged:]
        present, before = self._sealer.ring.indexing_id, self._clock.now() - REWRITTEN_AFTER
        for segment in segments:
            if segment.key_id != present or (segment.is_stale and segment.written_at <= before):
                return [segment]
        return ()

    async def _note_erased(self) -> None:
        """Take the numbers of what was erased away, and mark the segments that still have its terms."""
        statement = select(_w.number).where(_IS_ERASED).limit(OPENED_AT_ONCE).with_for_update()
        async with self._database.unit_of_work(self._clock.now()) as uow:
            numbers = (await uow.connection.scalars(statement)).all()
            for number in numbers:
                holds = (_s.first <= number) & (_s.last >= number)
                await uow.connection.execute(update(WORD_INDEX.segment).where(holds).values(is_stale=True))
            if numbers:
                without = update(grievance_words).where(_w.number.in_(numbers)).values(number=None)
                await uow.connection.execute(without)

    async def _rewrite(self, old: Sequence[SegmentRow]) -> None:
        first, last = old[0].first, old[-1].last
        statement = select(_w.id, _w.number).where(_w.number.between(first, last), _w.words.is_not(None))
        async with self._database.reading() as connection:
            numbers = {row.id: row.number for row in await connection.execute(statement.order_by(_w.number))}
        terms: Terms = {}
        async for _ in self._reading(terms, numbers, first):
            pass
        await self._write(terms, first, last, replaced=old)

    async def _index(self, due: Sequence[str], first: int) -> None:
        """Write a segment of new grievances, of as many as its blocks can hold; they get their numbers with it."""
        terms: Terms = {}
        numbers, read = dict(zip(due, count(first), strict=False)), 0
        async for so_far in self._reading(terms, numbers, first):
            read = so_far
            if most_blocks(terms) >= MOST_BLOCKS:
                break
        await self._write(terms, first, first + read - 1, new=due[:read])

    async def _write(
        self,
        terms: Terms,
        first: int,
        last: int,
        *,
        replaced: Sequence[SegmentRow] = (),
        new: Sequence[str] = (),
    ) -> None:
        writer = SegmentWriter(self._database, self._clock, self._sealer.ring)
        await writer.begin(first, last)
        blocks = await writer.write(terms)
        async with self._database.unit_of_work(self._clock.now()) as uow:
            if not await self._lease.hold_within(uow.connection):
                raise OvertakenError
            is_stale = False
            if new:
                rows = [{"of": of, "new_number": number} for number, of in enumerate(new, first)]
                await uow.connection.execute(_NUMBERED, rows)
                present = select(func.count()).where(_w.number.between(first, last))
                # Some of it was erased since it was read.
                is_stale = (await uow.connection.scalar(present) or 0) < len(new)
            ids = [segment.id for segment in replaced]
            await writer.publish(uow.connection, ids, blocks=blocks, is_stale=is_stale)

    async def _reading(self, terms: Terms, numbers: Mapping[str, int], first: int) -> AsyncIterator[int]:
        """Add the terms of grievances with these rising numbers; yield how many were read so far."""
        documents = [(of, number - first) for of, number in numbers.items()]
        for begin in range(0, len(documents), OPENED_AT_ONCE):
            part = documents[begin : begin + OPENED_AT_ONCE]
            await self._add_terms(terms, part)
            yield begin + len(part)

    async def _add_terms(self, terms: dict[str, "array[int]"], documents: Sequence[tuple[str, int]]) -> None:
        ids = [of for of, _ in documents]
        async with self._database.reading() as connection:
            statement = select(_w.id, _w.subject, _w.words).where(bulk.is_among(connection, _w.id, ids))
            rows = (await connection.execute(statement)).mappings().all()
            texts = await self._sealer.opened(connection, [TOLD], rows)
        told = {row["id"]: text["words"] or "" for row, text in zip(rows, texts, strict=True)}

        def add() -> None:
            for of, offset in documents:
                for term in grams(indexed(told.get(of, ""))):
                    terms.setdefault(term, array("H")).append(offset)

        await asyncio.to_thread(add)

    async def reset(self) -> None:
        """Stop writing, and ask for the lease anew."""
        self._lease.doubt()
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await writing

    async def close(self) -> None:
        """Stop writing; another process may begin at once."""
        await self.reset()
        await self._lease.release()

    def loop(self) -> Loop:
        """Return the worker's loop."""

        async def step() -> None:
            if not await self.step():
                await asyncio.sleep(IDLE_SECONDS)

        return Loop("word-index", step, self.reset, self.close)
