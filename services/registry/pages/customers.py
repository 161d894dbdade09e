"""A customer: its particulars, its accounts, and what each service has of it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from libs.casework.http.history import EventView
from libs.common.http.cursors import CountedPage
from libs.common.problems import Problem
from libs.pages.declaration import Card
from libs.pages.history import History
from libs.pages.lists import Column, Table
from libs.pages.sessions import Session
from libs.pages.site import Mounted, PageContext, site_of
from libs.pages.things import Things
from services.registry.http.models import AccountDetail, CustomerDetail
from services.registry.pages import reveals, rights, sizes
from services.registry.pages.accounts import NUMBER, STATE, SUPPLY, UTILITY
from services.registry.pages.accounts import TABLE as ALL_ACCOUNTS
from services.registry.pages.codes import CODES

MOST_SHOWN = "20"
_MISSING = "未登记"
_NOT_SHOWN = frozenset({"RESTRICTED", "ERASED"})
ACCOUNTS = Table(ALL_ACCOUNTS.path, "户", (NUMBER, STATE, SUPPLY, UTILITY))


def _shown(text: str | None) -> str:
    return text or _MISSING


async def _card(mounted: Mounted, session: Session, customer_id: str) -> Card | str | None:
    """Return a service's card of a customer, or what is said where the service does not answer."""
    declared = mounted.declared
    if declared.customer_card is None:
        return None
    try:
        return await declared.customer_card(mounted.api, session, customer_id)
    except Problem as problem:
        return f"{declared.title}：{problem.detail or problem.kind.title}"


async def _context(pages: PageContext, session: Session, customer: CustomerDetail) -> Mapping[str, Any]:
    customer_id = str(customer.id)
    services = site_of(pages.request).services.values()
    accounts, cards, size, privacy, cases = await asyncio.gather(
        pages.api.get(
            "/v1/accounts",
            session,
            CountedPage[AccountDetail],
            {"customer_id": customer_id, "limit": MOST_SHOWN},
        ),
        asyncio.gather(*(_card(mounted, session, customer_id) for mounted in services)),
        sizes.size_of(pages.api, session, customer),
        rights.privacy_of(pages.api, session, customer),
        rights.cases_card(pages.api, session, customer_id),
    )
    own = Card(
        "户", ACCOUNTS, accounts.items, f"/accounts?customer_id={customer_id}" if accounts.next else None
    )
    return {
        "customer": customer,
        "cards": [own, *(card for card in (*cards, cases) if card is not None)],
        **size,
        **privacy,
        # Of who is restricted or erased nothing is shown whole.
        **reveals.offered(
            session, None if customer.state in _NOT_SHOWN else reveals.customer_form(customer.id)
        ),
    }


CUSTOMERS = Things(
    service="registry",
    noun="用户",
    path="/customers",
    api="/v1/customers",
    view=CustomerDetail,
    kinds=("信息", "规模", "个人信息权利"),
    facts=(
        Column("state_name", "状态"),
        Column("kind_name", "类型"),
        Column("subject_name", "主体"),
        Column("identifier", "证件号码", show=_shown),
        Column("mobile", "手机号", show=_shown),
        Column("landline", "固定电话", show=_shown),
        Column("contact", "联系人", show=_shown),
        Column("size_name", "企业规模", show=lambda name: name or "未认定"),
        Column("opened_at", "建立时间"),
    ),
    title=lambda customer: customer.name or "未登记名称的用户",
    history=History(
        EventView,
        {
            "reason": ("原因", CODES.shown("reasons")),
            "before": ("原规模", CODES.shown("sizes")),
            "size": ("规模", CODES.shown("sizes")),
            "as_of": "数据日期",
            "policy_version": "划型标准版本",
        },
    ),
    template="customer.html",
    context=_context,
)
