"""Charges (收费): catalogue items and the checks F1 to F9 of them (seed clause 二（一）2; 国办函〔2020〕129号).

Money is integer 分, profit rates are exact fractions, days are Shanghai's. F1 to F5 block an item; F6 to F9 warn
and open a supervision item. The lists that the checks go by are data of the policy `fee_catalogue`.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from libs.common.places import Service


class Location(StrEnum):
    """On which side of the user's red line the work lies: the user bears nothing outside it."""

    INSIDE = "INSIDE"
    OUTSIDE = "OUTSIDE"


class Payer(StrEnum):
    """Who bears the cost of an item."""

    USER = "USER"
    UTILITY = "UTILITY"
    GOVERNMENT = "GOVERNMENT"


class Pricing(StrEnum):
    """Who sets the price: government, government within a range, the market, or nothing is charged."""

    GOVERNMENT = "GOVERNMENT"
    GUIDED = "GUIDED"
    MARKET = "MARKET"
    FREE = "FREE"


class FindingCode(StrEnum):
    """The checks of the catalogue, in the order of their numbers, and that of being in it at all."""

    ABOLISHED_NAME = "F1_ABOLISHED_NAME"
    OUTSIDE_RED_LINE = "F2_OUTSIDE_RED_LINE"
    GOVERNMENT_FUNDED = "F3_GOVERNMENT_FUNDED"
    FORCED_SERVICE = "F4_FORCED_SERVICE"
    DESIGNATED_SUPPLIER = "F5_DESIGNATED_SUPPLIER"
    NO_PRICE_DOCUMENT = "F6_NO_PRICE_DOCUMENT"
    ABOVE_CAP = "F7_ABOVE_CAP"
    NOT_PUBLISHED = "F8_NOT_PUBLISHED"
    PRE_TICKED = "F9_PRE_TICKED"
    NOT_IN_CATALOGUE = "NOT_IN_CATALOGUE"


LOCATION_NAMES = MappingProxyType({Location.INSIDE: "红线内", Location.OUTSIDE: "红线外"})
PAYER_NAMES = MappingProxyType({Payer.USER: "用户", Payer.UTILITY: "专营单位", Payer.GOVERNMENT: "政府"})
PRICING_NAMES = MappingProxyType(
    {
        Pricing.GOVERNMENT: "政府定价",
        Pricing.GUIDED: "政府指导价",
        Pricing.MARKET: "市场调节价",
        Pricing.FREE: "免费",
    }
)
BLOCKING = frozenset(
    {
        FindingCode.ABOLISHED_NAME,
        FindingCode.OUTSIDE_RED_LINE,
        FindingCode.GOVERNMENT_FUNDED,
        FindingCode.FORCED_SERVICE,
        FindingCode.DESIGNATED_SUPPLIER,
        FindingCode.NOT_IN_CATALOGUE,
    }
)

_UNFAIR_CHARGE = (
    "《优化营商环境条例》第七十条第（三）项：向市场主体收取不合理费用的，责令改正，依法追究法律责任；"
    "《价格法》第四十一条：多收的价款应当退还，造成损害的依法赔偿"
)
_FORCED = (
    "《优化营商环境条例》第七十条第（二）项：强迫市场主体接受不合理的服务条件的，责令改正，依法追究法律责任；"
    "《价格法》第四十条、第四十一条：责令改正，没收违法所得，可以并处罚款，多收的价款应当退还"
)
_NOT_AS_PRICED = (
    "《价格法》第三十九条：不执行政府指导价、政府定价的，责令改正，没收违法所得，"
    "可以并处违法所得五倍以下的罚款"
)
CONSEQUENCES: Mapping[FindingCode, str] = MappingProxyType(
    {
        FindingCode.ABOLISHED_NAME: _UNFAIR_CHARGE,
        FindingCode.OUTSIDE_RED_LINE: _UNFAIR_CHARGE,
        FindingCode.GOVERNMENT_FUNDED: _UNFAIR_CHARGE,
        FindingCode.FORCED_SERVICE: _FORCED,
        FindingCode.DESIGNATED_SUPPLIER: f"{_FORCED}；《城镇燃气管理条例》第十八条第（六）项；《反垄断法》第二十二条",
        FindingCode.NO_PRICE_DOCUMENT: _NOT_AS_PRICED,
        FindingCode.ABOVE_CAP: _NOT_AS_PRICED,
        FindingCode.NOT_PUBLISHED: (
            "《优化营商环境条例》第二十八条、第七十条第（一）项：不公开资费标准的，责令改正，依法追究法律责任；"
            "《价格法》第十三条、第四十二条：违反明码标价规定的，责令改正，没收违法所得，可以并处五千元以下的罚款"
        ),
        FindingCode.PRE_TICKED: _FORCED,
        FindingCode.NOT_IN_CATALOGUE: _UNFAIR_CHARGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeItem:
    """One item of the fee catalogue. Raises ValueError, in Chinese, for what contradicts itself.

    `price_fen` and `cap_fen` are for one `unit`. `price_document` is the price office's document number, empty
    where none is known; `source` says where the price comes from. `profit_rate` is the rate of profit on cost that a
    guided price was built with. `valid_to` is the last valid day.
    """

    code: str
    supply: Service
    name: str
    location: Location
    payer: Payer
    is_mandatory: bool
    pricing: Pricing
    unit: str
    price_fen: int
    source: str
    valid_from: date
    price_document: str = ""
    cap_fen: int | None = None
    profit_rate: Fraction | None = None
    government_funded: bool = False
    designated_supplier: bool = False
    published_on: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not (self.code and _plain(self.name) and self.unit):
            raise ValueError(f"收费项目{self.code}须有代码、名称和计价单位")
        if (self.price_fen == 0) != (self.pricing is Pricing.FREE) or self.price_fen < 0:
            raise ValueError(f"收费项目{self.code}：免费项目价格为零，其他项目价格须大于零")
        if self.payer is not Payer.USER and self.pricing is not Pricing.FREE:
            raise ValueError(f"收费项目{self.code}不由用户承担，应登记为免费")
        if self.cap_fen is not None and self.cap_fen < 0:
            raise ValueError(f"收费项目{self.code}的最高限价不能为负数")
        if self.profit_rate is not None and (self.pricing is not Pricing.GUIDED or self.profit_rate < 0):
            raise ValueError(f"收费项目{self.code}：只有政府指导价登记成本利润率，且不能为负数")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"收费项目{self.code}的有效期止早于有效期起")

    @property
    def is_charged(self) -> bool:
        """Whether the user pays anything for it."""
        return self.pricing is not Pricing.FREE

    @property
    def most_fen(self) -> int | None:
        """The most that may be charged for a unit: the cap, or the price that government sets (价格法 §39)."""
        if self.cap_fen is None and self.pricing is Pricing.GOVERNMENT:
            return self.price_fen
        return self.cap_fen

    def is_valid_on(self, day: date) -> bool:
        """Whether the item is in the catalogue on a day; the last day counts."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class AbolishedNames:
    """Names of one `concept` that nobody may charge under since a day, matched as parts of an item's name.

    A name is each of `names` with each of `endings` (接入 with 费, 工程费 and so on); by default names are whole.
    Within one of the phrases `unless` a name is another thing (按表计费 is no 表计费). Those that are `phased_out`
    may still be charged where a franchise had authorised them, see `FeeRules`.
    """

    supplies: frozenset[Service]
    names: tuple[str, ...]
    since: date
    source: str
    concept: str = ""
    endings: tuple[str, ...] = ("",)
    unless: tuple[str, ...] = ()
    phased_out: bool = False

    @property
    def whole_names(self) -> Iterator[str]:
        """The names with their endings."""
        return (name + ending for name in self.names for ending in self.endings)

    def named_in(self, name: str) -> str | None:
        """Return the abolished name that stands in an item's name, whatever its width and blanks; else None."""
        searched = _plain(name)
        for phrase in self.unless:
            searched = searched.replace(_plain(phrase), "；")
        return next((each for each in self.whole_names if _plain(each) in searched), None)


@dataclass(frozen=True, slots=True)
class FeeRules:
    """What the checks go by.

    `local_ends`: for a supply and district whose franchise authorised the phased-out names, the day from which they
    are abolished there too (open point O15). `max_profit_rate` is the cap on profit over cost of guided prices.
    """

    abolished: tuple[AbolishedNames, ...]
    local_ends: Mapping[tuple[Service, str], date]
    max_profit_rate: Fraction


@dataclass(frozen=True, slots=True)
class FeeCatalogue:
    """One version of the fee catalogue: its items by code, and the rules that they are checked by."""

    version: str
    source_document: str
    rules: FeeRules
    items: Mapping[str, ChargeItem]

    def find(self, supply: Service, code: str, on: date) -> ChargeItem | None:
        """Return a supply's item that is valid on a day; None for anything else."""
        item = self.items.get(code)
        return item if item is not None and item.supply is supply and item.is_valid_on(on) else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that an item does not pass; `matched` is the abolished name of F1, else empty."""

    code: FindingCode
    text: str
    matched: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the item must not be charged; F6 to F9 warn."""
        return self.code in BLOCKING

    @property
    def consequence(self) -> str:
        """What the law says will follow, in Chinese, for staff."""
        return CONSEQUENCES[self.code]


def check_item(
    item: ChargeItem,
    on: date,
    project_start: date | None,
    rules: FeeRules,
    *,
    district: str = "",
    pre_ticked: bool = False,
    charged_fen: int | None = None,
    quantity_thousandths: int = 1000,
) -> tuple[Finding, ...]:
    """Check an item that would be charged on a day; the findings come in the order of their numbers.

    `project_start` is when the user's project began; without it the transition of phased-out names does not apply,
    nor where `district` has no local end. `pre_ticked` says that an application ticks the item for the user.
    `charged_fen` is what is asked for the quantity where that is not the catalogue's price.
    """
    found: list[Finding] = []
    user_pays = item.is_charged
    if user_pays and (abolished := _abolished(item, on, project_start, district, rules)):
        name, source = abolished
        found.append(Finding(FindingCode.ABOLISHED_NAME, f"“{name}”属已取消的收费名目（{source}）", name))
    if user_pays and item.location is Location.OUTSIDE:
        found.append(
            Finding(FindingCode.OUTSIDE_RED_LINE, "建筑区划红线外的费用由专营单位承担，不得向用户收取")
        )
    if user_pays and item.government_funded:
        found.append(Finding(FindingCode.GOVERNMENT_FUNDED, "政府已投资建设的工程，不得再向用户收取"))
    if user_pays and item.is_mandatory and item.pricing is Pricing.MARKET:
        found.append(
            Finding(FindingCode.FORCED_SERVICE, "市场调节价的服务由用户自愿委托，不得设为必选或强制服务")
        )
    if item.designated_supplier:
        found.append(Finding(FindingCode.DESIGNATED_SUPPLIER, "不得指定产品品牌、供应商或施工单位"))
    if item.pricing in (Pricing.GOVERNMENT, Pricing.GUIDED) and not item.price_document.strip():
        found.append(Finding(FindingCode.NO_PRICE_DOCUMENT, "政府定价、政府指导价项目缺少价格主管部门文号"))
    price = item.price_fen if charged_fen is None else charged_fen
    quantity = 1000 if charged_fen is None else quantity_thousandths
    above = item.most_fen is not None and price > amount_of(item.most_fen, quantity)
    if above or (item.profit_rate is not None and item.profit_rate > rules.max_profit_rate):
        found.append(Finding(FindingCode.ABOVE_CAP, "价格或成本利润率超过规定的上限"))
    if item.published_on is None or item.published_on > on:
        found.append(Finding(FindingCode.NOT_PUBLISHED, "收费项目和标准尚未公示"))
    if pre_ticked and not item.is_mandatory:
        found.append(Finding(FindingCode.PRE_TICKED, "可选项目不得预先勾选，由用户自行选择"))
    return tuple(found)


def _abolished(
    item: ChargeItem, on: date, project_start: date | None, district: str, rules: FeeRules
) -> tuple[str, str] | None:
    end = rules.local_ends.get((item.supply, district))
    for row in rules.abolished:
        if item.supply not in row.supplies or on < row.since:
            continue
        if row.phased_out and end is not None and on < end and project_start and project_start < row.since:
            continue
        if name := row.named_in(item.name):
            return name, row.source
    return None


def amount_of(price_fen: int, quantity_thousandths: int) -> int:
    """Return what a line costs in 分: exact, then rounded half up, once for the line and never for a total."""
    return (price_fen * quantity_thousandths + 500) // 1000


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Leave out what tells no names apart: blanks, invisible characters, full width, and case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in folded if unicodedata.category(each)[0] not in "ZC")
