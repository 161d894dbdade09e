"""A browser of the console, over services that answer as a test says."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from libs.common.clock import ManualClock
from tests.support.pages import NOW, Browser, Upstreams, browser_over


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Return a browser that has not signed in."""
    async with browser_over(Upstreams(), ManualClock(NOW)) as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    """Return a browser with a session of the city's supervisor, whose hidden token is `token`."""
    browser.sign_in()
    return browser
