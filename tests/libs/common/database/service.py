"""`python -m tests.libs.common.database.service`: a service to try the command line with.

With POISON in its environment its handler fails for the aggregate of that name; OWN_FAULT is one of its settings
that production must not have.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import open_service_bus
from libs.common.cli import main
from libs.common.clock import SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent
from libs.common.inbox import Subscription
from libs.common.service import Service
from libs.common.settings import CommonSettings
from tests.libs.common.database.samples import TOPIC, fired, take_effect

MIGRATIONS = Migrations(Path(__file__).parent / "migrations")


async def handle(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
    if os.environ.get("POISON") in {event.aggregate_id for event in events}:
        raise LookupError("poison")
    await take_effect(events, work)


def build() -> Service:
    settings = CommonSettings()

    async def group(_connection: AsyncConnection) -> str:
        # Tests share the broker and the topic: in one group, one test would get the events of another.
        return f"sample-{hashlib.sha256(settings.database_url.encode()).hexdigest()[:16]}"

    return Service(
        name="sample",
        title="示例",
        settings=settings,
        database=Database(settings.database_url),
        bus=open_service_bus(settings),
        clock=SystemClock(),
        migrations=MIGRATIONS,
        subscriptions=[Subscription("sample", (TOPIC,), handle, group)],
        timer_handlers={"reminder": fired},
        own_production_faults=[os.environ["OWN_FAULT"]] if "OWN_FAULT" in os.environ else [],
    )


if __name__ == "__main__":
    main(build)
