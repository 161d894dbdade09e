"""What starts everything on a laptop: its clock, and its clear words when it cannot."""

import asyncio
import socket
import subprocess
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from libs.common.clock import local
from services import dev
from services.dev import CITY_BEGINS, CityClock, StartError, check_machine

ROOT = Path(__file__).resolve().parents[2]
Usage = namedtuple("Usage", "total used free")


def test_a_port_in_use_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((dev.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} is in use.*--port"):
            check_machine(tmp_path / "var", [port])
    assert not (tmp_path / "var").exists()


def test_a_disk_that_is_nearly_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dev.shutil.disk_usage", lambda _: Usage(10**9, 10**9 - 2**20, 2**20))
    with pytest.raises(StartError, match="1 MB left, 200 MB are needed"):
        check_machine(tmp_path, [])


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be written"):
        check_machine(tmp_path / "file" / "var", [])


def test_a_schema_of_a_newer_version_gets_a_clear_word(tmp_path: Path) -> None:
    """The whole command, as its user sees it."""
    import sqlite3

    with sqlite3.connect(tmp_path / "hookup.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    with socket.socket() as free:
        free.bind((dev.HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "services.dev", "--port", str(port), "--var", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "9999" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_citys_clock_runs_fast_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    clock = CityClock(tmp_path / "clock")
    assert clock.now() == CITY_BEGINS
    running = asyncio.create_task(clock.run())
    until = monotonic() + 20
    while clock.now() < CITY_BEGINS + timedelta(hours=1):
        assert monotonic() < until, "the clock does not run"
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    clock.save()
    assert CityClock(tmp_path / "clock").now() == clock.now()
    assert local(clock.now()).date() == local(CITY_BEGINS).date()


async def test_a_clock_that_was_suspended_does_not_leap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = CityClock(tmp_path / "clock")
    passing = iter([0.0, 3600.0])
    monkeypatch.setattr(dev, "monotonic", lambda: next(passing, 3600.0))
    running = asyncio.create_task(clock.run())
    until = monotonic() + 20
    while clock.now() == CITY_BEGINS:
        assert monotonic() < until, "the clock does not run"
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert clock.now() <= CITY_BEGINS + timedelta(seconds=CityClock.NIGHT_PACE)


def test_a_clock_that_cannot_be_kept_goes_on_from_where_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "clock"
    CityClock(kept).save()
    before = kept.read_text()
    # In the way of the draft, as a full disk would be.
    kept.with_suffix(".new").mkdir()
    CityClock(kept).save()
    assert kept.read_text() == before
