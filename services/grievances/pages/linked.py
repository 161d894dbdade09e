"""The page behind a link to rate by: for a phone, without a sign-in, and without scripts."""

from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from libs.common.http.forms import FormLimits
from libs.common.problems import Problem
from libs.pages.site import PageContext, pages_of
from services.grievances.http.rating_models import LinkedRating
from services.grievances.http.rating_requests import LONGEST_REASON, GiveGrade
from services.grievances.pages.codes import CODES

router = APIRouter()
# A reason, in the most bytes that its characters can have in a form.
_LONGEST: Final = 12 * LONGEST_REASON
_FORM: Final[FormLimits] = {"max_files": 0, "max_fields": 4, "max_part_size": _LONGEST}
Token = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$")]
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]


@router.get("/r/{token}")
async def show(pages: Grievances, token: Token) -> Response:
    """Show what is rated, and the five grades; whoever fetches it how often, nothing is used up."""
    return await _page(pages, token)


@router.post("/r/{token}", max_body_size=_LONGEST + 1_000, form_limits=_FORM)
async def rate(request: Request, pages: Grievances, token: Token) -> Response:
    """Take the grade. The token alone proves who may: there is no session, and so nothing to forge."""
    async with request.form(**_FORM) as form:
        entered = {name: str(value).strip() for name, value in form.items()}
    grade, reason = entered.get("grade", ""), entered.get("reason", "")
    try:
        body = GiveGrade(grade=int(grade) if grade in "12345" and grade else 0, reason=reason or None)
    except ValidationError:
        wrong = "请选择一个评价" if grade not in set("12345") else f"理由至多 {LONGEST_REASON} 字"
        return await _page(pages, token, fault=wrong, entered=entered, status=422)
    try:
        await pages.api.post(
            f"/v1/rating-links/{token}",
            None,
            LinkedRating,
            headers_of(request, entered.get("key") or str(uuid4())),
            json=body.model_dump(),
        )
    except Problem as problem:
        return await _page(pages, token, fault=problem.detail, entered=entered, status=problem.kind.status)
    return RedirectResponse(f"/r/{token}", 303)


def headers_of(request: Request, key: str) -> dict[str, str]:
    """Return the headers of what is sent by a link: the service's server believes its proxies from where it came."""
    address = "" if request.client is None else request.client.host
    browser = request.headers.get("user-agent", "")
    return {"Idempotency-Key": key[:128], "X-Forwarded-For": address, "User-Agent": browser}


async def _page(
    pages: PageContext,
    token: str,
    *,
    fault: str | None = None,
    entered: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    try:
        shown = await pages.api.get(f"/v1/rating-links/{token}", None, LinkedRating)
    except Problem as problem:
        return pages.render(
            "rating_link.html", None, status=problem.kind.status, shown=None, fault=problem.detail
        )
    return pages.render(
        "rating_link.html",
        None,
        status=status,
        shown=shown,
        fault=fault,
        entered=entered or {},
        grades=CODES.names("grades"),
        longest=LONGEST_REASON,
        key=str(uuid4()),
        address=f"/r/{token}",
    )
