"""A browser of the console, with an issuer that signs its users in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from services.console.bootstrap import MIGRATIONS
from tests.services.console.replicas import OFFICIAL, Replicas
from tests.support.migrated import copies
from tests.support.pages import ISSUER, NOW, PAGE, Browser, Upstreams, browser_over


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> LocalIssuer:
    return LocalIssuer(
        ISSUER,
        tmp_path,
        clock,
        users={"city": OFFICIAL},
        machines={},
        redirect_uris=[f"{PAGE}/signin/callback"],
    )


@pytest_asyncio.fixture
async def browser(issuer: LocalIssuer, clock: ManualClock) -> AsyncIterator[Browser]:
    """Return a browser that has not signed in."""
    upstreams = Upstreams(httpx.ASGITransport(app=issuer.app()))
    async with browser_over(upstreams, clock) as browser:
        yield browser


async def migrate(url: str, _: Path) -> None:
    """Bring a database to the console's schema."""
    database = Database(url)
    await Migrations(MIGRATIONS).upgrade(database)
    await database.close()


migrated_url = copies(migrate)


@pytest_asyncio.fixture
async def replicas(migrated_url: str, issuer: LocalIssuer, clock: ManualClock) -> AsyncIterator[Replicas]:
    database = Database(migrated_url)
    async with AsyncExitStack() as stack:
        yield Replicas(database, issuer, clock, stack)
    await database.close()
