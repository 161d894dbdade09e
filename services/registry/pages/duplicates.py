"""Customers who may be one: the list, the work lists of who looks at them and who confirms, and two side by side."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from libs.casework.http.history import EventView
from libs.common.clock import local
from libs.pages.declaration import Card
from libs.pages.history import History, Shown
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.places import PLACE_FILTERS
from libs.pages.sessions import Session
from libs.pages.shown import day
from libs.pages.site import PageContext
from libs.pages.things import Things
from libs.pages.work import WorkList
from services.registry.http.duplicate_models import FeatureView, PairAccounts, PairCounts, PairDetail
from services.registry.http.models import AccountDetail, CustomerDetail
from services.registry.pages.accounts import ADDRESS, NUMBER, STATE, SUPPLY, UTILITY
from services.registry.pages.accounts import TABLE as ALL_ACCOUNTS
from services.registry.pages.codes import CODES
from services.registry.pages.requests import requests_card

_UNKNOWN: Final = "未登记"
_ELSEWHERE: Final = "不在管辖范围内"
_NOT_COMPARED: Final = "未比对"
_ACCOUNTS: Final = Table(ALL_ACCOUNTS.path, "户", (NUMBER, STATE, SUPPLY, UTILITY, ADDRESS))


def percent(score: float) -> str:
    """Show how alike two things are."""
    return f"{score * 100:.0f}%"


def verdict(feature: FeatureView) -> str:
    """Say how alike two customers are in one respect."""
    if feature.agrees:
        return "相同"
    return f"相近（{percent(feature.likeness)}）" if feature.likeness else "不同"


def _name(side: CustomerDetail | None) -> str:
    return _ELSEWHERE if side is None else side.name or "未登记名称"


def _agreeing(features: Sequence[FeatureView]) -> str:
    return "、".join(feature.name for feature in features if feature.agrees) or "—"


SCORE, FIRST, SECOND, AGREES, STATE_NAME, FOUND = (
    Column("score", "相似程度", show=percent),
    Column("first", "第一个用户", show=_name),
    Column("second", "第二个用户", show=_name),
    Column("features", "相同的信息", show=_agreeing),
    Column("state_name", "状态", on_phone=False),
    Column("found_at", "发现时间", on_phone=False),
)
TABLE: Final = Table("/duplicates", "疑似重复", (SCORE, FIRST, SECOND, AGREES, STATE_NAME, FOUND))
WORK: Final = WorkList(
    service="registry",
    path="/duplicate-work",
    api="/v1/duplicate-work-list",
    lists=CODES.groups["duplicate_turns"],
    row=PairDetail,
    counts=PairCounts,
    things=TABLE.path,
    title="疑似重复核实",
    done_by={
        "review": frozenset({"clerk", "window", "supervisor"}),
        "confirm": frozenset({"approver", "supervisor"}),
    },
    ticks=(),
    table=Table(TABLE.path, TABLE.noun, (SCORE, FIRST, SECOND, AGREES, FOUND)),
    order="最相似的在前",
    start="从最相似的一对办起",
)
LISTING: Final = Listing(
    service="registry",
    api="/v1/duplicates",
    row=PairDetail,
    table=TABLE,
    filters=Filters(
        (Choices("state", "状态", lambda _session: CODES.names("duplicate_states")), *PLACE_FILTERS)
    ),
    presets=tuple(
        (CODES.groups["duplicate_states"][state], {"state": state})
        for state in ("OPEN", "PROPOSED", "MERGED", "DISTINCT")
    ),
    unit="对",
)
SHOWN: Final[Shown] = {
    "score": ("相似程度", lambda thousandths: percent(thousandths / 1000)),
    "again": ("再次提示", lambda again: "是" if again else "否"),
    "policy_version": "规则版本",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of two customers side by side: what stands at each, and what the comparison says; "" was not compared."""

    title: str
    first: str
    second: str
    verdict: str = ""

    @property
    def css(self) -> str:
        """How it is marked."""
        return {"相同": "agrees", "不同": "differs"}.get(self.verdict, "")


def compared(pair: PairAccounts, first: CustomerDetail, second: CustomerDetail) -> list[Compared]:
    """Return the rows of a pair, both sides of which are seen."""
    said = {str(feature.feature): verdict(feature) for feature in pair.features}

    def row(title: str, names: Sequence[str], feature: str = "") -> Compared:
        one, other = (
            "，".join(text for name in names if (text := getattr(side, name))) or _UNKNOWN
            for side in (first, second)
        )
        return Compared(title, one, other, said.get(feature, _NOT_COMPARED) if feature else "")

    return [
        row("名称", ["name"], "name"),
        row("证件号码", ["identifier"], "identifier"),
        row("电话", ["mobile", "landline"], "phone"),
        Compared(
            "地址",
            _addresses(pair.first_accounts),
            _addresses(pair.second_accounts),
            said.get("address", _NOT_COMPARED),
        ),
        row("联系人", ["contact"]),
        row("主体", ["subject_name"]),
        row("状态", ["state_name"]),
        Compared("建立日期", *(day(local(side.opened_at).date()) for side in (first, second))),
    ]


def _addresses(accounts: Sequence[AccountDetail]) -> str:
    return "；".join(dict.fromkeys(account.address for account in accounts if account.address)) or _UNKNOWN


async def _context(pages: PageContext, session: Session, pair: PairAccounts) -> Mapping[str, Any]:
    sides = [
        (name, side, accounts, sign_ins)
        for name, side, accounts, sign_ins in (
            ("第一个用户", pair.first, pair.first_accounts, pair.first_sign_ins),
            ("第二个用户", pair.second, pair.second_accounts, pair.second_sign_ins),
        )
        if side is not None
    ]
    requests = await asyncio.gather(
        *(requests_card(pages.api, session, customer_id=str(side.id)) for _, side, _, _ in sides)
    )
    return {
        "pair": pair,
        "rows": compared(pair, pair.first, pair.second) if pair.first and pair.second else [],
        "percent": percent,
        "verdict": verdict,
        "sides": [
            {
                "name": name,
                "customer": side,
                "cards": [Card(f"{name}的户", _ACCOUNTS, accounts), _of(name, card)],
                "sign_ins": sign_ins,
                "stays": pair.survivor_id == side.id,
            }
            for (name, side, accounts, sign_ins), card in zip(sides, requests, strict=True)
        ],
    }


def _of(name: str, card: Card) -> Card:
    # Side by side there is room for what decides.
    table = replace(card.table, columns=[column for column in card.table.columns if column.on_phone])
    return Card(f"{name}的{card.title}", table, card.rows, card.more)


PAIRS: Final = Things(
    service="registry",
    noun=TABLE.noun,
    path=TABLE.path,
    api="/v1/duplicates",
    view=PairAccounts,
    kinds=("疑似重复",),
    title=lambda pair: f"{_name(pair.first)} 与 {_name(pair.second)}",
    listing=LISTING,
    history=History(EventView, SHOWN),
    work=WORK,
    template="duplicate.html",
    context=_context,
)
