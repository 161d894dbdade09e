"""A metrics database, and what folds events into it as the worker does."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Table, select

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.http.app import create_app
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS, build
from services.metrics.contributions import Cell, CellKey
from services.metrics.declare import Panel, Source
from services.metrics.events.handlers import subscription
from services.metrics.settings import Settings
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage.conditions import Filter
from services.metrics.storage.figures import Group, Tally, tallies
from services.metrics.storage.known import key_of, unpacked
from services.metrics.storage.tables import cell, metadata, shard, subject
from tests.services.metrics.api import ISSUER, ROLES, Client
from tests.services.metrics.lives import arrivals, batches, live_all
from tests.support.migrated import copies

NOW = datetime(2022, 11, 8, 2, 0, tzinfo=UTC)
CITY = Scope(ScopeKind.CITY)
# What is the same whenever and by whomever it was folded.
FIGURES = [table for table in metadata.sorted_tables if table is not shard]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def migrate(url: str, _: Path) -> None:
    """Bring a database to the service's schema."""
    database = Database(url)
    await Migrations(MIGRATIONS).upgrade(database)
    await database.close()


migrated_url = copies(migrate)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
def inbox(database: Database, clock: ManualClock) -> Inbox:
    return Inbox(database, clock, subscription(HOOKUP))


async def apply(inbox: Inbox, batches: Iterable[Sequence[Received]]) -> None:
    for batch in batches:
        await inbox.apply(batch)


async def content(database: Database, table: Table) -> list[tuple[Any, ...]]:
    """Return all rows of a table, in the order of its texts; buckets in the order of their numbers."""
    async with database.reading() as connection:
        rows = [tuple(row) for row in await connection.execute(select(table))]
    if table is cell:
        rows = [(*row[:-1], unpacked(row[-1])) for row in rows]
    return sorted(rows, key=lambda row: str(row[:6]))


async def merged(database: Database, level: str) -> dict[CellKey, Cell]:
    """Return the cells of a level, merged over shards."""
    found: dict[CellKey, Cell] = {}
    async with database.reading() as connection:
        for text, packed in await connection.execute(
            select(cell.c.cell, cell.c.content).where(cell.c.level == level)
        ):
            found.setdefault(key_of(text), Cell()).merge(unpacked(packed))
    return found


async def facts(database: Database) -> Any:
    """Return the facts of the only subject."""
    async with database.reading() as connection:
        row = await connection.scalar(select(subject.c.facts))
    return None if row is None else msgspec.convert(row, HOOKUP.facts)


async def asked(
    database: Database,
    codes: Sequence[str],
    by: Sequence[str] = (),
    wanted: Filter | None = None,
    scope: Scope = CITY,
    now: datetime = NOW,
    source: Source = HOOKUP,
) -> dict[Group, Tally]:
    """Return figures by groups."""
    async with database.reading() as connection:
        panel = Panel("", tuple(codes), tuple(by))
        (found,) = await tallies(connection, source, [panel], wanted or Filter(), scope, now)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """Clients of a service whose figures come from 200 cases, by the place of their caller; they only read."""
    folder, clock = tmp_path_factory.mktemp("figures"), ManualClock(NOW)
    settings = Settings(
        database_url=module_database_url,
        bus_url=f"sqlite:///{folder}/bus.db",
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks",
    )
    service = build(settings, clock)
    await service.migrate()
    random = Random(16)
    messages = list(arrivals(random, live_all(random, 200)))
    await apply(Inbox(service.database, clock, subscription(HOOKUP)), batches(random, messages, largest=600))
    issuer = LocalIssuer(ISSUER, folder / "issuer", clock, users={}, machines={}, redirect_uris=[])
    app = create_app(service, TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock))
    opened: list[httpx.AsyncClient] = []

    def of(scope: Scope) -> httpx.AsyncClient:
        token = issuer.issue(Caller("somebody", frozenset({ROLES[scope.kind]}), scope))
        opened.append(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://metrics",
                headers={"Authorization": f"Bearer {token}"},
            )
        )
        return opened[-1]

    yield of
    for each in opened:
        await each.aclose()
    await service.close()
