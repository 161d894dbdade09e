"""Routes of the import of a kind of ledger: upload a file as a job, read the job and its report."""

from dataclasses import asdict
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile

from libs.common.audit.log import file_recorded
from libs.common.auth.callers import Caller, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.headers import LOCATION, refer
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import body_limit
from libs.common.personal_data import find_personal
from libs.common.problems import INVALID, NOT_FOUND, FieldError, Problem, define
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.http.layout_routes import LARGEST_BODY, READ_IN, operation, own_layout
from libs.workbooks.http.models import BadRow, ImportRequested, ImportSummary, ImportView
from libs.workbooks.jobs.imports import Job, Mode
from libs.workbooks.jobs.keeping import PLAIN, Keeping
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.own_layout import Layout
from libs.workbooks.ledgers.rows import RawLedger, open_ledger
from libs.workbooks.ledgers.template import Template

RUNNING = define("import-running", 409, "上一个导入还没有结束")
NO_REPORT = define("report-not-there", 404, "没有可下载的报告")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IMPORT_PURPOSE: Final = "IMPORT"
"""What a report is taken for, on the audit record."""
_EXAMPLE_ID = "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"


def attachment(name: str) -> dict[str, str]:
    """Return the header of a file that is to be saved under a name."""
    return {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


def add_import_routes(router: APIRouter, kind: ImportKind, *, importers: tuple[Role, ...]) -> None:
    """Add the routes of a kind of ledger, whose name is in the operation id of the upload, and of its jobs.

    `importers` are the roles that read in and see the jobs of their scope.
    """
    template, jobs = kind.template, kind.jobs
    address = f"/{kind.address}"
    job_operations = operation(kind.address)
    job_operation = job_operations.removesuffix("s")

    @router.post(
        address,
        operation_id=f"import{operation(template.name)}",
        summary=f"导入{template.sheet}",
        status_code=202,
        response_model=ImportRequested,
        responses={
            202: {
                "content": {"application/json": {"example": {"id": _EXAMPLE_ID}}},
                "headers": refer(LOCATION),
            }
        },
        openapi_extra=body_limit(LARGEST_BODY),
    )
    async def import_ledger(
        request: Request,
        file: UploadFile,
        mode: Annotated[Mode, Form()],
        caller: Annotated[Caller, require(*importers, of=READ_IN)],
        once: Once,
    ) -> Response:
        """Take a file; what is wrong with it as a whole is said at once, what is wrong with its rows by the job."""
        if find_personal(file.filename or ""):
            rule, remedy = "文件名中不能有手机号、证件号等", "请改名后重新导入"
            raise INVALID(errors=[FieldError("file", rule, remedy, "personal-data")])
        content = await file.read()
        layout, _ = await own_layout(kind, request, caller)
        reading: FileReading = request.app.state.file_reading
        own_template = kind.template_of(caller.scope)
        opened = await reading.of(caller.subject, lambda: _opened(own_template, content, layout))

        async def action(uow: UnitOfWork) -> Answer:
            # Checked here, so that a repeated request gets the first answer even after the layout has changed.
            if isinstance(opened, Problem):
                raise opened
            if await jobs.is_unfinished_of(uow.connection, caller.subject):
                raise RUNNING("您的上一个导入还没有结束，请等它结束后再上传", headers={"Retry-After": "10"})
            job_id = await jobs.add(
                uow,
                file_name=file.filename or "",
                content=content,
                rows=len(opened.rows),
                mode=mode,
                asked_by=caller.subject,
                scope=caller.scope,
                layout=layout,
                keeping=_keeping(request),
            )
            return Answer(ImportRequested(id=job_id), 202, location=f"{router.prefix}{address}/{job_id}")

        return await once(caller, action)

    @router.get(address, operation_id=f"list{job_operations}", summary="查询导入任务")
    async def list_imports(
        request: Request,
        caller: Annotated[Caller, require(*importers, of=READ_IN)],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: str | None = None,
    ) -> Page[ImportSummary]:
        """Return the jobs of the caller's place, newest first."""
        async with request.app.state.database.reading() as connection:
            page, following = await jobs.newest(connection, caller.scope, limit=limit, cursor=cursor)
        return Page(items=[_summary(job) for job in page], next=following)

    @router.get(f"{address}/{{import_id}}", operation_id=f"get{job_operation}", summary="查看导入进度和报告")
    async def get_import(
        request: Request, import_id: UUID, caller: Annotated[Caller, require(*importers, of=READ_IN)]
    ) -> ImportView:
        """Return how far a job is, and its report. Raises `not-found`, also for another place's job."""
        async with request.app.state.database.reading() as connection:
            job = await jobs.find(connection, str(import_id), caller.scope)
            if job is None:
                raise NOT_FOUND("没有这个导入任务，或不在您的管辖范围内")
            kept = _keeping(request)
            bad = await jobs.findings_of(connection, job.id, is_bad=True, keeping=kept)
            warnings = await jobs.findings_of(connection, job.id, is_bad=False, keeping=kept)
        return ImportView(
            **_summary(job).model_dump(),
            has_report=job.has_report,
            bad_rows=[_row(finding) for finding in bad],
            warning_rows=[_row(finding) for finding in warnings],
        )

    @router.get(
        f"{address}/{{import_id}}/report.xlsx",
        operation_id=f"export{job_operation}Report",
        summary="下载导入的问题行",
        response_class=Response,
        responses={200: {"content": {XLSX: {}}, "description": "Excel 工作簿：每一问题行及其原因"}},
    )
    async def report(
        request: Request, import_id: UUID, caller: Annotated[Caller, require(*importers, of=READ_IN)]
    ) -> Response:
        """Return the rows in which something was found, in the ledger's own columns, with the reasons beside them.

        It is there for a week after the import. Raises `report-not-there`, also for another place's job.
        """
        state = request.app.state
        async with state.database.unit_of_work(state.clock.now()) as uow:
            stored = await jobs.report_of(uow.connection, str(import_id), caller.scope)
            if stored is None:
                raise NO_REPORT("导入没有问题行、还没有结束，或已超过 7 天；请重新导入后下载")
            content = await _keeping(request).take(uow.connection, str(import_id), stored)
            fields = (f"report:{import_id}",)
            await file_recorded(uow, caller, request, purpose=IMPORT_PURPOSE, fields=fields)
        return Response(content, media_type=XLSX, headers=attachment(f"问题行-{import_id}.xlsx"))


def _keeping(request: Request) -> Keeping:
    keeping: Keeping = getattr(request.app.state, "import_keeping", PLAIN)
    return keeping


def _opened(template: Template, content: bytes, layout: Layout) -> RawLedger | Problem:
    try:
        return open_ledger(template, content, layout)
    except Problem as problem:
        return problem


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
