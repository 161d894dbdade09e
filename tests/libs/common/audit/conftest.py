"""An audit record of ten entries, on each engine in turn."""

from collections.abc import Callable
from pathlib import Path

import pytest

from libs.common.audit.log import AuditLog
from libs.common.audit.sealing import Sealing
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from tests.libs.common.audit.samples import add, audit_log, create_tables


@pytest.fixture
async def database(another_database: Callable[[], Database]) -> Database:
    database = another_database()
    await create_tables(database)
    return database


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return audit_log(tmp_path)


@pytest.fixture
async def sealed(database: Database, clock: ManualClock, log: AuditLog) -> Sealing:
    """Ten entries in the chain, the last of them anchored."""
    await add(database, log, 10)
    sealing = Sealing(database, clock, log)
    assert await sealing.step() == 10
    return sealing
