"""The log of a utility's own system, one row a stage event: its columns, its activities' stages, its figures."""

import json
from collections.abc import Mapping
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import Response

from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID
from libs.pages.imports import MOST_BYTES
from libs.pages.sessions import Session
from libs.pages.site import MANY_FIELDS, FromOwnPage, PageContext, SignedIn, Texts, is_fragment, or_errors
from services.hookup.http.log_routes import LogReview
from services.hookup.pages.parts import CODES, Hookup

router = APIRouter()

ROLES: Mapping[str, str] = {
    "case": "件的编号",
    "activity": "活动",
    "end": "完成时间",
    "start": "开始时间",
    "lifecycle": "开始或完成的标记",
    "case_start": "件的开始时间",
    "case_end": "件的办结时间",
}


@router.get("/imports/log")
async def ask(pages: Hookup, session: SignedIn) -> Response:
    """Show the form."""
    return pages.render("logs.html", session)


@router.post("/imports/log", openapi_extra=body_limit(MOST_BYTES), form_limits=MANY_FIELDS)
async def report(
    request: Request,
    pages: Hookup,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    role: Texts,
    activity: Texts,
    stage: Texts,
) -> Response:
    """Show a log's figures: by the columns and stages of the form, or, at first, as its header proposes."""
    if len(role) not in (0, len(ROLES)) or len(activity) != len(stage):
        raise INVALID("请刷新页面后重新选择")
    if not role:
        return await _page(request, pages, session, await _review(pages, session, file, None))
    stages = {name: of for name, of in zip(activity, stage, strict=True) if of}
    chosen = {**dict(zip(ROLES, role, strict=True)), "stages": stages}
    review, errors = await or_errors(_review(pages, session, file, chosen))
    if review is None:
        proposed = await _review(pages, session, file, None)
        review = proposed.model_copy(update={"roles": chosen, "figures": None})
    return await _page(request, pages, session, review, errors)


async def _review(
    pages: PageContext, session: Session, file: UploadFile, roles: Mapping[str, object] | None
) -> LogReview:
    await file.seek(0)
    return await pages.api.post(
        "/v1/log-reports",
        session,
        LogReview,
        {"Idempotency-Key": str(uuid4())},
        files={"file": (file.filename or "log.csv", file.file)},
        data={} if roles is None else {"roles": json.dumps(roles, ensure_ascii=False)},
    )


async def _page(
    request: Request,
    pages: PageContext,
    session: Session,
    review: LogReview,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return pages.render(
        "log.html" if is_fragment(request) else "logs.html",
        session,
        review=review,
        errors=errors or {},
        roles=ROLES,
        stages=CODES.names("stages"),
    )
