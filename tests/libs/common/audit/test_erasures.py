"""Who was erased since a backup is erased again before a restored service serves."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, delete, insert, select, text

from libs.common.audit.entries import Action
from libs.common.audit.erasures import apply_erasures
from libs.common.audit.log import AuditLog
from libs.common.audit.sealing import Sealing
from libs.common.audit.tables import add_audit_tables
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import house
from libs.common.encryption.columns import inventory
from libs.common.encryption.sealer import Sealer
from libs.common.problems import Problem
from tests.libs.common.audit.samples import audit_log, entry
from tests.libs.common.database.samples import NOW
from tests.libs.common.encryption import samples
from tests.libs.common.encryption.samples import ring

METADATA: Final = MetaData()
KEYS: Final = samples.KEYS.to_metadata(METADATA)
PERSON: Final = samples.PERSON.to_metadata(METADATA)
TABLES: Final = add_audit_tables(METADATA)
COLUMNS: Final = inventory(METADATA)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(METADATA.create_all)
    yield database
    await database.close()


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return audit_log(tmp_path, tables=TABLES)


async def add(database: Database, sealer: Sealer, count: int) -> list[str]:
    subjects = [str(uuid4()) for _ in range(count)]
    async with database.unit_of_work(NOW) as uow:
        keys = await sealer.new_keys(uow, subjects)
        for subject in subjects:
            row = str(uuid4())
            texts = {"phone": "13800138000", "address": "柳园南路1号"}
            values = sealer.sealed(keys[subject], COLUMNS, row, subject, texts)
            await uow.connection.execute(insert(PERSON).values(id=row, subject=subject, **values))
    return subjects


async def erase(database: Database, log: AuditLog, sealer: Sealer, clock: ManualClock, subject: str) -> None:
    async with database.unit_of_work(NOW) as uow:
        await sealer.erase(uow, subject, COLUMNS)
        await log.append(uow, entry(action=Action.ERASE, subject=subject))
    await Sealing(database, clock, log).step()


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.reading() as connection:
        return {
            table.name: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in (KEYS, PERSON)
        }


async def put_back(database: Database, saved: dict[str, list[dict[str, Any]]]) -> None:
    """Make the data as they were, as a restore does; what is outside the database is as it is."""
    async with database.unit_of_work(NOW) as uow:
        for table in (KEYS, PERSON):
            await uow.connection.execute(delete(table))
            await uow.connection.execute(insert(table), saved[table.name])


async def test_who_was_erased_since_is_erased_again(
    database: Database, log: AuditLog, clock: ManualClock
) -> None:
    sealer = Sealer(ring(), KEYS, clock)
    first, second, third = await add(database, sealer, 3)
    saved = await rows(database)
    await erase(database, log, sealer, clock, second)
    assert await apply_erasures(database, log, NOW) == []

    await put_back(database, saved)
    later = NOW + timedelta(hours=1)
    assert await apply_erasures(database, log, later) == [second]
    left = await rows(database)
    assert {row["subject"] for row in left["data_key"] if row["wrapped"]} == {first, third}
    (gone,) = [row for row in left["person"] if row["subject"] == second]
    assert (gone["phone"], gone["phone_index"], gone["address"]) == (None, None, None)
    assert await apply_erasures(database, log, later) == []


async def test_what_is_left_of_values_goes_although_the_key_is_gone(
    database: Database, log: AuditLog, clock: ManualClock
) -> None:
    sealer = Sealer(ring(), KEYS, clock)
    (subject,) = await add(database, sealer, 1)
    saved = await rows(database)
    await erase(database, log, sealer, clock, subject)
    await put_back(database, {**saved, "data_key": (await rows(database))["data_key"]})
    assert await apply_erasures(database, log, NOW) == [subject]
    assert (await rows(database))["person"][0]["phone_index"] is None


async def test_a_database_of_an_earlier_release_has_its_keys_dropped(
    database: Database, log: AuditLog, clock: ManualClock
) -> None:
    sealer = Sealer(ring(), KEYS, clock)
    (subject,) = await add(database, sealer, 1)
    saved = await rows(database)
    await erase(database, log, sealer, clock, subject)
    await put_back(database, saved)
    async with database.unit_of_work(NOW) as uow:
        await uow.connection.execute(text("ALTER TABLE person DROP COLUMN address"))
    assert await apply_erasures(database, log, NOW) == [subject]
    async with database.reading() as connection:
        assert await connection.scalar(select(KEYS.c.wrapped)) is None
        assert await connection.scalar(select(PERSON.c.phone_index)) is None


async def test_an_empty_database_has_nobody_to_erase(database_url: str, log: AuditLog) -> None:
    await log.external.note_erasure(str(uuid4()), NOW)
    empty = Database(database_url)
    assert await apply_erasures(empty, log, NOW) == []
    await empty.close()


@pytest.mark.parametrize("forgery", ["{}", "another", "other key"])
async def test_a_forged_note_erases_nobody(
    database: Database, log: AuditLog, clock: ManualClock, tmp_path: Path, forgery: str
) -> None:
    sealer = Sealer(ring(), KEYS, clock)
    first, second = await add(database, sealer, 2)
    notes = tmp_path / "anchors" / "sample" / "erasures"
    if forgery == "other key":
        await audit_log(tmp_path, ("b1",), TABLES).external.note_erasure(second, NOW)
    else:
        await log.external.note_erasure(first, NOW)
        (notes / second).write_bytes(b"{}" if forgery == "{}" else (notes / first).read_bytes())
        (notes / first).unlink()
    assert await apply_erasures(database, log, NOW) == []
    assert [row["wrapped"] is None for row in (await rows(database))["data_key"]] == [False, False]


async def test_without_the_notes_nothing_is_served(database: Database, log: AuditLog, tmp_path: Path) -> None:
    (tmp_path / "anchors").rmdir()
    (tmp_path / "anchors").write_text("no folder")
    with pytest.raises(Problem, match="files-unavailable"):
        await apply_erasures(database, log, NOW)
