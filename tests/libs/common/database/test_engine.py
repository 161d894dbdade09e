import asyncio
import sqlite3
import threading
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import exc, text
from sqlalchemy.engine import make_url

from libs.common.database.engine import Database, is_unavailable
from tests.libs.common.database.samples import NOW, create_tables


async def raised_by(database: Database, statement: str) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is what the tests ask
        async with database.unit_of_work(NOW) as work:
            await work.connection.execute(text(statement))
    return caught.value


@pytest.mark.parametrize(
    "statement",
    [
        "SELEKT",
        "SELECT * FROM nowhere",
        "INSERT INTO account VALUES ('a', 1), ('a', 1)",
        "INSERT INTO account VALUES ('a', NULL)",
    ],
)
async def test_a_wrong_statement_is_not_an_outage(database: Database, statement: str) -> None:
    assert not is_unavailable(await raised_by(database, statement))


RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize(
    ("statement", "unavailable"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
        (RAISE.format("40P01"), True),
        (RAISE.format("40001"), True),
        (RAISE.format("53100"), True),
        (RAISE.format("57P03"), True),
        (RAISE.format("25006"), True),
        ("SELECT 1 / 0", False),
        (RAISE.format("XX000"), False),
        # A batch that takes too long is one to be halved.
        ("SELECT pg_sleep(10)", False),
    ],
)
async def test_what_postgres_says_when_waiting_may_help(
    postgres_url: str, statement: str, unavailable: bool
) -> None:
    database = Database(postgres_url, statement_timeout_ms=50)
    error = await raised_by(database, statement)
    assert is_unavailable(error) is unavailable
    await database.close()


def test_a_driver_whose_connection_broke_off_is_an_outage() -> None:
    broken = asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
    assert is_unavailable(exc.InternalError("COMMIT", {}, broken))


async def test_a_connection_that_the_server_has_closed_is_not_handed_out(postgres_url: str) -> None:
    """What every pooled connection is after a restart of PostgreSQL."""
    database = Database(postgres_url)
    closed = asyncio.Event()
    async with database.reading() as connection:
        process = await connection.scalar(text("SELECT pg_backend_pid()"))
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        driver.add_termination_listener(lambda _: closed.set())
    dsn = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    other = await asyncpg.connect(dsn)
    await other.execute(f"SELECT pg_terminate_backend({process})")
    await other.close()
    async with asyncio.timeout(10):
        await closed.wait()
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != process
    await database.close()


@pytest.mark.parametrize("change", [{"port": 1}, {"database": "nowhere"}])
async def test_a_postgres_that_cannot_be_reached_is_an_outage(
    postgres_url: str, change: dict[str, object]
) -> None:
    url = make_url(postgres_url).set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]  # one of two fields
    database = Database(url)
    assert is_unavailable(await raised_by(database, "SELECT 1"))
    await database.close()


async def test_a_locked_sqlite_is_an_outage(sqlite_url: str) -> None:
    first, second = Database(sqlite_url), Database(sqlite_url)
    await create_tables(first)
    async with second.unit_of_work(NOW) as work:
        await work.connection.execute(text("PRAGMA busy_timeout = 1"))
    async with first.unit_of_work(NOW) as work:
        await work.connection.execute(text("INSERT INTO account VALUES ('a', 1)"))
        assert is_unavailable(await raised_by(second, "SELECT 1"))
    await first.close()
    await second.close()


def test_a_closed_file_has_no_thread_that_speaks_to_a_loop_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even that of a task which was cancelled while it opened a connection."""
    raised: list[threading.ExceptHookArgs] = []
    begun, gone = threading.Event(), threading.Event()
    connect = sqlite3.connect

    def slow(path: str) -> sqlite3.Connection:
        begun.set()
        gone.wait(0.5)
        return connect(path)

    monkeypatch.setattr(threading, "excepthook", raised.append)
    monkeypatch.setattr(sqlite3, "connect", slow)
    before = set(threading.enumerate())

    async def scenario() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
        task = asyncio.create_task(raised_by(database, "SELECT 1"))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.wait([task])
        await database.close()

    asyncio.run(scenario())
    gone.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert raised == []
