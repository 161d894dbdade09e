"""What must have begun or ended before a stage may begin (HK-01, HK-03)."""

import pytest

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.stage_order import check_class_change, check_start
from services.hookup.domain.values.stages import Interval, Stage
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timesheet_samples import stage

ACCEPTED = at("2022-08-01 09:00")


def check(
    begun: Stage, moment: str, *stages: Interval, length_class: LengthClass = LengthClass.L1_LE50
) -> None:
    on_record = {item.stage: item for item in stages}
    check_start(begun, at(moment), on_record, Supply.WATER, length_class, ACCEPTED)


def test_a_stage_may_begin_with_the_one_that_must_have_begun() -> None:
    survey = stage(Stage.SURVEY_DESIGN, "08-01 10:00", None)
    check(Stage.CONTRACT, "2022-08-01 10:00", survey)
    with pytest.raises(RuleError) as refused:
        check(Stage.CONTRACT, "2022-08-01 09:59", survey)
    assert refused.value.code == "stage-out-of-order"


def test_nothing_is_turned_on_while_the_survey_runs() -> None:
    contract = stage(Stage.CONTRACT, "08-01 10:00", "08-01 11:00")
    surveyed = stage(Stage.SURVEY_DESIGN, "08-01 10:00", "08-01 12:00")
    none = LengthClass.L0_NONE
    check(Stage.TURN_ON, "2022-08-01 12:00", contract, surveyed, length_class=none)
    for survey in (surveyed, stage(Stage.SURVEY_DESIGN, "08-01 10:00", None)):
        with pytest.raises(RuleError) as refused:
            check(Stage.TURN_ON, "2022-08-01 11:59", contract, survey, length_class=none)
        assert refused.value.code == "stage-out-of-order"


def test_a_case_without_works_keeps_its_class_while_it_is_turned_on() -> None:
    turn_on = {Stage.TURN_ON: stage(Stage.TURN_ON, "08-02 10:00", None)}
    check_class_change(LengthClass.L0_NONE, turn_on)
    with pytest.raises(RuleError) as refused:
        check_class_change(LengthClass.L1_LE50, turn_on)
    assert refused.value.code == "stage-already-started"
