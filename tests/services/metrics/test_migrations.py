"""The chain of migrations makes the tables that the code declares, and begins with generation 1."""

from random import Random

from sqlalchemy import Column, Integer, MetaData, Table, text

from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations, differences
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.storage import watermark
from services.metrics.storage.tables import histogram_sum, metadata
from tests.services.metrics.conftest import apply, content
from tests.services.metrics.lives import arrivals, batches, live_all
from tests.support.older import before_policy_drafts


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


async def test_a_filled_database_gets_the_sums_that_folding_would_have_made(
    database: Database, inbox: Inbox
) -> None:
    random = Random(5)
    await apply(inbox, batches(random, list(arrivals(random, live_all(random, 60))), largest=400))
    folded = await content(database, histogram_sum)
    assert folded
    async with database.migrating() as connection:
        await before_policy_drafts(connection)
        await connection.execute(text("DROP INDEX case_fact_live_page"))
        for table in ("histogram_sum", "activity_figure", "activity_fact"):
            await connection.execute(text(f"DROP TABLE {table}"))
        await connection.execute(text("ALTER TABLE case_fact DROP COLUMN agent_in_time"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    await Migrations(MIGRATIONS).upgrade(database)
    assert await content(database, histogram_sum) == folded
