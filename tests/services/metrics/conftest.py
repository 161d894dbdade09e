"""A metrics database, and what folds events into it as the worker does."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, select

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.events.handlers import HOOKUP

NOW = datetime(2022, 11, 8, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await Migrations(MIGRATIONS).upgrade(database)
    yield database
    await database.close()


@pytest.fixture
def inbox(database: Database, clock: ManualClock) -> Inbox:
    return Inbox(database, clock, HOOKUP)


async def apply(inbox: Inbox, batches: Iterable[Sequence[Received]]) -> None:
    for batch in batches:
        await inbox.apply(batch)


async def content(database: Database, table: Table) -> list[tuple[Any, ...]]:
    """Return all rows of a table, in the order of its key."""
    async with database.reading() as connection:
        rows = await connection.execute(select(table).order_by(*table.primary_key))
        return [tuple(row) for row in rows]
