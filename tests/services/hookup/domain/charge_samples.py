"""What the tests of charges and quotes share: the catalogue that ships, and items that are made up."""

from dataclasses import replace
from datetime import date
from typing import Any

from libs.common.places import Supply
from libs.common.policy import PolicyBook, read_policies
from services.hookup.domain.values.charge_checks import (
    Finding,
    check_item,
)
from services.hookup.domain.values.charges import (
    ChargeItem,
    Location,
    Payer,
    Pricing,
)
from services.hookup.storage.catalogue import POLICY, fee_catalogue
from services.hookup.storage.policies import FEE_CATALOGUE
from tests.support.hookup import HOME

TODAY = date(2022, 7, 4)
VERSIONS = PolicyBook(
    (FEE_CATALOGUE,),
    [each.model_dump() for each in read_policies(HOME / "policies.yaml") if each.policy == POLICY],
).of(FEE_CATALOGUE)
VERSION = VERSIONS.version_at(TODAY)
CATALOGUE = fee_catalogue(VERSION)
RULES = CATALOGUE.rules
# A district whose franchise had authorised the phased-out names until the end of 2025.
FRANCHISED = replace(RULES, local_ends={(Supply.HEAT, "371502"): date(2026, 1, 1)})
ABOLISHED = [
    (supply, name) for row in RULES.abolished for supply in sorted(row.supplies) for name in row.whole_names
]


def item(**fields: Any) -> ChargeItem:
    """An item that passes every check."""
    return ChargeItem(
        **{
            "code": "W-X",
            "supply": Supply.WATER,
            "name": "红线内管线安装",
            "location": Location.INSIDE,
            "payer": Payer.USER,
            "is_mandatory": False,
            "pricing": Pricing.MARKET,
            "unit": "米",
            "price_fen": 18500,
            "source": "公示价",
            "valid_from": date(2020, 1, 1),
            "published_on": date(2018, 1, 1),
            **fields,
        }
    )


def heat(name: str = "集中管网建设费") -> ChargeItem:
    return item(supply=Supply.HEAT, name=name)


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [each.code[:2] for each in found]


def check(checked: ChargeItem, on: date = TODAY, project_start: date | None = None, **more: Any) -> list[str]:
    return codes(check_item(checked, on, project_start, more.pop("rules", RULES), **more))
