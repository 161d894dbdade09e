from dataclasses import replace

import pytest

from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.stages import (
    OVERLAP_ALLOWED,
    PUBLIC_STEPS,
    STAGE_NAMES,
    Interval,
    Stage,
    stages_of,
)
from tests.services.hookup.domain.samples import at


def test_without_a_line_there_are_no_permits_and_no_works() -> None:
    assert stages_of(LengthClass.L0_NONE) == (
        Stage.ACCEPT,
        Stage.SURVEY_DESIGN,
        Stage.CONTRACT,
        Stage.TURN_ON,
    )


@pytest.mark.parametrize("length_class", [item for item in LengthClass if item is not LengthClass.L0_NONE])
def test_every_other_class_has_all_stages_in_order(length_class: LengthClass) -> None:
    assert stages_of(length_class) == tuple(Stage)


def test_every_stage_has_a_chinese_name() -> None:
    assert list(STAGE_NAMES) == list(Stage)
    assert STAGE_NAMES[Stage.EXTERNAL_WORKS] == "外线施工"


def test_turn_on_runs_beside_nothing() -> None:
    assert len(OVERLAP_ALLOWED) == 6
    assert all(Stage.TURN_ON not in pair and len(pair) == 2 for pair in OVERLAP_ALLOWED)


def test_a_stage_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="不能早于开始时间"):
        Interval(Stage.ACCEPT, at("2022-08-01 10:00"), at("2022-08-01 09:59"))


def test_the_public_steps_are_acceptance_with_survey_and_turn_on() -> None:
    assert PUBLIC_STEPS == {Stage.ACCEPT: 1, Stage.SURVEY_DESIGN: 1, Stage.TURN_ON: 2}


def test_when_its_ends_were_recorded_is_no_part_of_an_interval() -> None:
    start, end, recorded = (at(f"2022-08-01 {hour}:00") for hour in (10, 11, 12))
    interval = Interval(Stage.ACCEPT, start, end, start, end)
    assert interval == replace(interval, start_recorded_at=recorded, end_recorded_at=recorded)
    assert interval != replace(interval, end=recorded)
