"""A file that is damaged or cannot be written is said to be so, in one sentence, and nobody else may read one."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from libs.common.bus import BusError
from libs.common.bus.sqlite_log import SqliteBus
from libs.common.database import engine
from libs.common.database.engine import Database
from libs.common.database.sqlite import DamagedFileError, check_file
from libs.common.http.health import Heartbeats, health_app
from tests.support.waiting import until

ROWS = 2_000


def filled(path: Path) -> Path:
    """A database of some dozens of pages."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE INDEX thing_name ON thing (name)")
        connection.executemany(
            "INSERT INTO thing VALUES (?, ?)", ((n, f"name {n} " * 5) for n in range(ROWS))
        )
        connection.commit()
    return path


def overwrite(path: Path, at: int, length: int = 4_096) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * length)


def test_a_whole_file_and_one_that_is_not_there_are_good(tmp_path: Path) -> None:
    check_file(filled(tmp_path / "a.db"))
    check_file(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "empty.db").touch()
    check_file(tmp_path / "empty.db")


@pytest.mark.parametrize("at", [0, 100, 4_096, 40_960], ids=["header", "schema", "second page", "later page"])
def test_a_damaged_file_is_told_with_its_remedy(tmp_path: Path, at: int) -> None:
    path = filled(tmp_path / "a.db")
    overwrite(path, at)
    with pytest.raises(
        DamagedFileError, match=r"a\.db is damaged \(.*\): restore it from a backup"
    ) as raised:
        check_file(path)
    assert "\n" not in str(raised.value)


def test_a_file_that_ends_too_early_is_damaged(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.db")
    os.truncate(path, 20_000)
    with pytest.raises(DamagedFileError, match="is damaged"):
        check_file(path)


def test_a_file_of_another_kind_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("some notes " * 1_000)
    with pytest.raises(DamagedFileError, match="is damaged"):
        check_file(path)


async def test_the_log_of_events_is_looked_through_as_well(tmp_path: Path) -> None:
    path = filled(tmp_path / "bus.db")
    overwrite(path, 40_960)
    bus = SqliteBus(path)
    with pytest.raises(BusError, match=r"bus\.db is damaged"):
        await bus.check_file()
    await bus.close()


@contextmanager
def as_nobody() -> Iterator[Path]:
    """A folder that this process, being nobody in particular, may look into and not write to."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    path = filled(folder / "a.db")
    for each in folder.iterdir():
        each.chmod(0o444)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield path
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)
        for each in folder.iterdir():
            each.unlink()
        folder.rmdir()


def test_a_file_that_cannot_be_written_is_told_with_its_remedy() -> None:
    with (
        as_nobody() as path,
        pytest.raises(DamagedFileError, match=r"cannot be written .*: give this user write access"),
    ):
        check_file(path)


def test_a_file_that_another_process_is_writing_is_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path / "a.db")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **more | {"timeout": 0}))
    with closing(connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        check_file(path)
        other.execute("ROLLBACK")


def test_a_file_of_an_earlier_version_is_taken_from_other_users(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.db")
    with closing(sqlite3.connect(path)) as other:
        other.execute("INSERT INTO thing VALUES (-1, '')")
        other.commit()
        for each in tmp_path.iterdir():
            each.chmod(0o644)
        check_file(path)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("a.db", "a.db-wal", "a.db-shm"), 0o600)


class Schema:
    async def check(self, database: Database) -> None:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))


async def test_a_service_on_a_damaged_file_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path / "a.db")
    database = Database(f"sqlite+aiosqlite:///{path}")
    monkeypatch.setattr(engine, "CHECK_SECONDS", 0.0)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(health_app(Heartbeats(), database, Schema())), base_url="http://s"
    ) as client:

        async def is_ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        async def is_not_ready() -> bool:
            return not await is_ready()

        assert await is_ready()
        overwrite(path, 40_960)
        await until("the damage is found", is_not_ready)
        assert database.damage is not None
        assert "restore it from a backup" in database.damage
    await database.close()


async def test_who_meets_the_damage_need_not_look_for_it(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.db")
    overwrite(path, 40_960, 100_000)
    database = Database(f"sqlite+aiosqlite:///{path}")
    with pytest.raises(Exception, match="malformed"):
        async with database.reading() as connection:
            (await connection.execute(text("SELECT sum(length(name)) FROM thing NOT INDEXED"))).all()
    assert database.damage is not None
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(health_app(Heartbeats(), database, Schema())), base_url="http://s"
    ) as client:
        assert (await client.get("/readyz")).status_code == 503
    await database.close()
