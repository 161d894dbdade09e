"""What this service listens to: hookup's topic, from the start in each generation."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.inbox import Subscription
from services.metrics.storage import watermark
from services.metrics.usecases.fold import fold


async def group(connection: AsyncConnection) -> str:
    """Return the consumer group of the present generation; a rebuild begins a new one."""
    return f"metrics.hookup.g{(await watermark.read(connection)).generation}"


HOOKUP = Subscription("hookup", (watermark.TOPIC,), fold, group)
