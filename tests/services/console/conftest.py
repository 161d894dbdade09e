"""A browser of the console, with an issuer that signs its users in."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from tests.support.pages import ISSUER, NOW, PAGE, Browser, Upstreams, browser_over

OFFICIAL = Caller("u-city", frozenset({"supervisor"}), Scope(ScopeKind.CITY), "市局督导")


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
