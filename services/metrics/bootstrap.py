"""The composition root of the metrics service."""

from pathlib import Path
from typing import Final

from libs.common.bus import open_service_bus
from libs.common.clock import Clock, SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.http.quotas import quotas_only
from libs.common.service import Service
from services.metrics.events.handlers import subscription
from services.metrics.http.routes import router
from services.metrics.http.watch import Watch
from services.metrics.settings import Settings
from services.metrics.sources import SOURCES

LAPTOP_PORT: Final = 2
_HERE = Path(__file__).parent
MIGRATIONS = _HERE / "storage" / "migrations"


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Compose the service from its settings."""
    database = Database(settings.database_url)
    return Service(
        name="metrics",
        title="指标服务",
        settings=settings,
        database=database,
        bus=open_service_bus(settings),
        clock=clock or SystemClock(),
        migrations=Migrations(MIGRATIONS),
        routers=[router],
        subscriptions=[subscription(source) for source in SOURCES.values()],
        policies=quotas_only(_HERE / "policies.yaml"),
        state={"watch": Watch(database)},
    )
