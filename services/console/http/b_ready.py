"""Time to obtain a water connection (B-READY): by utility, and every connection as a file."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from libs.common.problems import Problem
from services.console.http.parts import Parts, SignedIn, ThisConsole, beside_fields, passed_on
from services.console.readers.foresight import BReady
from services.console.sessions import Session

router = APIRouter()


@router.get("/b-ready")
async def b_ready(
    console: ThisConsole, session: SignedIn, first_month: str | None = None, last_month: str = ""
) -> Response:
    """Show the days of the connections that were applied for in some months; first the form alone."""
    if first_month is None:
        return _page(console, session, {})
    asked = {"first_month": first_month.strip(), "last_month": last_month.strip()}
    try:
        report = await console.hookup.get("/v1/b-ready", session, BReady, asked)
    except Problem as problem:
        if not problem.errors:
            raise
        return _page(console, session, asked, errors=beside_fields(problem.errors))
    return _page(console, session, asked, report)


@router.get("/b-ready.csv")
async def connections(
    console: ThisConsole, session: SignedIn, first_month: str = "", last_month: str = ""
) -> Response:
    """Pass the connections on as they are written, without keeping them."""
    asked = {"first_month": first_month, "last_month": last_month}
    return passed_on(*await console.hookup.open("/v1/b-ready.csv", session, asked))


def _page(
    console: Parts,
    session: Session,
    asked: Mapping[str, str],
    report: BReady | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return console.page(
        "b_ready.html",
        session,
        asked=asked,
        report=report,
        errors=errors or {},
        file=f"/b-ready.csv?{urlencode(asked)}",
    )
