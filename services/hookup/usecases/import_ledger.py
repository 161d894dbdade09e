"""Read a ledger in: every row is checked first, then the good ones are taken, each exactly once.

A job goes on in slices, each one transaction with the job's progress in it. A process that is killed loses at
most a slice that was never committed; whoever comes next goes on from there.
"""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
import uuid_utils
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import lease
from libs.common.clock import Clock
from libs.common.database.engine import Database, is_unavailable
from libs.common.problems import Problem
from libs.common.worker import Loop
from services.hookup.ledger.check import Checked, Checker, check
from services.hookup.ledger.layout import NOT_KEPT
from services.hookup.ledger.reader import Finding
from services.hookup.ledger.rows import RawLedger, RawRow, open_ledger, text_of
from services.hookup.storage import cases, imports
from services.hookup.storage.imports import Job, JobState, Mode, OvertakenError
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case

log = structlog.get_logger(__name__)

LEASE: Final = "ledger-import"
# A slice takes a second at most; one that takes longer is fenced by the job's own counts.
LEASE_SECONDS: Final = 10.0
CHECK_ROWS: Final = 200
LOAD_ROWS: Final = 50
IDLE_SECONDS: Final = 0.5


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

    async def step(self) -> bool:
        """Do the next slice of the oldest job; False when there is none or another process does it."""
        async with self._database.reading() as connection:
            job = await imports.oldest_unfinished(connection)
        if job is None:
            self._open = None
            return False
        async with self._database.unit_of_work(self._clock.now()) as work:
            if not await lease.hold(work.connection, LEASE, self._holder, LEASE_SECONDS):
                return False
        try:
            state = await self._slice(job)
        except OvertakenError:
            self._open = None
            return True
        except Exception as error:
            if is_unavailable(error):
                self._open = None
                raise
            # One file must not hold up those behind it.
            log.exception("import_failed", job=job.id)
            text = str(error) if isinstance(error, Problem) else "系统内部错误，请联系管理员"
            state = await self._advance(job, JobState.FAILED, {"error": text})
        if state not in (JobState.CHECKING, JobState.LOADING):
            self._open = None
            async with self._database.unit_of_work(self._clock.now()) as work:
                await lease.release(work.connection, LEASE, self._holder)
        return True

    async def _slice(self, job: Job) -> JobState:
        await self._rulebook.refresh()
        opened = self._open
        if opened is None or opened.job_id != job.id:
            opened = self._open = await self._read(job)
        if job.state is JobState.CHECKING:
            return await self._check(job, opened)
        return await self._load(job, opened)

    async def _read(self, job: Job) -> _Open:
        async with self._database.reading() as connection:
            content = await imports.content_of(connection, job.id)
            bad = await imports.bad_row_numbers(connection, job.id)
        ledger = await asyncio.to_thread(open_ledger, content, job.layout)
        return _Open(job.id, ledger, bad)

    async def _check(self, job: Job, opened: _Open) -> JobState:
        rows = await _rows(opened, job.checked, CHECK_ROWS)
        checked = await self._checked(job, rows)
        known = await self._known(rows)
        findings: list[tuple[int, Finding]] = []
        if job.checked == 0:
            findings += enumerate(_notes(opened.ledger))
        for each in checked:
            found = [*each.findings, *_conflicts(each, opened.ledger.repeated, known), *_live(each, known)]
            findings += enumerate(found)
            if any(finding.is_bad for finding in found):
                opened.bad.add(each.raw.number)
        done = job.checked + len(rows)
        bad = job.bad + len({finding.row for _, finding in findings if finding.is_bad})
        warnings = job.warnings + sum(not finding.is_bad for _, finding in findings)
        state = job.state
        if done == len(opened.ledger.rows):
            state = JobState.REJECTED if bad and job.mode is Mode.ALL else JobState.LOADING
        return await self._advance(job, state, {"checked": done, "bad": bad, "warnings": warnings}, findings)

    async def _load(self, job: Job, opened: _Open) -> JobState:
        rows = await _rows(opened, job.taken, LOAD_ROWS)
        checked = await self._checked(job, [each for each in rows if each.number not in opened.bad])
        new: list[cases.Addition] = []
        repeated = 0
        findings: list[tuple[int, Finding]] = []
        async with self._database.unit_of_work(self._clock.now()) as work:
            known = await _known_in(work.connection, rows)
            for each in checked:
                conflicts = [
                    *(found for found in each.findings if found.is_bad),
                    *_conflicts(each, {}, known),
                ]
                if conflicts or each.case is None or each.rules is None:
                    # What was good when it was checked and is not any more: somebody else took the number.
                    findings += enumerate(conflicts, start=len(each.findings))
                elif each.case.number in known:
                    repeated += 1
                else:
                    new.append(cases.Addition(each.case, each.rules, each.source_hash))
            await cases.add(work, *new)
            taken = job.taken + len(rows)
            state = JobState.DONE if taken == len(opened.ledger.rows) else job.state
            changes = {
                "state": state,
                "taken": taken,
                "loaded": job.loaded + len(new),
                "repeated": job.repeated + repeated,
                "bad": job.bad + len({finding.row for _, finding in findings}),
            }
            await imports.advance(work, job, changes, findings)
        return state

    async def _checked(self, job: Job, rows: Sequence[RawRow]) -> list[Checked]:
        checker = Checker(self._rulebook.at, self._clock.now(), job.asked_by, job.place)
        return await asyncio.to_thread(lambda: [check(each, checker) for each in rows])

    async def _known(self, rows: Sequence[RawRow]) -> dict[str, str | None]:
        async with self._database.reading() as connection:
            return await _known_in(connection, rows)

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


async def _known_in(connection: AsyncConnection, rows: Sequence[RawRow]) -> dict[str, str | None]:
    """Return the numbers of these rows that the database has, each with the digest of the row it came from."""
    numbers = {text_of(each.cells.get("受理编号")) for each in rows}
    statement = select(hookup_case.c.number, hookup_case.c.source_hash).where(
        hookup_case.c.number.in_(numbers)
    )
    return {row.number: row.source_hash for row in await connection.execute(statement)}


def _conflicts(each: Checked, repeated: Mapping[int, int], known: Mapping[str, str | None]) -> list[Finding]:
    row, number = each.raw.number, text_of(each.raw.cells.get("受理编号"))
    found = []
    if row in repeated:
        found.append(
            Finding(
                row,
                "受理编号",
                "duplicate-number",
                f"与第 {repeated[row]} 行的受理编号相同",
                "请删除重复的行或改正编号",
            )
        )
    if each.case is not None and known.get(number) not in (None, each.source_hash):
        found.append(
            Finding(
                row,
                "受理编号",
                "number-taken",
                "系统里已有这个受理编号，内容不同",
                "请核对编号；已入库的件请在系统里办理",
            )
        )
    return found


def _live(each: Checked, known: Mapping[str, str | None]) -> list[Finding]:
    """Note a case that was never read in but lives in the system: a row does not change it."""
    number = text_of(each.raw.cells.get("受理编号"))
    if known.get(number, "") is not None:
        return []
    return [
        Finding(
            each.raw.number,
            "受理编号",
            "lives-here",
            "此件是在系统里受理的，以系统记录为准，台账行不改动它",
            "无需处理",
            is_bad=False,
        )
    ]


def _notes(ledger: RawLedger) -> list[Finding]:
    """Say once what of the file is not read, and which columns are not stored: personal data, and what other parts
    of the system keep.
    """
    notes = [(code, "表头", reason) for code, reason in ledger.notes.items()]
    if filled := [name for name in NOT_KEPT if name in ledger.filled]:
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
