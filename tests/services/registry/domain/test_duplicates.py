"""What is compared of two records, and how much each part counts."""

from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.duplicates import (
    Feature,
    MatchPolicy,
    Record,
    address_features,
    best,
    blocking_keys,
    comparable_name,
    records_of,
    score,
)
from tests.services.registry.samples import MATCHING, RESOLVER


def ratio(first: str, second: str) -> float:
    """How alike two texts are; `SequenceMatcher` by itself depends on their order."""
    return SequenceMatcher(None, min(first, second), max(first, second), autojunk=False).ratio()


RECORD = Record(
    identifiers=frozenset({"91371502MA3XX0010R"}),
    name="水城饭店",
    phones=frozenset({"13800001234"}),
    unit="371502002",
    address="花园路12号",
)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("山东聊城水城饭店有限公司", "水城饭店"),
        ("聊城市水城饭店（有限责任公司）", "水城饭店"),
        ("水城饭店　股份有限公司", "水城饭店"),
        ("聊城水城·饭店集团有限公司", "水城饭店"),
        ("ＡＢＣ餐饮有限公司", "ABC餐饮"),
        ("聊城有限公司", "聊城有限公司"),
        ("张三", "张三"),
    ],
)
def test_names(name: str, form: str) -> None:
    assert comparable_name(name, MATCHING) == form


@given(st.text("山东省聊城市水有限责任公司集团股份 （）", max_size=16))
def test_a_name_without_punctuation_has_the_same_form(name: str) -> None:
    assert comparable_name(name.replace("（", "").replace("）", " "), MATCHING) == comparable_name(
        name, MATCHING
    )


def test_address_features() -> None:
    one, other = (
        address_features(RESOLVER.resolve(text, date(2024, 1, 1)))
        for text in (
            "山东省聊城市东昌府区柳园街道花园小区3号楼1单元101室",
            "东昌府区柳园办事处花园小区3#1-101",
        )
    )
    assert one[0] == other[0] == "371502002"
    assert one[1] == "花园小区3号楼1单元101室"
    assert address_features(RESOLVER.resolve("某处", date(2024, 1, 1))) == ("", "某处")


def test_records_that_agree_share_a_key_and_are_a_candidate() -> None:
    assert score(RECORD, RECORD, MATCHING, ratio).total == 1.0
    for shared in (
        replace(RECORD, identifiers=frozenset({"92371503MA3XX00292"})),
        replace(RECORD, phones=frozenset()),
        replace(RECORD, name="水城饭庄"),
        replace(RECORD, unit="", address=""),
    ):
        assert set(blocking_keys(RECORD)) & set(blocking_keys(shared))
    assert not set(blocking_keys(RECORD)) & set(blocking_keys(Record(name="运河", unit="371502002")))
    assert list(blocking_keys(Record())) == []


@pytest.mark.parametrize(
    ("change", "features", "is_candidate"),
    [
        ({}, {"identifier": 1.0, "name": 1.0, "phone": 1.0, "address": 1.0}, True),
        ({"identifiers": frozenset()}, {"name": 1.0, "phone": 1.0, "address": 1.0}, True),
        (
            {"phones": frozenset({"13900001234"})},
            {"identifier": 1.0, "name": 1.0, "phone": 0.0, "address": 1.0},
            True,
        ),
        # The same text in another street is another address.
        ({"unit": "371502001"}, {"identifier": 1.0, "name": 1.0, "phone": 1.0, "address": 0.0}, True),
        ({"unit": ""}, {"identifier": 1.0, "name": 1.0, "phone": 1.0, "address": 1.0}, True),
        (
            {"identifiers": frozenset({"X"}), "phones": frozenset({"Y"})},
            {"identifier": 0.0, "name": 1.0, "phone": 0.0, "address": 1.0},
            False,
        ),
    ],
)
def test_what_both_have_is_compared(
    change: dict[str, object], features: dict[str, float], is_candidate: bool
) -> None:
    other = replace(RECORD, **change)  # type: ignore[arg-type]
    result = score(RECORD, other, MATCHING, ratio)
    assert result.features == features
    weights = {str(feature): weight for feature, weight in MATCHING.weights.items()}
    total = sum(weights[name] * value for name, value in features.items())
    assert result.total == pytest.approx(total / sum(weights[name] for name in features))
    assert result.is_candidate is is_candidate


def test_nothing_in_common_is_no_candidate_and_the_threshold_is_inclusive() -> None:
    assert score(RECORD, Record(), MATCHING, ratio).total == 0.0
    half = MatchPolicy(weights={Feature.PHONE: 1, Feature.IDENTIFIER: 1}, threshold=Fraction(1, 2))
    other = replace(RECORD, identifiers=frozenset({"X"}))
    assert score(RECORD, other, half, ratio).is_candidate
    assert not score(RECORD, other, replace(half, threshold=Fraction(51, 100)), ratio).is_candidate


NAMES = st.text("水城饭店运河", max_size=4)
RECORDS = st.builds(
    Record,
    st.frozensets(st.sampled_from("AB")),
    NAMES,
    st.frozensets(st.sampled_from("12")),
    st.sampled_from(["", "371502001", "371502002"]),
    NAMES,
)


@given(RECORDS, RECORDS)
def test_a_score_is_a_share_and_the_same_either_way(first: Record, second: Record) -> None:
    result = score(first, second, MATCHING, ratio)
    assert 0.0 <= result.total <= 1.0
    assert result == score(second, first, MATCHING, ratio)
    weighs = sum(MATCHING.weights[feature] for feature in result.features) >= MATCHING.least_weight
    assert result.is_candidate is (weighs and result.total >= MATCHING.threshold)


def test_an_equal_name_alone_weighs_too_little_and_other_papers_say_nothing() -> None:
    named = Record(name="王某某")
    assert score(named, named, MATCHING, ratio).total == 1.0
    assert not score(named, named, MATCHING, ratio).is_candidate
    assert score(named, named, replace(MATCHING, least_weight=25), ratio).is_candidate
    by_id = replace(RECORD, paper="RESIDENT_ID")
    by_passport = replace(RECORD, identifiers=frozenset({"E1"}), paper="PASSPORT")
    assert Feature.IDENTIFIER not in score(by_id, by_passport, MATCHING, ratio).features
    assert score(by_id, replace(by_passport, paper=""), MATCHING, ratio).features[Feature.IDENTIFIER] == 0.0


def test_a_customer_is_as_alike_as_the_best_of_its_addresses() -> None:
    texts = {"name": "聊城水城饭店有限公司", "mobile": "13800001234", "landline": "0635-8220000"}
    places = [RESOLVER.resolve(f"东昌府区柳园街道花园路{n}号", date(2024, 1, 1)) for n in (12, 99, 12)]
    records = records_of(texts, None, places, MATCHING)
    assert [record.address for record in records] == ["花园路12号", "花园路99号"]
    assert records[0].phones == {"13800001234", "0635-8220000"}
    other = records_of(texts, None, places[1:2], MATCHING)
    assert best(records, other, MATCHING, ratio).features[Feature.ADDRESS] == 1.0
    assert best(records[:1], other, MATCHING, ratio).features[Feature.ADDRESS] < 1.0
    assert len(records_of(texts, None, [], MATCHING)) == 1
