"""Empty everything that came from hookup's topic, and let the worker read it again from the start."""

from sqlalchemy import Table, delete, text, update

from libs.common.database.tables import dead_letter, inbox
from libs.common.database.unit_of_work import UnitOfWork
from services.metrics.storage.tables import metadata, watermark
from services.metrics.storage.watermark import TOPIC

# Enough to forget the marks of millions of cases, which the ordinary limit would not be.
_STATEMENT_TIMEOUT_MS = 600_000


async def rebuild(work: UnitOfWork, subscription: str) -> int:
    """Forget figures, facts, inbox marks and open dead letters of a subscription, and begin a new generation.

    Return its number. A worker that runs leaves the old consumer group and joins the new one, which starts at
    offset zero.
    """
    connection = work.connection
    emptied: list[Table] = [table for table in metadata.sorted_tables if table is not watermark]
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SET LOCAL statement_timeout = {_STATEMENT_TIMEOUT_MS}"))
        # A fold takes its marks first: from here on none is under way and none begins before the commit.
        await connection.execute(text(f"LOCK TABLE {inbox.name} IN EXCLUSIVE MODE"))
        await connection.execute(text(f"TRUNCATE {', '.join(table.name for table in emptied)}"))
    else:
        for table in emptied:
            await connection.execute(delete(table))
    await connection.execute(delete(inbox).where(inbox.c.subscription == subscription))
    await connection.execute(
        delete(dead_letter).where(
            dead_letter.c.subscription == subscription, dead_letter.c.resolved_at.is_(None)
        )
    )
    generation = await connection.scalar(
        update(watermark)
        .where(watermark.c.topic == TOPIC)
        .values(generation=watermark.c.generation + 1, folded=0, latest_event_at=None, folded_at=None)
        .returning(watermark.c.generation)
    )
    return int(generation)
