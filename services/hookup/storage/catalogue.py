"""The policy `fee_catalogue` as the domain reads it."""

from datetime import date
from fractions import Fraction

import msgspec

from libs.common.places import Service
from libs.common.policy import PolicyVersion
from services.hookup.domain.charges import (
    AbolishedNames,
    ChargeItem,
    FeeCatalogue,
    FeeRules,
    Location,
    Payer,
    Pricing,
)

POLICY = "fee_catalogue"


class _Abolished(msgspec.Struct, forbid_unknown_fields=True):
    supplies: frozenset[Service]
    names: tuple[str, ...]
    since: date
    source: str
    phased_out: bool = False


class _LocalEnd(msgspec.Struct, forbid_unknown_fields=True):
    supply: Service
    district: str
    abolished_on: date
    source: str


class _Item(msgspec.Struct, forbid_unknown_fields=True):
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
    profit_rate: str | None = None
    government_funded: bool = False
    designated_supplier: bool = False
    published_on: date | None = None
    valid_to: date | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    max_profit_rate: str
    abolished: list[_Abolished]
    local_ends: list[_LocalEnd]
    items: list[_Item]


def fee_catalogue(version: PolicyVersion) -> FeeCatalogue:
    """Read a stored version as the domain's catalogue. Raises ValueError when its body is not right."""
    body = msgspec.convert(version.body, _Body)
    rules = FeeRules(
        abolished=tuple(AbolishedNames(**msgspec.structs.asdict(each)) for each in body.abolished),
        local_ends={(each.supply, each.district): each.abolished_on for each in body.local_ends},
        max_profit_rate=Fraction(body.max_profit_rate),
    )
    items = {each.code: _item(each) for each in body.items}
    if len(items) < len(body.items):
        raise ValueError(f"{version.policy} {version.version}: two items have one code")
    return FeeCatalogue(version.version, version.source_document, rules, items)


def _item(row: _Item) -> ChargeItem:
    rate = None if row.profit_rate is None else Fraction(row.profit_rate)
    return ChargeItem(**{**msgspec.structs.asdict(row), "profit_rate": rate})
