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

from libs.common.places import Supply


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeItem:
    """One item of the fee catalogue. Raises ValueError, in Chinese, for what contradicts itself.

    `price_fen` and `cap_fen` are for one `unit`. `price_document` is the price office's document number, empty
    where none is known; `source` says where the price comes from. `profit_rate` is the rate of profit on cost that a
    guided price was built with. `valid_to` is the last valid day.
    """

    code: str
    supply: Supply
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
    """Names of one `concept` that are abolished since a day, matched as parts of an item's name.

    A name is each of `names` with each of `endings` (接入 with 费, 工程费 and so on); by default names are whole.
    Within one of the phrases `unless` a name means something else (按表计费 is no 表计费). `phased_out` names
    may still be charged where a franchise had authorised them, see `FeeRules`.
    """

    supplies: frozenset[Supply]
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
        """Return the abolished name that an item's name contains, ignoring width and blanks; None without one."""
        searched = _plain(name)
        for phrase in self.unless:
            searched = searched.replace(_plain(phrase), "；")
        return next((name for name in self.whole_names if _plain(name) in searched), None)


@dataclass(frozen=True, slots=True)
class FeeRules:
    """Data of the checks.

    `local_ends`: for a supply and district whose franchise authorised the phased-out names, the day from which they
    are abolished there too (open point O15). `max_profit_rate` is the cap on profit over cost of guided prices.
    """

    abolished: tuple[AbolishedNames, ...]
    local_ends: Mapping[tuple[Supply, str], date]
    max_profit_rate: Fraction


@dataclass(frozen=True, slots=True)
class FeeCatalogue:
    """One version of the fee catalogue: its items by code, and the rules that they are checked by."""

    version: str
    source_document: str
    rules: FeeRules
    items: Mapping[str, ChargeItem]

    def find(self, supply: Supply, code: str, on: date) -> ChargeItem | None:
        """Return a supply's item that is valid on a day; None for anything else."""
        item = self.items.get(code)
        return item if item is not None and item.supply is supply and item.is_valid_on(on) else None


def amount_of(price_fen: int, quantity_thousandths: int) -> int:
    """Return what a line costs in 分: exact, then rounded half up, once for the line and never for a total."""
    return (price_fen * quantity_thousandths + 500) // 1000


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Fold a name for comparison: without blanks and invisible characters, half width, one case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "ZC")
