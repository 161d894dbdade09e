"""Accounts (户): the list with its filters, the form for a new one, and the page of one."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from libs.casework.http.history import EventView
from libs.common.http.form_fields import Form
from libs.common.http.labels import Label
from libs.common.http.names import Name
from libs.pages.forms import CommandForm, declared_form
from libs.pages.history import History
from libs.pages.listing import Listing, Opening
from libs.pages.lists import Choices, Column, Filters, Table, Text
from libs.pages.places import PLACE_FILTERS, offered
from libs.pages.sessions import Session
from libs.pages.site import PageContext
from libs.pages.things import Things
from services.registry.http.models import AccountDetail, DescribedCustomer, OpenAccount
from services.registry.pages import reveals
from services.registry.pages.account_requests import offers
from services.registry.pages.codes import CODES
from services.registry.pages.requests import requests_card

NUMBER, STATE, CUSTOMER, CATEGORY, UTILITY, SUPPLY = (
    Column("number", "户号", show=lambda text: text or "未编号"),
    Column("state_name", "状态", "state"),
    Column("customer_name", "用户", show=lambda text: text or "未登记名称"),
    Column("category_name", "类别", "category"),
    Column("utility_name", "专营单位", "utility", on_phone=False),
    Column("supply_name", "业务", on_phone=False),
)
ADDRESS = Column("address", "地址", on_phone=False)
COMPLETE = Column("complete", "信息完整", show=lambda complete: "是" if complete else "否", on_phone=False)
PRICE = Column("price_class_name", "价格类别", "price_class", on_phone=False)
OPENED = Column("opened_at", "立户时间", "opened_at", on_phone=False)
CLOSED = Column("closed_at", "销户时间", "closed_at", on_phone=False)
TABLE = Table(
    "/accounts",
    "户",
    (NUMBER, STATE, CUSTOMER, CATEGORY, PRICE, ADDRESS, UTILITY, COMPLETE, OPENED, CLOSED),
)
_KEEPERS = frozenset({"clerk", "window"})
_KNOWN = [Name(code="true", name="已登记"), Name(code="false", name="未登记齐全")]
_SMALL = {None: "未认定", True: "是", False: "否"}


class _NewAccount(OpenAccount):
    """At the counter the customer is described; who is on record already is found by the identifier."""

    customer: Annotated[DescribedCustomer, Label("用户")]


def _opening(session: Session) -> CommandForm:
    utilities = [] if session.scope_kind == "utility" else ["utility"]
    return declared_form(
        Form("openAccount", "立户", "/v1/accounts", _NewAccount),
        {name: [(utility.code, utility.name) for utility in offered(session)[1]] for name in utilities},
        without=("customer_id",) if utilities else ("customer_id", "utility"),
    )


LISTING = Listing(
    service="registry",
    api="/v1/accounts",
    row=AccountDetail,
    table=TABLE,
    filters=Filters(
        (
            *PLACE_FILTERS,
            Choices("category", "类别", lambda _session: CODES.names("categories")),
            Choices("state", "状态", lambda _session: CODES.names("account_states")),
            Choices("price_class", "价格类别", lambda _session: CODES.names("price_classes")),
            Choices("complete", "户号和地址", lambda _session: _KNOWN),
        ),
        (Text("customer_id", "用户编号", 36, hidden_from=frozenset({"citizen"})),),
        days=(("opened", "立户"), ("closed", "销户")),
        ticks=(("small_or_micro", "个体工商户和小微企业"),),
    ),
    orders=("newest",),
    presets=(("信息不完整", {"complete": "false"}), ("报停", {"state": "SUSPENDED"})),
    opening=Opening(title="立户", form=_opening, roles=_KEEPERS),
    unit="户",
    template="accounts.html",
)


async def _context(pages: PageContext, session: Session, account: AccountDetail) -> Mapping[str, Any]:
    requests, eligible = await asyncio.gather(
        requests_card(pages.api, session, account_id=str(account.id)), offers(pages.api, session, account.id)
    )
    return {
        "account": account,
        "card": requests,
        "eligible": eligible,
        **reveals.offered(session, reveals.account_form(account.id)),
    }


ACCOUNTS = Things(
    service="registry",
    noun="户",
    path="/accounts",
    api="/v1/accounts",
    view=AccountDetail,
    kinds=("信息",),
    facts=(
        STATE,
        Column("state_since", "状态自"),
        ADDRESS,
        CATEGORY,
        Column("category_source", "类别依据"),
        Column("small_or_micro", "个体工商户或小微企业", show=lambda small: _SMALL[small]),
        Column("use_name", "用途"),
        PRICE,
        UTILITY,
        SUPPLY,
        COMPLETE,
        Column("origin_name", "来源"),
        OPENED,
    ),
    title=lambda account: account.number or "未编号的户",
    listing=LISTING,
    history=History(
        EventView, {"origin": ("来源", CODES.shown("origins")), "reason": ("原因", CODES.shown("reasons"))}
    ),
    template="account.html",
    context=_context,
)
