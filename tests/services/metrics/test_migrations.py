"""The chain of migrations makes the tables that the code declares, and begins with generation 1."""

from sqlalchemy import Column, Integer, MetaData, Table

from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations, differences
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.storage import watermark
from services.metrics.storage.tables import metadata


async def test_migrated_database_is_what_the_code_declares(database: Database) -> None:
    async with database.migrating() as connection:
        assert await connection.run_sync(differences, metadata) == []


async def test_a_table_that_no_migration_makes_is_seen(database: Database) -> None:
    planted = MetaData()
    Table("planted", planted, Column("id", Integer, primary_key=True))
    async with database.migrating() as connection:
        assert len(await connection.run_sync(differences, metadata, planted)) == 1


async def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    await Migrations(MIGRATIONS).upgrade(database)
    async with database.reading() as connection:
        present = await watermark.read(connection)
    assert (present.generation, present.folded, present.latest_event_at) == (1, 0, None)
