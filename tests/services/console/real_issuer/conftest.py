"""A provider that runs, a console that knows it, and a person."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from libs.common.clock import ManualClock
from tests.services.console.real_issuer.visiting import console
from tests.support.oidc import AtProvider, OidcProvider, account, new_provider
from tests.support.pages import Browser


@pytest.fixture(scope="package")
def running_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcProvider]:
    provider = new_provider(tmp_path_factory.mktemp("provider"))
    with provider.running():
        yield provider


@pytest.fixture
def provider(running_provider: OidcProvider) -> OidcProvider:
    running_provider.accounts = {
        "u-city": account("supervisor"),
        "u-head": account("administrator"),
    }
    running_provider.changes = {}
    running_provider.write()
    return running_provider


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest_asyncio.fixture
async def browser(provider: OidcProvider, clock: ManualClock) -> AsyncIterator[Browser]:
    async with console(provider, clock) as browser:
        yield browser


@pytest_asyncio.fixture
async def person() -> AsyncIterator[AtProvider]:
    async with httpx.AsyncClient() as client:
        yield AtProvider(client, "u-city")
