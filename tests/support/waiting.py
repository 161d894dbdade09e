"""Waits for what happens elsewhere, with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.support.bus import DEADLINE


async def until(what: str, condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition to be true."""
    deadline = time.monotonic() + DEADLINE
    while not await condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)
