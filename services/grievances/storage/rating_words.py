"""The reasons that persons write with a grade, sealed under a data key of the rating."""

from collections.abc import Mapping

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from services.grievances.storage.tables import RATING_WORDS, rating, rating_words


async def store_words(
    uow: UnitOfWork, sealer: Sealer, words_id: str, rating_id: str, words: str, *, is_first: bool
) -> None:
    """Seal a reason; the first one of a rating makes its data key."""
    keys = await (sealer.new_keys if is_first else sealer.keys_to_seal)(uow, [rating_id])
    sealed = sealer.sealed(keys[rating_id], RATING_WORDS, words_id, rating_id, {"words": words})
    row = {"id": words_id, "subject": rating_id, **sealed}
    await uow.connection.execute(insert(rating_words), row)


async def reasons_of(connection: AsyncConnection, sealer: Sealer, rating_id: str) -> Mapping[str, str]:
    """Return the reasons of a rating's grades, by the ids of the words; none of what was erased."""
    statement = select(rating_words).where(rating_words.c.subject == rating_id)
    rows = list((await connection.execute(statement)).mappings())
    opened = await sealer.opened(connection, RATING_WORDS, rows)
    return {
        row["id"]: texts["words"]
        for row, texts in zip(rows, opened, strict=True)
        if texts["words"] is not None
    }


async def erase_reasons_of(uow: UnitOfWork, sealer: Sealer, customer_id: str) -> None:
    """Erase the reasons that a customer wrote, for good; the grades stay."""
    rated = select(rating.c.id).where(rating.c.owner == customer_id.upper())
    statement = select(rating_words.c.subject).where(rating_words.c.subject.in_(rated)).distinct()
    for rating_id in (await uow.connection.scalars(statement)).all():
        await sealer.erase(uow, rating_id, RATING_WORDS)
