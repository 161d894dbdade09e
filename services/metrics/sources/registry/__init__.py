"""Customers' accounts (户), declared: the live ledger of 聊城管字〔2022〕49号 二（二）1."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sqlalchemy import literal

from libs.common.events import TYPE_PREFIX
from libs.common.http.fields import Code
from libs.common.places import Supply as Supply
from services.metrics.declare import Count, Dimension, Figure, Live, Panel, Rate, Source
from services.metrics.domain import names as common
from services.metrics.domain.names import name_in
from services.metrics.events.reader import Instant, Number, Ranged, Reader

CLOSED: Final = "CLOSED"
# The codes of the registry's contract (contracts/codes/registry.json), and ours of what is not known.
CATEGORY_NAMES: Final = {
    "ENT": "企业用户",
    "IND": "个体工商户",
    "RES": "居民用户",
    "PUB": "公服用户",
    "OTH": "其他",
}
PRICE_NAMES: Final = {"RESIDENT": "居民", "NON_RESIDENT": "非居民", "SPECIAL": "特种"}
SMALL, NOT_SMALL, UNKNOWN = "SMALL", "NOT_SMALL", "UNKNOWN"
SIZE_NAMES: Final = {SMALL: "个体工商户和小微企业", NOT_SMALL: "其他", UNKNOWN: "未认定"}
_CLAUSE: Final = "二（二）1"
_Name = Annotated[str, Meta(max_length=40)]
_PREFIX: Final = f"{TYPE_PREFIX}.registry.account_"
_IMPORTED: Final = "accounts_imported"


class AccountEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of every event of an account."""

    account_id: Annotated[str, Meta(min_length=1, max_length=64)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)]
    supply: _Name
    occurred_at: Instant
    state: _Name
    category: _Name
    price_class: _Name
    market_subject: bool
    small_or_micro: bool | None
    complete: bool


class Account(Struct, array_like=True):
    """The facts of one account."""

    state: str = ""
    category: str = "OTH"
    price_class: str = ""
    size: str = UNKNOWN
    market_subject: bool = False
    complete: bool = False


class LedgerRead(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of a utility's ledger that was read in."""

    import_id: Annotated[str, Meta(min_length=1, max_length=64)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)]
    supply: _Name
    occurred_at: Instant
    wrong: Number
    opened: Number
    changed: Number


def _apply(_name: str, event: AccountEvent | LedgerRead, facts: Account) -> None:
    if isinstance(event, LedgerRead):
        return
    facts.state, facts.category, facts.price_class = event.state, event.category, event.price_class
    facts.market_subject, facts.complete = event.market_subject, event.complete
    facts.size = UNKNOWN if event.small_or_micro is None else SMALL if event.small_or_micro else NOT_SMALL


_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "opened": ("立户", "新立的户，按立户月份"),
    "changed": ("变更", "户的用途、价格类别、地址、类别等的变更次数"),
    "suspended": ("报停", "办理报停的次数"),
    "resumed": ("复用", "办理复用的次数"),
    "transferred": ("过户", "办理过户的次数"),
    "closed": ("销户", "办理销户的次数"),
}
_EVENTS = {f"account_{name}": AccountEvent for name in _NAMES}
_READER: Final = Reader("registry", AccountEvent, _EVENTS)
_IMPORTS: Final = Reader("registry", LedgerRead, {_IMPORTED: LedgerRead})
_IMPORT_PREFIX: Final = f"{TYPE_PREFIX}.registry.{_IMPORTED}."


def _read(type_name: str, data: bytes) -> tuple[str, AccountEvent | LedgerRead] | None:
    """Read an event of an account or of a ledger read in; those of customers and requests are not counted here."""
    if type_name.startswith(_IMPORT_PREFIX):
        return _IMPORTS.read(type_name, data)
    return _READER.read(type_name, data) if type_name.startswith(_PREFIX) else None


def _live(code: str, name: str, means: str, where: Callable[[Any], Any]) -> Live:
    return Live(
        code,
        name,
        where=lambda facts, _now: where(facts),
        unit="户",
        means=means,
        excludes="已销户的户",
        clause=_CLAUSE,
    )


LIVE: Final[tuple[Figure, ...]] = (
    _live("accounts", "用户底数", "在用和报停的户，随时更新", lambda _facts: literal(True)),
    _live("suspended_now", "报停中", "现为报停的户", lambda facts: facts.state == "SUSPENDED"),
    _live(
        "market_subjects", "市场主体", "企业用户和个体工商户", lambda facts: facts.market_subject.is_(True)
    ),
    _live(
        "small",
        "个体工商户和小微企业",
        "个体工商户，和认定为小型、微型或列入名录的企业",
        lambda facts: facts.size == SMALL,
    ),
    _live(
        "complete",
        "信息完整",
        "户号已登记，且登记的地址写明本市县（市、区）、街道或乡镇的户",
        lambda facts: facts.complete.is_(True),
    ),
    _live(
        "incomplete",
        "信息不完整",
        "户号未登记，或地址未登记、未写明本市县（市、区）、街道或乡镇的户",
        lambda facts: facts.complete.is_(False),
    ),
)
ACTS: Final[tuple[Figure, ...]] = tuple(
    Count(
        code,
        name,
        on=f"account_{code}",
        unit="次",
        means=means,
        once=code not in ("changed", "suspended"),
        clause=_CLAUSE,
    )
    for code, (name, means) in _NAMES.items()
)
# Completeness is a state now (信息完整); accuracy is what a check found, in the month of the check.
ACCURACY: Final[tuple[Figure, ...]] = (
    Count(
        "rows_checked",
        "清册核查行数",
        on=_IMPORTED,
        times=lambda event: event.wrong + event.opened + event.changed,
        once=False,
        unit="行",
        means="专营单位导入用户清册时不合格的行数与登记入库的行数之和，按导入月份",
        excludes="已登记且没有变化的行，和整份清册被退回时未入库的行：同一清册反复导入不增加",
        clause=_CLAUSE,
    ),
    Count(
        "rows_right",
        "清册合格行数",
        on=_IMPORTED,
        times=lambda event: event.opened + event.changed,
        once=False,
        part_of="rows_checked",
        unit="行",
        means="其中不违反规则、不与已登记的用户矛盾，并登记入库的行数",
        clause=_CLAUSE,
    ),
    Rate(
        "accuracy",
        "清册准确率",
        part="rows_right",
        of=("rows_checked",),
        means="清册合格行数占清册核查行数的比例",
        clause=_CLAUSE,
    ),
)
_ACCURACY = ("rows_checked", "rows_right", "accuracy")
_LEDGER = ("accounts", "market_subjects", "small", "complete", "incomplete", "suspended_now")

REGISTRY: Final = Source(
    "registry",
    "用户底数",
    menu="用户",
    facts=Account,
    dims=(
        Dimension("district", common.district_name),
        Dimension("utility", common.utility_name, query_type=Code),
        Dimension("supply", common.supply_name, query_type=Supply),
    ),
    more_dims=(
        Dimension(
            "category", name_in(CATEGORY_NAMES), title="用户类别", live=lambda facts, _now: facts.category
        ),
        Dimension(
            "price_class", name_in(PRICE_NAMES), title="价格类别", live=lambda facts, _now: facts.price_class
        ),
        Dimension("size", name_in(SIZE_NAMES), title="规模", live=lambda facts, _now: facts.size),
    ),
    read=_read,
    subject=lambda event: (
        event.import_id if isinstance(event, LedgerRead) else event.account_id,
        (event.district, event.utility, event.supply),
    ),
    apply=_apply,
    # A ledger has no state: it is no account.
    is_live=lambda facts: facts.state not in ("", CLOSED),
    ended_in=lambda _facts: None,
    judged_under=lambda _event: None,
    shown=lambda facts: {"state": facts.state, "category": facts.category, "complete": facts.complete},
    figures=(*LIVE, *ACTS, *ACCURACY),
    board=(
        Panel("ledger", _LEDGER),
        Panel("ledger_by_category", ("accounts",), ("category",)),
        Panel("ledger_by_size", ("accounts",), ("size",)),
        Panel("ledger_by_utility", _LEDGER, ("utility",)),
        Panel("ledger_by_district", _LEDGER, ("district",)),
        Panel("accuracy_by_utility", _ACCURACY, ("utility",)),
        Panel("accuracy_by_month", _ACCURACY, ("month",)),
        Panel("acts", tuple(_NAMES)),
        Panel("acts_by_month", tuple(_NAMES), ("month",)),
    ),
)
