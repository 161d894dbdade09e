"""Rows of requests that channels sent by Open311: whose they are, and which of them say the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import blind_index, blind_indexes
from services.grievances.storage.tables import OPEN311

_COLUMN: Final = "open311_request.print"
_r = OPEN311.c


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
