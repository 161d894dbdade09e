"""Ledgers 3 and 4: what stands in the ledger of clearing, and both as workbooks, masked and on record."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView, person_view, role_name, unit_name
from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Caller, Role
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.head import is_head
from libs.common.http.headers import LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.labels import Label
from libs.common.places import Supply
from libs.common.problems import NOT_FOUND
from libs.common.rules import RuleError
from libs.workbooks.http.import_routes import XLSX, attachment
from libs.workbooks.jobs.exports import Export
from libs.workbooks.jobs.keeping import Keeping
from services.grievances.domain.values.kinds import PURPOSE_NAMES, RevealPurpose
from services.grievances.http.commands import Parts, Staff
from services.grievances.http.models import GrievanceView
from services.grievances.http.views import grievance_view
from services.grievances.storage.grievances import GRIEVANCES, NEWEST
from services.grievances.storage.ledgers import EXPORTS, Ledger
from services.grievances.usecases.export_ledgers import (
    FILTER_NAMES,
    ask_export,
    narrowed,
    not_there,
    recorded_fields,
    title_of,
)

router = APIRouter(prefix="/v1", tags=["台账"])
EXPORTERS: Final = (Role.CLERK, Role.APPROVER, Role.SUPERVISOR)
Asker = Annotated[Caller, require(*EXPORTERS, of=GRIEVANCES.scopes)]
Exporter = Annotated[Caller, require(*EXPORTERS, of=EXPORTS.scopes)]
STATE_NAMES: Final = {
    "waiting": "排队中",
    "writing": "正在生成",
    "done": "可下载",
    "expired": "已过期",
    "failed": "未完成",
}


class AskLedger(BaseModel):
    """Which ledger is exported, what for, and of which grievances."""

    model_config = ConfigDict(extra="forbid")

    ledger: Annotated[
        Ledger, Label("台账", names={Ledger.CLEARING: "诉求“清零”台账", Ledger.CALL_BACKS: "满意度回访台账"})
    ]
    purpose: Annotated[RevealPurpose, Label("目的", names=PURPOSE_NAMES)]
    overdue: Annotated[bool, Label("只要逾期未清零的")] = Field(default=False, strict=True)
    utility: Annotated[Code | None, Label("责任单位")] = None
    district: Annotated[Code | None, Label("县（市、区）")] = None
    supply: Annotated[Supply | None, Label("业务")] = None

    @property
    def filters(self) -> Mapping[str, Any]:
        """What was given."""
        given = self.model_dump(mode="json", exclude={"purpose"}, exclude_none=True)
        return {name: value for name, value in given.items() if value is not False}


class LedgerExportView(BaseModel):
    """An export: how far it is, and its file as long as it is there."""

    id: UUID
    number: str = Field(examples=["TZ-W-371502-20220704-0001"])
    title: str = Field(examples=["诉求“清零”台账"])
    state: Literal["waiting", "writing", "done", "expired", "failed"]
    state_name: str = Field(examples=["可下载"])
    purpose_name: str = Field(examples=["督办"])
    filter_names: str = Field(description="What it is narrowed by; empty for all", examples=["逾期"])
    asker: PersonView
    unit_name: str
    rows: int | None = Field(description="Null until they are counted")
    written: int
    asked_at: datetime
    expires_at: datetime | None
    downloads: int
    most_downloads: int
    can_download: bool = Field(description="Whether the caller may take the file now")
    error: str | None


@router.get("/grievance-ledger", operation_id="listLedger", summary="查询清零台账")
async def list_ledger(
    caller: Staff,
    parts: Parts,
    is_open: Annotated[
        QueryFlag | None, Query(alias="open", description="Not crossed off, or crossed off")
    ] = None,
    overdue: Annotated[QueryFlag | None, Query(description="Not crossed off in time until now")] = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[GrievanceView]:
    """List what was entered in the ledger of clearing, the newest first."""
    now = parts.clock.now()
    given = {
        "open": is_open,
        "overdue": overdue or None,
        "utility": utility,
        "district": district,
        "supply": supply,
    }
    filters = {name: value for name, value in given.items() if value is not None}
    statement = narrowed(Ledger.CLEARING, filters, now, *(column for column, _ in NEWEST.columns))
    items, following = await GRIEVANCES.page(
        parts.database, statement, caller.scope, NEWEST, limit=limit, cursor=cursor, filters=filters
    )
    total = None if cursor else await GRIEVANCES.total(parts.database, statement, caller.scope)
    return CountedPage(
        items=[grievance_view(item, parts.rulebook.rules, now, caller) for item in items],
        next=following,
        total=total and total.number,
        more_than_total=total is not None and total.is_exceeded,
    )


@router.post(
    "/ledger-exports",
    operation_id="askLedgerExport",
    summary="导出台账",
    status_code=202,
    response_model=LedgerExportView,
    responses=answering(202, LOCATION),
)
async def ask(body: AskLedger, once: Once, caller: Asker, parts: Parts, request: Request) -> Response:
    """Let a ledger be written as a workbook; one at a time for each account."""
    source_address = "" if request.client is None else request.client.host
    async with refusals_recorded(caller, request, Action.EXPORT, purpose=body.purpose):

        async def action(uow: UnitOfWork) -> Answer:
            export = await ask_export(uow, parts.rulebook, caller, source_address, body.purpose, body.filters)
            return Answer(_view(export, caller, parts), 202, location=f"/v1/ledger-exports/{export.id}")

        return await once(caller, action)


@router.get("/ledger-exports", operation_id="listLedgerExports", summary="查询台账导出")
async def list_exports(
    caller: Exporter,
    parts: Parts,
    mine: Annotated[QueryFlag, Query(description="Only what the caller asked for")] = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> CountedPage[LedgerExportView]:
    """List the exports of the caller's unit, or of all units, the newest first."""
    asked_by = caller.subject if mine else None
    async with parts.database.reading() as connection:
        page, following = await EXPORTS.newest(
            connection, caller.scope, asked_by=asked_by, limit=limit, cursor=cursor
        )
    return CountedPage(items=[_view(export, caller, parts) for export in page], next=following)


@router.get("/ledger-exports/{export_id}", operation_id="getLedgerExport", summary="查看台账导出的进度")
async def get_export(export_id: UUID, caller: Exporter, parts: Parts) -> LedgerExportView:
    """Show how far an export is. Raises `not-found`, also for another unit's."""
    async with parts.database.reading() as connection:
        return _view(_there(await EXPORTS.find(connection, str(export_id), caller.scope)), caller, parts)


@router.get(
    "/ledger-exports/{export_id}/file.xlsx",
    operation_id="downloadLedgerExport",
    summary="下载台账",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
            "description": "Excel 工作簿，个人信息已脱敏，每页有水印",
        }
    },
)
async def download(export_id: UUID, caller: Exporter, parts: Parts, request: Request) -> StreamingResponse:
    """Send the file to whoever asked for it; each time counts and is on record, but by HEAD, which takes nothing."""
    async with parts.database.reading() as connection:
        export = _there(await EXPORTS.find(connection, str(export_id), caller.scope))
    fields = recorded_fields(export)
    async with (
        refusals_recorded(caller, request, Action.EXPORT, purpose=export.purpose, fields=fields),
        parts.database.unit_of_work(parts.clock.now()) as uow,
    ):
        if export.asked_by != caller.subject:
            raise RuleError("not-the-asker", "只能由提出导出的人下载", "请自行提出导出")
        if is_head(request):
            if not export.is_there(uow.now):
                raise not_there(export, uow.now)
        else:
            number = await EXPORTS.count_download(uow, export)
            if number is None:
                raise not_there(export, uow.now)
            fields = recorded_fields(export, f"download:{number}")
            await recorded(uow, caller, request, Action.EXPORT, purpose=export.purpose, fields=fields)
    name = f"{title_of(export)}-{export.number}-{local(export.asked_at):%Y%m%d%H%M}-已脱敏.xlsx"
    headers = attachment(name) | {"content-length": str(export.size), "cache-control": "private, no-store"}
    pieces = _pieces(parts, request.app.state.import_keeping, export)
    return StreamingResponse(pieces, media_type=XLSX, headers=headers)


async def _pieces(parts: Any, keeping: Keeping, export: Export) -> AsyncIterator[bytes]:
    position = 0
    while True:
        async with parts.database.reading() as connection:
            stored = await EXPORTS.piece_of(connection, export.id, position)
            if stored is None:
                return
            piece = await keeping.take(connection, export.id, stored, position)
        yield piece
        position += 1


def _there(export: Export | None) -> Export:
    if export is None:
        raise NOT_FOUND("没有这个导出，或不在您的管辖范围内")
    return export


def _view(export: Export, caller: Caller, parts: Any) -> LedgerExportView:
    now, unit = parts.clock.now(), export.scope.unit
    state = export.state_at(now)
    return LedgerExportView(
        id=UUID(export.id),
        number=export.number,
        title=title_of(export),
        state=state.value,
        state_name=STATE_NAMES[state],
        purpose_name=PURPOSE_NAMES[RevealPurpose(export.purpose)],
        filter_names=export.filter_names(FILTER_NAMES),
        asker=person_view(export.asked_by, lambda _subject: None, unit_name(unit), role_name(unit)),
        unit_name=unit_name(unit),
        rows=export.rows,
        written=export.written,
        asked_at=export.asked_at,
        expires_at=export.expires_at,
        downloads=export.downloads,
        most_downloads=export.terms.most_downloads,
        can_download=export.is_there(now) and export.asked_by == caller.subject,
        error=export.error,
    )
