"""Routes of the 报装全流程台账: out as .xlsx, and in as an import job with its report."""

from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from libs.common.auth.callers import Place, PlaceKind
from libs.common.clock import local, midnight
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.cursors import Page
from libs.common.http.dates import CalendarDate, Month
from libs.common.http.edge import MEBIBYTE, body_limit
from libs.common.http.headers import LOCATION, refer
from libs.common.http.idempotency import Answer, Once
from libs.common.http.streams import OpenFile
from libs.common.personal_data import find_personal
from libs.common.places import load_places
from libs.common.problems import INVALID, NOT_FOUND, FieldError, Problem, define
from services.hookup.http.commands import Staff
from services.hookup.http.filters import Asked
from services.hookup.http.layout_routes import Importer, own_layout
from services.hookup.http.models import BadRow, ImportRequested, ImportSummary, ImportView
from services.hookup.ledger.file_reading import FileReading
from services.hookup.ledger.frames import MOST_BYTES
from services.hookup.ledger.layout import SHEET
from services.hookup.ledger.own_layout import Layout
from services.hookup.ledger.reader import Finding
from services.hookup.ledger.rows import RawLedger, open_ledger
from services.hookup.ledger.writer import Signature
from services.hookup.storage import imports
from services.hookup.storage.imports import Job, Mode
from services.hookup.usecases.export_ledger import export_ledger

router = APIRouter(prefix="/v1", tags=["台账"])

RUNNING = define("import-running", 409, "上一个导入还没有结束")
NO_REPORT = define("report-not-there", 404, "没有可下载的报告")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXAMPLE_ID = "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"


@router.get(
    "/ledger.xlsx",
    operation_id="exportLedger",
    summary="导出报装全流程台账",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
            "description": "Excel 工作簿",
        }
    },
)
async def export(
    request: Request,
    caller: Staff,
    asked: Asked,
    month: Month | None = None,
    submitted_from: CalendarDate | None = None,
    submitted_to: CalendarDate | None = None,
) -> StreamingResponse:
    """Return the ledger of what the caller may see, narrowed as lists are.

    Months and days are those of submission in Shanghai, both days included.
    """
    if month is not None:
        if submitted_from is not None or submitted_to is not None:
            raise INVALID(
                errors=[FieldError("month", "月份与起止日期只能填一种", "请去掉其中一种", "either-or")]
            )
        submitted_from = date.fromisoformat(f"{month}-01")
        submitted_to = (submitted_from + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    filters = replace(
        asked,
        submitted_from=_midnight(submitted_from),
        submitted_before=_midnight(submitted_to and submitted_to + timedelta(days=1)),
    )
    state = request.app.state
    today = local(state.clock.now()).date()
    signature = Signature(_unit(caller.place), today, caller.name or "")
    async with state.exports.turn() as threads:
        file = await export_ledger(
            state.database, state.rulebook, state.clock, filters, caller.place, signature, threads
        )
    name = quote(f"{SHEET}-{today.isoformat()}.xlsx")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return OpenFile(file, media_type=XLSX, headers=headers)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else midnight(day)


def _unit(place: Place) -> str:
    match place.kind:
        case PlaceKind.UTILITY:
            return load_places().utility(place.code).name
        case PlaceKind.DISTRICT:
            return load_places().division(place.code).name
        case PlaceKind.CITY:
            return load_places().division("371500").name
    return ""


@router.post(
    "/imports",
    operation_id="importLedger",
    summary="导入报装全流程台账",
    status_code=202,
    response_model=ImportRequested,
    responses={
        202: {
            "content": {"application/json": {"example": {"id": _EXAMPLE_ID}}},
            "headers": refer(LOCATION),
        }
    },
    # The form around the file has some bytes of its own.
    openapi_extra=body_limit(MOST_BYTES + MEBIBYTE),
)
async def import_ledger(
    request: Request, file: UploadFile, mode: Annotated[Mode, Form()], caller: Importer, once: Once
) -> Response:
    """Take a file; what is wrong with it as a whole is said at once, what is wrong with its rows by the job."""
    if find_personal(file.filename or ""):
        rule, remedy = "文件名中不能有手机号、证件号等", "请改名后重新导入"
        raise INVALID(errors=[FieldError("file", rule, remedy, "personal-data")])
    content = await file.read()
    layout, _ = await own_layout(request, caller)
    reading: FileReading = request.app.state.file_reading
    opened = await reading.of(caller.subject, lambda: _opened(content, layout))

    async def action(work: UnitOfWork) -> Answer:
        # Said here, so that a repetition after the layout was changed gets the first answer all the same.
        if isinstance(opened, Problem):
            raise opened
        if await imports.is_unfinished_of(work.connection, caller.subject):
            raise RUNNING("您的上一个导入还没有结束，请等它结束后再上传", headers={"Retry-After": "10"})
        job_id = await imports.add(
            work,
            file_name=file.filename or "",
            content=content,
            rows=len(opened.rows),
            mode=mode,
            asked_by=caller.subject,
            place=caller.place,
            layout=layout,
        )
        return Answer(ImportRequested(id=job_id), 202, location=f"/v1/imports/{job_id}")

    return await once(caller, action)


def _opened(content: bytes, layout: Layout) -> RawLedger | Problem:
    try:
        return open_ledger(content, layout)
    except Problem as problem:
        return problem


@router.get("/imports", operation_id="listImports", summary="查询导入任务")
async def list_imports(
    request: Request,
    caller: Importer,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> Page[ImportSummary]:
    """Return the jobs of the caller's place, newest first."""
    statement = imports.jobs().where(imports.seen_from(caller.place))
    statement = imports.NEWEST.page(statement, limit=limit, cursor=cursor, filters={})
    async with request.app.state.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    kept, following = imports.NEWEST.split(rows, limit=limit, filters={})
    return Page(items=[_summary(imports.to_job(row._mapping)) for row in kept], next=following)


@router.get("/imports/{import_id}", operation_id="getImport", summary="查看导入进度和报告")
async def get_import(request: Request, import_id: UUID, caller: Importer) -> ImportView:
    """Return how far a job is, and its report. Raises `not-found`, also for another place's job."""
    async with request.app.state.database.reading() as connection:
        job = await imports.find(connection, str(import_id), caller.place)
        if job is None:
            raise NOT_FOUND("没有这个导入任务，或不在您的管辖范围内")
        bad = await imports.findings_of(connection, job.id, is_bad=True)
        warnings = await imports.findings_of(connection, job.id, is_bad=False)
    return ImportView(
        **_summary(job).model_dump(),
        has_report=job.has_report,
        bad_rows=[_row(each) for each in bad],
        warning_rows=[_row(each) for each in warnings],
    )


@router.get(
    "/imports/{import_id}/report.xlsx",
    operation_id="exportImportReport",
    summary="下载导入的问题行",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "Excel 工作簿：每一问题行及其原因"}},
)
async def report(request: Request, import_id: UUID, caller: Importer) -> Response:
    """Return the rows in which something was found, in the ledger's own columns, with the reasons beside them.

    It is there for a week after the import. Raises `report-not-there`, also for another place's job.
    """
    async with request.app.state.database.reading() as connection:
        content = await imports.report_of(connection, str(import_id), caller.place)
    if content is None:
        raise NO_REPORT("导入没有问题行、还没有结束，或已超过 7 天；请重新导入后下载")
    name = quote(f"问题行-{import_id}.xlsx")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=XLSX, headers=headers)


def _summary(job: Job) -> ImportSummary:
    values = asdict(job)
    return ImportSummary(**{name: values[name] for name in ImportSummary.model_fields})


def _row(finding: Finding) -> BadRow:
    return BadRow(
        row=finding.row,
        column=finding.column,
        code=finding.code,
        reason=finding.reason,
        remedy=finding.remedy,
    )
