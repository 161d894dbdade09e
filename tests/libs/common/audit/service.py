"""`python -m tests.libs.common.audit.service`: a service that keeps an audit record."""

from pathlib import Path

from libs.common.audit.keys import AuditSettings
from libs.common.audit.log import open_audit
from libs.common.bus import open_bus
from libs.common.cli import main
from libs.common.clock import SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.service import Service
from libs.common.settings import CommonSettings
from tests.libs.common.audit.samples import TABLES

MIGRATIONS = Migrations(Path(__file__).parent / "migrations")


class Settings(CommonSettings, AuditSettings):
    """What the service reads from the environment."""


def build() -> Service:
    settings = Settings()
    return Service(
        name="sample",
        title="示例",
        settings=settings,
        database=Database(settings.database_url),
        bus=open_bus(settings.bus_url),
        clock=SystemClock(),
        migrations=MIGRATIONS,
        audit=open_audit(TABLES, settings, "sample"),
    )


if __name__ == "__main__":
    main(build)
