"""Requests on accounts (用户业务): their list, the page of one, whose turn it is, and what one watches."""

import re
from collections.abc import Sequence

from libs.common.http.cursors import CountedPage
from libs.pages.declaration import Card, Hit
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table, address
from libs.pages.places import PLACE_FILTERS
from libs.pages.sessions import Session
from libs.pages.things import Things
from libs.pages.updates import Updates
from libs.pages.upstreams import Upstream
from libs.pages.work import WorkList
from services.registry.http.request_commands import CONTACT, PARTIES, STEPS, TEAM
from services.registry.http.request_models import (
    RequestDetail,
    RequestUpdates,
    RequestView,
    RequestWorkCounts,
    RequestWorkRow,
)
from services.registry.pages.codes import CODES
from services.registry.pages.request_history import HISTORY

MOST_SHOWN = "10"
_A_NUMBER = re.compile(r"YW-[A-Z]-[0-9]{6}-[0-9]{8}-[0-9]{4,9}", re.ASCII)


def _choices(name: str, title: str, group: str) -> Choices:
    return Choices(name, title, lambda _session: CODES.names(group))


NUMBER, KIND, STATE, DUE, SUBMITTED, UTILITY = (
    Column("number", "编号"),
    Column("kind_name", "事项"),
    Column("state_name", "状态", is_drawn=True),
    Column("due_at", "应办结"),
    Column("submitted_at", "提交时间", on_phone=False),
    Column("utility_name", "专营单位", on_phone=False),
)
TABLE = Table(
    "/requests",
    "业务申请",
    (
        NUMBER,
        KIND,
        STATE,
        DUE,
        UTILITY,
        Column("supply_name", "业务", on_phone=False),
        Column("channel_name", "渠道", on_phone=False),
        SUBMITTED,
        Column("finished_at", "办结时间", on_phone=False),
    ),
    macros="request_cells.html",
    is_late=lambda row: row.overdue,
)
SHORT_TABLE = Table(
    TABLE.path, TABLE.noun, (NUMBER, KIND, STATE, DUE, SUBMITTED), TABLE.macros, TABLE.is_late
)
LISTING = Listing(
    service="registry",
    api="/v1/requests",
    row=RequestView,
    table=TABLE,
    filters=Filters(
        (
            _choices("kind", "事项", "request_kinds"),
            _choices("state", "状态", "request_states"),
            *PLACE_FILTERS,
        ),
        ticks=(("open", "只看办理中"), ("overdue", "只看超时"), ("mine", "只看我承办的")),
    ),
    presets=(
        ("办理中", {"open": "true"}),
        ("待我办理", {"open": "true", "mine": "true"}),
        ("超时", {"overdue": "true"}),
    ),
)
WORK = WorkList(
    service="registry",
    path="/request-work",
    api="/v1/request-work-list",
    lists=CODES.groups["request_turns"],
    row=RequestWorkRow,
    counts=RequestWorkCounts,
    things=TABLE.path,
    choices=(
        _choices("kind", "业务事项", "request_kinds"),
        _choices("task", "待办事项", "request_tasks"),
    ),
    by_task="task",
    title="业务待办",
    # The hall does what is the parties' to do, at the counter.
    done_by={"applicant": frozenset({"window"})},
)
REQUESTS = Things(
    service="registry",
    noun=TABLE.noun,
    path=TABLE.path,
    api="/v1/requests",
    view=RequestDetail,
    kinds=(STEPS, PARTIES, CONTACT, TEAM),
    listing=LISTING,
    history=HISTORY,
    files=("materials",),
    has_notes=True,
    work=WORK,
    template="request.html",
)
UPDATES = Updates(
    service="registry",
    path="/request-updates",
    api="/v1/updates",
    answer=RequestUpdates,
    history=HISTORY,
    things=TABLE.path,
    thing="request",
    title="业务更新",
)


async def requests_card(api: Upstream, session: Session, **of: str) -> Card:
    """Return the newest requests of a customer or of an account, by `customer_id` or `account_id`."""
    found = await api.get("/v1/requests", session, CountedPage[RequestView], {**of, "limit": MOST_SHOWN})
    return Card(TABLE.noun, SHORT_TABLE, found.items, address(TABLE.path, of) if found.next else None)


async def customer_card(api: Upstream, session: Session, customer_id: str) -> Card | None:
    """Return the newest requests of a customer; None for whom there are none."""
    card = await requests_card(api, session, customer_id=customer_id)
    return card if card.rows else None


async def search(api: Upstream, session: Session, text: str) -> Sequence[Hit]:
    """Return the request of a number; nothing else of the registry's is looked for by an address."""
    number = text.strip().upper()
    if not _A_NUMBER.fullmatch(number):
        return []
    found = await api.get("/v1/requests", session, CountedPage[RequestView], {"number": number})
    return [
        Hit(TABLE.noun, item.number, f"{item.kind_name}，{item.state_name}", f"{TABLE.path}/{item.id}")
        for item in found.items
    ]
