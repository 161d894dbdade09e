"""Read a ledger in: every row is checked first, then the good ones are taken, each exactly once.

A job goes on in slices, each one transaction with the job's progress in it. A process that is killed loses at
most a slice that was never committed; whoever comes next goes on from there.
"""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import Final

import structlog
import uuid_utils
from sqlalchemy.exc import IntegrityError

from libs.common import lease
from libs.common.clock import Clock, local
from libs.common.database.engine import Database, is_unavailable
from libs.common.problems import Problem
from libs.common.store import Addition
from libs.common.worker import Loop
from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from services.hookup.ledger.check import Checked, Checker, check
from services.hookup.ledger.file_reading import read_beside
from services.hookup.ledger.layout import NOT_KEPT, OF_EVERY_CASE
from services.hookup.ledger.reader import Finding
from services.hookup.ledger.report import write_report
from services.hookup.ledger.rows import RawLedger, RawRow, open_ledger
from services.hookup.storage import imports
from services.hookup.storage.cases import CASES
from services.hookup.storage.imports import Job, JobState, Mode, OvertakenError
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.import_numbers import (
    Numbers,
    lives_beside,
    lives_here,
    move_counters,
    number_findings,
    number_of,
    numbers_of,
    twins_of,
)

log = structlog.get_logger(__name__)

LEASE: Final = "ledger-import"
# A slice takes a second at most; one that takes longer is fenced by the job's own counts.
LEASE_SECONDS: Final = 10.0
CHECK_ROWS: Final = 200
LOAD_ROWS: Final = 50
IDLE_SECONDS: Final = 0.5
MOST_FINDINGS: Final = 20_000
KEEP_REPORTS: Final = timedelta(days=7)


@dataclass(slots=True)
class _Open:
    """The job's file as this process has read it, so that it is read once and not for each slice."""

    job_id: str
    ledger: RawLedger
    bad: set[int]


class ImportRunner:
    """Does import jobs, one at a time across replicas, oldest first."""

    def __init__(self, database: Database, clock: Clock, rulebook: RuleBook) -> None:
        self._database = database
        self._clock = clock
        self._rulebook = rulebook
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid_utils.uuid4()}"[-80:]
        self._open: _Open | None = None
        # Where the last conflict was met: one that is met again there is a fault.
        self._met: tuple[str, int] | None = None
        self._look_again_at = 0.0

    async def step(self) -> bool:
        """Do the next slice of the oldest job; False when there is none or another process does it."""
        if await self._oldest() is None:
            self._open = None
            await self._forget_reports()
            return False
        async with self._database.unit_of_work(self._clock.now()) as work:
            if not await lease.hold(work.connection, LEASE, self._holder, LEASE_SECONDS):
                return False
        # Asked again: whoever had the lease may have finished it.
        if (job := await self._oldest()) is not None:
            try:
                state = await self._done(job)
            except OvertakenError:
                self._open = None
                return True
            if state in (JobState.CHECKING, JobState.LOADING):
                return True
        self._open = None
        async with self._database.unit_of_work(self._clock.now()) as work:
            await lease.release(work.connection, LEASE, self._holder)
        return True

    async def _forget_reports(self) -> None:
        """Forget reports after a week, looking once an hour of the machine's time: they hold a ledger's cells."""
        if monotonic() >= self._look_again_at:
            self._look_again_at = monotonic() + 3_600
            now = self._clock.now()
            async with self._database.unit_of_work(now) as work:
                await imports.forget_reports(work, now - KEEP_REPORTS)

    async def _oldest(self) -> Job | None:
        async with self._database.reading() as connection:
            return await imports.oldest_unfinished(connection)

    async def _done(self, job: Job) -> JobState:
        """Do a slice; a job that cannot go on fails, so that one file does not hold up those behind it."""
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
                # Somebody else took a number between our look and our write; it is seen next time.
                self._met = at
                return job.state
            log.exception("import_failed", job=job.id)
            text = str(error) if isinstance(error, Problem) else "系统内部错误，请联系管理员"
            return await self._advance(job, JobState.FAILED, {"error": text})

    async def _slice(self, job: Job) -> JobState:
        await self._rulebook.refresh()
        opened = self._open
        if opened is None or opened.job_id != job.id:
            opened = self._open = await self._read(job)
        if job.state is JobState.LOADING:
            return await self._load(job, opened) if job.taken < job.rows else await self._finish(job, opened)
        return await self._check(job, opened) if job.checked < job.rows else await self._finish(job, opened)

    async def _read(self, job: Job) -> _Open:
        async with self._database.reading() as connection:
            content = await imports.content_of(connection, job.id)
            bad = await imports.bad_row_numbers(connection, job.id)
        ledger = await read_beside(lambda: open_ledger(content, job.layout))
        return _Open(job.id, ledger, bad)

    async def _check(self, job: Job, opened: _Open) -> JobState:
        rows = await _rows(opened, job.checked, CHECK_ROWS)
        checked = await self._checked(job, rows)
        async with self._database.reading() as connection:
            numbers = await numbers_of(connection, rows, job.place)
            twins = await twins_of(
                connection, [each.case for each in checked if each.case is not None], job.place
            )
        findings: list[tuple[int, Finding]] = []
        if job.checked == 0:
            findings += enumerate(_notes(opened.ledger))
        for each in checked:
            found = self._found(each, opened.ledger.repeated, numbers)
            if each.case is not None and (twin := twins.get(each.case.number)):
                found.append(lives_beside(each.raw.number, twin))
            findings += enumerate(found)
            if any(finding.is_bad for finding in found):
                opened.bad.add(each.raw.number)
        done = job.checked + len(rows)
        bad = job.bad + len({finding.row for _, finding in findings if finding.is_bad})
        warnings = job.warnings + sum(not finding.is_bad for _, finding in findings)
        is_last = done == len(opened.ledger.rows)
        is_rejected = job.mode is Mode.ALL and bad > 0
        state = JobState.LOADING if is_last and not is_rejected else job.state
        return await self._advance(job, state, {"checked": done, "bad": bad, "warnings": warnings}, findings)

    def _found(self, each: Checked, repeated: Mapping[int, int], numbers: Numbers) -> list[Finding]:
        """Return all that is found in a row; one of a case that lives here is not looked into: it changes nothing."""
        known = numbers.known.get(number_of(each.raw))
        if known is not None and known.lives_here and each.raw.number not in repeated:
            return [lives_here(each.raw.number)]
        return [*each.findings, *number_findings(each, repeated, numbers, self._today())]

    def _today(self) -> date:
        return local(self._clock.now()).date()

    async def _load(self, job: Job, opened: _Open) -> JobState:
        rows = await _rows(opened, job.taken, LOAD_ROWS)
        checked = await self._checked(job, [each for each in rows if each.number not in opened.bad])
        new: list[Addition[Case, Rules]] = []
        repeated = 0
        findings: list[tuple[int, Finding]] = []
        async with self._database.unit_of_work(self._clock.now()) as work:
            numbers = await numbers_of(work.connection, rows, job.place)
            for each in checked:
                # What was good when it was checked and is not any more: somebody else took the number.
                conflicts = [found for found in self._found(each, {}, numbers) if found.is_bad]
                if conflicts:
                    findings += enumerate(conflicts, start=len(each.findings))
                elif number_of(each.raw) in numbers.known:
                    repeated += 1
                elif each.case is not None and each.rules is not None:
                    new.append(Addition(each.case, each.rules, {"source_hash": each.source_hash}))
            await CASES.add(work, new)
            await move_counters(work, (each.aggregate.number for each in new))
            changes = {
                "taken": job.taken + len(rows),
                "loaded": job.loaded + len(new),
                "repeated": job.repeated + repeated,
                "bad": job.bad + len({finding.row for _, finding in findings}),
            }
            await imports.advance(work, job, changes, findings)
        return job.state

    async def _finish(self, job: Job, opened: _Open) -> JobState:
        """End a job whose rows are all done, with a report to take away where something was found."""
        report = None
        if job.bad or job.warnings:
            async with self._database.reading() as connection:
                findings = await imports.all_findings(connection, job.id, MOST_FINDINGS)
            report = await asyncio.to_thread(write_report, opened.ledger, findings)
        # One that is still being checked has rows that keep all of it out.
        state = JobState.REJECTED if job.state is JobState.CHECKING else JobState.DONE
        return await self._advance(job, state, {"report": report})

    async def _checked(self, job: Job, rows: Sequence[RawRow]) -> list[Checked]:
        book = self._rulebook
        rules_at = partial(book.at, or_first=True)
        checker = Checker(rules_at, book.first_day, self._clock.now(), job.asked_by, job.place)
        return await asyncio.to_thread(lambda: [check(each, checker) for each in rows])

    async def _advance(
        self,
        job: Job,
        state: JobState,
        changes: Mapping[str, object],
        findings: Sequence[tuple[int, Finding]] = (),
    ) -> JobState:
        async with self._database.unit_of_work(self._clock.now()) as work:
            await imports.advance(work, job, {"state": state, **changes}, findings)
        return state


async def _rows(opened: _Open, first: int, most: int) -> Sequence[RawRow]:
    # In a thread, since a piece of the file may have to be unpacked.
    return await asyncio.to_thread(lambda: opened.ledger.rows[first : first + most])


def _notes(ledger: RawLedger) -> list[Finding]:
    """Say once what of the file is not read, and which columns are not stored: personal data, and what other parts
    of the system keep.
    """
    notes = [(code, "表头", reason) for code, reason in ledger.notes.items()]
    if filled := [name for name in NOT_KEPT if name in ledger.filled and name not in OF_EVERY_CASE]:
        reason = "这些列不随报装件入库：个人信息只存用户底数库，其余由各自业务登记"
        notes.append(("column-not-kept", "、".join(filled), reason))
    return [
        Finding(ledger.header_row, column, code, reason, "无需处理", is_bad=False)
        for code, column, reason in notes
    ]


def import_loop(database: Database, clock: Clock, rulebook: RuleBook) -> Loop:
    """Return the worker's loop that does import jobs."""
    runner = ImportRunner(database, clock, rulebook)

    async def step() -> None:
        if not await runner.step():
            await asyncio.sleep(IDLE_SECONDS)

    async def reset() -> None:
        return None

    return Loop("ledger-import", step, reset)
