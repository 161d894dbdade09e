"""The commands of a service: what they say, what they return, and how their processes end."""

import asyncio
import errno
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import lease
from libs.common.inbox import Inbox, Subscription
from libs.common.lease import database_instant
from libs.common.timers import set_timers
from tests.libs.common.database.samples import NOW, TOPIC, effects, letters, noted, received, unpublished
from tests.libs.common.database.service import MIGRATIONS, handle
from tests.libs.common.shells import Result, Shell, finish, free_port
from tests.support.bus import DEADLINE

ShellFor = Callable[[str, str], Shell]


@pytest.fixture
async def shell_for() -> AsyncIterator[ShellFor]:
    """Makes shells over a database and a bus; what a test that failed has left running ends with it."""
    shells: list[Shell] = []

    def make(database_url: str, bus_url: str) -> Shell:
        shell = Shell(
            {
                "SQN_DATABASE_URL": database_url,
                "SQN_BUS_URL": bus_url,
                "SQN_ISSUER": "http://127.0.0.1:1",
                "SQN_JWKS_URL": "http://127.0.0.1:1/keys",
                "SQN_PORT": str(free_port()),
            }
        )
        shells.append(shell)
        return shell

    yield make
    for process in (each for shell in shells for each in shell.started if each.returncode is None):
        process.kill()
        await process.communicate()


@pytest.fixture
def shell(shell_for: ShellFor, sqlite_url: str, tmp_path: Path) -> Shell:
    return shell_for(sqlite_url, f"sqlite:///{tmp_path}/bus.db")


@pytest.fixture
async def migrated(sqlite_url: str) -> None:
    """The database at this version; here and not by a process, whose start takes as long as the rest of a test."""
    database = Database(sqlite_url)
    await MIGRATIONS.upgrade(database)
    await database.close()


@pytest.fixture
async def kept(sqlite_url: str) -> AsyncIterator[Database]:
    """A database with letters 1 (failed), 2 and 3 (behind it) of `bad`, and 4 (behind a gap) of `late`."""
    database = Database(sqlite_url)
    await MIGRATIONS.upgrade(database)
    inbox = Inbox(database, ManualClock(NOW), Subscription("sample", (TOPIC,), handle))
    os.environ["POISON"] = "bad"
    await inbox.apply([received("bad", 1), received("bad", 2), received("bad", 3), received("late", 5)])
    del os.environ["POISON"]
    yield database
    await database.close()


async def test_migrate_says_where_the_database_is(shell: Shell) -> None:
    for _ in range(2):
        result = await shell.run("migrate")
        assert (result.code, result.out, result.errors) == (0, "sample: at 0001\n", "")


async def test_dead_letters_are_listed(shell: Shell, kept: Database) -> None:
    result = await shell.run("dead-letters", "list")
    assert result.code == 0
    lines = [line.split("│") for line in result.out.splitlines() if "sample" in line]
    assert [[cell.strip() for cell in line[1:6]] for line in lines] == [
        ["1", "sample", "bad", "1", "handler_failed"],
        ["2", "sample", "bad", "2", "gap"],
        ["3", "sample", "bad", "3", "gap"],
        ["4", "sample", "late", "5", "gap"],
    ]
    assert "number 5 came where 1 was expected" in result.out


async def test_replay(shell: Shell, kept: Database) -> None:
    failing = await shell.run("dead-letters", "replay", "1", "2", POISON="bad")
    assert (failing.code, failing.out) == (1, "1: still waits\n2: still waits\n")
    assert "poison" in failing.errors
    assert await effects(kept) == {}
    unknown = await shell.run("dead-letters", "replay", "77", "1")
    assert (unknown.code, unknown.out) == (1, "1: took effect\n")
    assert unknown.errors == "77: no open letter has this number\n"
    assert await effects(kept) == {"bad": [1, 2, 3]}
    rest = await shell.run("dead-letters", "replay", "--all")
    assert (rest.code, rest.out) == (1, "4: still waits\n")
    over = await shell.run("dead-letters", "replay", "4", "--over-gap")
    assert (over.code, over.out) == (0, "4: took effect\n")
    assert await effects(kept) == {"bad": [1, 2, 3], "late": [5]}
    assert (await shell.run("dead-letters", "list")).out == "no dead letters\n"
    nothing = await shell.run("dead-letters", "replay", "--all")
    assert (nothing.code, nothing.out) == (0, "")


async def test_discard(shell: Shell, kept: Database) -> None:
    unknown = await shell.run("dead-letters", "discard", "77", "1")
    assert (unknown.code, unknown.out) == (1, "1: discarded\n")
    followed = await shell.run("dead-letters", "replay", "2", "3")
    assert (followed.code, followed.out) == (0, "2: took effect\n3: took effect\n")
    assert await effects(kept) == {"bad": [2, 3]}
    rest = await shell.run("dead-letters", "discard", "--all")
    assert (rest.code, rest.out) == (0, "4: discarded\n")
    assert [done for *_, done in await letters(kept)] == ["discarded", "replayed", "replayed", "discarded"]


@pytest.mark.parametrize("verb", ["replay", "discard"])
async def test_letters_have_to_be_named(shell: Shell, kept: Database, verb: str) -> None:
    result = await shell.run("dead-letters", verb)
    assert (result.code, result.out) == (1, "")
    assert "by number, or say --all" in result.errors
    assert {done for *_, done in await letters(kept)} == {None}


@pytest.mark.parametrize("command", ["api", "worker"])
async def test_an_old_schema_is_refused(shell: Shell, command: str) -> None:
    result = await shell.run(command)
    assert result.code == 2
    assert result.errors == "sample: the database is at nothing, this code needs 0001: run migrate\n"


@pytest.mark.parametrize("command", ["api", "worker"])
@pytest.mark.usefixtures("migrated")
async def test_a_port_that_is_taken(shell: Shell, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = await shell.run(command, SQN_PORT=port)
    assert result.code not in (0, -signal.SIGTERM)
    said = result.logged + result.errors
    assert "address already in use" in said
    assert port in said
    assert "Traceback" not in said


async def test_a_setting_that_is_missing_or_wrong(shell: Shell) -> None:
    del shell.environment["SQN_ISSUER"]
    result = await shell.run("api", SQN_PORT="http")
    assert result.code == 2
    assert "SQN_ISSUER in the environment: Field required" in result.errors
    assert "SQN_PORT in the environment: Input should be a valid integer" in result.errors
    assert "Traceback" not in result.errors


@pytest.mark.parametrize("place", ["file/below.db", "folder"])
@pytest.mark.parametrize("command", [["migrate"], ["api"], ["dead-letters", "list"]])
async def test_a_database_that_cannot_be_opened(
    shell: Shell, tmp_path: Path, place: str, command: list[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    result = await shell.run(*command, SQN_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path / place}")
    assert result.code == 2
    assert str(tmp_path / place.partition("/")[0]) in result.errors
    assert "Traceback" not in result.errors


async def test_a_postgres_that_does_not_answer(shell: Shell) -> None:
    url = f"postgresql+asyncpg://sqn:secret@127.0.0.1:{free_port()}/sqn"
    result = await shell.run("migrate", SQN_DATABASE_URL=url)
    assert result.code == 2
    assert f"[Errno {errno.ECONNREFUSED}]" in result.errors
    assert "secret" not in result.errors
    assert "Traceback" not in result.errors


async def test_a_full_disk(shell: Shell) -> None:
    def fill_up() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    result = await shell.run("migrate", before=fill_up)
    assert result.code == 2
    assert "disk" in result.errors
    assert "Traceback" not in result.errors
    assert (await shell.run("migrate")).code == 0


async def answers(shell: Shell, path: str) -> None:
    """Wait until the process serves HTTP and is ready."""
    async with asyncio.timeout(DEADLINE), httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{shell.environment['SQN_PORT']}{path}"
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.05)


def assert_clean(result: Result) -> None:
    assert result.code == 0, result
    for word in ("Traceback", "Warning", "Unclosed", "never retrieved", "pending", "loop_not_closed"):
        assert word not in result.logged + result.errors, result


@pytest.mark.usefixtures("migrated")
async def test_the_api_stops_when_asked(shell: Shell) -> None:
    process = await shell.start("api")
    await answers(shell, "/readyz")
    process.send_signal(signal.SIGTERM)
    assert_clean(await finish(process))


@pytest.mark.parametrize("polite", [signal.SIGTERM, signal.SIGINT])
async def test_the_worker_moves_events_and_time_and_stops_when_asked(
    shell_for: ShellFor,
    database_url: str,
    bus_url: str,
    another_database: Callable[[], Database],
    polite: signal.Signals,
) -> None:
    shell = shell_for(database_url, bus_url)
    database = another_database()
    await MIGRATIONS.upgrade(database)
    key = f"case-{os.urandom(8).hex()}"
    async with database.unit_of_work(NOW) as work:
        work.publish(noted(key, 1), noted(key, 2))
        await set_timers(work, f"{key}-timer", {"reminder": NOW})
    process = await shell.start("worker")
    await answers(shell, "/livez")

    async with asyncio.timeout(DEADLINE):
        while True:
            found = await effects(database)
            if (found.get(key), found.get(f"{key}-timer")) == ([1, 2], [1]):
                break
            await asyncio.sleep(0.05)
    process.send_signal(polite)
    assert_clean(await finish(process))
    assert await unpublished(database) == 0
    # The next worker need not wait for the end of the lease.
    async with database.reading() as connection:
        assert await connection.scalar(select(lease.c.expires_at < database_instant(connection.dialect)))
