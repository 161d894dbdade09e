"""Fixtures of the hookup service's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.hookup import Hookup, running_hookup
from tests.support.migrated import copies


async def migrate(url: str, folder: Path) -> None:
    """Bring a database to the service's schema, with calendar and policies."""
    async with running_hookup(url, folder) as hookup:
        await hookup.service.migrate()


migrated_url = copies(migrate)


@pytest.fixture
async def hookup(migrated_url: str, tmp_path: Path) -> AsyncIterator[Hookup]:
    """Run the service on each engine in turn; its clock stands on a Monday, 09:00."""
    async with running_hookup(migrated_url, tmp_path) as hookup:
        yield hookup
