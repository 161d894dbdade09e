"""Many new rows of any type in one go, as few rows are: on each engine, within the transaction, errors as ever."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Boolean, Column, LargeBinary, MetaData, String, Table, func, select, text
from sqlalchemy.exc import IntegrityError

from libs.common.database import bulk
from libs.common.database.engine import Database
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime

NOW = datetime(2026, 1, 5, 1, 2, 3, 456789, tzinfo=UTC)
metadata = MetaData()
thing = Table(
    "thing",
    metadata,
    Column("number", Identity64, primary_key=True, autoincrement=True),
    Column("id", Identifier, nullable=False, unique=True),
    Column("name", String(20)),
    Column("sealed", LargeBinary),
    Column("record", Json, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


def rows(count: int) -> list[dict[str, Any]]:
    """Rows with every type; each third one has empty cells."""
    return [
        {
            # Not in the order of the columns.
            "name": None if number % 3 == 0 else f"第{number}\t\\N",
            "id": str(UUID(int=number)),
            "sealed": None if number % 3 == 0 else bytes([0, 9, 10, number % 256]),
            "record": {"number": number, "texts": ["a", None]},
            "is_open": number % 2 == 0,
            "at": NOW,
        }
        for number in range(count)
    ]


async def stored(database: Database) -> list[dict[str, Any]]:
    """What stands there, without the numbers that the database gave."""
    columns = [column for column in thing.c if column.name != "number"]
    async with database.reading() as connection:
        found = await connection.execute(select(*columns).order_by(thing.c.number))
        return [dict(row) for row in found.mappings()]


@pytest.mark.parametrize("count", [0, 3, 200])
async def test_rows_stand_as_they_were_given_in_their_order(database: Database, count: int) -> None:
    async with database.unit_of_work(NOW) as uow:
        await bulk.add(uow.connection, thing, rows(count))
    assert await stored(database) == rows(count)


async def test_a_key_that_is_there_is_the_same_error_for_many_as_for_few(database: Database) -> None:
    async with database.unit_of_work(NOW) as uow:
        await bulk.add(uow.connection, thing, rows(1))
    for count in (2, 200):
        with pytest.raises(IntegrityError):
            async with database.unit_of_work(NOW) as uow:
                await bulk.add(uow.connection, thing, rows(count))
    assert len(await stored(database)) == 1


async def test_many_rows_as_the_first_statement_go_with_their_transaction(database: Database) -> None:
    async def give_up() -> None:
        async with database.unit_of_work(NOW) as uow:
            await bulk.add(uow.connection, thing, rows(200))
            raise RuntimeError("given up")

    with pytest.raises(RuntimeError, match="given up"):
        await give_up()
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(thing)) == 0


@pytest.mark.parametrize("is_naive", [False, True])
async def test_rows_are_added_where_row_security_holds_too(database: Database, is_naive: bool) -> None:
    role = f"bulk_{uuid4().hex[:12]}"
    given = [{**row, "at": NOW.replace(tzinfo=None) if is_naive else NOW} for row in rows(200)]
    async with database.unit_of_work(NOW) as uow:
        if not database.is_sqlite:
            for statement in (
                f"CREATE ROLE {role}",
                f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
                f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}",
                "CREATE POLICY scope ON thing USING (true) WITH CHECK (true)",
                "ALTER TABLE thing ENABLE ROW LEVEL SECURITY",
                f"SET LOCAL ROLE {role}",
            ):
                await uow.connection.execute(text(statement))
        with pytest.raises(ValueError, match="zone") if is_naive else nullcontext():
            await bulk.add(uow.connection, thing, given)
        if not is_naive:
            with pytest.raises(IntegrityError):
                async with uow.connection.begin_nested():
                    await bulk.add(uow.connection, thing, given)
        if not database.is_sqlite:
            for statement in ("RESET ROLE", f"DROP OWNED BY {role}", f"DROP ROLE {role}"):
                await uow.connection.execute(text(statement))
    assert await stored(database) == ([] if is_naive else given)


@pytest.mark.parametrize("name", ["id", "name"])
async def test_many_ids_and_texts_are_looked_for_alike(database: Database, name: str) -> None:
    async with database.unit_of_work(NOW) as uow:
        await bulk.add(uow.connection, thing, rows(20))
    wanted = [str(row[name]) for row in rows(8)[4:6]]
    keys = [*wanted, str(UUID(int=999))]
    async with database.reading() as connection:
        statement = select(thing.c[name]).where(bulk.is_among(connection, thing.c[name], keys))
        assert sorted((await connection.execute(statement)).scalars()) == sorted(wanted)
