"""The runner of import jobs: first all rows are checked, then the good ones are added, each exactly once.

A job is processed in slices; each slice is a transaction that includes the job's progress. A killed process loses
at most an uncommitted slice; the next process continues from there.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog
import uuid_utils
from sqlalchemy.exc import IntegrityError

from libs.common import lease
from libs.common.clock import Clock
from libs.common.database.engine import Database, is_unavailable
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.problems import Problem
from libs.common.worker import Loop
from libs.workbooks.files.file_reading import read_beside
from libs.workbooks.jobs.imports import FINISHED, Job, JobState, Mode, OvertakenError
from libs.workbooks.jobs.intake import Compared, Intake
from libs.workbooks.jobs.keeping import PLAIN, Keeping
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.report import write_report
from libs.workbooks.ledgers.rows import RawLedger, RawRow, open_ledger
from libs.workbooks.ledgers.template import Stored, Template

log = structlog.get_logger(__name__)

# A slice takes a second at most; the job's counts fence a slower one.
LEASE_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 0.5
MOST_FINDINGS: Final = 20_000
KEEP_REPORTS: Final = timedelta(days=7)

T = TypeVar("T")
Ended = Callable[[UnitOfWork, Job], Awaitable[None]]


async def _nothing(_uow: UnitOfWork, _job: Job) -> None:
    return None


@dataclass(slots=True)
class _Open:
    """The job's file as read by this process, once and not for each slice."""

    job_id: str
    ledger: RawLedger
    bad: set[int]


class ImportRunner(Generic[T]):
    """Runs the import jobs of a kind, one at a time across replicas, oldest first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        kind: ImportKind,
        intake: Intake[T],
        *,
        keeping: Keeping = PLAIN,
        ended: Ended = _nothing,
    ) -> None:
        """Take what the jobs need; `ended` is called in the transaction that ends a job, with its final counts."""
        self._database = database
        self._clock = clock
        self._kind = kind
        self._jobs = kind.jobs
        self._intake = intake
        self._keeping = keeping
        self._ended = ended
        self._lease = loop_name(kind)
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid_utils.uuid4()}"[-80:]
        self._open: _Open | None = None
        # The position of the last conflict: a second one at the same position is an error.
        self._met: tuple[str, int] | None = None
        self._look_again_at = 0.0

    async def step(self) -> bool:
        """Process the next slice of the oldest job; return False without any job or lease."""
        if await self._oldest() is None:
            self._open = None
            await self._forget_reports()
            return False
        async with self._database.unit_of_work(self._clock.now()) as uow:
            if not await lease.hold(uow.connection, self._lease, self._holder, LEASE_SECONDS):
                return False
        # Read again: the previous holder of the lease may have finished it.
        if (job := await self._oldest()) is not None:
            try:
                state = await self._done(job)
            except OvertakenError:
                self._open = None
                return True
            if state in (JobState.CHECKING, JobState.LOADING):
                return True
        self._open = None
        async with self._database.unit_of_work(self._clock.now()) as uow:
            await lease.release(uow.connection, self._lease, self._holder)
        return True

    async def _forget_reports(self) -> None:
        """Delete reports after a week, checking once an hour: they contain a ledger's cells."""
        if monotonic() >= self._look_again_at:
            self._look_again_at = monotonic() + 3_600
            now = self._clock.now()
            async with self._database.unit_of_work(now) as uow:
                forgotten = await self._jobs.forget_reports(uow, now - KEEP_REPORTS)
                await self._keeping.forget(uow, forgotten)

    async def _oldest(self) -> Job | None:
        async with self._database.reading() as connection:
            return await self._jobs.oldest_unfinished(connection)

    async def _done(self, job: Job) -> JobState:
        """Process a slice; a job that cannot continue fails, so that it does not block later ones."""
        at = (job.id, job.taken)
        try:
            return await self._slice(job)
        except OvertakenError:
            raise
        except Exception as error:
            if is_unavailable(error):
                self._open = None
                raise
            if isinstance(error, IntegrityError) and self._met != at:
                # A number was used between our read and our write; the next attempt sees it.
                self._met = at
                return job.state
            log.exception("import_failed", job=job.id)
            text = str(error) if isinstance(error, Problem) else "系统内部错误，请联系管理员"
            return await self._advance(job, JobState.FAILED, {"error": text})

    async def _slice(self, job: Job) -> JobState:
        await self._intake.refresh()
        opened = self._open
        if opened is None or opened.job_id != job.id:
            opened = self._open = await self._read(job)
        if job.state is JobState.LOADING:
            return await self._load(job, opened) if job.taken < job.rows else await self._finish(job, opened)
        return await self._check(job, opened) if job.checked < job.rows else await self._finish(job, opened)

    async def _read(self, job: Job) -> _Open:
        async with self._database.reading() as connection:
            stored = await self._jobs.content_of(connection, job.id)
            content = await self._keeping.take(connection, job.id, stored)
            bad = await self._jobs.bad_row_numbers(connection, job.id)
        template = self._kind.template_of(job.scope)
        ledger = await read_beside(lambda: open_ledger(template, content, job.layout))
        return _Open(job.id, ledger, bad)

    async def _check(self, job: Job, opened: _Open) -> JobState:
        rows = await _rows(opened, job.checked, self._kind.check_rows)
        checked = await self._checked(job, rows)
        async with self._database.reading() as connection:
            compared = await self._intake.compare(connection, job, checked, opened.ledger.repeated)
            remarks = await self._intake.remarks(connection, job, checked)
        findings: list[tuple[int, Finding]] = []
        if job.checked == 0:
            findings += enumerate(_notes(self._kind.template, opened.ledger))
        for row, beside in zip(rows, compared, strict=True):
            remark = remarks.get(row.number)
            row_findings = [*beside.findings, *([] if remark is None else [remark])]
            findings += enumerate(row_findings)
            if any(finding.is_bad for finding in row_findings):
                opened.bad.add(row.number)
        done = job.checked + len(rows)
        bad = job.bad + len({finding.row for _, finding in findings if finding.is_bad})
        warnings = job.warnings + sum(not finding.is_bad for _, finding in findings)
        is_last = done == len(opened.ledger.rows)
        is_rejected = job.mode is Mode.ALL and bad > 0
        state = JobState.LOADING if is_last and not is_rejected else job.state
        return await self._advance(job, state, {"checked": done, "bad": bad, "warnings": warnings}, findings)

    async def _load(self, job: Job, opened: _Open) -> JobState:
        rows = await _rows(opened, job.taken, self._kind.load_rows)
        checked = await self._checked(job, [row for row in rows if row.number not in opened.bad])
        new: list[Checked[T]] = []
        found: list[Compared] = []
        repeated = 0
        findings: list[tuple[int, Finding]] = []
        async with self._database.unit_of_work(self._clock.now()) as uow:
            compared = await self._intake.compare(uow.connection, job, checked, {})
            for row, beside in zip(checked, compared, strict=True):
                # Rows that were good when checked, but whose number has been used since.
                conflicts = [finding for finding in beside.findings if finding.is_bad]
                if conflicts:
                    findings += enumerate(conflicts, start=len(row.findings))
                elif beside.is_stored:
                    repeated += 1
                elif row.item is not None:
                    new.append(row)
                    found.append(beside)
            await self._intake.add(uow, new, found)
            changes = {
                "taken": job.taken + len(rows),
                "loaded": job.loaded + len(new),
                "repeated": job.repeated + repeated,
                "bad": job.bad + len({finding.row for _, finding in findings}),
            }
            await self._jobs.advance(uow, job, changes, findings, self._keeping)
        return job.state

    async def _finish(self, job: Job, opened: _Open) -> JobState:
        """Finish a job whose rows are all processed, with a report of its findings."""
        report = None
        if job.bad or job.warnings:
            async with self._database.reading() as connection:
                findings = await self._jobs.findings_of(
                    connection, job.id, most=MOST_FINDINGS, keeping=self._keeping
                )
            report = await asyncio.to_thread(write_report, self._kind.template, opened.ledger, findings)
        # A job that ends while checking has bad rows that reject the whole file.
        state = JobState.REJECTED if job.state is JobState.CHECKING else JobState.DONE
        return await self._advance(job, state, {"report": report})

    async def _checked(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[T]]:
        return await asyncio.to_thread(self._intake.check, job, rows)

    async def _advance(
        self,
        job: Job,
        state: JobState,
        changes: Mapping[str, object],
        findings: Sequence[tuple[int, Finding]] = (),
    ) -> JobState:
        async with self._database.unit_of_work(self._clock.now()) as uow:
            report = changes.get("report")
            if isinstance(report, bytes):
                changes = {**changes, "report": await self._keeping.put(uow, job.id, report)}
            elif state in FINISHED:
                await self._keeping.forget(uow, [job.id])
            await self._jobs.advance(uow, job, {"state": state, **changes}, findings, self._keeping)
            if state in FINISHED:
                await self._ended(uow, replace(job, state=state, finished_at=uow.now))
        return state


async def _rows(opened: _Open, first: int, most: int) -> Sequence[RawRow]:
    # In a thread, since unpacking a piece of the file blocks.
    return await asyncio.to_thread(lambda: opened.ledger.rows[first : first + most])


def _notes(template: Template, ledger: RawLedger) -> list[Finding]:
    """Return findings of the whole file: skipped parts, and columns that are not stored."""
    notes = [(code, "表头", reason) for code, reason in ledger.notes.items()]
    not_stored = [column.heading for column in template.columns if column.stored is Stored.NO]
    if filled := [heading for heading in not_stored if heading in ledger.filled]:
        notes.append(("column-not-kept", "、".join(filled), template.why_not_stored))
    return [
        Finding(ledger.header_row, column, code, reason, "无需处理", is_bad=False)
        for code, column, reason in notes
    ]


def loop_name(kind: ImportKind) -> str:
    """Return the name of a kind's loop and lease."""
    return f"{kind.template.name}-import"


def import_loop(
    database: Database,
    clock: Clock,
    kind: ImportKind,
    intake: Intake[T],
    *,
    keeping: Keeping = PLAIN,
    ended: Ended = _nothing,
) -> Loop:
    """Return the worker's loop that does a kind's import jobs."""
    runner = ImportRunner(database, clock, kind, intake, keeping=keeping, ended=ended)

    async def step() -> None:
        if not await runner.step():
            await asyncio.sleep(IDLE_SECONDS)

    async def reset() -> None:
        return None

    return Loop(loop_name(kind), step, reset)
