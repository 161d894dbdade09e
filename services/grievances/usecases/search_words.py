"""Grievances looked for by words of what was told, the latest indexed first (ADR 17).

The index names candidates; that a caller may see them is the statement's to say, and that they hold the words is
seen by opening them. So a request does a bounded amount of work, and says where it stopped.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, narrow
from libs.common.database import bulk
from libs.common.encryption.postings import PER_BLOCK, Postings, Segment
from libs.common.encryption.records import records_of
from libs.common.encryption.sealer import Sealer
from libs.common.texts import plain
from services.grievances.domain.grams import grams
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.words import shown_words
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.tables import TOLD, grievance, grievance_words
from services.grievances.storage.word_index import SegmentRow, Wanted, read_blocks, ready_segments

MOST_UNINDEXED: Final = 50
"""So many that are not indexed yet are opened, the latest."""
MOST_WORK: Final = 5_000
"""Blocks read, grievances asked for and texts opened by one request; the next one goes on behind them."""
_ASKED_AT_ONCE: Final = 500
_READ_FIRST: Final = 8
_FEWEST_OPENED: Final = 20
_w: Final = grievance_words.c


@dataclass(frozen=True, slots=True)
class Match:
    """A grievance that holds all words, and what staff see of them; `number` is None while it is not indexed."""

    item: Grievance
    number: int | None
    shown: str


@dataclass(slots=True)
class Search:
    """What is looked for, in what a scope sees of some grievances, and what was found of it so far."""

    words: Sequence[str]
    scope: Scope
    conditions: Sequence[Any]
    limit: int
    found: list[Match] = field(default_factory=list)
    following: int | None = None
    """The number that the next page goes on below; None at the end."""
    is_complete: bool = True
    has_unindexed: bool = False
    work: int = 0


async def search_words(
    connection: AsyncConnection, sealer: Sealer, search: Search, below: int | None = None
) -> None:
    """Look through the index from a number down; without one first what is not indexed yet.

    The connection reads one snapshot, since segments replace each other. It ends when a match more than the limit is
    found, at `MOST_WORK`, or with the index.
    """
    if below is None:
        await _look_at_unindexed(connection, sealer, search)
    segments, ring = await ready_segments(connection), sealer.ring
    # What is under a key that has left is found once the worker has written it anew.
    search.has_unindexed |= any(segment.key_id not in ring.indexing for segment in segments)
    newest_first = [
        segment
        for segment in reversed(segments)
        if segment.key_id in ring.indexing and (below is None or segment.first < below)
    ]
    async for candidates, floor in _candidates(connection, sealer, newest_first, search):
        numbers = [number for number in candidates if below is None or number < below]
        async for match in _matching(connection, sealer, search, numbers):
            if len(search.found) == search.limit:
                search.following = search.found[-1].number or newest_first[0].last + 1
                return
            search.found.append(match)
        search.following = floor if below is None else min(floor, below)
        if search.work >= MOST_WORK:
            search.is_complete = False
            return
    search.following = None


async def _look_at_unindexed(connection: AsyncConnection, sealer: Sealer, search: Search) -> None:
    most = min(MOST_UNINDEXED, search.limit)
    is_due = (_w.number.is_(None), _w.words.is_not(None))
    # The latest of all first, narrowed afterwards: else a large import would be looked through for a small unit.
    due = select(_w.id).where(*is_due).order_by(_w.id.desc()).limit(most + 1)
    ids = (await connection.scalars(due)).all()
    search.has_unindexed = len(ids) > most
    if ids:
        among = bulk.is_among(connection, _w.id, ids[:most])
        statement = _told(search).where(among).order_by(_w.id.desc())
        rows = (await connection.execute(statement)).mappings().all()
        search.found += await _opened(connection, sealer, search, rows)


async def _candidates(
    connection: AsyncConnection, sealer: Sealer, segments: Sequence[SegmentRow], search: Search
) -> AsyncIterator[tuple[Sequence[int], int]]:
    """Yield the falling numbers of grievances that may hold the words, some at a time.

    With them comes the lowest number that is looked through then.
    """
    indexing = sealer.ring.indexing
    ciphers = {segment.id: Segment(indexing[segment.key_id], segment.id) for segment in segments}
    terms = sorted(set().union(*map(grams, search.words)))

    async def read(wanted: Sequence[Wanted]) -> Mapping[Wanted, Postings]:
        search.work += len(wanted)
        return await read_blocks(connection, ciphers, wanted)

    async def rest(segment: SegmentRow, term: str, blocks: range) -> Sequence[int]:
        wanted = [Wanted(segment, term, position) for position in blocks]
        found = await read(wanted)
        return [offset for one in wanted for offset in found[one].offsets]

    heads = await read([Wanted(segment, term) for segment in segments for term in terms])
    for segment in segments:
        lists = {term: heads[one] for term in terms if (one := Wanted(segment, term)) in heads}
        if len(lists) < len(terms):
            continue
        rarest, *others = sorted(terms, key=lambda term: lists[term].total)
        head, blocks = lists[rarest].offsets, lists[rarest].blocks
        if not others:
            # Mostly the first page is wanted: the rest is read only as far as needed.
            yield _numbers(segment, head)
            begin, end = 1, _READ_FIRST
            while begin < blocks:
                yield _numbers(segment, await rest(segment, rarest, range(begin, min(end, blocks))))
                begin, end = end, 4 * end
            continue
        offsets = [*head, *await rest(segment, rarest, range(1, blocks))]
        for term in others:
            # To open a few costs less than to read what is common.
            if len(offsets) <= PER_BLOCK:
                break
            common = {*lists[term].offsets, *await rest(segment, term, range(1, lists[term].blocks))}
            offsets = [offset for offset in offsets if offset in common]
        for begin in range(0, len(offsets), _ASKED_AT_ONCE):
            yield _numbers(segment, offsets[begin : begin + _ASKED_AT_ONCE])
        yield (), segment.first


def _numbers(segment: SegmentRow, offsets: Sequence[int]) -> tuple[Sequence[int], int]:
    return [segment.first + offset for offset in offsets], segment.first + offsets[-1]


async def _matching(
    connection: AsyncConnection, sealer: Sealer, search: Search, numbers: Sequence[int]
) -> AsyncIterator[Match]:
    """Yield those of these numbers that the scope sees and that hold the words."""
    while numbers:
        search.work += len(numbers)
        most = max(search.limit + 1 - len(search.found), _FEWEST_OPENED)
        among = bulk.is_among(connection, _w.number, numbers)
        statement = _told(search).where(among).order_by(_w.number.desc()).limit(most)
        rows = (await connection.execute(statement)).mappings().all()
        for match in await _opened(connection, sealer, search, rows):
            yield match
        if len(rows) < most:
            return
        numbers = [number for number in numbers if number < rows[-1]["number"]]


def _told(search: Search) -> Select[Any]:
    """Return the statement of what was told and of its grievances, of those that are looked through."""
    statement = GRIEVANCES.select(_w.number, _w.subject, _w.words).join(
        grievance_words, _w.id == grievance.c.id
    )
    return narrow(statement.where(*search.conditions), search.scope, GRIEVANCES.scopes)


async def _opened(
    connection: AsyncConnection, sealer: Sealer, search: Search, rows: Sequence[Mapping[Any, Any]]
) -> list[Match]:
    """Return those of some rows that hold the words; what was erased holds none."""
    search.work += len(rows)
    records = records_of(connection)
    texts = await sealer.opened(connection, [TOLD], rows)
    told = [(row, shown_words(text["words"] or "")) for row, text in zip(rows, texts, strict=True)]
    return [
        Match(GRIEVANCES.read(row, records), row["number"], shown)
        for row, shown in told
        if all(word in plain(shown) for word in search.words)
    ]
