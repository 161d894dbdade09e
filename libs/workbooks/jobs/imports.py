"""Import jobs: the uploaded file, its progress, and its findings."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
import uuid_utils
from sqlalchemy import ColumnElement, Row, and_, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.cursors import Keyset
from libs.common.personal_data import find_personal
from libs.workbooks.jobs.keeping import PLAIN, Keeping
from libs.workbooks.jobs.tables import ImportTables
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.own_layout import USUAL, Layout

MOST_SHOWN = 1_000
_QUOTED: Final = re.compile("“[^”]*”")
_DIGIT: Final = re.compile("[0-9]")


class Mode(StrEnum):
    """Whether one bad row rejects the whole file, or the good rows are taken."""

    ALL = "all"
    GOOD = "good"


class JobState(StrEnum):
    """Where a job is."""

    CHECKING = "checking"
    LOADING = "loading"
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A job without its file. `taken` counts the rows that loading has passed, `loaded` those that it added."""

    id: str
    file_name: str
    mode: Mode
    state: JobState
    asked_by: str
    scope: Scope
    rows: int
    checked: int
    taken: int
    loaded: int
    repeated: int
    bad: int
    warnings: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    layout: Layout
    has_report: bool


class OvertakenError(Exception):
    """Another process has advanced this job meanwhile; the transaction is rolled back."""


FINISHED: Final = (JobState.DONE, JobState.REJECTED, JobState.FAILED)


def _to_job(row: Mapping[Any, Any]) -> Job:
    values = {str(name): value for name, value in row.items()}
    scope = Scope(ScopeKind(values.pop("place_kind")), values.pop("place_code"))
    values["has_report"] = bool(values["has_report"])
    values["mode"], values["state"] = Mode(values["mode"]), JobState(values["state"])
    layout = msgspec.convert(values.pop("layout") or {}, Layout)
    return Job(scope=scope, layout=layout, **values)


class ImportJobs:
    """The stored jobs and findings."""

    def __init__(self, tables: ImportTables) -> None:
        self._job, self._finding = tables.job, tables.finding
        self._j, self._f = tables.job.c, tables.finding.c
        self._newest = Keyset(((self._j.started_at, True), (self._j.id, True)))
        # All columns but the file itself and the report.
        self._columns = (
            *(column for column in self._j if column.name not in ("content", "report")),
            self._j.report.is_not(None).label("has_report"),
        )

    async def add(
        self,
        uow: UnitOfWork,
        *,
        file_name: str,
        content: bytes,
        rows: int,
        mode: Mode,
        asked_by: str,
        scope: Scope,
        layout: Layout = USUAL,
        keeping: Keeping = PLAIN,
    ) -> str:
        """Store a new job; return its id."""
        job_id = str(uuid_utils.uuid7())
        counts = dict.fromkeys(("checked", "taken", "loaded", "repeated", "bad", "warnings"), 0)
        await uow.connection.execute(
            insert(self._job).values(
                id=job_id,
                file_name=file_name[-200:],
                content=await keeping.put(uow, job_id, content),
                mode=mode,
                state=JobState.CHECKING,
                asked_by=asked_by,
                place_kind=scope.kind,
                place_code=scope.code,
                rows=rows,
                layout=msgspec.to_builtins(layout),
                started_at=uow.now,
                **counts,
            )
        )
        return job_id

    def visible_to(self, scope: Scope) -> ColumnElement[bool]:
        """Return the condition on jobs: those of the same scope; the city sees all."""
        if scope.kind is ScopeKind.CITY:
            return true()
        return and_(self._j.place_kind == scope.kind, self._j.place_code == scope.code)

    async def newest(
        self, connection: AsyncConnection, scope: Scope, *, limit: int, cursor: str | None
    ) -> tuple[list[Job], str | None]:
        """Return a page of the jobs that a scope may see, newest first, and the next cursor.

        Raises `cursor-invalid`.
        """
        statement = select(*self._columns).where(self.visible_to(scope))
        statement = self._newest.page(statement, limit=limit, cursor=cursor, filters={})
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
        page, following = self._newest.split(rows, limit=limit, filters={})
        return [_to_job(row._mapping) for row in page], following

    async def find(self, connection: AsyncConnection, job_id: str, scope: Scope) -> Job | None:
        """Return a job that the scope may see."""
        statement = select(*self._columns).where(self._j.id == job_id, self.visible_to(scope))
        row = (await connection.execute(statement)).mappings().one_or_none()
        return None if row is None else _to_job(row)

    async def oldest_unfinished(self, connection: AsyncConnection) -> Job | None:
        """Return the next job to process."""
        statement = select(*self._columns).where(self._j.finished_at.is_(None))
        statement = statement.order_by(self._j.started_at, self._j.id).limit(1)
        row = (await connection.execute(statement)).mappings().one_or_none()
        return None if row is None else _to_job(row)

    async def content_of(self, connection: AsyncConnection, job_id: str) -> bytes:
        """Return a job's file as it is stored; it is empty once the job is finished."""
        statement = select(self._j.content).where(self._j.id == job_id)
        content: bytes = (await connection.execute(statement)).scalar_one()
        return content

    async def findings_of(
        self,
        connection: AsyncConnection,
        job_id: str,
        *,
        is_bad: bool | None = None,
        most: int = MOST_SHOWN,
        keeping: Keeping = PLAIN,
    ) -> list[Finding]:
        """Return the first findings of a job in the order of its rows; with `is_bad`, of this kind only."""
        f = self._f
        statement = select(f.row, f.column, f.code, f.reason, f.remedy, f.is_bad).where(f.job_id == job_id)
        if is_bad is not None:
            statement = statement.where(f.is_bad == is_bad)
        rows = (await connection.execute(statement.order_by(f.row, f.position).limit(most))).all()
        reasons = await keeping.take_texts(connection, job_id, [row.reason for row in rows])
        return [replace(Finding(*row), reason=reason) for row, reason in zip(rows, reasons, strict=True)]

    async def report_of(self, connection: AsyncConnection, job_id: str, scope: Scope) -> bytes | None:
        """Return the report of a job that the scope may see, as it is stored; None where there is none."""
        statement = select(self._j.report).where(self._j.id == job_id, self.visible_to(scope))
        report: bytes | None = await connection.scalar(statement)
        return report

    async def forget_reports(self, uow: UnitOfWork, before: datetime) -> Collection[str]:
        """Delete the reports of jobs that finished before an instant; return their ids."""
        statement = (
            update(self._job)
            .where(self._j.report.is_not(None), self._j.finished_at < before)
            .values(report=None)
            .returning(self._j.id)
        )
        return (await uow.connection.scalars(statement)).all()

    async def count_of(self, connection: AsyncConnection, job_id: str, code: str) -> int:
        """Return the number of a job's findings of a code."""
        statement = select(func.count()).where(self._f.job_id == job_id, self._f.code == code)
        return await connection.scalar(statement) or 0

    async def is_unfinished_of(self, connection: AsyncConnection, subject: str) -> bool:
        """Tell whether a subject has an unfinished job."""
        statement = (
            select(self._j.id).where(self._j.finished_at.is_(None), self._j.asked_by == subject).limit(1)
        )
        return await connection.scalar(statement) is not None

    async def bad_row_numbers(self, connection: AsyncConnection, job_id: str) -> set[int]:
        """Return the numbers of all bad rows of a job."""
        rows = await connection.scalars(
            select(self._f.row).where(self._f.job_id == job_id, self._f.is_bad == true()).distinct()
        )
        return set(rows)

    async def advance(
        self,
        uow: UnitOfWork,
        job: Job,
        changes: Mapping[str, object],
        findings: Sequence[tuple[int, Finding]] = (),
        keeping: Keeping = PLAIN,
    ) -> None:
        """Store the progress of a job; `findings` come with their position in their row.

        Raises OvertakenError if the job has changed since it was read, so that no row is counted twice.
        """
        done = {"finished_at": uow.now, "content": b""} if changes.get("state") in FINISHED else {}
        result = await uow.connection.execute(
            update(self._job)
            .where(
                self._j.id == job.id,
                self._j.state == job.state,
                self._j.checked == job.checked,
                self._j.taken == job.taken,
            )
            .values(**changes, **done)
        )
        if result.rowcount != 1:
            raise OvertakenError(job.id)
        if findings:
            shown = [_without_numbers(finding.reason) for _, finding in findings]
            reasons = await keeping.put_texts(uow, job.id, shown)
            await uow.connection.execute(
                insert(self._finding),
                [
                    {
                        "job_id": job.id,
                        "row": finding.row,
                        "position": position,
                        "is_bad": finding.is_bad,
                        "column": finding.column,
                        "code": finding.code,
                        "reason": reason,
                        "remedy": finding.remedy,
                    }
                    for (position, finding), reason in zip(findings, reasons, strict=True)
                ],
            )


def _without_numbers(reason: str) -> str:
    """Return a reason without what it quotes of a cell where that is a number of a person."""
    if find_personal(reason) is None:
        return reason
    unquoted = _QUOTED.sub("“***”", reason)
    return unquoted if find_personal(unquoted) is None else _DIGIT.sub("*", unquoted)
