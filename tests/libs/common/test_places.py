from collections.abc import Callable
from datetime import date

import pytest

from libs.common.places import _FILE, Geography, Supply, load_places


def test_eleven_units_report() -> None:
    codes = {unit.code for unit in load_places().reporting_units}
    counties = {"371502", "371503", "371521", "371522", "371524", "371525", "371526", "371581"}
    assert codes == counties | {"371571", "371572", "371573"}


def test_zones_have_local_codes_and_a_national_parent() -> None:
    zones = [unit for unit in load_places().reporting_units if unit.kind == "zone"]
    assert {(zone.scheme, zone.stat_parent) for zone in zones} == {("LOCAL", "371502")}
    assert {unit.scheme for unit in load_places().reporting_units if unit.kind != "zone"} == {"GB"}


def test_a_historic_code_is_known_and_names_its_successor() -> None:
    old = load_places().division("371523")
    replaced_on = date(2019, 6, 27)
    assert (old.name, old.valid_to, old.successor) == ("茌平县", replaced_on, "371503")
    assert load_places().division("371503").valid_from == replaced_on


@pytest.mark.parametrize(
    ("code", "day", "then"),
    [
        ("371523", date(2019, 6, 26), "371523"),
        ("371523", date(2019, 6, 27), "371503"),
        ("371503", date(2019, 6, 26), "371523"),
        ("371503", date(2019, 6, 27), "371503"),
        ("371502", date(1996, 1, 1), "371502"),
    ],
)
def test_the_code_of_a_division_is_that_of_the_day(code: str, day: date, then: str) -> None:
    assert load_places().code_on(code, day) == then


def test_every_unit_has_one_utility_a_service() -> None:
    places = load_places()
    assert len(places.utilities()) == 33
    for unit in places.reporting_units:
        for service in Supply:
            (utility,) = places.utilities(service, unit.code)
            assert utility.code == f"{service[0]}-{unit.code}"
            assert utility.name == f"{unit.name}{places.service_name(service)}专营单位"
            assert places.utility(utility.code) is utility
            assert places.utility_codes[utility.name] == utility.code
    assert len(places.utilities(Supply.GAS)) == 11
    assert len(places.utilities(district="371571")) == 3


@pytest.mark.parametrize(
    ("name", "code"),
    [("东昌府区", "371502"), ("经济技术开发区", "371571"), ("莘县", "371522"), ("茌平县", "371523")],
)
def test_divisions_by_name(name: str, code: str) -> None:
    assert load_places().division_codes[name] == code


@pytest.mark.parametrize(
    ("name", "service"),
    [("供水", Supply.WATER), ("燃气", Supply.GAS), ("供暖", Supply.HEAT), ("供热", Supply.HEAT)],
)
def test_services_by_name(name: str, service: Supply) -> None:
    assert load_places().service_codes[name] is service


@pytest.mark.parametrize("look_up", [load_places().division, load_places().utility])
def test_unknown_codes(look_up: Callable[[str], object]) -> None:
    with pytest.raises(KeyError):
        look_up("371599")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('district: "371581"', 'district: "371599"', "unknown divisions.*371599"),
        ('stat_parent: "371502"', 'stat_parent: "371598"', "unknown divisions.*371598"),
        ('successor: "371503"', 'successor: "371597"', "unknown divisions.*371597"),
        ('code: "371522"', 'code: "371521"', "371521 is given twice"),
        ("aliases: [阳谷]", "aliases: [东阿]", "东阿 is given twice"),
        ("service: HEAT", "service: STEAM", "STEAM"),
        ("valid_to", "valid_too", "valid_too"),
    ],
)
def test_a_broken_file_is_refused(right: str, wrong: str, message: str) -> None:
    text = _FILE.read_text(encoding="utf-8")
    assert right in text
    with pytest.raises(ValueError, match=message):
        Geography(text.replace(right, wrong).encode())


def test_every_division_has_its_streets_and_a_zone_those_of_its_parent() -> None:
    places = load_places()
    of_a_district = places.streets_of("371502")
    assert {street.division for street in of_a_district} == {"371502"}
    for unit in places.reporting_units:
        streets = places.streets_of(unit.code)
        assert streets, unit.name
        assert {street.division for street in streets} == {unit.stat_parent or unit.code}
    (zone, *_) = [unit for unit in places.reporting_units if unit.stat_parent == "371502"]
    assert places.streets_of(zone.code) == of_a_district
    assert len(places.streets) == len({street.site for street in places.streets}) > 130
    with pytest.raises(KeyError):
        places.streets_of("371599")


def test_a_street_is_found_by_its_code_and_a_village_is_none() -> None:
    places = load_places()
    street = places.street("371502008000")
    assert street is not None
    assert (street.name, street.division) == ("北城街道", "371502")
    assert places.street("371502008201") is None
