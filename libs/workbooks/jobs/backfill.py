"""The command `backfill FILE --mode all|good` of a service: import a paper ledger from the command line.

It creates the same job as the API and runs it here, beside a worker or without one; the worker's relay publishes the
events. Without settings in the environment it uses the laptop's system and its clock.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from libs.common import laptop
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.problems import Problem
from libs.common.service import Service
from libs.common.settings import CommonSettings
from libs.workbooks.files.file_reading import read_beside
from libs.workbooks.jobs.imports import Job, JobState, Mode
from libs.workbooks.jobs.keeping import Keeping, keeping_of
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.jobs.runner import ImportRunner
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.rows import open_ledger

_BY = "backfill"
_CITY = Scope(ScopeKind.CITY)
_WAIT_SECONDS = 0.2

S = TypeVar("S", bound=CommonSettings)
T = TypeVar("T")


@dataclass(frozen=True)
class Backfill(Generic[S, T]):
    """The command of a service for a kind of ledger."""

    service_name: str
    settings: type[S]
    build: Callable[[S], Service]
    kind: ImportKind
    runner: Callable[[Service, Keeping], ImportRunner[T]]

    def add_commands(self, commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Add the command to the service's command line."""
        parser = commands.add_parser("backfill", help="read a ledger (.xlsx) in")
        parser.add_argument("file", type=Path)
        parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.ALL)
        parser.add_argument("--report", type=Path, help="write the rows in question to this file (.xlsx)")
        parser.set_defaults(run=self._run, build=self._build)

    def _build(self) -> Service:
        named = "SQN_DATABASE_URL" in os.environ
        return self.build(self.settings() if named else laptop.beside(self.service_name, self.settings))

    async def _run(self, service: Service, arguments: argparse.Namespace) -> int:
        await service.migrations.check(service.database)
        try:
            job = await self.read_in(service, arguments.file, arguments.mode, Console())
            if arguments.report is not None:
                await self._save_report(service, job, arguments.report)
        except (OSError, Problem) as error:
            print(f"{arguments.file.name}: {error}", file=sys.stderr)
            return 2
        return 0 if job.state is JobState.DONE else 1

    async def _save_report(self, service: Service, job: Job, path: Path) -> None:
        async with service.database.reading() as connection:
            stored = await self.kind.jobs.report_of(connection, job.id, _CITY)
            if stored is None:
                print(f"{path.name}: 没有问题行，未生成报告", file=sys.stderr)
                return
            report = await keeping_of(service.state).take(connection, job.id, stored)
        await asyncio.to_thread(path.write_bytes, report)

    async def read_in(self, service: Service, file: Path, mode: Mode, console: Console) -> Job:
        """Import a ledger and show the progress; return the finished job. Raises OSError and Problem."""
        jobs = self.kind.jobs
        content = await asyncio.to_thread(file.read_bytes)
        ledger = await read_beside(lambda: open_ledger(self.kind.template, content))
        async with service.database.unit_of_work(service.clock.now()) as uow:
            job_id = await jobs.add(
                uow,
                file_name=file.name,
                content=content,
                rows=len(ledger.rows),
                mode=mode,
                asked_by=_BY,
                scope=_CITY,
                keeping=keeping_of(service.state),
            )
        job = await self._do(service, job_id, console)
        async with service.database.reading() as connection:
            kept = keeping_of(service.state)
            bad = await jobs.findings_of(connection, job_id, is_bad=True, keeping=kept)
            warnings = await jobs.findings_of(connection, job_id, is_bad=False, keeping=kept)
        if warnings:
            console.print(_table("提示", warnings))
        if bad:
            console.print(_table("未通过的行", bad))
        counts = f"{job.rows} 行，入库 {job.loaded}，已有 {job.repeated}，未通过 {job.bad}"
        console.print(f"{job.file_name}：{counts}，状态 {job.state}")
        return job

    async def _do(self, service: Service, job_id: str, console: Console) -> Job:
        """Process slices until the job is finished, here or, if a worker holds it, there."""
        runner = self.runner(service, keeping_of(service.state))
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
                    job = await self.kind.jobs.find(connection, job_id, _CITY)
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
    for finding in findings:
        table.add_row(str(finding.row), finding.column, finding.code, finding.reason, finding.remedy)
    return table
