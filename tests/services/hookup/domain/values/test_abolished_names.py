"""F1: which names of charges are abolished, where, and since when."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.places import Supply
from libs.common.problems import is_chinese
from services.hookup.domain.values.charge_checks import (
    check_item,
)
from services.hookup.domain.values.charges import (
    AbolishedNames,
)
from services.hookup.storage.catalogue import fee_catalogue
from tests.services.hookup.domain.charge_samples import (
    ABOLISHED,
    CATALOGUE,
    FRANCHISED,
    RULES,
    TODAY,
    VERSIONS,
    check,
    codes,
    heat,
    item,
)
from tests.services.hookup.domain.values.test_charge_checks import LAST_FREE_DAY, SINCE


@pytest.mark.parametrize(("supply", "name"), ABOLISHED)
def test_each_abolished_name_is_found(supply: Supply, name: str) -> None:
    found = check_item(item(supply=supply, name=f"居民{name}（一次性）"), TODAY, None, RULES)
    assert codes(found) == ["F1"]
    assert found[0].matched in name
    assert is_chinese(found[0].text)


WATER, GAS, HEAT = Supply
# 国办函〔2020〕129号 and 山东省供热条例, name by name, as the law page lists them, and what they are called besides.
CANCELLED: dict[Supply, tuple[str, ...]] = {
    WATER: (
        *("接水费", "增容费", "报装费", "开户费", "开关闸费", "竣工核验费", "竣工导线测量费", "管线探测费"),
        *("勾头费", "水钻工程费", "碰头费", "碰口费", "出图费"),
        *("接入工程费", "初装费", "水表费", "水表安装费", "换表费", "IC卡表费", "ic卡水表费", "表计费"),
    ),
    GAS: (
        *("增压费", "增容费", "接驳费", "开通费", "接线费", "切线费", "吹扫费", "放散费"),
        *("开口费", "开户费", "接口费", "接入费", "入网费", "清管费", "通气费", "点火费"),
        *("表前管线维护费", "表具更换费", "燃气表更换费", "燃气表费", "接入工程费", "初装费", "换表费"),
    ),
    HEAT: (
        *("接口费", "集中管网建设费", "并网配套费", "并网费", "开口费", "初装费"),
        *("热表费", "热量表费", "表计费", "恢复供热费", "停供费", "复热费"),
    ),
}
OF_ALL = (
    "计量装置费",
    "强制检定费",
    "手续费",
    "代收手续费",
    "代收服务费",
    "红线外工程费",
    "城市基础设施配套费",
)
ALLOWED: dict[Supply, tuple[str, ...]] = {
    WATER: (
        *("居民生活用水水费", "二次供水水费", "污水处理费", "水资源费"),
        *("红线内供水管线安装（用户委托）", "红线内户内改造（用户委托）", "户内供水设施维修费"),
        *(
            "水表检测费（用户申请）",
            "水表检定费（用户申请）",
            "水表校验费",
            "水表及表井施工图设计费（用户委托）",
        ),
    ),
    GAS: (
        *("天然气气费", "非居民用气价格", "居民燃气工程安装费", "非居民红线内燃气管线安装（用户委托）"),
        *("燃气报警器安装（用户自选产品）", "燃气表检测费（用户申请）", "按表计费的天然气价款"),
    ),
    HEAT: (
        *("居民供热热费", "基本热价", "按热量表计费的计量热价", "按表计费的热费"),
        *("红线内供热设施安装（用户委托）", "热量表检测费（用户申请）", "户内供热设施维修费"),
    ),
}


@pytest.mark.parametrize(
    ("supply", "name"),
    [(supply, name) for supply in Supply for name in (*CANCELLED[supply], *OF_ALL)],
)
def test_each_name_that_the_law_has_cancelled_is_found(supply: Supply, name: str) -> None:
    for written in (name, f"居民{name}（一次性）", f"{name[0]} {name[1:]}"):
        assert check(item(supply=supply, name=written)) == ["F1"]


@pytest.mark.parametrize(
    ("supply", "name"), [(supply, name) for supply in Supply for name in ALLOWED[supply]]
)
def test_no_name_that_may_be_charged_is_taken_for_a_cancelled_one(supply: Supply, name: str) -> None:
    assert check(item(supply=supply, name=name)) == []


def test_a_phrase_that_means_another_thing_hides_no_cancelled_name_beside_it() -> None:
    assert check(item(supply=HEAT, name="按表计费的热费及表计费")) == ["F1"]
    assert check(item(supply=HEAT, name="按热量表 计费的热费、换表费")) == ["F1"]


def test_the_version_in_force_finds_all_that_the_version_before_found() -> None:
    before = fee_catalogue(VERSIONS.version_at(date(2022, 6, 30)))
    assert (before.version, CATALOGUE.version) == ("2022-1", "2022-2")
    for row in before.rules.abolished:
        for supply in row.supplies:
            for name in row.whole_names:
                assert check(item(supply=supply, name=name)) == ["F1"], name
    assert before.items == CATALOGUE.items


def test_each_abolished_name_has_its_concept() -> None:
    concepts = [row.concept for row in RULES.abolished]
    assert all(concepts)
    assert len(set(concepts)) == len(concepts)


def test_a_name_is_abolished_for_its_own_supply() -> None:
    assert check(item(supply=Supply.GAS, name="点火费")) == ["F1"]
    assert check(item(supply=Supply.WATER, name="点火费")) == []


@pytest.mark.parametrize(
    ("on", "expected"), [(date(2020, 1, 1), []), (LAST_FREE_DAY, []), (SINCE, ["F1"]), (TODAY, ["F1"])]
)
def test_names_are_abolished_since_the_first_of_march_2021(on: date, expected: list[str]) -> None:
    assert check(item(name="开户费"), on) == expected
    assert check(heat(), on) == expected


@pytest.mark.parametrize(
    ("on", "project_start", "district", "expected"),
    [
        # A franchise that had authorised it, and a project begun before the list was in force.
        (TODAY, LAST_FREE_DAY, "371502", []),
        (date(2025, 12, 31), LAST_FREE_DAY, "371502", []),
        (date(2026, 1, 1), LAST_FREE_DAY, "371502", ["F1"]),
        # The project began with the list or later, or nobody says when.
        (TODAY, SINCE, "371502", ["F1"]),
        (TODAY, None, "371502", ["F1"]),
        # No franchise here.
        (TODAY, LAST_FREE_DAY, "371503", ["F1"]),
        (TODAY, LAST_FREE_DAY, "", ["F1"]),
        (LAST_FREE_DAY, SINCE, "371503", []),
    ],
)
def test_phased_out_names_end_by_project_and_place(
    on: date, project_start: date | None, district: str, expected: list[str]
) -> None:
    assert check(heat(), on, project_start, rules=FRANCHISED, district=district) == expected


def test_the_transition_is_for_the_franchised_names_and_supply_alone() -> None:
    for checked in (heat("供热接口费"), item(supply=Supply.GAS, name="燃气入网费")):
        assert check(checked, TODAY, LAST_FREE_DAY, rules=FRANCHISED, district="371502") == ["F1"]
    for name in ("供热入网费", "并网配套费"):
        assert check(heat(name), TODAY, LAST_FREE_DAY, rules=FRANCHISED, district="371502") == []


def test_no_franchise_of_the_city_is_known() -> None:
    assert RULES.local_ends == {}


DAYS = st.dates(date(2019, 1, 1), date(2030, 1, 1))
UNSEEN = st.text(st.sampled_from(" \t\n　\u00a0\u200b\u2060\ufeff"), max_size=3)


def test_width_hides_no_name_on_either_side() -> None:
    row = AbolishedNames(frozenset({Supply.WATER}), ("IC卡（工本）费",), SINCE, "某文件")
    rules = replace(RULES, abolished=(row,))
    assert check(item(name="水表ＩＣ卡(工本) 费"), rules=rules) == ["F1"]
    assert check(item(name="水表IC卡费"), rules=rules) == []


@given(st.sampled_from(ABOLISHED), st.data())
def test_blanks_hide_no_name(abolished: tuple[Supply, str], data: st.DataObject) -> None:
    supply, name = abolished
    hidden = "".join(each + data.draw(UNSEEN) for each in f"一区{name}")
    assert check(item(supply=supply, name=hidden)) == ["F1"]


NAMES = st.lists(
    st.sampled_from([name for _, name in ABOLISHED]) | st.text("开户接水表管网费", max_size=2), min_size=1
).map("".join)


@given(NAMES.filter(bool), st.sampled_from(Supply), DAYS)
def test_a_name_is_found_exactly_where_its_row_has_it(name: str, supply: Supply, on: date) -> None:
    stands = any(
        each in name
        for row in RULES.abolished
        if supply in row.supplies and on >= row.since
        for each in row.whole_names
    )
    assert check(item(supply=supply, name=name), on) == (["F1"] if stands else [])


@given(DAYS, DAYS, st.none() | DAYS, st.sampled_from(["371502", "371503"]))
def test_what_is_abolished_stays_abolished(
    one: date, other: date, project_start: date | None, district: str
) -> None:
    earlier, later = sorted((one, other))
    if check(heat(), earlier, project_start, rules=FRANCHISED, district=district):
        assert check(heat(), later, project_start, rules=FRANCHISED, district=district)
