"""Words looked for in what many grievances tell, beside a page of the plain list by an index in the same run."""

import itertools
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import asyncpg

from bench.grievances import UTILITY, grievances, plant
from bench.kit import Row, Size, database, dsn, percentile, times
from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from libs.common.database import bulk
from libs.common.service import Service
from services.grievances.dev.matters import MATTERS
from services.grievances.domain.grams import sought_words
from services.grievances.domain.grievance import Grievance
from services.grievances.http.views import grievance_view
from services.grievances.storage.grievances import GRIEVANCES, NEWEST
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import WORDS, grievance_words
from services.grievances.usecases.index_words import WordIndexer
from services.grievances.usecases.search_words import Search, search_words

_BATCH: Final = 5_000
_SEARCHES: Final = 60
_CITY: Final = Scope(ScopeKind.CITY)
# A word is the more seldom the later it stands, as in a language; of characters as common as those of one.
_CHARACTERS: Final = [chr(code) for code in range(0x4E00, 0x4E00 + 800)]
_VOCABULARY: Final = 8_000
_WORDS_OF_ONE: Final = 12
# Of how many one utility sees one; of a small one.
_SEEN: Final = {"a utility of a tenth": 10, "a utility of a thousandth": 1_000}


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Fill a database, index it and measure in it."""
    count = size.many_grievances
    async with database(postgres_url, "words") as url:
        service = grievances(url)
        try:
            await plant(service, count)
            rulebook = service.state["rulebook"]
            assert isinstance(rulebook, RuleBook)
            texts = await _tell(service, rulebook, url)
            started = time.perf_counter()
            indexer = WordIndexer(service.database, service.clock, rulebook.sealer)
            while await indexer.work():
                pass
            seconds = time.perf_counter() - started
            return [await _indexed(url, count, seconds), *await _measured(service, rulebook, texts, count)]
        finally:
            await service.close()


async def _tell(service: Service, rulebook: RuleBook, url: str) -> list[str]:
    """Store words of each planted grievance, all of nobody, and who sees it; return some."""
    chance, sealer = random.Random(17), rulebook.sealer
    vocabulary = [
        "".join(chance.choices(_CHARACTERS, k=chance.choice((2, 2, 2, 3)))) for _ in range(_VOCABULARY)
    ]
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(_VOCABULARY)))
    phrases = [text for matter in MATTERS for text in matter.words]
    connection = await asyncpg.connect(dsn(url))
    some = []
    try:
        found = await connection.fetch(
            "SELECT id::text FROM grievance WHERE id NOT IN (SELECT id FROM grievance_words)"
        )
        ids = [row["id"] for row in found]
        for begin in range(0, len(ids), _BATCH):
            rows = []
            part = ids[begin : begin + _BATCH]
            async with service.database.unit_of_work(service.clock.now()) as uow:
                keys = await sealer.new_keys(uow, part)
                for of in part:
                    words = chance.choices(vocabulary, cum_weights=weights, k=_WORDS_OF_ONE)
                    text = chance.choice(phrases) + "".join(words)
                    rows.append(
                        {"id": of, "subject": of, **sealer.sealed(keys[of], WORDS, of, of, {"words": text})}
                    )
                    some.append(text)
                await bulk.add(uow.connection, grievance_words, rows)
            some = chance.sample(some, min(len(some), _SEARCHES))
        for share in _SEEN.values():
            await connection.execute(
                "INSERT INTO grievance_unit SELECT $1, id FROM grievance WHERE random() * $2 < 1",
                f"{UTILITY.code}-{share}",
                float(share),
            )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return some


async def _indexed(url: str, count: int, seconds: float) -> Row:
    connection = await asyncpg.connect(dsn(url))
    try:
        blocks, segments = [
            await connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("word_block", "word_segment")
        ]
        size, told = [
            await connection.fetchval("SELECT pg_total_relation_size($1::text::regclass) / 1048576", table)
            for table in ("word_block", "grievance_words")
        ]
    finally:
        await connection.close()
    measured = f"{count / seconds:,.0f} /s; {segments} segments, {blocks:,} blocks, {size:,} MiB"
    return Row(
        f"index of words, {count:,} grievances",
        measured,
        f"what was told: {told:,} MiB",
        f"{size / told:.1f}",
    )


@dataclass(frozen=True, slots=True)
class _Searches:
    """A search as its route does it, without HTTP and the audit record."""

    service: Service
    rulebook: RuleBook
    found: list[int]
    work: list[int]

    async def listed(self) -> None:
        statement = GRIEVANCES.select(*(column for column, _ in NEWEST.columns))
        items, _ = await GRIEVANCES.page(
            self.service.database, statement, _CITY, NEWEST, limit=50, cursor=None, filters={}
        )
        self._views(items, _CITY)

    async def looked_for(self, text: str, scope: Scope) -> None:
        search = Search(sought_words(text), scope, (), 50)
        async with self.service.database.reading(scope, is_snapshot=True) as connection:
            await search_words(connection, self.rulebook.sealer, search)
        self._views([match.item for match in search.found], scope)
        self.found.append(len(search.found))
        self.work.append(search.work)

    def _views(self, items: Iterable[Grievance], scope: Scope) -> None:
        caller, now = Caller("bench", frozenset({Role.CLERK}), scope), self.service.clock.now()
        for item in items:
            grievance_view(item, self.rulebook.rules, now, caller)


async def _measured(service: Service, rulebook: RuleBook, texts: Sequence[str], count: int) -> list[Row]:
    searches, chance = _Searches(service, rulebook, [], []), random.Random(5)
    plain = percentile(await times(itertools.repeat(searches.listed, 40)), 50)

    def part(text: str, length: int) -> str:
        begin = chance.randrange(len(text) - length)
        return text[begin : begin + length]

    phrases = [text[:-1] for matter in MATTERS for text in matter.words]
    kinds: dict[str, Callable[[str], str]] = {
        "two characters": lambda text: part(text, 2),
        "two common characters": lambda _text: part(chance.choice(phrases), 2),
        "four characters": lambda text: part(text, 4),
        "eight characters": lambda text: part(text, 8),
        "two words": lambda text: f"{part(text, 2)} {part(text, 2)}",
    }
    places = {"the city": _CITY} | {
        place: Scope(ScopeKind.UTILITY, f"{UTILITY.code}-{share}") for place, share in _SEEN.items()
    }
    rows = []
    for label, sought in kinds.items():
        for place, scope in places.items():
            searches.found.clear()
            searches.work.clear()
            actions: list[Callable[[], Awaitable[object]]] = [
                partial(searches.looked_for, sought(text), scope) for text in texts
            ]
            began = time.process_time()
            seconds = await times(actions)
            processor = (time.process_time() - began) / len(texts)
            middle, late = percentile(seconds, 50), percentile(seconds, 95)
            rows.append(
                Row(
                    f"{label}, {place}, {count:,} grievances",
                    f"p50 {middle * 1e3:.1f} ms, p95 {late * 1e3:.1f} ms, processor {processor * 1e3:.1f} ms, "
                    f"{sum(searches.found) / len(texts):.0f} found, work {max(searches.work):,} at most",
                    f"a page of the list by an index: p50 {plain * 1e3:.1f} ms",
                    f"{middle / plain:.1f}",
                    "p95 < 50 ms",
                    late < 0.05,
                )
            )
    return rows
