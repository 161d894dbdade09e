"""Time to obtain a water connection (B-READY): by utility, and every connection as a file."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn, or_errors, passed_on
from services.hookup.http.report_routes import BReady
from services.hookup.pages.parts import Hookup

router = APIRouter()


@router.get("/b-ready")
async def b_ready(
    pages: Hookup, session: SignedIn, first_month: str | None = None, last_month: str = ""
) -> Response:
    """Show the days of the connections that were applied for in some months; first the form alone."""
    if first_month is None:
        return _page(pages, session, {})
    asked = {"first_month": first_month.strip(), "last_month": last_month.strip()}
    return _page(
        pages, session, asked, *await or_errors(pages.api.get("/v1/b-ready", session, BReady, asked))
    )


@router.get("/b-ready.csv")
async def connections(
    pages: Hookup, session: SignedIn, first_month: str = "", last_month: str = ""
) -> Response:
    """Pass the connections on as they are written, without keeping them."""
    asked = {"first_month": first_month, "last_month": last_month}
    return passed_on(*await pages.api.open("/v1/b-ready.csv", session, asked))


def _page(
    pages: PageContext,
    session: Session,
    asked: Mapping[str, str],
    report: BReady | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return pages.render(
        "b_ready.html",
        session,
        asked=asked,
        report=report,
        errors=errors or {},
        file=f"/b-ready.csv?{urlencode(asked)}",
    )
