"""`backfill` and `log-report` as the READMEs write them: beside the laptop's system, by its clock and its files."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from libs.common import laptop
from libs.common.clock import FileClock, ManualClock, SystemClock
from libs.development.city_clock import CITY_BEGINS, CityClock
from services.dev import compose
from services.hookup import bootstrap
from services.hookup.settings import Settings
from services.hookup.storage.tables import IMPORTS, hookup_case
from tests.libs.workbooks.event_logs.logs import LOG
from tests.libs.workbooks.event_logs.logs import file as log_file
from tests.services.hookup.ledger.books import book, models

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SQN_")}
AT = datetime(2022, 3, 9, 1, tzinfo=UTC)


def run(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command as its user gives it, without settings; `folder` stands in for the one in the repository."""
    program = f"""
import runpy, sys
from pathlib import Path
from libs.common import laptop
laptop.beside.__defaults__ = (Path({str(folder)!r}),)
sys.argv = ["services.hookup", *{list(arguments)!r}]
runpy.run_module("services.hookup", run_name="__main__")
"""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


async def migrated(folder: Path) -> None:
    service = bootstrap.build(laptop.beside("hookup", Settings, folder), ManualClock(AT))
    await service.migrate()
    await service.close()


async def test_it_works_beside_the_laptops_system_by_its_clock(tmp_path: Path) -> None:
    (tmp_path / "hookup.db").touch()
    await migrated(tmp_path)
    (tmp_path / laptop.CLOCK_FILE).write_text(AT.isoformat())
    ledger, report = tmp_path / "my-ledger.xlsx", tmp_path / "report.xlsx"
    rows = models(2)
    ledger.write_bytes(book([*rows, {"受理编号": "W-9"}]))
    done = run("backfill", str(ledger), "--mode", "good", "--report", str(report), folder=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "入库 2" in done.stdout
    assert load_workbook(report)["问题行"]["A2"].value == 6
    service = bootstrap.build(laptop.beside("hookup", Settings, tmp_path))
    async with service.database.reading() as connection:
        (job,) = await connection.execute(select(IMPORTS.job.c.started_at, IMPORTS.job.c.finished_at))
        assert tuple(job) == (AT, AT)
        assert len(list(await connection.scalars(select(hookup_case.c.number)))) == 2
    await service.close()


def test_without_a_system_it_says_what_to_do(tmp_path: Path) -> None:
    ledger = tmp_path / "my-ledger.xlsx"
    ledger.write_bytes(book(models(1)))
    done = run("backfill", str(ledger), folder=tmp_path / "none")
    assert done.returncode == 2
    assert "SQN_DATABASE_URL" in done.stderr
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_log_needs_no_system(tmp_path: Path) -> None:
    log, mapping = tmp_path / "log.csv", tmp_path / "mapping.yaml"
    log.write_bytes(log_file(LOG))
    mapping.write_text("{case: 工单, activity: 环节活动, end: 完成时刻}")
    done = run("log-report", str(log), "--mapping", str(mapping), folder=tmp_path / "none")
    assert (done.returncode, done.stderr) == (0, "")
    assert "300 件" in done.stdout


def test_the_commands_settings_are_those_of_the_system(tmp_path: Path) -> None:
    running = compose(tmp_path, 9_600, SystemClock()).services["hookup"].settings
    (tmp_path / "hookup.db").touch()
    beside = laptop.beside("hookup", Settings, tmp_path)
    for name in ("database_url", "bus_url", "objects_url"):
        assert getattr(beside, name) == getattr(running, name)
    assert beside.clock_file is None
    city = CityClock(tmp_path / laptop.CLOCK_FILE)
    city.save()
    kept = laptop.beside("hookup", Settings, tmp_path).clock_file
    assert kept is not None
    assert FileClock(kept).now() == CITY_BEGINS


def test_a_kept_clock_goes_on_with_the_system(tmp_path: Path) -> None:
    kept = tmp_path / "clock"
    clock = FileClock(kept)
    with pytest.raises(OSError, match="clock"):
        clock.now()
    for instant in (AT, AT + timedelta(hours=1)):
        kept.write_text(instant.isoformat())
        assert clock.now() == instant
