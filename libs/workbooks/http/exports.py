"""Exports over HTTP, whatever their rows are of: the names of their states, and the file, given out on record."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Caller
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command
from libs.common.http.head import is_head
from libs.common.problems import NOT_FOUND, ProblemKind
from libs.common.rules import RuleError
from libs.workbooks.http.import_routes import XLSX, attachment
from libs.workbooks.jobs.exports import Export, ExportJobs
from libs.workbooks.jobs.keeping import Keeping

STATE_NAMES: Final = {
    "waiting": "排队中",
    "writing": "正在生成",
    "done": "可下载",
    "expired": "已过期",
    "failed": "未完成",
}
FILE_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
        "description": "Excel 工作簿，个人信息已脱敏，每页有水印",
    }
}
"""What the route of a file answers with, for its contract."""


async def find_export(
    jobs: ExportJobs, connection: AsyncConnection, export_id: UUID, caller: Caller
) -> Export:
    """Return an export. Raises `not-found`, also for another unit's."""
    export = await jobs.find(connection, str(export_id), caller.scope)
    if export is None:
        raise NOT_FOUND("没有这个导出，或不在您的管辖范围内")
    return export


async def give_file(
    request: Request,
    caller: Caller,
    parts: command.Parts[Any],
    jobs: ExportJobs,
    export_id: UUID,
    name: Callable[[Export], str],
    not_there: ProblemKind,
    note: Callable[[UnitOfWork, Export], Awaitable[None]] | None = None,
) -> StreamingResponse:
    """Send the file of an export to whoever asked for it; each time counts and is on record, but by HEAD.

    `name` is the file's without its ending, `note` what else a service does when it is taken. Raises `not_there`.
    """
    async with parts.database.reading() as connection:
        export = await find_export(jobs, connection, export_id, caller)
    async with (
        refusals_recorded(caller, request, Action.EXPORT, purpose=export.purpose, fields=export.recorded()),
        parts.database.unit_of_work(parts.clock.now()) as uow,
    ):
        if export.asked_by != caller.subject:
            raise RuleError("not-the-asker", "只能由提出导出的人下载", "请自行提出导出")
        if is_head(request):
            # Takes nothing.
            if not export.is_there(uow.now):
                raise not_there(export.why_not_there(uow.now))
        else:
            number = await jobs.count_download(uow, export)
            if number is None:
                raise not_there(export.why_not_there(uow.now))
            if note is not None:
                await note(uow, export)
            fields = export.recorded(f"download:{number}")
            await recorded(uow, caller, request, Action.EXPORT, purpose=export.purpose, fields=fields)
    headers = attachment(f"{name(export)}.xlsx") | {
        "content-length": str(export.size),
        "cache-control": "private, no-store",
    }
    pieces = _pieces(parts, jobs, request.app.state.import_keeping, export.id)
    return StreamingResponse(pieces, media_type=XLSX, headers=headers)


async def _pieces(
    parts: command.Parts[Any], jobs: ExportJobs, keeping: Keeping, export_id: str
) -> AsyncIterator[bytes]:
    position = 0
    while True:
        async with parts.database.reading() as connection:
            stored = await jobs.piece_of(connection, export_id, position)
            if stored is None:
                return
            piece = await keeping.take(connection, export_id, stored, position)
        yield piece
        position += 1
