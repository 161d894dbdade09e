"""Open311 GeoReport v2: requests of channels, and what became of them."""

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Form, Query, Request, Response
from sqlalchemy import ColumnElement

from libs.common.auth.callers import Caller, Role, narrow
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID, NOT_FOUND, FieldError
from services.grievances.domain import open311
from services.grievances.domain.grievance import Grievance
from services.grievances.http import open311_models as models
from services.grievances.http.commands import Parts
from services.grievances.http.open311_format import Open311Format, answered, formatted
from services.grievances.http.open311_route import FORM, LARGEST_FORM, is_keyed
from services.grievances.http.open311_routes import (
    PathFormat,
    PathId,
    check_jurisdiction,
    check_service,
    open311_router,
)
from services.grievances.http.open311_views import new_grievance, request_view, update_view
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.open311 import updated_within
from services.grievances.storage.tables import grievance
from services.grievances.usecases.open311 import add_question, take_request

router = open311_router()
Channel = Annotated[Caller, require(Role.CHANNEL, of=GRIEVANCES.scopes)]
# Ids or codes with commas between.
Listed = Annotated[str | None, Query(max_length=4000, pattern="^[A-Za-z0-9, -]*$")]
_g = grievance.c


@router.post(
    "/requests.{format}",
    operation_id="submitOpen311Request",
    summary="提交Open311请求",
    response_model=list[models.CreatedRequest],
    openapi_extra=body_limit(LARGEST_FORM),
    form_limits=FORM,
)
async def submit_request(
    request: Request,
    form: PathFormat,
    body: Annotated[models.NewRequest, Form()],
    once: Once,
    caller: Channel,
    parts: Parts,
) -> Response:
    """Take a request of a channel in."""
    check_jurisdiction(body.jurisdiction_id)
    check_service(body.service_code, parts)
    new = new_grievance(body, parts.rulebook.rules)
    sent = body.model_dump(mode="json", exclude_none=True)

    async def action(uow: UnitOfWork) -> Answer:
        item = await take_request(uow, parts.rulebook, sent, new, caller, is_keyed=is_keyed(request))
        notice = "已收到；图片链接、电子邮箱和设备编号不保存"
        return Answer(
            models.CreatedRequest(service_request_id=item.number, service_notice=notice, account_id=None)
        )

    return _listed("service_requests", await once(caller, action), form)


def _listed(root: str, answer: Response, form: Open311Format) -> Response:
    """Return the one answer of a command, also where it is given again, as GeoReport's list."""
    return formatted(root, [msgspec.json.decode(answer.body)], form)


@router.get(
    "/tokens/{token}.{format}",
    operation_id="getOpen311Token",
    summary="按令牌查Open311请求编号",
    response_model=list[models.RequestToken],
)
async def get_token(token: PathId, form: PathFormat, caller: Channel, parts: Parts) -> Response:
    """Return the request of a token: requests are taken at once, so an id is its own token."""
    item = await _one(parts, caller, token)
    return answered(
        "service_requests", [models.RequestToken(service_request_id=item.number, token=item.number)], form
    )


@router.get(
    "/requests.{format}",
    operation_id="listOpen311Requests",
    summary="查询Open311请求",
    response_model=list[models.ServiceRequest],
)
async def list_requests(
    form: PathFormat,
    caller: Channel,
    parts: Parts,
    service_request_id: Listed = None,
    service_code: Listed = None,
    start_date: models.QueryInstant = None,
    end_date: models.QueryInstant = None,
    status: Annotated[str | None, Query(max_length=40)] = None,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=open311.MOST_REQUESTS)] = open311.MOST_REQUESTS,
) -> Response:
    """List the channel's own requests, the newest first: those named, or of at most 90 days.

    Several ids, codes or states stand with commas between. `page` and `page_size` are a usual extension.
    """
    if service_request_id:
        wanted: list[ColumnElement[bool]] = [_g.number.in_(_parts(service_request_id))]
    else:
        start, end = open311.span_of(start_date, end_date, parts.clock.now())
        wanted = [_g.received_at.between(start, end), *_filters(service_code, status)]
    items = await _read(parts, caller, *wanted, limit=page_size, offset=(page - 1) * page_size)
    rules = parts.rulebook.rules
    return await asyncio.to_thread(
        lambda: answered("service_requests", [request_view(item, rules) for item in items], form)
    )


def _parts(listed: str) -> list[str]:
    return [part.strip() for part in listed.split(",")][: open311.MOST_REQUESTS]


def _filters(service_code: str | None, status: str | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [] if not service_code else [_g.category.in_(_parts(service_code))]
    states = set(_parts(status)) if status else set()
    if not states <= set(open311.Status):
        fault = FieldError("query.status", "只能取 open、closed", "请从规定的值中选择", "not-allowed")
        raise INVALID(errors=[fault])
    if len(states) == 1:
        is_open = open311.Status.OPEN in states
        wanted.append(_g.finished_at.is_(None) if is_open else _g.finished_at.is_not(None))
    return wanted


async def _read(
    parts: Parts, caller: Caller, *wanted: ColumnElement[bool], limit: int, offset: int = 0
) -> list[Grievance]:
    newest = (_g.received_at.desc(), _g.id.desc())
    statement = GRIEVANCES.select().where(*wanted).order_by(*newest).offset(offset).limit(limit)
    async with parts.database.reading(caller.scope) as connection:
        narrowed = narrow(statement, caller.scope, GRIEVANCES.scopes)
        rows = (await connection.execute(narrowed)).mappings().all()
    # A page may have a thousand, whose records are opened: the loop has others to serve meanwhile.
    return await asyncio.to_thread(lambda: [GRIEVANCES.read(row, parts.database.records) for row in rows])


async def _one(parts: Parts, caller: Caller, number: str) -> Grievance:
    """Return a request of the channel's own. Raises `not-found`."""
    items = await _read(parts, caller, _g.number == number, limit=1)
    if not items:
        raise NOT_FOUND("没有这个请求，或不是本渠道提交的")
    return items[0]


@router.get(
    "/requests/{service_request_id}.{format}",
    operation_id="getOpen311Request",
    summary="查看一个Open311请求",
    response_model=list[models.ServiceRequest],
)
async def get_request(
    service_request_id: PathId,
    form: PathFormat,
    caller: Channel,
    parts: Parts,
) -> Response:
    """Show one request of the channel's own."""
    item = await _one(parts, caller, service_request_id)
    return answered("service_requests", [request_view(item, parts.rulebook.rules)], form)


@router.get(
    "/servicerequestupdates.{format}",
    operation_id="listOpen311Updates",
    summary="查询Open311请求的进展",
    response_model=list[models.RequestUpdate],
)
async def list_updates(
    form: PathFormat,
    caller: Channel,
    parts: Parts,
    start_date: models.QueryInstant = None,
    end_date: models.QueryInstant = None,
) -> Response:
    """List what became of the channel's own requests within at most 90 days, in order, the oldest thousand.

    Who asks again from the instant of the last one on gets the next; an update has the same id every time.
    """
    start, end = open311.span_of(start_date, end_date, parts.clock.now())
    most = open311.MOST_REQUESTS
    ids, end = await updated_within(parts.database, caller.scope, start, end, most)
    items = await _read(parts, caller, _g.id.in_(ids), limit=most)
    return await asyncio.to_thread(
        lambda: answered("service_request_updates", _updates(items, start, end), form)
    )


def _updates(items: list[Grievance], start: datetime, end: datetime) -> list[models.RequestUpdate]:
    found = [(update, item) for item in items for update in open311.updates_of(item)]
    inside = [(update, item) for update, item in found if start <= update.at <= end]
    inside.sort(key=lambda pair: pair[0].at)
    return [update_view(update, item.number) for update, item in inside]


@router.post(
    "/servicerequestupdates.{format}",
    operation_id="addOpen311Update",
    summary="补充Open311请求",
    response_model=list[models.CreatedUpdate],
    openapi_extra=body_limit(LARGEST_FORM),
    form_limits=FORM,
)
async def add_update(
    request: Request,
    form: PathFormat,
    body: Annotated[models.NewUpdate, Form()],
    once: Once,
    caller: Channel,
    parts: Parts,
) -> Response:
    """Take what a reporter asks or adds as a question, which the unit answers; the answer is an update."""
    check_jurisdiction(body.jurisdiction_id)
    if body.status is not None and body.status.lower() != open311.Status.OPEN:
        fault = FieldError(
            "status", "诉求的状态由办理决定", "请只填 OPEN，要说的写在 description 里", "not-allowed"
        )
        raise INVALID(errors=[fault])
    item = await _one(parts, caller, body.service_request_id)

    async def action(uow: UnitOfWork) -> Answer:
        update_id = await add_question(
            uow, parts.rulebook, item.id, body.description, caller, is_keyed=is_keyed(request)
        )
        return Answer(models.CreatedUpdate(update_id=update_id))

    return _listed("service_request_updates", await once(caller, action), form)
