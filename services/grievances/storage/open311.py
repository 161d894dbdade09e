"""Rows of requests that channels sent by Open311: whose they are, and which of them say the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import insert, or_, select

from libs.common.auth.callers import Scope, narrow
from libs.common.database import bulk
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import blind_index, blind_indexes
from services.grievances.domain.open311 import UPDATING
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.tables import OPEN311, grievance

_COLUMN: Final = "open311_request.print"
_r = OPEN311.c
# So many requests of a channel are looked through, the latest.
_MOST_OPEN: Final = 50_000
_UPDATING: Final = [GRIEVANCES.events[name].type() for name in sorted(UPDATING)]


async def updated_within(
    database: Database, scope: Scope, start: datetime, end: datetime, most: int
) -> tuple[set[str], datetime]:
    """Return the grievances of a scope's oldest updates of a span, and up to when these are all.

    At most `most` events are looked at, of those alone that were worked on in the span.
    """
    g, event = grievance.c, outbox.c
    worked_on = select(g.id).where(g.received_at <= end, or_(g.finished_at.is_(None), g.finished_at >= start))
    async with database.reading(scope) as connection:
        own = narrow(worked_on, scope, GRIEVANCES.scopes).order_by(g.received_at.desc()).limit(_MOST_OPEN)
        ids = (await connection.scalars(own)).all()
        statement = (
            select(event.key, event.created_at)
            .where(
                event.topic == GRIEVANCES.topic,
                bulk.is_among(connection, event.key, ids),
                event.type.in_(_UPDATING),
                event.created_at.between(start, end),
            )
            .order_by(event.created_at, event.seq)
            .limit(most)
        )
        rows = (await connection.execute(statement)).all()
    return {row.key for row in rows}, end if len(rows) < most else rows[-1].created_at


async def find_same(
    uow: UnitOfWork, sealer: Sealer, channel: str, form: Mapping[str, str], since: datetime
) -> str | None:
    """Return the grievance of the same request of a channel since an instant; None without one."""
    prints = blind_indexes(sealer.ring, _COLUMN, _normal(form))
    statement = (
        select(_r.grievance_id)
        .where(_r.channel == channel, _r.print.in_(prints), _r.requested_at >= since)
        .limit(1)
    )
    grievance_id: str | None = await uow.connection.scalar(statement)
    return grievance_id


async def note_request(
    uow: UnitOfWork, sealer: Sealer, channel: str, form: Mapping[str, str], grievance_id: str
) -> None:
    """Note whose request a new grievance is."""
    row = {
        "grievance_id": grievance_id,
        "channel": channel,
        "print": blind_index(sealer.ring, _COLUMN, _normal(form)),
        "requested_at": uow.now,
    }
    await uow.connection.execute(insert(OPEN311), row)


def _normal(form: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={len(value)}:{value}" for name, value in sorted(form.items()))
