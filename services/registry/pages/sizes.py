"""Sizes of enterprises: the list of those to classify, and on a customer's page what its size rests on."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from libs.casework.http.history import EventView
from libs.common.http.cursors import Page
from libs.common.http.names import Name
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.places import PLACE_FILTERS
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream
from services.registry.http.models import CustomerDetail
from services.registry.http.rights_models import EnterpriseRow, Explanation
from services.registry.pages.codes import CODES

_CLASSIFIED: Final = "customer_classified"
_SIZED: Final = [
    Name(code="true", name="已认定，数据日期最早的在前"),
    Name(code="false", name="缺少数据，未认定"),
]
LISTING: Final = Listing(
    service="registry",
    api="/v1/enterprises",
    row=EnterpriseRow,
    table=Table(
        "/enterprise-sizes",
        "企业规模",
        (
            Column("name", "企业", is_drawn=True),
            Column("size_name", "规模", show=lambda name: name or "未认定"),
            Column("size_as_of", "数据日期"),
            Column("industry_name", "行业", on_phone=False),
            Column("subject_name", "主体", on_phone=False),
            Column("opened_at", "建立时间", on_phone=False),
        ),
        macros="size_cells.html",
    ),
    filters=Filters(
        (
            Choices("sized", "认定情况", lambda _session: _SIZED),
            Choices("size", "规模", lambda _session: CODES.names("sizes")),
            *PLACE_FILTERS,
        )
    ),
    presets=(
        ("缺少数据", {"sized": "false"}),
        ("已认定", {"sized": "true"}),
        ("微型", {"size": "MICRO"}),
        ("小型", {"size": "SMALL"}),
    ),
    unit="家",
    template="enterprise_sizes.html",
)


async def size_of(api: Upstream, session: Session, customer: CustomerDetail) -> Mapping[str, Any]:
    """Return what a customer's page says of its size; nothing of a person."""
    if customer.kind != "ORGANISATION":
        return {"explained_size": None, "sizings": None}
    path = f"/v1/customers/{customer.id}"
    explanation, events = await asyncio.gather(
        api.get(f"{path}/explanation", session, Explanation),
        api.get(f"{path}/events", session, Page[EventView], {"limit": "200"}),
    )
    sizings = [event for event in events.items if event.event == _CLASSIFIED]
    return {
        "explained_size": explanation.size,
        "sizings": [
            (event, event.particulars, CODES.named(str(event.particulars["size"]), "sizes"))
            for event in reversed(sizings)
        ],
    }
