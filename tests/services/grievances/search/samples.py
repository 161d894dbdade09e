"""Grievances by the text alone, the index as a worker keeps it, and what a search finds."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.places import Supply
from services.grievances.domain.grams import sought_words
from services.grievances.domain.values.kinds import GrievanceKind, ReporterKind
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import WORD_INDEX
from services.grievances.storage.words import Words
from services.grievances.usecases.index_words import WordIndexer
from services.grievances.usecases.search_words import Search, search_words
from services.grievances.usecases.submit import NewGrievance, submit
from tests.support.service import Running

CITY: Final = Scope(ScopeKind.CITY)
HERE: Final = "371502"


def rulebook(grievances: Running) -> RuleBook:
    """Return the rules that the service works by."""
    book = grievances.service.state["rulebook"]
    assert isinstance(book, RuleBook)
    return book


async def tell(
    grievances: Running, *texts: str, district: str = HERE, customer: str | None = None
) -> list[str]:
    """Store grievances with these words; return their ids."""
    await rulebook(grievances).refresh()
    caller = Caller("u-desk", frozenset({"window"}), Scope(ScopeKind.DISTRICT, district))
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        return [
            (
                await submit(
                    uow,
                    rulebook(grievances),
                    NewGrievance(
                        kind=GrievanceKind.COMPLAINT,
                        category="SUPPLY-NONE",
                        supply=Supply.WATER,
                        district=district,
                        site=None,
                        reporter=ReporterKind.NAMED,
                        told=Words(text, name="李女士", phone="13800138000"),
                        customer_id=customer,
                    ),
                    caller,
                )
            ).id
            for text in texts
        ]


def indexer(grievances: Running) -> WordIndexer:
    """Return a worker's indexer."""
    return WordIndexer(grievances.service.database, grievances.clock, rulebook(grievances).sealer)


async def index(grievances: Running) -> None:
    """Let a worker do all that there is to do."""
    await exhaust(indexer(grievances))


async def exhaust(worker: WordIndexer) -> None:
    """Let a worker do all that there is to do, and end."""
    while await worker.work():
        pass
    await worker.close()


async def look_for(
    grievances: Running,
    text: str,
    *,
    scope: Scope = CITY,
    limit: int = 50,
    conditions: Sequence[Any] = (),
    below: int | None = None,
) -> Search:
    """Return a search that has come to its end."""
    search = Search(sought_words(text), scope, conditions, limit)
    async with grievances.service.database.reading(scope, is_snapshot=True) as connection:
        await search_words(connection, rulebook(grievances).sealer, search, below)
    return search


async def found(grievances: Running, text: str, scope: Scope = CITY, limit: int = 50) -> list[str]:
    """Return the ids that all pages of a search find, in their order."""
    ids: list[str] = []
    below = None
    while True:
        search = await look_for(grievances, text, scope=scope, limit=limit, below=below)
        assert len(search.found) <= limit
        ids += [match.item.id for match in search.found]
        below = search.following
        if below is None:
            return ids


async def segments(grievances: Running) -> list[dict[str, Any]]:
    """Return the segments in the order of their numbers, and check that all their blocks are there."""
    segment, block = WORD_INDEX.segment, WORD_INDEX.block
    count = select(func.count()).where(block.c.segment == segment.c.id).scalar_subquery()
    statement = select(segment, count.label("counted")).order_by(segment.c.first)
    async with grievances.service.database.reading() as connection:
        rows = [dict(row) for row in (await connection.execute(statement)).mappings()]
    assert [row.pop("counted") for row in rows] == [row["blocks"] for row in rows]
    return rows


async def addresses(grievances: Running) -> list[int]:
    """Return where all blocks stand."""
    async with grievances.service.database.reading() as connection:
        return list(await connection.scalars(select(WORD_INDEX.block.c.address)))
