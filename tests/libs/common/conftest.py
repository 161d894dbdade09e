"""A database with the house's tables, policies and a bus, for the tests of what moves events and time."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.common.bus import Bus, open_bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.policy_changes import PolicySet
from tests.libs.common.database.samples import NOW, create_tables
from tests.libs.common.policy_samples import LIMITS, OTHER, Approved, Judged

Doom = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def another_database(database_url: str) -> AsyncIterator[Callable[[], Database]]:
    """Connect once more to the test's database, as another process would."""
    async with AsyncExitStack() as stack:

        def connect() -> Database:
            database = Database(database_url)
            stack.push_async_callback(database.close)
            return database

        yield connect


@pytest.fixture
async def database(another_database: Callable[[], Database]) -> Database:
    database = another_database()
    await create_tables(database)
    return database


@pytest.fixture
async def doom() -> AsyncIterator[Doom]:
    """Start a process of `doomed.py` and return it when it stands still where it is to be killed."""
    started: list[asyncio.subprocess.Process] = []

    async def start(*arguments: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.libs.common.database.doomed",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"here\n"
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def sqlite_bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    yield bus
    await bus.close()


@pytest.fixture
def judged() -> Judged:
    return Judged()


@pytest.fixture
def policies(tmp_path: Path, judged: Judged) -> PolicySet:
    return PolicySet(
        tmp_path / "policies.yaml",
        (LIMITS, OTHER),
        judged.by,
        judged.since,
        lambda version: Approved(name=version.version),
    )
