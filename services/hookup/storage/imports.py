"""Import jobs: the file that was handed in, how far it is, and what was found in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import uuid_utils
from sqlalchemy import ColumnElement, Select, and_, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Place, PlaceKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.cursors import Keyset
from services.hookup.ledger.own_layout import USUAL, Layout
from services.hookup.ledger.reader import Finding
from services.hookup.storage.tables import import_finding, import_job

MOST_SHOWN = 1_000
_j, _f = import_job.c, import_finding.c
NEWEST = Keyset(((_j.started_at, True), (_j.id, True)))
# All but the file itself and what was made of it.
_COLUMNS = (
    *(column for column in _j if column is not _j.content and column is not _j.report),
    _j.report.is_not(None).label("has_report"),
)


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
    place: Place
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
    """Another process has taken this job further meanwhile; the transaction is rolled back."""


async def add(
    work: UnitOfWork,
    *,
    file_name: str,
    content: bytes,
    rows: int,
    mode: Mode,
    asked_by: str,
    place: Place,
    layout: Layout = USUAL,
) -> str:
    """Store a job that is to be done; return its id."""
    job_id = str(uuid_utils.uuid7())
    counts = dict.fromkeys(("checked", "taken", "loaded", "repeated", "bad", "warnings"), 0)
    await work.connection.execute(
        insert(import_job).values(
            id=job_id,
            file_name=file_name[-200:],
            content=content,
            mode=mode,
            state=JobState.CHECKING,
            asked_by=asked_by,
            place_kind=place.kind,
            place_code=place.code,
            rows=rows,
            layout=msgspec.to_builtins(layout),
            started_at=work.now,
            **counts,
        )
    )
    return job_id


def seen_from(place: Place) -> ColumnElement[bool]:
    """Return the condition on jobs: one's own place's, the city all."""
    if place.kind is PlaceKind.CITY:
        return true()
    return and_(_j.place_kind == place.kind, _j.place_code == place.code)


def jobs() -> Select[Any]:
    """Return the statement that selects jobs without their files."""
    return select(*_COLUMNS)


def to_job(row: Mapping[Any, Any]) -> Job:
    """Read a row of `jobs`."""
    values = {str(name): value for name, value in row.items()}
    place = Place(PlaceKind(values.pop("place_kind")), values.pop("place_code"))
    values["has_report"] = bool(values["has_report"])
    values["mode"], values["state"] = Mode(values["mode"]), JobState(values["state"])
    layout = msgspec.convert(values.pop("layout") or {}, Layout)
    return Job(place=place, layout=layout, **values)


async def find(connection: AsyncConnection, job_id: str, place: Place) -> Job | None:
    """Return a job that the place may see."""
    row = (await connection.execute(jobs().where(_j.id == job_id, seen_from(place)))).mappings().one_or_none()
    return None if row is None else to_job(row)


async def oldest_unfinished(connection: AsyncConnection) -> Job | None:
    """Return the job that is to be done next."""
    statement = jobs().where(_j.finished_at.is_(None)).order_by(_j.started_at, _j.id).limit(1)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else to_job(row)


async def content_of(connection: AsyncConnection, job_id: str) -> bytes:
    """Return a job's file; it is empty once the job is finished."""
    content: bytes = (await connection.execute(select(_j.content).where(_j.id == job_id))).scalar_one()
    return content


async def findings_of(connection: AsyncConnection, job_id: str, *, is_bad: bool) -> list[Finding]:
    """Return the first thousand findings of a job in the order of its rows."""
    rows = await connection.execute(
        select(_f.row, _f.column, _f.code, _f.reason, _f.remedy, _f.is_bad)
        .where(_f.job_id == job_id, _f.is_bad == is_bad)
        .order_by(_f.row, _f.position)
        .limit(MOST_SHOWN)
    )
    return [Finding(*row) for row in rows]


async def all_findings(connection: AsyncConnection, job_id: str, most: int) -> list[Finding]:
    """Return the first findings of a job in the order of its rows, bad and not."""
    rows = await connection.execute(
        select(_f.row, _f.column, _f.code, _f.reason, _f.remedy, _f.is_bad)
        .where(_f.job_id == job_id)
        .order_by(_f.row, _f.position)
        .limit(most)
    )
    return [Finding(*row) for row in rows]


async def report_of(connection: AsyncConnection, job_id: str, place: Place) -> bytes | None:
    """Return the report of a job that the place may see, while it is kept; None where there is none."""
    statement = select(_j.report).where(_j.id == job_id, seen_from(place))
    report: bytes | None = await connection.scalar(statement)
    return report


async def forget_reports(work: UnitOfWork, before: datetime) -> None:
    """Forget the reports of jobs that were finished before an instant."""
    statement = update(import_job).where(_j.report.is_not(None), _j.finished_at < before).values(report=None)
    await work.connection.execute(statement)


async def is_unfinished_of(connection: AsyncConnection, subject: str) -> bool:
    """Tell whether a subject's job is still to be done."""
    statement = select(_j.id).where(_j.finished_at.is_(None), _j.asked_by == subject).limit(1)
    return await connection.scalar(statement) is not None


async def bad_row_numbers(connection: AsyncConnection, job_id: str) -> set[int]:
    """Return the numbers of all bad rows of a job."""
    rows = await connection.scalars(select(_f.row).where(_f.job_id == job_id, _f.is_bad == true()).distinct())
    return set(rows)


async def advance(
    work: UnitOfWork, job: Job, changes: Mapping[str, object], findings: Sequence[tuple[int, Finding]] = ()
) -> None:
    """Take a job a step further; `findings` come with their position in their row.

    Raises OvertakenError unless the job still is as it was read, so that no row is ever counted twice.
    """
    done = {"finished_at": work.now, "content": b""} if changes.get("state") in _FINISHED else {}
    result = await work.connection.execute(
        update(import_job)
        .where(_j.id == job.id, _j.state == job.state, _j.checked == job.checked, _j.taken == job.taken)
        .values(**changes, **done)
    )
    if result.rowcount != 1:
        raise OvertakenError(job.id)
    if findings:
        await work.connection.execute(
            insert(import_finding),
            [
                {
                    "job_id": job.id,
                    "row": each.row,
                    "position": position,
                    "is_bad": each.is_bad,
                    "column": each.column,
                    "code": each.code,
                    "reason": each.reason,
                    "remedy": each.remedy,
                }
                for position, each in findings
            ],
        )


_FINISHED = (JobState.DONE, JobState.REJECTED, JobState.FAILED)
