"""Loading a ledger from a workbook."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from libs.common.http.middleware import body_limit
from services.console.http.parts import (
    SHORT_FIELDS,
    FromOwnPage,
    Parts,
    SignedIn,
    ThisConsole,
    is_fragment,
    passed_on,
)
from services.console.readers.hookup import Import, ImportPage, ImportRequested
from services.console.sessions import Session

router = APIRouter()

# What the hookup service takes, and the form around it.
MOST_BYTES = 129 * 1_048_576


@router.get("/imports")
async def imports(console: ThisConsole, session: SignedIn) -> Response:
    """Show the form and the previous imports."""
    return await imports_page(console, session)


async def imports_page(console: Parts, session: Session, **context: Any) -> Response:
    """Show the form, with what is known of a file's layout, and the previous imports."""
    found = await console.hookup.get("/v1/imports", session, ImportPage)
    return console.page("imports.html", session, imports=found.items, key=str(uuid4()), **context)


@router.post("/imports", openapi_extra=body_limit(MOST_BYTES), form_limits=SHORT_FIELDS)
async def upload(
    request: Request,
    console: ThisConsole,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    mode: Annotated[str, Form(pattern="^(all|good)$")],
    key: Annotated[UUID, Form()],
) -> Response:
    """Pass a workbook on."""
    return await begin(request, console, session, file, mode, key)


async def begin(
    request: Request, console: Parts, session: Session, file: UploadFile, mode: str, key: UUID
) -> Response:
    """Begin an import and lead to it; the form's key makes a second click the same import."""
    begun = await console.hookup.post(
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
async def report(console: ThisConsole, session: SignedIn, import_id: UUID) -> Response:
    """Pass on the rows in which something was found, as a workbook."""
    return passed_on(*await console.hookup.open(f"/v1/imports/{import_id}/report.xlsx", session))


@router.get("/imports/{import_id}")
async def one_import(request: Request, console: ThisConsole, session: SignedIn, import_id: UUID) -> Response:
    """Show how far an import is, and its report; htmx asks again until it is finished."""
    found = await console.hookup.get(f"/v1/imports/{import_id}", session, Import)
    return console.page("progress.html" if is_fragment(request) else "import.html", session, import_=found)
