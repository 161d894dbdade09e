"""Export jobs: what was asked for, how far it is, and its file in sealed pieces until it expires."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import uuid_utils
from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, ScopeColumns, ScopeKind, narrow
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.cursors import Keyset
from libs.workbooks.jobs.export_tables import ExportTables
from libs.workbooks.jobs.imports import OvertakenError

_EXPIRED_AT_ONCE: Final = 20


class ExportState(StrEnum):
    """Where an export is."""

    WAITING = "waiting"
    WRITING = "writing"
    DONE = "done"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ExportTerms:
    """The limits of an export as a policy has them when it is asked for."""

    policy_version: str
    most_rows: int
    most_downloads: int
    valid: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export without its file. `fields` are what it shows of persons, `filters` what its rows are narrowed by."""

    id: str
    number: str
    state: ExportState
    purpose: str
    fields: tuple[str, ...]
    filters: Mapping[str, Any]
    asked_by: str
    roles: tuple[str, ...]
    source_address: str
    scope: Scope
    terms: ExportTerms
    rows: int | None = None
    written: int = 0
    attempts: int = 0
    size: int | None = None
    asked_at: datetime
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    downloads: int = 0
    error: str | None = None

    def state_at(self, now: datetime) -> ExportState:
        """Return the state at an instant: a file is out of reach from its expiry on, whenever it is deleted."""
        is_over = self.expires_at is not None and self.expires_at <= now
        return ExportState.EXPIRED if self.state is ExportState.DONE and is_over else self.state

    def is_there(self, now: datetime) -> bool:
        """Tell whether the file can be taken once more at an instant."""
        return self.state_at(now) is ExportState.DONE and self.downloads < self.terms.most_downloads

    def why_not_there(self, now: datetime) -> str:
        """Return why the file cannot be taken at an instant, and what to do."""
        match self.state_at(now):
            case ExportState.WAITING | ExportState.WRITING:
                return "还没有生成，请稍后再下载"
            case ExportState.FAILED:
                return "导出没有完成，请重新导出"
            case ExportState.EXPIRED:
                return "文件已过期销毁，请重新导出"
        return f"已下载 {self.terms.most_downloads} 次，不能再下载；确有需要的请重新导出"

    def recorded(self, *more: str) -> tuple[str, ...]:
        """Return what the audit record says of it: what it shows, which it is, how many rows it has."""
        return (*self.fields, f"export:{self.number}", f"rows:{self.rows or 0}", *more)

    def filter_names(self, names: Mapping[str, str]) -> str:
        """Return the names of its filters in the order of `names`: a database may change that of a JSON object."""
        return "、".join(name for key, name in names.items() if key in self.filters)


class ExportJobs:
    """The stored exports of a kind; `label` names them in Chinese for the table of authorisations."""

    def __init__(self, tables: ExportTables, label: str) -> None:
        self._job, self._piece = tables.job, tables.piece
        self._j, self._p = tables.job.c, tables.piece.c
        self._newest = Keyset(((self._j.asked_at, True), (self._j.id, True)))
        # Who asks is of a utility, a district, or the city, which has no code.
        self.scopes = ScopeColumns(self._j.place_code, self._j.place_code, label=label)

    async def add(self, uow: UnitOfWork, export: Export) -> None:
        """Store a new export."""
        await uow.connection.execute(
            insert(self._job).values(
                id=export.id,
                number=export.number,
                state=export.state,
                purpose=export.purpose,
                fields=list(export.fields),
                filters=dict(export.filters),
                asked_by=export.asked_by,
                roles=list(export.roles),
                source_address=export.source_address,
                place_kind=export.scope.kind,
                place_code=export.scope.code,
                policy_version=export.terms.policy_version,
                most_rows=export.terms.most_rows,
                most_downloads=export.terms.most_downloads,
                valid_minutes=export.terms.valid // timedelta(minutes=1),
                written=0,
                attempts=0,
                asked_at=export.asked_at,
                downloads=0,
            )
        )

    async def newest(
        self,
        connection: AsyncConnection,
        scope: Scope,
        *,
        asked_by: str | None = None,
        limit: int,
        cursor: str | None,
    ) -> tuple[list[Export], str | None]:
        """Return a page of the exports that a scope may see, or of a subject's, and the next cursor.

        Raises `cursor-invalid`.
        """
        statement = narrow(select(self._job), scope, self.scopes)
        if asked_by is not None:
            statement = statement.where(self._j.asked_by == asked_by)
        filters = {"asked_by": asked_by}
        rows, following = await self._newest.read(
            connection, statement, limit=limit, cursor=cursor, filters=filters
        )
        return [_to_export(row) for row in rows], following

    async def find(self, connection: AsyncConnection, export_id: str, scope: Scope) -> Export | None:
        """Return an export that the scope may see."""
        return await _one(
            connection, narrow(select(self._job).where(self._j.id == export_id), scope, self.scopes)
        )

    async def oldest_unfinished(self, connection: AsyncConnection) -> Export | None:
        """Return the next export to write."""
        statement = select(self._job).where(self._j.finished_at.is_(None))
        return await _one(connection, statement.order_by(self._j.asked_at, self._j.id).limit(1))

    async def is_unfinished_of(self, connection: AsyncConnection, subject: str) -> bool:
        """Tell whether a subject waits for an export."""
        unfinished = select(self._j.id).where(self._j.finished_at.is_(None), self._j.asked_by == subject)
        return await connection.scalar(unfinished.limit(1)) is not None

    async def rows_of(self, connection: AsyncConnection, subject: str, since: datetime) -> int:
        """Return how many rows a subject's exports have had since an instant."""
        counted = (self._j.asked_by == subject, self._j.finished_at > since, self._j.size.is_not(None))
        return await connection.scalar(select(func.sum(self._j.rows)).where(*counted)) or 0

    # -- progress

    async def begin(self, uow: UnitOfWork, export: Export) -> Export:
        """Let this process write the file from its first row. Raises OvertakenError if another one has begun."""
        values = {"state": ExportState.WRITING, "attempts": export.attempts + 1, "rows": None, "written": 0}
        return await self._advance(uow, export, values)

    async def note(self, uow: UnitOfWork, export: Export, *, rows: int, written: int) -> None:
        """Store how many rows there are and are written. Raises OvertakenError."""
        await self._advance(uow, export, {"rows": rows, "written": written})

    async def finish(self, uow: UnitOfWork, export: Export, *, rows: int, size: int) -> Export:
        """Store that the file is there, until it expires. Raises OvertakenError."""
        values = {
            "state": ExportState.DONE,
            "rows": rows,
            "written": rows,
            "size": size,
            "finished_at": uow.now,
            "expires_at": uow.now + export.terms.valid,
        }
        return await self._advance(uow, export, values)

    async def fail(self, uow: UnitOfWork, export: Export, error: str) -> Export:
        """Store why there will be no file. Raises OvertakenError."""
        values = {"state": ExportState.FAILED, "finished_at": uow.now, "error": error}
        return await self._advance(uow, export, values)

    async def _advance(self, uow: UnitOfWork, export: Export, values: Mapping[str, Any]) -> Export:
        own = (
            self._j.id == export.id,
            self._j.attempts == export.attempts,
            self._j.finished_at.is_(None),
        )
        changed = update(self._job).where(*own).values(**values).returning(self._job)
        row = (await uow.connection.execute(changed)).one_or_none()
        if row is None:
            raise OvertakenError(export.id)
        return _to_export(row)

    # -- files

    async def add_piece(self, uow: UnitOfWork, export_id: str, position: int, content: bytes) -> None:
        """Store a piece of a file as it is kept."""
        await uow.connection.execute(
            insert(self._piece).values(job_id=export_id, position=position, content=content)
        )

    async def piece_of(self, connection: AsyncConnection, export_id: str, position: int) -> bytes | None:
        """Return a piece of a file as it is kept; None behind the last one."""
        statement = select(self._p.content).where(self._p.job_id == export_id, self._p.position == position)
        content: bytes | None = await connection.scalar(statement)
        return content

    async def count_download(self, uow: UnitOfWork, export: Export) -> int | None:
        """Count a download; return its number, None where the file is not there or its downloads are used up."""
        given = (
            self._j.id == export.id,
            self._j.state == ExportState.DONE,
            self._j.expires_at > uow.now,
            self._j.downloads < self._j.most_downloads,
        )
        counted = update(self._job).where(*given).values(downloads=self._j.downloads + 1)
        number: int | None = await uow.connection.scalar(counted.returning(self._j.downloads))
        return number

    async def expired(self, connection: AsyncConnection, now: datetime) -> Collection[str]:
        """Return exports whose file is to be deleted."""
        over = select(self._j.id).where(self._j.state == ExportState.DONE, self._j.expires_at <= now)
        return (await connection.scalars(over.order_by(self._j.expires_at).limit(_EXPIRED_AT_ONCE))).all()

    async def forget(self, uow: UnitOfWork, export_ids: Collection[str]) -> None:
        """Delete the files of exports; what was asked for stays on record."""
        await uow.connection.execute(delete(self._piece).where(self._p.job_id.in_(export_ids)))
        over = update(self._job).where(self._j.id.in_(export_ids)).values(state=ExportState.EXPIRED)
        await uow.connection.execute(over)


async def _one(connection: AsyncConnection, statement: Select[Any]) -> Export | None:
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _to_export(row)


def new_export(**values: Any) -> Export:
    """Return an export that waits, with a new id."""
    return Export(id=str(uuid_utils.uuid7()), state=ExportState.WAITING, **values)


def _to_export(row: Row[Any]) -> Export:
    return Export(
        id=row.id,
        number=row.number,
        state=ExportState(row.state),
        purpose=row.purpose,
        fields=tuple(row.fields),
        filters=row.filters,
        asked_by=row.asked_by,
        roles=tuple(row.roles),
        source_address=row.source_address,
        scope=Scope(ScopeKind(row.place_kind), row.place_code),
        terms=ExportTerms(
            row.policy_version, row.most_rows, row.most_downloads, timedelta(minutes=row.valid_minutes)
        ),
        rows=row.rows,
        written=row.written,
        attempts=row.attempts,
        size=row.size,
        asked_at=row.asked_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        downloads=row.downloads,
        error=row.error,
    )
