"""The ledger from the command line: rows read in, bad ones shown, and a report of them."""

import argparse
import io
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rich.console import Console

from libs.workbooks.jobs.imports import JobState, Mode
from services.hookup.backfill import BACKFILL
from services.hookup.domain.reports.ledger_row import LedgerRow
from tests.services.hookup.ledger.books import book, changed, models
from tests.services.hookup.ledger.conftest import NOW
from tests.support.hookup import Hookup


def say() -> tuple[Console, io.StringIO]:
    told = io.StringIO()
    return Console(file=told, width=200), told


async def test_the_command_reads_a_ledger_in(hookup: Hookup, tmp_path: Path) -> None:
    hookup.clock.instant = NOW
    file = tmp_path / "ledger.xlsx"
    file.write_bytes(book(models(2)))
    console, told = say()
    job = await BACKFILL.read_in(hookup.service, file, Mode.ALL, console)
    assert (job.state, job.loaded) == (JobState.DONE, 2)
    assert "入库 2" in told.getvalue()
    again = await BACKFILL.read_in(hookup.service, file, Mode.ALL, console)
    assert (again.state, again.loaded, again.repeated) == (JobState.DONE, 0, 2)


async def test_the_command_shows_bad_rows_and_its_exit_code_tells(
    hookup: Hookup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hookup.clock.instant = NOW
    file = tmp_path / "ledger.xlsx"

    async def run(rows: list[LedgerRow], mode: str) -> int:
        bad = changed(replace(models(1)[0], number="BAD-1"), {"用户类别": "？"})
        file.write_bytes(book([*rows, bad]))
        parser = argparse.ArgumentParser()
        BACKFILL.add_commands(parser.add_subparsers())
        arguments = parser.parse_args(["backfill", str(file), "--mode", mode])
        code: int = await arguments.run(hookup.service, arguments)
        return code

    assert await run(list(models(1)), "all") == 1
    assert "unknown-category" in capsys.readouterr().out
    assert await run(list(models(1)), "good") == 0
    file.write_bytes(b"no")
    parser = argparse.ArgumentParser()
    BACKFILL.add_commands(parser.add_subparsers())
    arguments = parser.parse_args(["backfill", str(file)])
    assert await arguments.run(hookup.service, arguments) == 2
    assert "ledger-not-xlsx" in capsys.readouterr().err


async def test_the_command_writes_a_report_to_take_away(
    hookup: Hookup, tmp_path: Path, bad_rows: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    hookup.clock.instant = NOW
    file, report = tmp_path / "ledger.xlsx", tmp_path / "report.xlsx"
    parser = argparse.ArgumentParser()
    BACKFILL.add_commands(parser.add_subparsers())
    arguments = parser.parse_args(["backfill", str(file), "--mode", "good", "--report", str(report)])
    file.write_bytes(bad_rows)
    assert await arguments.run(hookup.service, arguments) == 0
    rows = list(load_workbook(report)["问题行"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == list(range(7, 41))
    report.unlink()
    file.write_bytes(book(models(1)))
    assert await arguments.run(hookup.service, arguments) == 0
    assert not report.exists()
    assert "没有问题行" in capsys.readouterr().err
