"""What a worker knows of its shards, so that a fold reads back nothing that it wrote itself.

A shard's row carries the version that the transaction which wrote it last gave it, at random. What is known of a
shard counts only while its row has the version of the worker's own last fold: after a rebalance, another worker's
fold, a rollback or a rebuild it has not, and is read anew.
"""

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.bulk import among
from services.metrics.contributions import Cell, CellKey, Subject, contribution_of
from services.metrics.declare import Source
from services.metrics.domain.histogram import Minutes
from services.metrics.storage.shards import shard_of
from services.metrics.storage.tables import cell, subject

MOST_KNOWN: Final = 100_000
"""Subjects and cells; some hundred megabytes."""


class Known:
    """Subjects and cells of a source, by shard."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._versions: dict[int, int] = {}
        self.subjects: dict[int, dict[str, Subject]] = {}
        self.cells: dict[int, dict[CellKey, Cell]] = {}

    def forget(self) -> None:
        """Forget everything."""
        self._versions.clear()
        self.subjects.clear()
        self.cells.clear()

    def begin(self, versions: Mapping[int, int]) -> None:
        """Forget what others have changed since, of the shards that a fold is about to change."""
        known = sum(map(len, self.subjects.values())) + sum(map(len, self.cells.values()))
        if known > MOST_KNOWN:
            self.forget()
        for shard, version in versions.items():
            if self._versions.get(shard) != version:
                self.subjects[shard], self.cells[shard] = {}, {}
            self._versions.pop(shard, None)

    def end(self, versions: Mapping[int, int]) -> None:
        """Keep what was folded under the versions that its transaction gives."""
        self._versions |= versions

    async def load(self, connection: AsyncConnection, subject_ids: Collection[str]) -> None:
        """Read the subjects among these that are not known."""
        missing = [id_ for id_ in subject_ids if id_ not in self.subjects[shard_of(id_)]]
        if not missing:
            return
        column = subject.c
        rows = await connection.execute(
            select(column.subject_id, column.number, column.dims, column.facts).where(
                column.source == self._source.code, column.subject_id.in_(among(connection, missing))
            )
        )
        for subject_id, number, dims, facts in rows:
            shard = shard_of(subject_id)
            read: Any = msgspec.convert(facts, self._source.facts)
            stored = contribution_of(self._source, tuple(dims), read)
            self.subjects[shard][subject_id] = Subject(subject_id, shard, number, tuple(dims), read, stored)

    async def load_cells(self, connection: AsyncConnection, keys: Mapping[int, Collection[CellKey]]) -> None:
        """Read the cells among these that are not known; one without a row is empty."""
        missing = {
            shard: {key: Cell() for key in of_shard if key not in self.cells[shard]}
            for shard, of_shard in keys.items()
        }
        texts = {key_text(key) for key in chain.from_iterable(missing.values())}
        if not texts:
            return
        for shard, of_shard in missing.items():
            self.cells[shard] |= of_shard
        column = cell.c
        rows = await connection.execute(
            select(column.shard, column.cell, column.content).where(
                column.source == self._source.code,
                column.shard.in_([shard for shard, of_shard in missing.items() if of_shard]),
                column.cell.in_(among(connection, texts)),
            )
        )
        for shard, text, content in rows:
            key = key_of(text)
            if key in missing[shard]:
                self.cells[shard][key] = unpacked(content)


def key_text(key: CellKey) -> str:
    """Return a cell's key as its row has it."""
    return msgspec.json.encode([key.level, *key.dims, key.by, key.month]).decode()


def key_of(text: str) -> CellKey:
    """Return the key of a row."""
    level, *dims, by, month = msgspec.json.decode(text)
    return CellKey(level, tuple(dims), by, month)


def packed(content: Cell) -> str:
    """Return a cell's contents as its row has them: counts, and for each measure its sums and pairs of buckets."""
    parts: list[Any] = [content.counts]
    if content.elapsed.count:
        parts += [_packed(content.elapsed), _packed(content.working)]
    return msgspec.json.encode(parts).decode()


def _packed(minutes: Minutes) -> list[Any]:
    pairs = list(chain.from_iterable(minutes.buckets.items()))
    return [minutes.count, minutes.total, minutes.least, minutes.greatest, pairs]


def unpacked(text: str) -> Cell:
    """Return the contents of a row."""
    counts, *measures = msgspec.json.decode(text)
    return Cell(counts, *map(_unpacked, measures))


def _unpacked(part: list[Any]) -> Minutes:
    count, total, least, greatest, pairs = part
    return Minutes(count, total, least, greatest, dict(zip(pairs[::2], pairs[1::2], strict=True)))
