"""What this service listens to: the topic of each source, from the start in each of its generations."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.inbox import Subscription
from services.metrics.declare import Source
from services.metrics.storage import shards
from services.metrics.usecases.fold import Fold


def subscription(source: Source) -> Subscription:
    """Return what feeds a source; its consumer group is that of the present generation."""

    async def group(connection: AsyncConnection) -> str:
        return f"metrics.{source.code}.figures.g{(await shards.read(connection, source.code)).generation}"

    return Subscription(
        subscription_name(source),
        (source.topic,),
        Fold(source),
        group,
        read=lambda event: source.read(event.type, event.data),
    )


def subscription_name(source: Source) -> str:
    """Return under which name the inbox marks and dead letters of a source are kept."""
    return f"figures.{source.code}"
