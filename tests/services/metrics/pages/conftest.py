"""A running feed for the tests of boards."""

from collections.abc import AsyncIterator

import pytest

from libs.common.clock import ManualClock
from tests.services.metrics.pages.streams import Running, feed_over
from tests.support.pages import NOW


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def running(clock: ManualClock) -> AsyncIterator[Running]:
    async with feed_over(clock) as running:
        yield running
