"""Sealed records as tests read and write them."""

from typing import Any, Final

import msgspec
from sqlalchemy import Table, and_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import laptop
from libs.common.encryption.keys import EncryptionSettings
from libs.common.encryption.records import Records, records_of, select_records, text_of

RECORDS: Final = Records(EncryptionSettings.model_validate(laptop.KEYS).ring())


async def records_in(connection: AsyncConnection, table: Table) -> list[dict[str, Any]]:
    """Return every record of a table, opened, in the order of its keys."""
    rows = await connection.execute(select_records(table).order_by(*table.primary_key))
    return [msgspec.json.decode(text_of(table, row, records_of(connection))) for row in rows.mappings()]


async def in_the_clear(connection: AsyncConnection, table: Table, *without: str) -> None:
    """Store every record of a table as the release before did: as an object, without some of its fields."""
    rows = (await connection.execute(select_records(table))).mappings().all()
    for row in rows:
        record = msgspec.json.decode(text_of(table, row, records_of(connection)))
        kept = {name: value for name, value in record.items() if name not in without}
        is_row = and_(*(key == row[key.name] for key in table.primary_key))
        await connection.execute(update(table).where(is_row).values(record=kept))
