"""Exports of accounts: asked for from their list, their progress and file, and all of them for the auditor."""

from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.common.http.cursors import CountedPage
from libs.common.http.form_fields import Form
from libs.common.http.head import is_head
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.listing import Listing
from libs.pages.lists import Column, Filters, ListQuery, Table, address
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.shown import person
from libs.pages.site import FromOwnPage, PageContext, SignedIn, is_fragment, pages_of, passed_on
from services.registry.http.export_models import AskExport, ExportView
from services.registry.http.models import AccountDetail
from services.registry.pages.accounts import LISTING as ACCOUNTS

PATH: Final = "/account-exports"
ROLES: Final = frozenset({"clerk", "approver", "administrator", "auditor"})
Registry = Annotated[PageContext, Depends(pages_of("registry"))]
COLUMNS: Final = (
    Column("number", "导出编号"),
    Column("state_name", "状态"),
    Column("purpose_name", "目的"),
    Column("filter_names", "筛选", show=lambda names: names or "全部", on_phone=False),
    Column("rows", "户数", is_number=True),
    Column("asker", "提出人", show=person),
    Column("unit_name", "单位", on_phone=False),
    Column("asked_at", "提出时间", on_phone=False),
    Column("expires_at", "有效期至", on_phone=False),
    Column("downloads", "下载（次）", is_number=True),
)
LISTING: Final = Listing(
    service="registry",
    api="/v1/account-exports",
    row=ExportView,
    table=Table(PATH, "户导出", COLUMNS),
    filters=Filters(ticks=(("mine", "我提出的"),)),
    presets=(("我的导出", {"mine": "true"}),),
    unit="个",
)
router = APIRouter()


@router.get(f"{PATH}/new")
async def show_form(request: Request, pages: Registry, session: SignedIn) -> Response:
    """Show how many accounts the list has, and the form for their export."""
    return await _form_page(pages, session, ACCOUNTS.query(request))


@router.post(f"{PATH}/new")
async def ask(request: Request, pages: Registry, session: FromOwnPage) -> Response:
    """Ask for the export; it leads to its page."""
    listing = ACCOUNTS.query(request)
    form = _form(listing)
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return await _form_page(pages, session, listing, answer)
    return pages.done(f"{PATH}/{made(answer)}", form.title)


@router.get(f"{PATH}/{{export_id}}/file.xlsx")
async def give_file(request: Request, pages: Registry, session: SignedIn, export_id: UUID) -> Response:
    """Pass the file on, or its head alone, which is no download."""
    method = "HEAD" if is_head(request) else "GET"
    return passed_on(*await pages.api.open(f"/v1{PATH}/{export_id}/file.xlsx", session, method=method))


@router.get(f"{PATH}/{{export_id}}")
async def show_one(request: Request, pages: Registry, session: SignedIn, export_id: UUID) -> Response:
    """Show how far an export is, and its file; htmx asks again until it is there."""
    export = await pages.api.get(f"/v1{PATH}/{export_id}", session, ExportView)
    template = "account_export_progress.html" if is_fragment(request) else "account_export.html"
    return pages.render(template, session, address=PATH, export=export)


def _form(listing: ListQuery) -> CommandForm:
    query = f"?{urlencode(listing.filters)}" if listing.filters else ""
    form = declared_form(
        Form("askAccountExport", "导出", f"/v1{PATH}{query}", AskExport),
        hint="只含目的所需的内容，个人信息已脱敏，文件有水印；导出和每次下载均记录在案",
    )
    return replace(form, consequence="文件含用户信息，只用于所选目的，到期销毁")


async def _form_page(
    pages: PageContext, session: Session, listing: ListQuery, refused: FormErrors | None = None
) -> Response:
    page = await pages.api.get(
        ACCOUNTS.api, session, CountedPage[AccountDetail], {**listing.filters, "limit": "1"}
    )
    return pages.render(
        "account_export_new.html",
        session,
        status=refused.status if refused else 200,
        page=page,
        listing=listing,
        narrowed=_narrowed(session, listing),
        form=_form(listing),
        address=address(f"{PATH}/new", listing.filters),
        refused=refused,
    )


def _narrowed(session: Session, listing: ListQuery) -> list[str]:
    """Return the filters in words."""
    said = []
    for choice in ACCOUNTS.filters.choices:
        code = listing.filters.get(choice.name)
        if code is not None:
            names = {item.code: item.name for item in choice.items(session)}
            said.append(f"{choice.title}：{names.get(code, code)}")
    said += [
        f"{text.title}：{listing.filters[text.name]}"
        for text in ACCOUNTS.filters.texts
        if text.name in listing.filters
    ]
    said += [
        f"{word}日期{text}{listing.filters[key]}"
        for name, word in ACCOUNTS.filters.days
        for end, text in (("from", "自"), ("to", "至"))
        if (key := f"{name}_{end}") in listing.filters
    ]
    said += [word for name, word in ACCOUNTS.filters.ticks if name in listing.filters]
    return said
