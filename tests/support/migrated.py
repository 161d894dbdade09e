"""Databases at a service's schema: it is migrated once a run and engine, and every test has a copy of that."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from tests.support.servers import execute, postgres_database, sqlite_database

Migrate = Callable[[str, Path], Awaitable[None]]
"""Brings the database of a URL to a schema; the folder is for whatever else it writes."""


class Migrated:
    """What was migrated in this run, by engine and the function that did it."""

    def __init__(
        self, request: pytest.FixtureRequest, folders: pytest.TempPathFactory, stack: ExitStack
    ) -> None:
        self._request = request
        self._folders = folders
        self._stack = stack
        self._templates: dict[tuple[str, Migrate], str] = {}

    @contextmanager
    def copy(self, engine: str, migrate: Migrate, folder: Path) -> Iterator[str]:
        """Give the URL of a database of the test's own; a SQLite file is made in the folder."""
        template = self._templates.get((engine, migrate))
        if template is None:
            template = self._templates[engine, migrate] = self._make(engine, migrate)
        if engine == "sqlite":
            url = sqlite_database(folder)
            shutil.copy(template, make_url(url).database or "")
            yield url
            return
        server: str = self._request.getfixturevalue("postgres_server")
        name = f"test_{uuid4().hex}"
        execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            execute(server, f"DROP DATABASE {name} WITH (FORCE)")

    def _make(self, engine: str, migrate: Migrate) -> str:
        folder = self._folders.mktemp("migrated")
        if engine == "sqlite":
            url = sqlite_database(folder)
        else:
            url = self._stack.enter_context(
                postgres_database(self._request.getfixturevalue("postgres_server"))
            )

        async def run() -> None:
            await migrate(url, folder)

        # In a thread with a loop of its own: a copy may be asked for while a test's loop runs.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, run()).result()
        return make_url(url).database or ""


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """Return the run's migrated databases, to be copied."""
    with ExitStack() as stack:
        yield Migrated(request, tmp_path_factory, stack)


def copies(migrate: Migrate) -> Any:
    """Return the fixture of a migrated database of the test's own, on each engine in turn."""

    @pytest.fixture(params=["sqlite", "postgres"])
    def migrated_url(request: pytest.FixtureRequest, migrated: Migrated, tmp_path: Path) -> Iterator[str]:
        with migrated.copy(request.param, migrate, tmp_path) as url:
            yield url

    return migrated_url
