"""Items of the fee catalogue, and the catalogue that ships."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from libs.common.places import Supply
from libs.common.policy import PolicyVersion
from libs.common.problems import is_chinese
from services.hookup.domain.values.charge_checks import (
    Finding,
    check_item,
)
from services.hookup.domain.values.charges import (
    LOCATION_NAMES,
    PAYER_NAMES,
    PRICING_NAMES,
    Location,
    Payer,
    Pricing,
)
from services.hookup.storage.catalogue import fee_catalogue
from tests.services.hookup.domain.charge_samples import (
    CATALOGUE,
    FRANCHISED,
    RULES,
    TODAY,
    VERSION,
    check,
    item,
)


@pytest.mark.parametrize(
    "fields",
    [
        {"code": ""},
        {"name": "　 "},
        {"unit": ""},
        {"price_fen": -1},
        {"price_fen": 0},
        {"pricing": Pricing.FREE},
        {"payer": Payer.GOVERNMENT},
        {"cap_fen": -1},
        {"profit_rate": Fraction(1, 10)},
        {"pricing": Pricing.GUIDED, "profit_rate": Fraction(-1, 10)},
        {"valid_to": date(2019, 12, 31)},
    ],
)
def test_an_item_that_contradicts_itself_is_none(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="收费项目") as refused:
        item(**fields)
    assert is_chinese(str(refused.value))


def test_an_item_is_valid_from_its_first_day_to_its_last() -> None:
    year = item(valid_from=date(2022, 1, 1), valid_to=date(2022, 12, 31))
    days = ["2021-12-31", "2022-01-01", "2022-12-31", "2023-01-01"]
    assert [year.is_valid_on(date.fromisoformat(day)) for day in days] == [False, True, True, False]
    found = replace(CATALOGUE, items={year.code: year})
    assert found.find(Supply.WATER, "W-X", date(2022, 12, 31)) is year
    assert found.find(Supply.WATER, "W-X", date(2023, 1, 1)) is None
    assert found.find(Supply.GAS, "W-X", date(2022, 12, 31)) is None
    assert found.find(Supply.WATER, "W-Y", date(2022, 12, 31)) is None


def test_no_item_that_ships_is_blocked_and_prices_without_a_document_warn() -> None:
    for each in CATALOGUE.items.values():
        priced = each.pricing in (Pricing.GOVERNMENT, Pricing.GUIDED)
        assert check(each) == (["F6"] if priced else [])
        assert not priced or each.source == "待价格主管部门核定"
        assert each.source


@pytest.mark.parametrize("supply", Supply)
def test_each_supply_has_free_items_and_an_optional_one_inside_the_red_line(supply: Supply) -> None:
    items = [each for each in CATALOGUE.items.values() if each.supply is supply]
    assert [each for each in items if each.pricing is Pricing.FREE and each.location is Location.OUTSIDE]
    assert [
        each
        for each in items
        if each.pricing is Pricing.MARKET and not each.is_mandatory and each.location is Location.INSIDE
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"items": [*VERSION.body["items"], VERSION.body["items"][0]]},
        {"items": [{**VERSION.body["items"][0], "price_fen": 1.5}]},
        {"items": [{**VERSION.body["items"][0], "price_fen": 1}]},
        {"items": [{**VERSION.body["items"][0], "colour": "blue"}]},
        {"local_ends": [{"supply": "HEAT", "district": "371502", "abolished_on": "soon", "source": "x"}]},
        {"max_profit_rate": "ten"},
        {"abolished": [{"supplies": ["STEAM"], "names": [], "since": "2021-03-01", "source": "x"}]},
    ],
)
def test_a_catalogue_that_is_wrong_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec, fractions and the domain each say it their way
        fee_catalogue(changed(change))


def changed(change: dict[str, Any]) -> PolicyVersion:
    return VERSION.model_copy(update={"body": {**VERSION.body, **change}})


def test_a_local_end_is_read_from_the_policy() -> None:
    end = {"supply": "HEAT", "district": "371502", "abolished_on": "2026-01-01", "source": "特许经营协议"}
    assert fee_catalogue(changed({"local_ends": [end]})).rules == FRANCHISED


def test_names_are_there_for_every_code() -> None:
    assert LOCATION_NAMES.keys() == set(Location)
    assert PAYER_NAMES.keys() == set(Payer)
    assert PRICING_NAMES.keys() == set(Pricing)


def test_findings_survive_storage() -> None:
    found = check_item(item(name="碰头费"), TODAY, None, RULES)
    assert msgspec.json.decode(msgspec.json.encode(found), type=tuple[Finding, ...]) == found


@pytest.mark.parametrize(
    "fields",
    [
        {"cap_fen": 0},
        {"pricing": Pricing.GUIDED, "profit_rate": Fraction(0)},
        {"valid_to": date(2020, 1, 1)},
    ],
)
def test_a_cap_or_rate_of_nothing_and_a_single_day_contradict_nothing(fields: dict[str, Any]) -> None:
    made = item(**fields)
    assert {name: getattr(made, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({}, None),
        ({"cap_fen": 20_000}, 20_000),
        ({"pricing": Pricing.GOVERNMENT}, 18_500),
        ({"pricing": Pricing.GOVERNMENT, "cap_fen": 20_000}, 20_000),
    ],
)
def test_the_most_for_a_unit_is_its_cap_else_the_price_that_government_sets(
    fields: dict[str, Any], most: int | None
) -> None:
    assert item(**fields).most_fen == most
