"""Addresses are resolved, or unknown: none is put into another place."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.places import _FILE as PLACES_FILE
from libs.common.places import Geography, Street, load_places
from services.registry.domain.addresses import DOUBT_NAMES, AddressResolver, Doubt, Place, ZonePolicy
from tests.services.registry.samples import RESOLVER, ZONES

TODAY = date(2024, 1, 1)
# Right answers by the national table of streets and by hand: `division` as of the day, or unknown.
FIXTURE = list(csv.DictReader(Path(__file__).with_name("addresses.csv").read_text("utf-8").splitlines()))
STREETS = load_places().streets
COUNTIES = {row.code: row.name for row in load_places().divisions if row.kind not in ("city", "zone")}


def answer(row: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    place = RESOLVER.resolve(row["address"], date.fromisoformat(row["on"]))
    return place.division, place.street, place.zone


def right(row: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    return row["division"].replace("unknown", "") or None, row["street"] or None, row["zone"] or None


def test_the_fixture_is_resolved_and_never_to_another_place() -> None:
    assert len(FIXTURE) >= 200
    assert len({row["street"] for row in FIXTURE} - {""}) == len(STREETS)
    others = [row for row in FIXTURE if answer(row) != right(row)]
    assert len(others) * 100 <= len(FIXTURE)
    for row in others:
        assert all(
            found in (None, expected) for found, expected in zip(answer(row), right(row), strict=True)
        ), row


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("济南市历下区泺源大街", Doubt.NO_PLACE),
        ("聊城市", Doubt.NO_PLACE),
        ("阳谷县柳园街道", Doubt.CONTRADICTION),
        ("高新区古楼街道", Doubt.CONTRADICTION),
        ("冠县莘县", Doubt.CONTRADICTION),
    ],
)
def test_why_an_address_is_unknown(text: str, doubt: Doubt) -> None:
    assert RESOLVER.resolve(text, TODAY) == Place(text, doubt=doubt)
    assert DOUBT_NAMES.keys() == set(Doubt)


@pytest.mark.parametrize(
    ("text", "unit", "rest"),
    [
        ("东昌府区柳园街道花园社区3号楼", "371502", "花园社区3号楼"),
        ("东昌府区许营镇西村", "371572", "西村"),
        ("经开区黄河路 63 号", "371571", "黄河路63号"),
        # Whether a zone has the street, or who runs it, is not said.
        ("东昌府区东昌路", None, "东昌路"),
        ("东昌府区香江光彩大市场服务中心a区", None, "A区"),
        ("阳谷县谷山路", "371521", "谷山路"),
        ("茌平县振兴街道", "371503", ""),
    ],
)
def test_the_reporting_unit_and_what_is_left(text: str, unit: str | None, rest: str) -> None:
    place = RESOLVER.resolve(text, TODAY)
    assert (place.unit, place.rest) == (unit, rest)


def test_the_zones_streets_are_data() -> None:
    bare = AddressResolver(load_places(), ZonePolicy())
    named = bare.resolve("高新区古楼街道", TODAY)
    assert (named.street, named.zone, named.unit) == ("371502001", "371572", "371572")
    unnamed = bare.resolve("东昌府区许营镇", TODAY)
    assert (unnamed.street, unnamed.zone, unnamed.unit) == ("371502108", None, None)
    assert RESOLVER.resolve("东昌府区许营镇", TODAY).zone == ZONES.zones["371502108"] == "371572"


def test_a_street_of_two_counties_needs_its_county() -> None:
    text = PLACES_FILE.read_text(encoding="utf-8")
    doubled = AddressResolver(Geography(text.replace("name: 侨润街道", "name: 新城街道").encode()), ZONES)
    assert doubled.resolve("聊城市新城街道建设路", TODAY).doubt is Doubt.AMBIGUOUS
    assert doubled.resolve("新城办事处", TODAY).doubt is Doubt.AMBIGUOUS
    assert doubled.resolve("阳谷县新城街道", TODAY).street == "371521002"
    assert doubled.resolve("东阿县新城街道", TODAY).street == "371524002"


@given(
    st.sampled_from(STREETS),
    st.sampled_from(["", "山东省", "聊城市", "山东省聊城市", "山东聊城", "中国山东省聊城市"]),
    st.sampled_from(["", " ", "　", "-", "，", "/", "\u200b"]),
    st.text(max_size=12),
)
def test_a_street_with_its_county_is_found_whatever_follows(
    street: Street, front: str, between: str, rest: str
) -> None:
    county = COUNTIES[street.division]
    place = RESOLVER.resolve(f"{front}{between}{county}{between}{street.name}，{rest}", TODAY)
    assert (place.division, place.street, place.doubt) == (street.division, street.code, None)
    assert place.zone == ZONES.zones.get(street.code)


@given(st.text("聊城市东昌府区茌平县莘冠临清高唐阳谷柳园街道镇办事处路经开新12号", max_size=16))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    place = RESOLVER.resolve(text, TODAY)
    assert (place.division is None) is (place.doubt is not None)
    if place.street is not None:
        (street,) = [street for street in STREETS if street.code == place.street]
        assert street.division == place.division
        stem = street.name.removesuffix("街道").removesuffix("镇").removesuffix("乡").removesuffix("路")
        assert stem in text
    elif place.division is not None and place.zone is None:
        names = (
            {"茌平县", COUNTIES[place.division]} if place.division == "371503" else {COUNTIES[place.division]}
        )
        assert any(name in text for name in names)
    assert place.rest in text


@given(
    st.sampled_from(["河北省", "河南省", "济南市", "德州市", "邯郸市", "某公司"]), st.sampled_from(FIXTURE)
)
def test_what_stands_behind_another_place_does_not_count(front: str, row: Mapping[str, str]) -> None:
    assert RESOLVER.resolve(front + row["address"], TODAY).division is None
