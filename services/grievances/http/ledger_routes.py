"""Ledgers 3 and 4: what stands in the ledger of clearing, and both as workbooks, masked and on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView, person_view, role_name, unit_name
from libs.common.audit.entries import Action
from libs.common.audit.log import refusals_recorded
from libs.common.auth.callers import Caller, Role
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.headers import LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.labels import Label
from libs.common.http.lists import counted_page
from libs.common.places import Supply
from libs.workbooks.http.exports import FILE_ANSWERS, STATE_NAMES, find_export, give_file
from libs.workbooks.jobs.exports import Export
from services.grievances.domain.values.kinds import PURPOSE_NAMES, RevealPurpose
from services.grievances.http.commands import Parts, Staff
from services.grievances.http.models import GrievanceView
from services.grievances.http.views import grievance_view
from services.grievances.storage.grievances import GRIEVANCES, NEWEST
from services.grievances.storage.ledgers import EXPORTS, Ledger
from services.grievances.usecases.export_ledgers import (
    FILTER_NAMES,
    NOT_THERE,
    ask_export,
    narrowed,
    title_of,
)

router = APIRouter(prefix="/v1", tags=["台账"])
EXPORTERS: Final = (Role.CLERK, Role.APPROVER, Role.SUPERVISOR)
Asker = Annotated[Caller, require(*EXPORTERS, of=GRIEVANCES.scopes)]
Exporter = Annotated[Caller, require(*EXPORTERS, of=EXPORTS.scopes)]


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
    items, following, total = await counted_page(
        GRIEVANCES,
        parts.database,
        statement,
        caller.scope,
        NEWEST,
        limit=limit,
        cursor=cursor,
        filters=filters,
    )
    return CountedPage.of(
        [grievance_view(item, parts.rulebook.rules, now, caller) for item in items], following, total
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
        return _view(await find_export(EXPORTS, connection, export_id, caller), caller, parts)


@router.get(
    "/ledger-exports/{export_id}/file.xlsx",
    operation_id="downloadLedgerExport",
    summary="下载台账",
    response_class=StreamingResponse,
    responses=FILE_ANSWERS,
)
async def download(export_id: UUID, caller: Exporter, parts: Parts, request: Request) -> StreamingResponse:
    """Send the file to whoever asked for it; each time counts and is on record, but by HEAD, which takes nothing."""
    return await give_file(request, caller, parts, EXPORTS, export_id, _file_name, NOT_THERE)


def _file_name(export: Export) -> str:
    return f"{title_of(export)}-{export.number}-{local(export.asked_at):%Y%m%d%H%M}-已脱敏"


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
