"""The composition root of the sampling service."""

from pathlib import Path
from typing import Final

from services.sampling.http import router
from services.sampling.settings import Settings

from libs.common.bus import open_service_bus
from libs.common.calendars.book import CalendarBook
from libs.common.clock import Clock, SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.encryption.records import Records
from libs.common.http.quotas import quotas_only
from libs.common.service import Service

LAPTOP_PORT: Final = 0
_HERE = Path(__file__).parent


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Compose the service from its settings."""
    records = Records(settings.ring(), is_writing=settings.seal_records)
    database = Database(settings.database_url, records=records)
    return Service(
        name="sampling",
        title="事项服务",
        settings=settings,
        database=database,
        bus=open_service_bus(settings),
        clock=clock or SystemClock(),
        migrations=Migrations(_HERE / "storage" / "migrations"),
        routers=[router],
        policies=quotas_only(_HERE / "policies.yaml"),
        uses_calendar=True,
        state={"rulebook": CalendarBook(database)},
    )
