"""Fixtures of the hookup service's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.hookup import Hookup, running_hookup


@pytest.fixture
async def hookup(database_url: str, tmp_path: Path) -> AsyncIterator[Hookup]:
    """Run the service over an empty database, on each engine in turn; its clock stands on a Monday, 09:00."""
    async with running_hookup(database_url, tmp_path) as hookup:
        yield hookup
