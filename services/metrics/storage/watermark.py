"""How far the figures reach, and which reading from the start of the topic they come from."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.types import UtcDateTime
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import topic_of
from services.metrics.storage.tables import watermark

TOPIC = topic_of("hookup")


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


async def read(connection: AsyncConnection) -> Watermark:
    """Return the watermark; the first migration has put it there."""
    row = (await connection.execute(select(watermark).where(watermark.c.topic == TOPIC))).one()
    return Watermark(row.generation, row.folded, row.latest_event_at, row.folded_at)


async def advance(work: UnitOfWork, folded: int, latest: datetime) -> None:
    """Move the watermark and keep its row until the commit; every other fold waits for it here."""
    seen = watermark.c.latest_event_at
    known = literal(latest, UtcDateTime)
    await work.connection.execute(
        update(watermark)
        .where(watermark.c.topic == TOPIC)
        .values(
            folded=watermark.c.folded + folded,
            folded_at=work.now,
            latest_event_at=case((seen > known, seen), else_=known),
        )
    )
