"""The chain of migrations makes the tables that the code declares, beside those of the release before."""

from sqlalchemy import Column, Integer, MetaData, Table, text

from libs.common import dead_letters
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations, differences
from libs.common.dead_letters import Reason
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage import shards
from services.metrics.storage.tables import metadata
from tests.services.metrics.by_hand import data_of, received
from tests.services.metrics.conftest import NOW

# The release before goes on with them while this one reads the topic anew; the next migration drops them.
OF_THE_RELEASE_BEFORE = {
    *("watermark", "judged_under", "case_fact", "stage_time", "stage_figure", "stage_histogram"),
    *("histogram_sum", "case_figure", "pause_figure", "activity_figure", "activity_fact"),
}


async def test_migrated_database_is_what_the_code_declares(database: Database) -> None:
    async with database.migrating() as connection:
        found = await connection.run_sync(differences, metadata)
    removed = {table.name for what, table, *_ in found if what == "remove_table"}
    assert removed == OF_THE_RELEASE_BEFORE
    others = [
        difference
        for difference in found
        if difference[0] not in ("remove_table", "remove_index")
        or (difference[0] == "remove_index" and difference[1].table.name not in OF_THE_RELEASE_BEFORE)
    ]
    assert others == []


async def test_a_table_that_no_migration_makes_is_seen(database: Database) -> None:
    planted = MetaData()
    Table("planted", planted, Column("id", Integer, primary_key=True))
    async with database.migrating() as connection:
        found = await connection.run_sync(differences, metadata, planted)
    assert [table.name for what, table, *_ in found if what == "add_table"] == ["planted"]


async def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    await Migrations(MIGRATIONS).upgrade(database)
    async with database.reading() as connection:
        present = await shards.read(connection, HOOKUP.code)
    assert (present.generation, present.folded, present.latest_event_at) == (1, 0, None)


async def test_a_database_of_the_release_before_keeps_what_that_release_writes(database: Database) -> None:
    letter = received("case_submitted", data_of("case_submitted"))
    async with database.unit_of_work(NOW) as work:
        await dead_letters.keep(work, "hookup", [(letter, Reason.HANDLER_FAILED, "of before")])
    async with database.migrating() as connection:
        for table in ("shard", "judged", "subject", "contribution", "duration", "cell"):
            await connection.execute(text(f"DROP TABLE {table}"))
        await connection.execute(text("CREATE TABLE stage_fact (case_id VARCHAR(64) PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO judged_under VALUES ('2022-1', 'working')"))
        await connection.execute(text("UPDATE watermark SET generation = 4, folded = 9"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    await Migrations(MIGRATIONS).upgrade(database)
    async with database.reading() as connection:
        before = (await connection.execute(text("SELECT generation, folded FROM watermark"))).one()
        assert tuple(before) == (4, 9)
        assert await connection.scalar(text("SELECT count(*) FROM judged_under")) == 1
        present = await shards.read(connection, HOOKUP.code)
    assert (present.generation, present.folded) == (1, 0)
    # What could not be handled comes again in the new reading.
    assert await dead_letters.find(database) == []
