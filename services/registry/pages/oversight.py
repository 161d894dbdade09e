"""The auditor's page of the audit record, and the list of exceptions with what a second person says of them."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.common.audit.entries import ACTION_NAMES, RESULT_NAMES
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.form_fields import Form
from libs.common.http.names import names_of
from libs.common.problems import Problem
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.lists import Choices, Column, Filters, ListQuery, Text
from libs.pages.paging import At
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, beside_fields, pages_of
from services.registry.http.audit_routes import ALL_PURPOSES, AuditEntryView
from services.registry.http.export_models import ExportView
from services.registry.http.reveal_models import AlarmView, BreakGlassView, DecideBreakGlass
from services.registry.pages import exports

Registry = Annotated[PageContext, Depends(pages_of("registry"))]
PATH: Final = "/audit"
EXCEPTIONS: Final = "/break-glass"
COLUMNS: Final = (
    Column("occurred_at", "时间"),
    Column("actor", "账号"),
    Column("roles", "角色", on_phone=False),
    Column("unit", "单位", on_phone=False),
    Column("action_name", "操作"),
    Column("purpose_name", "目的"),
    Column("field_names", "内容", on_phone=False),
    Column("subject", "用户编号", show=lambda text: text or "—"),
    Column("result_name", "结果"),
    Column("slug", "拒绝原因", show=lambda text: text or "", on_phone=False),
    Column("source_address", "来源地址", on_phone=False),
)
ALARM_COLUMNS: Final = (
    Column("raised_at", "时间"),
    Column("actor", "账号"),
    Column("unit", "单位"),
    Column("period_name", "时段"),
    Column("count", "次数", is_number=True),
    Column("most", "限数", is_number=True),
)
FILTERS: Final = Filters(
    (
        Choices("action", "操作", lambda _session: names_of(ACTION_NAMES)),
        Choices("purpose", "目的", lambda _session: names_of(ALL_PURPOSES)),
        Choices("result", "结果", lambda _session: names_of(RESULT_NAMES)),
    ),
    (Text("actor", "账号", 120), Text("subject", "用户编号", 36)),
    days=(("day", "记录"),),
)
_CONFIRMERS: Final = frozenset({"supervisor", "administrator"})

router = APIRouter()


@router.get(PATH)
async def show_entries(request: Request, pages: Registry, session: SignedIn, at: At) -> Response:
    """Show the audit record, and before it whom an alarm was raised of."""
    listing = ListQuery.of(PATH, request.query_params, FILTERS.names)
    errors = dict[str, str]()
    page: CountedPage[AuditEntryView] = CountedPage(items=[])
    try:
        page = await pages.api.get(
            "/v1/audit-entries", session, CountedPage[AuditEntryView], at.asking(listing.query)
        )
    except Problem as problem:
        errors = beside_fields(problem.errors)
        if not errors.keys() & listing.filters.keys():
            raise
    alarms, exported = await asyncio.gather(
        pages.api.get("/v1/reveal-alarms", session, Page[AlarmView], {"limit": "10"}),
        pages.api.get("/v1/account-exports", session, CountedPage[ExportView], {"limit": "10"}),
    )
    return pages.render(
        "audit.html",
        session,
        columns=COLUMNS,
        alarm_columns=ALARM_COLUMNS,
        alarms=alarms.items,
        exports=exported.items,
        export_columns=exports.COLUMNS,
        exports_path=exports.PATH,
        filters=FILTERS,
        listing=listing,
        chosen=listing.filters,
        errors=errors,
        rows=page.items,
        more=at.following(PATH, listing.query, page),
    )


@router.get(EXCEPTIONS)
async def show_exceptions(pages: Registry, session: SignedIn) -> Response:
    """Show what was shown beyond the rule."""
    return await _exceptions(pages, session)


@router.post(f"{EXCEPTIONS}/{{exception_id}}")
async def decide(request: Request, exception_id: UUID, pages: Registry, session: FromOwnPage) -> Response:
    """Confirm or contest an exception."""
    form = _decision(exception_id)
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return await _exceptions(pages, session, answer)
    return pages.done(EXCEPTIONS, form.title)


async def _exceptions(pages: PageContext, session: Session, refused: FormErrors | None = None) -> Response:
    answer = CountedPage[BreakGlassView]
    overdue, opened, decided = await asyncio.gather(
        *(
            pages.api.get("/v1/break-glass", session, answer, query)
            for query in (
                {"overdue": "true", "limit": "200"},
                {"state": "OPEN", "overdue": "false", "limit": "200"},
                {"overdue": "false", "limit": "50"},
            )
        )
    )
    waiting = [*overdue.items, *opened.items]
    may: dict[str, Any] = {
        str(item.id): _decision(item.id)
        for item in waiting
        if item.actor != session.subject and not _CONFIRMERS.isdisjoint(session.roles)
    }
    return pages.render(
        "break_glass.html",
        session,
        status=refused.status if refused else 200,
        waiting=waiting,
        decided=[item for item in decided.items if item.decided_at],
        decisions=may,
        refused=refused,
        address=EXCEPTIONS,
    )


def _decision(exception_id: UUID) -> CommandForm:
    path = f"/v1/break-glass/{exception_id}/decision"
    return declared_form(Form("decideBreakGlass", "确认应急访问", path, DecideBreakGlass))
