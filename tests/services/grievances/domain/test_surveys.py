"""Results of external surveys: by the city alone, exact, and corrected by new versions."""

from dataclasses import replace
from typing import Any

import pytest

from libs.common.aggregate import Actor
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.grievances.domain.surveys import MOST_VERSIONS, Survey, SurveyResult
from tests.services.grievances.samples import MONDAY, at

RESULT = SurveyResult("省统计局社情民意调查中心", at(1).date(), at(3).date(), 400, "CP-1", 398)


def survey(unit: str = "city") -> Survey:
    """Return a result that somebody is about to enter."""
    item = Survey("1", "CP-371500-20220704-0001")
    item.actor = Actor(MONDAY, "u-1", unit=unit)
    return item


def entered() -> Survey:
    """Return a result that the city entered."""
    item = survey()
    item.enter(RESULT, MONDAY)
    return item


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("period-reversed", {"last_day": at(1).date().replace(day=1), "first_day": at(2).date()}),
        ("period-not-over", {"last_day": at(5).date()}),
        ("no-result", {"satisfied": None}),
        ("more-than-asked", {"satisfied": 401}),
        ("score-out-of-range", {"score": 10_001}),
        ("district-unknown", {"district": "371500"}),
        ("utility-unknown", {"utility": "W-0"}),
        ("utility-elsewhere", {"utility": "W-371502", "district": "371503"}),
        ("utility-elsewhere", {"utility": "W-371502", "supply": Supply.GAS}),
        ("personal-data-in-text", {"surveyor": "张三 13800138000"}),
    ],
)
def test_what_no_result_is(code: str, changes: dict[str, Any]) -> None:
    item = survey()
    with pytest.raises(RuleError) as refused:
        item.enter(replace(RESULT, **changes), MONDAY)
    assert (refused.value.code, item.versions, item.pending_events) == (code, [], [])


@pytest.mark.parametrize("unit", ["utility:W-371502", "district:371502"])
def test_the_city_alone_enters_and_corrects(unit: str) -> None:
    item = survey(unit)
    with pytest.raises(RuleError, match="city-enters"):
        item.enter(RESULT, MONDAY)
    known = entered()
    known.actor = item.actor
    with pytest.raises(RuleError, match="city-enters"):
        known.correct(replace(RESULT, satisfied=399), "更正", MONDAY)
    assert len(known.versions) == 1


def test_a_result_of_a_utility_is_of_its_district_and_service() -> None:
    item = survey()
    item.enter(replace(RESULT, utility="W-371502"), MONDAY)
    assert (item.result.district, item.result.supply) == ("371502", Supply.WATER)


def test_the_target_is_met_by_the_exact_fraction() -> None:
    for satisfied, sample, meets in (
        (398, 400, True),
        (397, 400, False),
        (199, 200, True),
        (None, 200, None),
    ):
        assert replace(RESULT, satisfied=satisfied, sample=sample).meets is meets


def test_a_correction_is_a_new_version_and_the_former_stays() -> None:
    item = entered()
    item.correct(replace(RESULT, satisfied=397, score=9_935), "文件第二次印发", at(5))
    assert [(version.result.satisfied, version.reason) for version in item.versions] == [
        (398, None),
        (397, "文件第二次印发"),
    ]
    assert [event.event for event in item.pending_events] == ["survey_entered", "survey_corrected"]
    for reason, result, code in (
        ("再次更正", item.result, "nothing-changed"),
        ("13800138000", RESULT, "personal-data-in-text"),
    ):
        with pytest.raises(RuleError) as refused:
            item.correct(result, reason, at(5))
        assert refused.value.code == code
    while len(item.versions) < MOST_VERSIONS:
        item.correct(replace(RESULT, satisfied=len(item.versions)), "更正", at(5))
    with pytest.raises(RuleError, match="corrections-too-many"):
        item.correct(RESULT, "更正", at(5))
