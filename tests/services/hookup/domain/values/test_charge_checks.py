"""The checks F1 to F9 of charges (vectors E15)."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from libs.common.places import Supply
from services.hookup.domain.values.charge_checks import (
    BLOCKING,
    CONSEQUENCES,
    Finding,
    FindingCode,
    check_item,
)
from services.hookup.domain.values.charges import (
    Location,
    Payer,
    Pricing,
)
from tests.services.hookup.domain.charge_samples import RULES, TODAY, check, item
from tests.services.hookup.domain.samples import VECTORS

LAST_FREE_DAY, SINCE = date(2021, 2, 28), date(2021, 3, 1)
# What E15's `input` says of each name, in words.
E15_FIELDS: dict[str, dict[str, Any]] = {
    "居民燃气工程安装费": {"is_mandatory": True, "pricing": Pricing.GUIDED},
    "指定品牌报警器": {"is_mandatory": True, "designated_supplier": True},
    "外线施工费 42 m": {"location": Location.OUTSIDE},
}


@pytest.mark.parametrize(("supply", "name", "expected"), VECTORS["E15"]["f"])
def test_e15(supply: str, name: str, expected: list[list[str]]) -> None:
    checked = item(supply=Supply(supply), name=name, **E15_FIELDS.get(name, {}))
    found = check_item(checked, TODAY, None, RULES)
    assert [[each.code.value, each.matched] for each in found] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"government_funded": True}, ["F3"]),
        ({"location": Location.OUTSIDE, "government_funded": True, "name": "碰头费"}, ["F1", "F2", "F3"]),
        ({"is_mandatory": True}, ["F4"]),
        ({"is_mandatory": True, "pricing": Pricing.GUIDED, "price_document": "聊价〔2022〕1号"}, []),
        ({"pricing": Pricing.GOVERNMENT}, ["F6"]),
        ({"pricing": Pricing.GOVERNMENT, "price_document": "　 "}, ["F6"]),
        ({"pricing": Pricing.GOVERNMENT, "price_document": "聊价〔2022〕1号"}, []),
        ({"cap_fen": 18500}, []),
        ({"cap_fen": 18499}, ["F7"]),
        ({"pricing": Pricing.GUIDED, "price_document": "1号", "profit_rate": Fraction(1, 10)}, []),
        (
            {"pricing": Pricing.GUIDED, "price_document": "1号", "profit_rate": Fraction(10_001, 100_000)},
            ["F7"],
        ),
        ({"published_on": None}, ["F8"]),
        ({"published_on": TODAY}, []),
        ({"published_on": TODAY + timedelta(days=1)}, ["F8"]),
    ],
)
def test_each_check_bites_where_it_should(fields: dict[str, Any], expected: list[str]) -> None:
    assert check(item(**fields)) == expected


def test_only_an_optional_item_can_be_ticked_for_the_user() -> None:
    assert check(item(), pre_ticked=True) == ["F9"]
    guided = item(is_mandatory=True, pricing=Pricing.GUIDED, price_document="聊价〔2022〕1号")
    assert check(guided, pre_ticked=True) == []


def test_what_costs_the_user_nothing_is_no_charge_but_no_brand_either() -> None:
    free = {"pricing": Pricing.FREE, "price_fen": 0, "payer": Payer.UTILITY}
    assert check(item(name="水表费", location=Location.OUTSIDE, government_funded=True, **free)) == []
    assert check(item(is_mandatory=True, designated_supplier=True, **free)) == ["F5"]


def test_f1_to_f5_block_and_the_rest_warn_each_with_its_consequence() -> None:
    numbers = [each[:2] for each in FindingCode if each is not FindingCode.NOT_IN_CATALOGUE]
    assert numbers == [f"F{number}" for number in range(1, 10)]
    assert [each[:2] for each in FindingCode if each in BLOCKING] == ["F1", "F2", "F3", "F4", "F5", "NO"]
    for code in FindingCode:
        finding = Finding(code, "x")
        assert finding.blocks == (code in BLOCKING)
        assert "价格法" in finding.consequence
        assert "优化营商环境条例" in finding.consequence or code[:2] in ("F6", "F7")
    assert CONSEQUENCES.keys() == set(FindingCode)


def test_the_catalogues_price_is_compared_with_the_cap_for_a_unit_whatever_the_quantity() -> None:
    above = item(price_fen=18_501, cap_fen=18_500)
    assert check(above) == check(above, quantity_thousandths=2000) == ["F7"]


@pytest.mark.parametrize(("charged_fen", "found"), [(18_500, []), (18_501, ["F7"])])
def test_what_is_charged_without_a_quantity_is_judged_as_one_unit(charged_fen: int, found: list[str]) -> None:
    assert check(item(cap_fen=18_500), charged_fen=charged_fen) == found
