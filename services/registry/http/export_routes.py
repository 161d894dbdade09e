"""Exports of accounts: asked for with a purpose, masked and watermarked, taken a few times until they expire."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.audit.entries import Action
from libs.common.audit.log import refusals_recorded
from libs.common.auth.callers import Caller, Role
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.workbooks.http.exports import FILE_ANSWERS, STATE_NAMES, find_export, give_file
from libs.workbooks.jobs.exports import Export
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular
from services.registry.domain.reveals import PURPOSE_NAMES, Purpose
from services.registry.http.account_filters import ListFilters, of_survivor
from services.registry.http.export_models import AskExport, ExportView
from services.registry.http.request_people import staff_view
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.exports import EXPORTS
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.export_accounts import (
    NOT_THERE,
    ask_export,
    note_download,
    unit_name,
)
from services.registry.usecases.read_accounts import FILTER_NAMES

EXPORTERS: Final = (Role.CLERK, Role.APPROVER, Role.ADMINISTRATOR)
Asker = Annotated[Caller, require(*EXPORTERS, of=ACCOUNTS.scopes)]
Exporter = Annotated[Caller, require(*EXPORTERS, of=EXPORTS.scopes)]
Reader = Annotated[Caller, require(*EXPORTERS, Role.AUDITOR, of=EXPORTS.scopes)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

router = APIRouter(prefix="/v1", tags=["户导出"])


@router.post(
    "/account-exports",
    operation_id="askAccountExport",
    summary="导出户",
    status_code=202,
    response_model=ExportView,
    responses=answering(202, LOCATION),
)
async def ask(
    body: AskExport, once: Once, caller: Asker, parts: Parts, request: Request, filters: ListFilters
) -> Response:
    """Let the accounts of a list be written as a workbook, their particulars masked; one at a time for each account.

    It shows of persons what the purpose needs and the list has. Raises `export-running`, `export-empty` and
    `export-too-large`.
    """
    filters = await of_survivor(parts.database, filters)
    source_address = "" if request.client is None else request.client.host
    async with refusals_recorded(caller, request, Action.EXPORT, purpose=body.purpose):

        async def action(uow: UnitOfWork) -> Answer:
            export = await ask_export(uow, parts.rulebook, caller, source_address, body.purpose, filters)
            location = f"/v1/account-exports/{export.id}"
            return Answer(_view(export, caller, parts), 202, location=location)

        return await once(caller, action)


@router.get("/account-exports", operation_id="listAccountExports", summary="查询户导出")
async def list_exports(
    caller: Reader,
    parts: Parts,
    mine: Annotated[QueryFlag, Query(description="Only what the caller asked for")] = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> CountedPage[ExportView]:
    """List the exports of the caller's unit, or of all units, the newest first."""
    async with parts.database.reading() as connection:
        page, following = await EXPORTS.newest(
            connection,
            caller.scope,
            asked_by=caller.subject if mine else None,
            limit=limit,
            cursor=cursor,
        )
    return CountedPage(items=[_view(export, caller, parts) for export in page], next=following)


@router.get("/account-exports/{export_id}", operation_id="getAccountExport", summary="查看户导出的进度")
async def get_export(export_id: UUID, caller: Reader, parts: Parts) -> ExportView:
    """Show how far an export is. Raises `not-found`, also for another unit's."""
    async with parts.database.reading() as connection:
        return _view(await find_export(EXPORTS, connection, export_id, caller), caller, parts)


@router.get(
    "/account-exports/{export_id}/file.xlsx",
    operation_id="downloadAccountExport",
    summary="下载户导出的文件",
    response_class=StreamingResponse,
    responses=FILE_ANSWERS,
)
async def download(export_id: UUID, caller: Exporter, parts: Parts, request: Request) -> StreamingResponse:
    """Send the file to whoever asked for it; each time counts and is on record, but by HEAD, which takes nothing.

    Raises `export-not-there`.
    """

    async def note(uow: UnitOfWork, export: Export) -> None:
        await note_download(uow, request.app.state.audit, parts.rulebook, export)

    return await give_file(request, caller, parts, EXPORTS, export_id, _file_name, NOT_THERE, note)


def _file_name(export: Export) -> str:
    """Return the watermark as the name of a file: number (of unit and day), account, time; no person is in it."""
    return f"户导出-{export.number}-{export.asked_by}-{local(export.asked_at):%Y%m%d%H%M}-已脱敏"


def _view(export: Export, caller: Caller, parts: command.Parts[RuleBook]) -> ExportView:
    state = export.state_at(parts.clock.now())
    return ExportView(
        id=UUID(export.id),
        number=export.number,
        state=state.value,
        state_name=STATE_NAMES[state],
        purpose=Purpose(export.purpose),
        purpose_name=PURPOSE_NAMES[Purpose(export.purpose)],
        field_names="、".join(PARTICULAR_NAMES[Particular(name)] for name in export.fields),
        filter_names=export.filter_names(FILTER_NAMES),
        asked_by=export.asked_by,
        asker=staff_view(export.asked_by, caller, parts.rulebook.rules, export.scope.unit),
        unit=export.scope.unit,
        unit_name=unit_name(export.scope),
        rows=export.rows,
        written=export.written,
        asked_at=export.asked_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
        downloads=export.downloads,
        most_downloads=export.terms.most_downloads,
        can_download=export.is_there(parts.clock.now()) and export.asked_by == caller.subject,
        error=export.error,
    )
