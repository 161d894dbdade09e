"""Rights of customers in their data: requests that wait for an answer, the file for the citizen, the records."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.casework.http.history import EventView
from libs.common.http.command import InStead
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.form_fields import Form
from libs.pages.declaration import Card
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.history import History
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.shown import district, utility, when
from libs.pages.site import FromOwnPage, PageContext, pages_of
from libs.pages.things import Things
from libs.pages.upstreams import Upstream
from libs.pages.work import WorkList
from services.registry.http.models import CustomerDetail
from services.registry.http.rights_case_models import OpenRightsCase, RightsCaseDetail, RightsCounts
from services.registry.http.rights_models import Consents, Disclosures, NoticeView, RightView
from services.registry.pages.codes import CODES

Registry = Annotated[PageContext, Depends(pages_of("registry"))]
PATH: Final = "/rights-cases"
_TAKERS: Final = frozenset({"window", "clerk"})
_COPIERS: Final = frozenset({"window"})
_FILES: Final = frozenset({"COPY", "TRANSFER"})

router = APIRouter()


def _named(name: str | None) -> str:
    return name or "未登记名称"


KIND, CUSTOMER, STATE, DUE, ASKED, FINISHED = (
    Column("kind_name", "请求事项"),
    Column("customer_name", "用户", show=_named),
    Column("state_name", "状态"),
    Column("due_at", "应答复"),
    Column("asked_at", "提出时间", on_phone=False),
    Column("finished_at", "答复时间", on_phone=False),
)
LISTING: Final = Listing(
    service="registry",
    api="/v1/rights-cases",
    row=RightsCaseDetail,
    table=Table(
        PATH,
        "个人信息权利请求",
        (KIND, CUSTOMER, STATE, DUE, ASKED, FINISHED),
        is_late=lambda row: row.overdue,
    ),
    filters=Filters(
        (
            Choices("kind", "请求事项", lambda _session: CODES.names("rights_kinds")),
            Choices("state", "状态", lambda _session: CODES.names("rights_states")),
        ),
        ticks=(("overdue", "只看超时未答复"),),
    ),
    presets=(
        ("待答复", {"state": "OPEN"}),
        ("不予办理", {"state": "REFUSED"}),
        ("超时", {"overdue": "true"}),
    ),
)
WORK: Final = WorkList(
    service="registry",
    path="/rights-work",
    api="/v1/rights-work-list",
    lists=CODES.groups["rights_turns"],
    row=RightsCaseDetail,
    counts=RightsCounts,
    things=PATH,
    choices=(Choices("kind", "请求事项", lambda _session: CODES.names("rights_kinds")),),
    title="个人信息权利",
    macros="rights_cells.html",
    done_by={"answer": _COPIERS},
    places=(),
    ticks=(("overdue", "只看已逾期"),),
    table=Table(
        PATH,
        "个人信息权利请求",
        (KIND, CUSTOMER, Column("work", "剩余", is_drawn=True), DUE, ASKED),
        is_late=lambda row: row.overdue,
    ),
)


_SHORT: Final = Table(PATH, "个人信息权利请求", (KIND, STATE, DUE, ASKED), is_late=LISTING.table.is_late)


def _copy_form(customer_id: UUID) -> CommandForm:
    return declared_form(
        Form("copyCustomer", "生成给用户的文件", f"/v1/customers/{customer_id}/copy", InStead),
        hint="含本系统保存的该用户全部个人信息，须填写用户签字文件编号；生成记录在案，下载后交给用户本人",
    )


async def _context(_pages: PageContext, session: Session, case: RightsCaseDetail) -> Mapping[str, Any]:
    gives_file = not case.finished_at and case.kind in _FILES and not _COPIERS.isdisjoint(session.roles)
    return {"case": case, "copy_form": _copy_form(case.customer_id) if gives_file else None}


CASES: Final = Things(
    service="registry",
    noun="个人信息权利请求",
    path=PATH,
    api="/v1/rights-cases",
    view=RightsCaseDetail,
    kinds=("答复",),
    title=lambda case: f"{case.kind_name}：{_named(case.customer_name)}",
    listing=LISTING,
    history=History(
        EventView,
        {
            "due_at": "应答复",
            "ground": ("依据", CODES.shown("rights_refusals")),
            "in_time": ("按时", lambda in_time: "是" if in_time else "否"),
            "policy_version": "规则版本",
        },
    ),
    work=WORK,
    template="rights_case.html",
    context=_context,
)


@router.post(f"{PATH}/{{case_id}}/file")
async def give_file(request: Request, case_id: UUID, pages: Registry, session: FromOwnPage) -> Response:
    """Give the file for the citizen, to whoever hands it over."""
    case = await pages.api.get(f"/v1/rights-cases/{case_id}", session, RightsCaseDetail)
    answer = await send(request, pages.api, session, _copy_form(case.customer_id))
    if isinstance(answer, FormErrors):
        return pages.render(
            "rights_file.html",
            session,
            status=answer.status,
            case=case,
            form=_copy_form(case.customer_id),
            address=f"{PATH}/{case_id}",
            refused=answer,
        )
    name = f'attachment; filename="{case.customer_id}.json"'
    return Response(answer, media_type="application/json", headers={"Content-Disposition": name})


def opening_form(session: Session, customer: CustomerDetail) -> CommandForm | None:
    """Return the form by which a request is taken at a counter; None for who takes none."""
    if _TAKERS.isdisjoint(session.roles) or customer.state in ("ERASED", "MERGED"):
        return None
    path = f"/v1/customers/{customer.id}/rights-cases"
    return declared_form(
        Form("openRightsCase", "登记个人信息权利请求", path, OpenRightsCase),
        hint="不能当场办理的在此登记，由综合窗口在时限内答复；能当场办理的在“个人信息权利”中直接办理",
    )


@router.post("/customers/{customer_id}/rights-cases")
async def open_case(request: Request, customer_id: UUID, pages: Registry, session: FromOwnPage) -> Response:
    """Take a request by a right."""
    customer = await pages.api.get(f"/v1/customers/{customer_id}", session, CustomerDetail)
    form = opening_form(session, customer)
    if form is None:
        return pages.done(f"/customers/{customer_id}", "没有办理：不能登记请求")
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return pages.render(
            "rights_open.html", session, status=answer.status, customer=customer, form=form, refused=answer
        )
    return pages.done(f"{PATH}/{made(answer)}", form.title)


@dataclass(frozen=True, slots=True)
class Records:
    """A table of what is on record of a customer's rights, or what is said where nothing is."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    none_there: str


async def privacy_of(api: Upstream, session: Session, customer: CustomerDetail) -> Mapping[str, Any]:
    """Return what a customer's page says of consents, disclosures, and what was asked for by its rights."""
    path = f"/v1/customers/{customer.id}"
    consents, disclosures, rights, notice = await asyncio.gather(
        api.get(f"{path}/consents", session, Consents),
        api.get(f"{path}/disclosures", session, Disclosures),
        api.get(f"{path}/rights", session, Page[RightView]),
        api.get("/v1/privacy-notice", session, NoticeView),
    )
    return {
        "notice": notice,
        "notice_accepted": consents.current_accepted,
        "rights_form": opening_form(session, customer),
        "privacy_records": [
            _consented(consents),
            Records(
                "查看和提供",
                ("时间", "单位", "操作", "目的", "内容"),
                [
                    (when(item.at), _unit(item.unit), item.action_name, item.purpose_name, item.field_names)
                    for item in disclosures.items
                ],
                "没有人查看或取得完整信息。",
            ),
            Records(
                "接收事件的服务",
                ("接收方", "依据", "内容"),
                [(item.name, item.basis, item.what) for item in disclosures.subscribers],
                "没有接收方。",
            ),
            _asked(rights.items),
        ],
    }


def _unit(text: str) -> str:
    """Name a unit as scopes do, as `utility:W-371502`."""
    kind, _, code = text.partition(":")
    named = {"utility": utility, "district": district}.get(kind)
    return named(code) if named else {"city": "市级", "citizen": "本人"}.get(kind, text)


def _consented(consents: Consents) -> Records:
    rows = [
        (
            item.notice_version,
            when(item.accepted_at),
            "窗口" if item.channel == "WINDOW" else CODES.named(item.channel, "request_channels"),
            item.document_ref or "—",
            when(item.withdrawn_at),
        )
        for item in consents.items
    ]
    return Records(
        "同意告知", ("告知版本", "同意时间", "途径", "文件编号", "撤回时间"), rows, "没有同意记录。"
    )


def _asked(rights: Sequence[RightView]) -> Records:
    rows = [
        (
            item.kind_name,
            when(item.asked_at),
            _unit(item.unit),
            item.document_ref or "—",
            "已办理" if item.granted else item.refusal_text or "",
        )
        for item in rights
    ]
    heads = ("事项", "时间", "提出", "文件编号", "结果")
    return Records("当场办理的权利请求", heads, rows, "没有办理过。")


async def cases_card(api: Upstream, session: Session, customer_id: str) -> Card | None:
    """Return the requests of a customer by its rights; None without any."""
    query = {"customer_id": customer_id, "limit": "20"}
    found = await api.get("/v1/rights-cases", session, CountedPage[RightsCaseDetail], query)
    return Card(LISTING.table.noun, _SHORT, found.items) if found.items else None
