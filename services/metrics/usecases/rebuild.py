"""Empty everything that came from one source's topic, and let the worker read it again from the start."""

from sqlalchemy import delete, text

from libs.common.database.tables import dead_letter, inbox
from libs.common.database.unit_of_work import UnitOfWork
from services.metrics.declare import Source
from services.metrics.storage import shards, tables

# Enough to forget the marks of millions of subjects, which the ordinary limit would not be.
_STATEMENT_TIMEOUT_MS = 600_000
_EMPTIED = (tables.judged, tables.subject, tables.contribution, tables.duration, tables.cell)


async def rebuild(work: UnitOfWork, source: Source, subscription: str) -> int:
    """Forget figures, facts, inbox marks and open dead letters of a source, and begin a new generation.

    Return its number. A worker that runs leaves the old consumer group and joins the new one, which starts at
    offset zero. Other sources stay as they are.
    """
    connection = work.connection
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SET LOCAL statement_timeout = {_STATEMENT_TIMEOUT_MS}"))
        # A fold takes its marks first: from here on none is under way and none begins before the commit.
        await connection.execute(text(f"LOCK TABLE {inbox.name} IN EXCLUSIVE MODE"))
    for table in _EMPTIED:
        await connection.execute(delete(table).where(table.c.source == source.code))
    await connection.execute(delete(inbox).where(inbox.c.subscription == subscription))
    await connection.execute(
        delete(dead_letter).where(
            dead_letter.c.subscription == subscription, dead_letter.c.resolved_at.is_(None)
        )
    )
    generation = (await shards.read(connection, source.code)).generation + 1
    row = {"source": source.code, "generation": generation, "version": 0, "folded": 0}
    row |= {"latest_event_at": None, "folded_at": None}
    await shards.advance(connection, [{**row, "shard": number} for number in range(shards.SHARDS)])
    return generation
