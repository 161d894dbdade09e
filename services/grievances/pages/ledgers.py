"""The ledger of clearing (清零台账), and ledgers 3 and 4 as files: asked for, their progress, taken."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from libs.common.http.form_fields import Form
from libs.common.http.head import is_head
from libs.common.places import load_places
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.imports import Imports
from libs.pages.listing import Listing
from libs.pages.lists import Column, Filters, Table
from libs.pages.places import PLACE_FILTERS
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.shown import person
from libs.pages.site import FromOwnPage, PageContext, SignedIn, is_fragment, pages_of, passed_on
from services.grievances.http.ledger_import_routes import IMPORTERS
from services.grievances.http.ledger_routes import AskLedger, LedgerExportView
from services.grievances.http.models import GrievanceView

PATH: Final = "/grievance-ledger"
EXPORT_PATH: Final = "/ledger-exports"
IMPORT_ROLES: Final = frozenset(map(str, IMPORTERS))
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]
router = APIRouter()
LISTING: Final = Listing(
    service="grievances",
    api="/v1/grievance-ledger",
    row=GrievanceView,
    table=Table(
        PATH,
        "清零台账",
        (
            Column("number", "工单号"),
            Column("category_name", "类别", on_phone=False),
            Column("in_ledger", "状态", show=lambda is_open: "在账" if is_open else "已销号"),
            Column("clear_by", "清零时限"),
            Column("utility_name", "责任单位", on_phone=False),
            Column("district_name", "县（市、区）", on_phone=False),
            Column("source_name", "来源", on_phone=False),
            Column("state_name", "办理状态", on_phone=False),
        ),
    ),
    filters=Filters(PLACE_FILTERS, ticks=(("open", "只看在账"), ("overdue", "只看逾期未清零"))),
    presets=(("在账", {"open": "true"}), ("逾期未清零（每周）", {"overdue": "true"})),
    template="grievance_ledger.html",
)
EXPORTS: Final = Listing(
    service="grievances",
    api="/v1/ledger-exports",
    row=LedgerExportView,
    table=Table(
        EXPORT_PATH,
        "台账导出",
        (
            Column("number", "导出编号"),
            Column("title", "台账"),
            Column("state_name", "状态"),
            Column("purpose_name", "目的", on_phone=False),
            Column("filter_names", "筛选", show=lambda names: names or "全部", on_phone=False),
            Column("asker", "提出人", show=person, on_phone=False),
            Column("asked_at", "提出时间"),
            Column("expires_at", "有效期至", on_phone=False),
        ),
    ),
    filters=Filters(ticks=(("mine", "我提出的"),)),
    presets=(("我的导出", {"mine": "true"}),),
    unit="个",
)
IMPORTS: Final = (
    Imports(
        service="grievances",
        path="/clearing-ledger-imports",
        layout="clearing-ledger",
        title="清零台账导入",
        file="诉求“清零”台账",
        note="补录此前的台账：只收尚未销号的诉求，不计入任何时限指标；已在系统中的诉求不因台账改动；"
        "文件加密保存，导入结束即销毁。",
    ),
    Imports(
        service="grievances",
        path="/call-back-ledger-imports",
        layout="call-back-ledger",
        title="回访台账导入",
        file="满意度回访台账",
        note="补录此前的回访：承办人的回访不收，责任单位自己的回访只收未解决、不满意的，仅留存、不计入指标；回访自录入时起生效；"
        "文件加密保存，导入结束即销毁。",
    ),
)


def _form(session: Session, query: dict[str, str]) -> CommandForm:
    """Return the form of an export, filled in from the list that leads to it."""
    places = load_places()
    here = session.scope_code
    utilities = [
        (code, name)
        for name, code in places.utility_codes.items()
        if session.scope_kind == "city" or here in (code, places.utility(code).district)
    ]
    return declared_form(
        Form("askLedgerExport", "导出", "/v1/ledger-exports", AskLedger),
        {"utility": utilities, "district": [(unit.code, unit.name) for unit in places.reporting_units]},
        without=() if session.scope_kind == "city" else ("district",),
        values={"overdue": query.get("overdue") == "true", "ledger": query.get("ledger", "CLEARING")},
        hint="个人信息已脱敏，文件有水印；导出和每次下载均记录在案，到期销毁",
    )


@router.get(f"{EXPORT_PATH}/new")
async def show_form(request: Request, pages: Grievances, session: SignedIn) -> Response:
    """Show the form of an export."""
    return _form_page(pages, session, _form(session, dict(request.query_params)))


@router.post(f"{EXPORT_PATH}/new")
async def ask(request: Request, pages: Grievances, session: FromOwnPage) -> Response:
    """Ask for an export; it leads to its page."""
    form = _form(session, {})
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return _form_page(pages, session, form, answer)
    return pages.done(f"{EXPORT_PATH}/{made(answer)}", form.title)


def _form_page(
    pages: PageContext, session: Session, form: CommandForm, refused: FormErrors | None = None
) -> Response:
    return pages.render(
        "ledger_export_new.html",
        session,
        status=refused.status if refused else 200,
        form=form,
        address=f"{EXPORT_PATH}/new",
        refused=refused,
    )


@router.get(f"{EXPORT_PATH}/{{export_id}}/file.xlsx")
async def give_file(request: Request, pages: Grievances, session: SignedIn, export_id: UUID) -> Response:
    """Pass the file on, or its head alone, which is no download."""
    method = "HEAD" if is_head(request) else "GET"
    return passed_on(*await pages.api.open(f"/v1{EXPORT_PATH}/{export_id}/file.xlsx", session, method=method))


@router.get(f"{EXPORT_PATH}/{{export_id}}")
async def show_export(request: Request, pages: Grievances, session: SignedIn, export_id: UUID) -> Response:
    """Show how far an export is, and its file; htmx asks again until it is there."""
    export = await pages.api.get(f"/v1{EXPORT_PATH}/{export_id}", session, LedgerExportView)
    template = "ledger_export_progress.html" if is_fragment(request) else "ledger_export.html"
    return pages.render(template, session, address=EXPORT_PATH, export=export)


@router.get(f"{PATH}/{{grievance_id}}")
async def show_grievance(grievance_id: UUID, session: SignedIn) -> Response:
    """Lead from a row to the page of its grievance."""
    del session
    return RedirectResponse(f"/grievances/{grievance_id}", 303)
