"""Loading a ledger from a workbook."""

from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from libs.common.http.cursors import Page
from libs.pages.paging import FIRST, At, Position
from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn, is_fragment, passed_on
from libs.workbooks.http.models import ImportRequested, ImportSummary, ImportView
from services.hookup.pages.parts import Hookup

router = APIRouter()

# What the hookup service takes, and the form around it.
MOST_BYTES = 129 * 1_048_576
STATES = {
    "checking": "正在检查",
    "loading": "正在导入",
    "done": "已完成",
    "rejected": "未导入",
    "failed": "导入失败",
}
MODES = {"all": "全部合格才导入", "good": "只导入合格行"}


@router.get("/imports")
async def imports(pages: Hookup, session: SignedIn, at: At) -> Response:
    """Show the form and the previous imports; htmx asks for the rows of the next page only."""
    return await imports_page(pages, session, at)


async def imports_page(
    pages: PageContext, session: Session, at: Position = FIRST, **context: Any
) -> Response:
    """Show the form, with what is known of a file's layout, and the previous imports."""
    jobs = await pages.api.get("/v1/imports", session, Page[ImportSummary], at.asking({}, None))
    template = "import_rows.html" if at.is_fragment else "imports.html"
    more = at.following("/imports", {}, jobs)
    return pages.render(template, session, imports=jobs.items, more=more, key=str(uuid4()), **context)


async def begin(
    request: Request, pages: PageContext, session: Session, file: UploadFile, mode: str, key: UUID
) -> Response:
    """Begin an import and lead to it; the form's key makes a second click the same import."""
    begun = await pages.api.post(
        "/v1/imports",
        session,
        ImportRequested,
        {"Idempotency-Key": str(key)},
        files={"file": (file.filename or "ledger.xlsx", file.file)},
        data={"mode": mode},
    )
    target = f"/imports/{begun.id}"
    # htmx would put the page that a redirect leads to into this one.
    return (
        Response(headers={"HX-Redirect": target}) if is_fragment(request) else RedirectResponse(target, 303)
    )


@router.get("/imports/{import_id}/report.xlsx")
async def report(pages: Hookup, session: SignedIn, import_id: UUID) -> Response:
    """Pass on the rows in which something was found, as a workbook."""
    return passed_on(*await pages.api.open(f"/v1/imports/{import_id}/report.xlsx", session))


@router.get("/imports/{import_id}")
async def one_import(request: Request, pages: Hookup, session: SignedIn, import_id: UUID) -> Response:
    """Show how far an import is, and its report; htmx asks again until it is finished."""
    job = await pages.api.get(f"/v1/imports/{import_id}", session, ImportView)
    return pages.render("progress.html" if is_fragment(request) else "import.html", session, import_=job)
