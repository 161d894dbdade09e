"""The reader of the policy `fee_catalogue`."""

from datetime import date
from typing import Any

import msgspec

from libs.common.places import Supply
from libs.common.policy import PolicyVersion
from libs.common.policy_bodies import fraction, read_rows
from services.hookup.domain.values.charges import AbolishedNames, ChargeItem, FeeCatalogue, FeeRules

POLICY = "fee_catalogue"


class _LocalEnd(msgspec.Struct, forbid_unknown_fields=True):
    supply: Supply
    district: str
    abolished_on: date
    source: str


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    max_profit_rate: str
    abolished: list[dict[str, Any]]
    local_ends: list[_LocalEnd]
    items: list[dict[str, Any]]


def fee_catalogue(version: PolicyVersion) -> FeeCatalogue:
    """Read a stored version as the domain's catalogue. Raises ValueError for an invalid body."""
    body = msgspec.convert(version.body, _Body)
    rules = FeeRules(
        abolished=tuple(read_rows(body.abolished, AbolishedNames, "abolished")),
        local_ends={(end.supply, end.district): end.abolished_on for end in body.local_ends},
        max_profit_rate=fraction(body.max_profit_rate),
    )
    items = {row.code: row for row in read_rows(body.items, ChargeItem, "items")}
    if len(items) < len(body.items):
        raise ValueError("两个收费项目用了同一代码", "请为每个项目用各自的代码")
    if not items:
        raise ValueError("收费目录没有收费项目", "请至少列一个项目")
    return FeeCatalogue(version.version, version.source_document, rules, items)
