"""`python -m services.hookup backfill FILE --mode all|good`: read a paper ledger in from the command line.

It makes the same job as the API and does it here, beside a worker or without one; the events go out with the worker's
relay. Without settings in the environment it is the laptop's system that is meant, and its clock.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from libs.common import laptop
from libs.common.auth.callers import Place, PlaceKind
from libs.common.problems import Problem
from libs.common.service import Service
from libs.common.settings import CommonSettings
from services.hookup import bootstrap
from services.hookup.ledger.file_reading import read_beside
from services.hookup.ledger.reader import Finding
from services.hookup.ledger.rows import open_ledger
from services.hookup.storage import imports
from services.hookup.storage.imports import Job, JobState, Mode
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.import_ledger import ImportRunner

_BY = "backfill"
_CITY = Place(PlaceKind.CITY)
_WAIT_SECONDS = 0.2


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the service's command line."""
    parser = commands.add_parser("backfill", help="read a ledger (.xlsx) in")
    parser.add_argument("file", type=Path)
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.ALL)
    parser.add_argument("--report", type=Path, help="write the rows in question to this file (.xlsx)")
    parser.set_defaults(run=_run, build=_build)


def _build() -> Service:
    named = "SQN_DATABASE_URL" in os.environ
    return bootstrap.build(CommonSettings() if named else laptop.beside("hookup"))


async def _run(service: Service, arguments: argparse.Namespace) -> int:
    await service.migrations.check(service.database)
    try:
        job = await backfill(service, arguments.file, arguments.mode, Console())
        if arguments.report is not None:
            await _save_report(service, job, arguments.report)
    except (OSError, Problem) as error:
        print(f"{arguments.file.name}: {error}", file=sys.stderr)
        return 2
    return 0 if job.state is JobState.DONE else 1


async def _save_report(service: Service, job: Job, path: Path) -> None:
    async with service.database.reading() as connection:
        report = await imports.report_of(connection, job.id, _CITY)
    if report is None:
        print(f"{path.name}: 没有问题行，未生成报告", file=sys.stderr)
        return
    await asyncio.to_thread(path.write_bytes, report)


async def backfill(service: Service, file: Path, mode: Mode, console: Console) -> Job:
    """Read a ledger in and show how far it is; return the finished job. Raises OSError and Problem."""
    content = await asyncio.to_thread(file.read_bytes)
    ledger = await read_beside(lambda: open_ledger(content))
    async with service.database.unit_of_work(service.clock.now()) as work:
        job_id = await imports.add(
            work,
            file_name=file.name,
            content=content,
            rows=len(ledger.rows),
            mode=mode,
            asked_by=_BY,
            place=_CITY,
        )
    job = await _do(service, job_id, console)
    async with service.database.reading() as connection:
        bad = await imports.findings_of(connection, job_id, is_bad=True)
        warnings = await imports.findings_of(connection, job_id, is_bad=False)
    if warnings:
        console.print(_table("提示", warnings))
    if bad:
        console.print(_table("未通过的行", bad))
    console.print(
        f"{job.file_name}：{job.rows} 行，入库 {job.loaded}，已有 {job.repeated}，未通过 {job.bad}，状态 {job.state}"
    )
    return job


async def _do(service: Service, job_id: str, console: Console) -> Job:
    """Take slices until the job is finished, here or, when a worker has taken it, there."""
    runner = ImportRunner(service.database, service.clock, RuleBook(service.database))
    columns = (
        *Progress.get_default_columns()[:-1],
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars = {name: progress.add_task(name, total=None) for name in ("检查", "入库")}
        while True:
            moved = await runner.step()
            async with service.database.reading() as connection:
                job = await imports.find(connection, job_id, _CITY)
            if job is None:
                raise RuntimeError("the job is gone")
            progress.update(bars["检查"], total=job.rows, completed=job.checked)
            progress.update(bars["入库"], total=job.rows, completed=job.taken)
            if job.finished_at is not None:
                return job
            if not moved:
                await asyncio.sleep(_WAIT_SECONDS)


def _table(title: str, findings: list[Finding]) -> Table:
    table = Table("行", "列", "代码", "原因", "处理办法", title=title)
    for each in findings:
        table.add_row(str(each.row), each.column, each.code, each.reason, each.remedy)
    return table
