"""Grievances (诉求): their list, the page of one, whose turn it is, and what one watches."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from libs.common.http.cursors import CountedPage
from libs.pages.declaration import Hit
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.places import PLACE_FILTERS
from libs.pages.sessions import Session
from libs.pages.site import PageContext
from libs.pages.things import Things
from libs.pages.updates import Updates
from libs.pages.upstreams import Upstream
from libs.pages.work import WorkList
from services.grievances.http.commands import (
    CALLING,
    CONTACT,
    LEDGER,
    OVERSIGHT,
    REPORTERS,
    SCREENING,
    STEPS,
    TEAM,
)
from services.grievances.http.models import (
    GrievanceDetail,
    GrievanceUpdates,
    GrievanceView,
    GrievanceWorkCounts,
    GrievanceWorkRow,
)
from services.grievances.pages import reveals
from services.grievances.pages.codes import CODES
from services.grievances.pages.history import HISTORY
from services.grievances.pages.hotline import hotline_of

_A_NUMBER = re.compile(r"SQ-[0-9]{6}-[0-9]{8}-[0-9]{4,9}", re.ASCII)


def _choices(name: str, title: str, group: str) -> Choices:
    return Choices(name, title, lambda _session: CODES.names(group))


NUMBER, KIND, CATEGORY, STATE, REPLY_BY, RECEIVED = (
    Column("number", "编号"),
    Column("kind_name", "种类"),
    Column("category_name", "类别", on_phone=False),
    Column("state_name", "状态", is_drawn=True),
    Column("reply_by", "应答复"),
    Column("received_at", "收到时间", on_phone=False),
)
TABLE = Table(
    "/grievances",
    "诉求",
    (
        NUMBER,
        KIND,
        CATEGORY,
        STATE,
        REPLY_BY,
        Column("utility_name", "主办单位", on_phone=False),
        Column("district_name", "县（市、区）", on_phone=False),
        Column("source_name", "来源", on_phone=False),
        RECEIVED,
        Column("closed_at", "办结时间", on_phone=False),
    ),
    macros="grievance_cells.html",
    is_late=lambda row: row.overdue and not row.replied_at,
)
LISTING = Listing(
    service="grievances",
    api="/v1/grievances",
    row=GrievanceView,
    table=TABLE,
    filters=Filters(
        (
            _choices("kind", "种类", "kinds"),
            _choices("state", "状态", "states"),
            _choices("source", "来源", "sources"),
            *PLACE_FILTERS,
        ),
        ticks=(
            ("open", "只看办理中"),
            ("overdue", "只看超时"),
            ("in_ledger", "只看清零在账"),
            ("mine", "只看我承办的"),
        ),
    ),
    presets=(
        ("办理中", {"open": "true"}),
        ("待我办理", {"open": "true", "mine": "true"}),
        ("超时", {"overdue": "true"}),
        ("清零台账", {"in_ledger": "true"}),
    ),
    template="grievances.html",
)
WORK = WorkList(
    service="grievances",
    path="/grievance-work",
    api="/v1/grievance-work-list",
    lists=CODES.groups["turns"],
    row=GrievanceWorkRow,
    counts=GrievanceWorkCounts,
    things=TABLE.path,
    choices=(_choices("kind", "种类", "kinds"), _choices("task", "待办事项", "tasks")),
    by_task="task",
    title="诉求待办",
    done_by={
        "screener": frozenset({"window", "supervisor"}),
        "handler": frozenset({"clerk"}),
        "county": frozenset({"supervisor"}),
        "city": frozenset({"supervisor"}),
        "caller": frozenset({"window", "supervisor"}),
    },
)


async def _more(pages: PageContext, session: Session, thing: GrievanceDetail) -> Mapping[str, Any]:
    """Return what the page of one shows besides: what the hotline is told, and the form of the whole words."""
    return {
        **await reveals.offered(pages, session, thing),
        **await hotline_of(pages, session, thing),
    }


GRIEVANCES = Things(
    service="grievances",
    noun=TABLE.noun,
    path=TABLE.path,
    api="/v1/grievances",
    view=GrievanceDetail,
    kinds=(SCREENING, STEPS, CALLING, OVERSIGHT, LEDGER, REPORTERS, CONTACT, TEAM),
    listing=LISTING,
    history=HISTORY,
    files=("files",),
    has_notes=True,
    work=WORK,
    template="grievance.html",
    context=_more,
)
UPDATES = Updates(
    service="grievances",
    path="/grievance-updates",
    api="/v1/updates",
    answer=GrievanceUpdates,
    history=HISTORY,
    things=TABLE.path,
    thing="grievance",
    title="诉求更新",
)


async def search(api: Upstream, session: Session, text: str) -> Sequence[Hit]:
    """Return the grievance of a number."""
    number = text.strip().upper()
    if not _A_NUMBER.fullmatch(number):
        return []
    found = await api.get("/v1/grievances", session, CountedPage[GrievanceView], {"number": number})
    return [
        Hit(TABLE.noun, item.number, f"{item.kind_name}，{item.state_name}", f"{TABLE.path}/{item.id}")
        for item in found.items
    ]
