"""The grievances service as it runs in tests, on each engine in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.grievances.bootstrap import build
from tests.support.migrated import copies
from tests.support.service import Running, running, running_as


async def migrate(url: str, folder: Path) -> None:
    """Bring a database to the service's schema, with calendar, policies and places."""
    async with running(build, url, folder) as service:
        await service.service.migrate()


migrated_url = copies(migrate)


@pytest.fixture
async def grievances(migrated_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Run the service; its clock stands on a Monday, 09:00."""
    async with running_as(Running, build, migrated_url, tmp_path) as service:
        yield service
