"""Fixtures of the hookup service's tests."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from tests.support.hookup import Hookup, running_hookup
from tests.support.servers import execute, postgres_database, sqlite_database


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file at the service's schema, with calendar and policies, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    url = sqlite_database(folder)
    migrate(url, folder)
    return Path(make_url(url).database or "")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the name of such a database in PostgreSQL."""
    with postgres_database(postgres_server) as url:
        migrate(url, tmp_path_factory.mktemp("migrated"))
        yield make_url(url).database or ""


def migrate(url: str, folder: Path) -> None:
    """Bring a database to the service's schema."""

    async def run() -> None:
        async with running_hookup(url, folder) as hookup:
            await hookup.service.migrate()

    # In a thread with a loop of its own: a session's fixture may be asked for while a test's loop runs.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a migrated database of the test's own, on each engine in turn."""
    if request.param == "sqlite":
        url = sqlite_database(tmp_path)
        shutil.copy(request.getfixturevalue("migrated_sqlite"), make_url(url).database or "")
        yield url
        return
    template, server = (
        request.getfixturevalue("migrated_postgres"),
        request.getfixturevalue("postgres_server"),
    )
    name = f"test_{uuid4().hex}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def hookup(migrated_url: str, tmp_path: Path) -> AsyncIterator[Hookup]:
    """Run the service on each engine in turn; its clock stands on a Monday, 09:00."""
    async with running_hookup(migrated_url, tmp_path) as hookup:
        yield hookup
