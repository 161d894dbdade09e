"""The chain of migrations makes the tables that the code declares, and begins with generation 1."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from sqlalchemy import Column, Integer, MetaData, Table, func, select, text, update

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations, differences
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.domain.facts import CASE_COUNTS
from services.metrics.events.handlers import HOOKUP
from services.metrics.storage import watermark
from services.metrics.storage.tables import case_fact, histogram_sum, metadata, stage_fact, stage_time
from services.metrics.storage.tables import watermark as watermark_table
from services.metrics.usecases.rebuild import rebuild
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


_LATER_FACTS = ("agent_in_time", "act_recorded_at", "ended_overdue", "special_overdue", "score")


async def go_back(database: Database, revision: str, tables: Sequence[str], columns: Sequence[str]) -> None:
    """Take away what later migrations make, so that they run again on a database that is filled."""
    later = CASE_COUNTS[CASE_COUNTS.index("refused") + 1 :]
    async with database.migrating() as connection:
        for table in tables:
            await connection.execute(text(f"DROP TABLE {table}"))
        for column in columns:
            await connection.execute(text(f"ALTER TABLE case_fact DROP COLUMN {column}"))
        for column in later:
            await connection.execute(text(f"ALTER TABLE case_figure DROP COLUMN {column}"))
        await connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))


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
    tables = ("histogram_sum", "activity_figure", "activity_fact", "stage_time")
    await go_back(database, "0002", tables, _LATER_FACTS)
    await Migrations(MIGRATIONS).upgrade(database)
    assert await content(database, histogram_sum) == folded


async def test_what_was_folded_before_rounds_has_one_of_each_stage_and_goes_on(
    database: Database, inbox: Inbox, clock: ManualClock
) -> None:
    """Facts of the release before are carried over; a rebuild then brings what was passed over."""
    random = Random(9)
    lives = live_all(random, 50)
    messages = list(arrivals(random, lives))
    await apply(inbox, batches(random, messages, largest=400))
    figures = [table for table in metadata.sorted_tables if table not in (watermark_table, stage_fact)]
    whole = [await content(database, table) for table in figures]
    starts = {"p-1": "2022-10-01T15:59:00Z", "p-2": "2022-10-01T16:00:00Z"}
    async with database.unit_of_work(clock.now()) as work:
        await work.connection.execute(
            stage_fact.insert().from_select(
                [column.name for column in stage_fact.c],
                select(*(stage_time.c[column.name] for column in stage_fact.c)).where(
                    stage_time.c.round == 1
                ),
            )
        )
        paused = await work.connection.scalar(
            select(case_fact.c.case_id).where(case_fact.c.stopped_at.is_not(None)).limit(1)
        )
        await work.connection.execute(
            update(case_fact).where(case_fact.c.stopped_at.is_not(None)).values(pauses=starts)
        )
        first_rounds = await work.connection.scalar(
            select(func.count()).select_from(stage_time).where(stage_time.c.round == 1)
        )
    assert paused
    async with database.migrating() as connection:
        await before_policy_drafts(connection)
    await go_back(database, "0005", ("stage_time",), _LATER_FACTS[1:])
    await Migrations(MIGRATIONS).upgrade(database)
    async with database.reading() as connection:
        assert await connection.run_sync(differences, metadata) == []
        assert await connection.scalar(select(func.count()).select_from(stage_time)) == first_rounds
        pauses = await connection.scalar(select(case_fact.c.pauses).where(case_fact.c.case_id == paused))
        assert pauses is not None
        assert {name: datetime.fromisoformat(stop) for name, stop in pauses.items()} == {
            "p-1": datetime(2022, 10, 1, 16, tzinfo=UTC),
            "p-2": datetime(2022, 10, 2, 16, tzinfo=UTC),
        }
    async with database.unit_of_work(clock.now()) as work:
        await rebuild(work, HOOKUP.name)
    await apply(inbox, batches(random, messages, largest=400))
    assert [await content(database, table) for table in figures] == whole
