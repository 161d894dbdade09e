"""What a reporter said and how to reach them, sealed under a data key of the grievance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from services.grievances.domain.words import normal_phone
from services.grievances.storage.tables import WORDS, grievance, grievance_words

_PHONE: Final = next(column for column in WORDS if column.name == "phone")


@dataclass(frozen=True, slots=True)
class Words:
    """A reporter's words, name, number and place; what was not told is None."""

    words: str
    name: str | None = None
    phone: str | None = None
    place: str | None = None


async def store_words(uow: UnitOfWork, sealer: Sealer, grievance_id: str, told: Words) -> None:
    """Seal what was told of a new grievance."""
    keys = await sealer.new_keys(uow, [grievance_id])
    phone = None if told.phone is None else normal_phone(told.phone)
    texts = {"words": told.words, "name": told.name, "phone": phone, "place": told.place}
    sealed = sealer.sealed(keys[grievance_id], WORDS, grievance_id, grievance_id, texts)
    row = {"id": grievance_id, "subject": grievance_id, **sealed}
    await uow.connection.execute(insert(grievance_words), row)


def told_from(sealer: Sealer, phone: str) -> Select[tuple[str]]:
    """Return the ids of the grievances that were told from a number."""
    indexes = sealer.indexes(_PHONE, normal_phone(phone))
    return select(grievance_words.c.id).where(grievance_words.c.phone_index.in_(indexes))


async def words_of(
    connection: AsyncConnection, sealer: Sealer, grievance_ids: Sequence[str]
) -> Mapping[str, Words]:
    """Return what was told, by grievance; none of what was erased."""
    if not grievance_ids:
        return {}
    statement = select(grievance_words).where(grievance_words.c.id.in_(grievance_ids))
    rows = list((await connection.execute(statement)).mappings())
    opened = await sealer.opened(connection, WORDS, rows)
    return {
        row["id"]: Words(texts["words"] or "", texts["name"], texts["phone"], texts["place"])
        for row, texts in zip(rows, opened, strict=True)
        if texts["words"] is not None
    }


async def erase_words_of(uow: UnitOfWork, sealer: Sealer, customer_id: str) -> Sequence[str]:
    """Erase what a customer told, for good; what was done about it stays, and says nothing of the person.

    Return the ids of the customer's grievances.
    """
    statement = select(grievance.c.id).where(grievance.c.owner == customer_id.upper())
    ids = (await uow.connection.scalars(statement)).all()
    for grievance_id in ids:
        await sealer.erase(uow, grievance_id, WORDS)
    return ids
