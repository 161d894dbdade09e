"""Fixtures for the real servers, which the whole test run shares, and for databases of a test's own."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

FreshDatabaseUrl = Callable[[], str]


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """Return the address of the run's Kafka; topics and groups need names of their own."""
    return server_address("KAFKA_BOOTSTRAP")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """Return the SQLAlchemy URL of the run's PostgreSQL, for making databases in."""
    return server_address("DATABASE_URL")


@pytest.fixture(params=["sqlite", "postgres"])
def fresh_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FreshDatabaseUrl]:
    """Make the URL of one more empty database at every call; all of one engine, gone after the test."""
    if request.param == "sqlite":
        yield lambda: sqlite_database(tmp_path)
        return
    server = request.getfixturevalue("postgres_server")
    with ExitStack() as stack:
        yield lambda: stack.enter_context(postgres_database(server))


@pytest.fixture
def database_url(fresh_database_url: FreshDatabaseUrl) -> str:
    """Return the URL of an empty database, on each engine in turn."""
    return fresh_database_url()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def module_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return the URL of an empty database for the tests of a module that only read what is put there once."""
    if request.param == "sqlite":
        yield sqlite_database(tmp_path_factory.mktemp("database"))
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of an empty SQLite database."""
    return sqlite_database(tmp_path)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database."""
    with postgres_database(postgres_server) as url:
        yield url


def server_address(variable: str) -> str:
    """The value of the environment variable, which `tools.servers run` sets."""
    address = os.environ.get(variable)
    if not address:
        pytest.fail(
            f"{variable} is not set: use `make test`, or `python -m tools.servers run --fast -- pytest …`",
            pytrace=False,
        )
    return address


def sqlite_database(directory: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{directory / uuid4().hex}.db"


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """An empty database in the server at this SQLAlchemy URL, dropped afterwards whoever still uses it."""
    name = f"test_{uuid4().hex}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def execute(server: str, statement: str) -> None:
    """Run one statement outside a transaction."""

    async def connect_and_execute() -> None:
        dsn = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    # In a thread with a loop of its own, so that tests with and without a running loop can call it.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, connect_and_execute()).result()
