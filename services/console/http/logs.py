"""The log of a utility's own system, one row a stage event: its columns, its activities' stages, its figures."""

from collections.abc import Mapping
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import Response

from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID, Problem
from services.console.http.imports import MOST_BYTES
from services.console.http.parts import (
    MANY_FIELDS,
    FromOwnPage,
    Parts,
    SignedIn,
    Texts,
    ThisConsole,
    beside_fields,
    is_fragment,
)
from services.console.readers.hookup import LogReview
from services.console.sessions import Session

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
async def ask(console: ThisConsole, session: SignedIn) -> Response:
    """Show the form."""
    return console.page("logs.html", session)


@router.post("/imports/log", openapi_extra=body_limit(MOST_BYTES), form_limits=MANY_FIELDS)
async def report(
    request: Request,
    console: ThisConsole,
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
        return await _page(request, console, session, await _review(console, session, file, None))
    stages = {name: of for name, of in zip(activity, stage, strict=True) if of}
    given = {**dict(zip(ROLES, role, strict=True)), "stages": stages}
    try:
        review = await _review(console, session, file, given)
    except Problem as problem:
        if not problem.errors:
            raise
        proposed = await _review(console, session, file, None)
        review = msgspec.structs.replace(proposed, roles=given, figures=None)
        errors = beside_fields(problem.errors)
        return await _page(request, console, session, review, errors)
    return await _page(request, console, session, review)


async def _review(
    console: Parts, session: Session, file: UploadFile, roles: Mapping[str, object] | None
) -> LogReview:
    await file.seek(0)
    return await console.hookup.post(
        "/v1/log-reports",
        session,
        LogReview,
        {"Idempotency-Key": str(uuid4())},
        files={"file": (file.filename or "log.csv", file.file)},
        data={} if roles is None else {"roles": msgspec.json.encode(roles).decode()},
    )


async def _page(
    request: Request,
    console: Parts,
    session: Session,
    review: LogReview,
    errors: Mapping[str, str] | None = None,
) -> Response:
    reference = await console.reference(session)
    return console.page(
        "log.html" if is_fragment(request) else "logs.html",
        session,
        review=review,
        errors=errors or {},
        roles=ROLES,
        stages=reference.stages,
    )
