import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from libs.common.database import migrations as module
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations, SchemaError, differences
from libs.common.laptop import KEYS
from services.hookup.bootstrap import build
from services.hookup.settings import Settings
from services.hookup.storage.tables import metadata as hookup
from tests.libs.common.database.samples import NOW

FIRST = """
import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from libs.common.database.platform_steps import create_house_tables

revision = "0001"
down_revision = None


def upgrade():
    create_house_tables(Operations(op.get_context()))
    op.create_table("owner", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    op.create_table(
        "meter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Integer, sa.ForeignKey("owner.id", ondelete="CASCADE"), nullable=False),
    )
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("UPDATE owner SET name = name || '!'")
    with op.batch_alter_table("owner") as owner:
        owner.alter_column("name", existing_type=sa.Text, nullable=False)
        owner.add_column(sa.Column("since", sa.Date))
"""
BROKEN = """
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("UPDATE owner SET name = 'lost'")
    op.execute("{}")
"""


def chain(folder: Path, *versions: str) -> Migrations:
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(versions, 1):
        (folder / f"versions/{number:04}_step.py").write_text(content)
    return Migrations(folder)


@pytest.fixture
def old(tmp_path: Path) -> Migrations:
    return chain(tmp_path / "old", FIRST)


@pytest.fixture
def new(tmp_path: Path) -> Migrations:
    return chain(tmp_path / "new", FIRST, SECOND)


@pytest.fixture
def empty(another_database: Callable[[], Database]) -> Database:
    return another_database()


async def fill(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(text("INSERT INTO owner (id, name) VALUES (1, 'one'), (2, 'two')"))
        await work.connection.execute(text("INSERT INTO meter VALUES (10, 1), (11, 1), (20, 2)"))


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_from_empty(empty: Database, new: Migrations) -> None:
    with pytest.raises(SchemaError, match="is at nothing, this code needs 0002: run migrate"):
        await new.check(empty)
    await new.upgrade(empty)
    await new.check(empty)
    await new.upgrade(empty)
    await fill(empty)
    assert await rows(empty, "SELECT name, since FROM owner ORDER BY id") == [("one", None), ("two", None)]


async def test_from_a_filled_older_database(empty: Database, old: Migrations, new: Migrations) -> None:
    await old.upgrade(empty)
    await fill(empty)
    with pytest.raises(SchemaError, match="is at 0001, this code needs 0002"):
        await new.check(empty)
    await new.upgrade(empty)
    await new.check(empty)
    assert await rows(empty, "SELECT name FROM owner ORDER BY id") == [("one!",), ("two!",)]
    # What refers to a table that was made anew is still there, and still cannot refer to nothing.
    assert await rows(empty, "SELECT id FROM meter ORDER BY id") == [(10,), (11,), (20,)]
    with pytest.raises(exc.IntegrityError):
        async with empty.unit_of_work(NOW) as work:
            await work.connection.execute(text("INSERT INTO meter VALUES (30, 3)"))


async def test_a_newer_database_is_refused(empty: Database, old: Migrations, new: Migrations) -> None:
    await new.upgrade(empty)
    for refused in (old.check(empty), old.upgrade(empty)):
        with pytest.raises(SchemaError, match="0002, which this code does not know: it is newer"):
            await refused


async def test_a_step_that_fails_leaves_all_as_it_was(
    empty: Database, old: Migrations, tmp_path: Path
) -> None:
    await old.upgrade(empty)
    await fill(empty)
    with pytest.raises(exc.DBAPIError):
        await chain(tmp_path / "broken", FIRST, BROKEN.format("SELECT * FROM nowhere")).upgrade(empty)
    await old.check(empty)
    assert await rows(empty, "SELECT name FROM owner ORDER BY id") == [("one",), ("two",)]


async def test_a_step_that_leaves_rows_without_what_they_refer_to_is_undone(
    sqlite_url: str, old: Migrations, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    await old.upgrade(database)
    await fill(database)
    orphaning = chain(tmp_path / "orphaning", FIRST, BROKEN.format("DELETE FROM owner WHERE id = 1"))
    with pytest.raises(SchemaError, match="not there"):
        await orphaning.upgrade(database)
    assert await rows(database, "SELECT name FROM owner ORDER BY id") == [("one",), ("two",)]
    await database.close()


async def test_a_folder_without_migrations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no migrations"):
        chain(tmp_path)


async def test_upgrades_at_the_same_moment_are_done_once(
    another_database: Callable[[], Database], old: Migrations, new: Migrations
) -> None:
    databases = [another_database() for _ in range(4)]
    await old.upgrade(databases[0])
    await fill(databases[0])
    await asyncio.gather(*(new.upgrade(each) for each in databases))
    assert await rows(databases[0], "SELECT name FROM owner ORDER BY id") == [("one!",), ("two!",)]


async def test_a_migration_waits_for_another_longer_than_for_a_lock(
    postgres_url: str, old: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 1)
    first, second = Database(postgres_url), Database(postgres_url)
    async with first.migrating() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({module._ADVISORY_LOCK})"))
        waiting = asyncio.create_task(old.upgrade(second))
        query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while True:
            if await connection.scalar(query):
                break
            await asyncio.sleep(0.01)
        assert not waiting.done()
    await waiting
    await old.check(second)
    await first.close()
    await second.close()


async def test_a_migration_does_not_queue_behind_a_long_transaction(
    postgres_url: str, old: Migrations, new: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 50)
    database, busy = Database(postgres_url), Database(postgres_url)
    await old.upgrade(database)
    async with busy.unit_of_work(NOW) as work:
        await work.connection.execute(text("SELECT * FROM owner"))
        with pytest.raises(exc.DBAPIError, match="lock timeout"):
            await new.upgrade(database)
    await new.upgrade(database)
    await database.close()
    await busy.close()


async def test_the_migrations_of_hookup_make_what_its_code_declares(empty: Database, tmp_path: Path) -> None:
    values = {
        "database_url": empty.url,
        "bus_url": f"sqlite:///{tmp_path}/bus.db",
        "issuer": "http://127.0.0.1:1",
        "jwks_url": "http://127.0.0.1:1",
    }
    service = build(Settings.model_validate({**values, **KEYS}))
    await service.migrations.upgrade(empty)
    async with empty.reading() as connection:
        assert await connection.run_sync(differences, hookup) == []
    async with empty.migrating() as connection:
        await connection.execute(text("ALTER TABLE timer ADD COLUMN stray INTEGER"))
        await connection.execute(text("DROP INDEX timer_due"))
    async with empty.reading() as connection:
        assert len(await connection.run_sync(differences, hookup)) == 2
    await service.close()
