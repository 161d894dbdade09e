"""Write a message with a link into the outbox, in the transaction of what it is about."""

from dataclasses import dataclass
from datetime import datetime

import uuid_utils
from sqlalchemy import insert, select, update

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.hotline.values import MessageState
from services.grievances.domain.messages import Template, Unsent
from services.grievances.storage.tables import LINK, grievance_words, link_message

_m, _w = link_message.c, grievance_words.c


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to who told a grievance: the path of its link, of which cycle's call-back or which rating."""

    template: Template
    path: str
    expires_at: datetime
    cycle: int | None = None
    rating_id: str | None = None


async def has_number(uow: UnitOfWork, grievance_id: str) -> bool:
    """Tell whether who told it left a number, which is not opened for that."""
    statement = select(_w.id).where(_w.id == grievance_id, _w.phone.is_not(None))
    return await uow.connection.scalar(statement) is not None


async def write_message(uow: UnitOfWork, sealer: Sealer, item: Grievance, message: NewMessage) -> None:
    """Write a message, whose link is sealed; one of the same kind and cycle that waits is not sent any more.

    Of who was erased nothing is written.
    """
    keys = await sealer.keys_to_seal(uow, [item.id])
    if item.id not in keys:
        return
    if message.cycle is not None:
        waits = (_m.subject == item.id, _m.cycle == message.cycle, _m.state == MessageState.WAITING)
        former = {"state": MessageState.REFUSED, "error": Unsent.REPLACED, "link": None}
        await uow.connection.execute(update(link_message).where(*waits).values(former))
    message_id = str(uuid_utils.uuid7())
    row = {
        "id": message_id,
        "subject": item.id,
        "number": item.number,
        "district": item.district,
        "template": message.template,
        "cycle": message.cycle,
        "rating_id": message.rating_id,
        "made_at": uow.now,
        "expires_at": message.expires_at,
        "state": MessageState.WAITING,
        "attempts": 0,
        "due_at": uow.now,
        **sealer.sealed(keys[item.id], LINK, message_id, item.id, {"link": message.path}),
    }
    await uow.connection.execute(insert(link_message), row)
