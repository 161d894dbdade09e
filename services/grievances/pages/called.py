"""The page behind a link to a call-back: for a phone, without a sign-in, and without scripts."""

from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from libs.common.http.forms import FormLimits
from libs.common.problems import Problem
from libs.pages.site import PageContext
from services.grievances.http.link_models import LinkedCall
from services.grievances.http.requests import LONGEST_TEXT, AnswerCallBack
from services.grievances.pages.codes import CODES
from services.grievances.pages.linked import Grievances, Token, headers_of

router = APIRouter()
# A reason, in the most bytes that its characters can have in a form.
_LONGEST: Final = 12 * LONGEST_TEXT
_FORM: Final[FormLimits] = {"max_files": 0, "max_fields": 6, "max_part_size": _LONGEST}
_TEMPLATE: Final = "call_link.html"
_FAULTS: Final = {
    "contacted": "请选择承办单位是否联系过您",
    "solved": "请选择问题是否解决",
    "grade": "请选择满意程度",
    "reason": f"原因须为 2 至 {LONGEST_TEXT} 字",
}


@router.get("/c/{token}")
async def show(pages: Grievances, token: Token) -> Response:
    """Show which grievance is asked about, and the questions; whoever fetches it how often, nothing is used up."""
    return await _page(pages, token)


@router.post("/c/{token}", max_body_size=_LONGEST + 1_000, form_limits=_FORM)
async def answer(request: Request, pages: Grievances, token: Token) -> Response:
    """Take the answer. The token alone proves who may: there is no session, and so nothing to forge."""
    async with request.form(**_FORM) as form:
        entered = {name: str(value).strip() for name, value in form.items()}
    grade, yes_or_no = entered.get("grade", ""), {"true": True, "false": False}
    told = {name: yes_or_no.get(entered.get(name, "")) for name in ("contacted", "solved")}
    try:
        body = AnswerCallBack.model_validate(
            {
                **told,
                "grade": int(grade) if grade in set("12345") else None,
                "reason": entered.get("reason") or None,
            }
        )
    except ValidationError as invalid:
        first = str(invalid.errors()[0]["loc"][0])
        return await _page(pages, token, fault=(first, _FAULTS[first]), entered=entered, status=422)
    try:
        await pages.api.post(
            f"/v1/call-links/{token}",
            None,
            LinkedCall,
            headers_of(request, entered.get("key") or str(uuid4())),
            json=body.model_dump(),
        )
    except Problem as problem:
        fault = ("reason", problem.detail or problem.kind.title)
        return await _page(pages, token, fault=fault, entered=entered, status=problem.kind.status)
    return RedirectResponse(f"/c/{token}", 303)


async def _page(
    pages: PageContext,
    token: str,
    *,
    fault: tuple[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    try:
        shown = await pages.api.get(f"/v1/call-links/{token}", None, LinkedCall)
    except Problem as problem:
        return pages.render(_TEMPLATE, None, status=problem.kind.status, shown=None, wrong=problem.detail)
    return pages.render(
        _TEMPLATE,
        None,
        status=status,
        shown=shown,
        faults=dict([fault]) if fault else {},
        entered=entered or {},
        grades=CODES.names("grades"),
        longest=LONGEST_TEXT,
        key=str(uuid4()),
        address=f"/c/{token}",
    )
