"""How a client of aiokafka is started and stopped within bounds of time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.errors import KafkaError

from libs.common.bus.port import BusError

OPENING = 30.0
"""Seconds to connect, to create topics, or to be given a part of a group that is just being divided."""

FAILURES = (KafkaError, OSError, TimeoutError)


async def start(kafka: Any, close: Callable[[], Awaitable[None]]) -> None:
    """Start a client; one that cannot be is closed. Raises BusError."""
    try:
        async with asyncio.timeout(OPENING):
            await kafka.start()
    except BaseException as error:
        await close()
        if isinstance(error, FAILURES):
            raise BusError(f"Kafka could not be reached: {error!r}") from error
        raise


async def stop(kafka: Any, client: Any, seconds: float) -> None:
    """Stop in aiokafka's own way; when the brokers do not answer hang up, which ends every wait for them."""
    stopping = asyncio.create_task(kafka.stop())
    await asyncio.wait({stopping}, timeout=seconds)
    if not stopping.done():
        await client.close()
        await asyncio.wait({stopping}, timeout=seconds)
        stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
