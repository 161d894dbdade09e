"""A database with the house's tables, for the tests of what moves events and time."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from tests.libs.common.database.samples import NOW, create_tables

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
