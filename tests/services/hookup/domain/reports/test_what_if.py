"""Closed cases judged by other rules."""

from dataclasses import replace
from datetime import date

import pytest

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.what_if import (
    EXCLUDABLE,
    MOST_SHOWN,
    Alternative,
    Comparison,
    Count,
    judge_anew,
)
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Reading
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import under
from tests.support.hookup import RULES, go_through, submitted_case


def closed(finished: str, works: tuple[str, str] = ("2022-07-06 10:00", "2022-07-08 09:00")) -> Case:
    """A case of 42 m received on Monday 4 July 2022, whose contract takes 5 to 6 July."""
    case = go_through(
        submitted_case(),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.EXTERNAL_WORKS, *works),
        (Stage.TURN_ON, works[1], None),
    )
    case.report_meter_live(at(finished), RULES)
    case.confirm(at(finished), RULES)
    return case


def test_the_same_rules_give_the_same_verdict() -> None:
    for finished in ("2022-07-11 17:30", "2022-07-11 17:31"):
        case = closed(finished)
        judged = judge_anew(case, RULES, Alternative())
        assert judged is not None
        assert case.on_time is not None
        assert judged.due_then == judged.due_before == at("2022-07-11 17:30")
        assert judged.on_time_then is judged.on_time_before is case.on_time.judged


@pytest.mark.parametrize(
    ("alternative", "due"),
    [
        # Five days from Monday 4 July: Saturday the 9th; rolled, and in working days, Monday the 11th.
        (Alternative(judged=Reading.CALENDAR_STRICT), "2022-07-09 17:30"),
        (Alternative(judged=Reading.WORKING), "2022-07-11 17:30"),
        (Alternative(limit_days={(Supply.WATER, LengthClass.L1_LE50): 2}), "2022-07-06 17:30"),
        (Alternative(limit_days={(Supply.GAS, LengthClass.L1_LE50): 2}), "2022-07-11 17:30"),
        (Alternative(limit_days={(Supply.WATER, LengthClass.L0_NONE): 2}), "2022-07-11 17:30"),
        # Contract from the 5th to the 6th: the day it starts counts, the 6th does not.
        (Alternative(None, Reading.CALENDAR_STRICT, frozenset({Stage.CONTRACT})), "2022-07-10 17:30"),
        # Works from the 6th to the 8th: the 7th and the 8th do not count.
        (Alternative(judged=Reading.WORKING, excluded=frozenset({Stage.EXTERNAL_WORKS})), "2022-07-13 17:30"),
        (
            Alternative(judged=Reading.WORKING, excluded=frozenset({Stage.CONTRACT, Stage.EXTERNAL_WORKS})),
            "2022-07-14 17:30",
        ),
        # A stage that the case never had takes out nothing.
        (Alternative(excluded=frozenset({Stage.PERMIT})), "2022-07-11 17:30"),
        (
            Alternative(replace(RULES.policy, version="other", judged=Reading.CALENDAR_STRICT)),
            "2022-07-09 17:30",
        ),
        # What is said of the reading goes before the version's.
        (
            Alternative(replace(RULES.policy, judged=Reading.CALENDAR_STRICT), Reading.WORKING),
            "2022-07-11 17:30",
        ),
    ],
)
def test_each_of_the_other_rules_moves_the_due_time(alternative: Alternative, due: str) -> None:
    judged = judge_anew(closed("2022-07-10 10:00"), RULES, alternative)
    assert judged is not None
    assert judged.due_then == at(due)
    assert judged.on_time_then is (at("2022-07-10 10:00") <= at(due))


def test_days_under_a_pause_and_an_excluded_stage_come_out_once() -> None:
    case = closed("2022-07-11 10:00")
    case.pauses.append(
        Pause(
            "p",
            PauseReason.USER_DECISION,
            "OBJ-1",
            at("2022-07-06 12:00"),
            "clerk-1",
            state=PauseState.APPROVED,
            ended_at=at("2022-07-07 12:00"),
        )
    )
    by = Alternative(judged=Reading.WORKING)
    with_pause = judge_anew(case, RULES, by)
    both = judge_anew(case, RULES, replace(by, excluded=frozenset({Stage.EXTERNAL_WORKS})))
    assert with_pause is not None
    assert both is not None
    assert (with_pause.due_then, both.due_then) == (at("2022-07-12 17:30"), at("2022-07-13 17:30"))


def test_an_excluded_stage_that_was_never_ended_runs_until_the_case_ended() -> None:
    case = closed("2022-07-08 10:00")
    case.stages = [replace(each, end=None) if each.stage is Stage.CONTRACT else each for each in case.stages]
    judged = judge_anew(
        case, RULES, Alternative(judged=Reading.WORKING, excluded=frozenset({Stage.CONTRACT}))
    )
    assert judged is not None
    # 6, 7 and 8 July come out.
    assert judged.due_then == at("2022-07-14 17:30")


def test_what_the_statistics_leave_out_is_left_out_here() -> None:
    assert judge_anew(submitted_case(), RULES, Alternative()) is None
    special = closed("2022-07-08 10:00")
    special.special = Special(PauseReason.CROSSING, "OBJ-1", "clerk-1", approved_by="approver-1")
    assert judge_anew(special, RULES, Alternative()) is None
    special.special = replace(special.special, approved_by=None)
    assert judge_anew(special, RULES, Alternative()) is not None
    withdrawn = submitted_case()
    withdrawn.withdraw(at("2022-07-05 10:00"))
    assert judge_anew(withdrawn, RULES, Alternative()) is None
    for options in ({"supply": Supply.HEAT}, {"declared_dm": 2001}):
        other = go_through(
            submitted_case(**options),
            (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
            (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
            (Stage.EXTERNAL_WORKS, "2022-07-06 10:00", "2022-07-08 09:00"),
            (Stage.TURN_ON, "2022-07-08 09:00", None),
        )
        other.report_meter_live(at("2022-07-08 10:00"), RULES)
        other.confirm(at("2022-07-08 11:00"), RULES)
        assert judge_anew(other, RULES, Alternative()) is None


def test_differences_are_counted_by_utility_and_in_all() -> None:
    on_both, late_then, on_time_then = (
        closed("2022-07-08 10:00"),
        closed("2022-07-10 10:00"),
        closed("2022-07-12 10:00"),
    )
    on_time_then.utility = "W-371503"
    found = Comparison()
    strict = Alternative(judged=Reading.CALENDAR_STRICT)
    found.add(((each, RULES) for each in (on_both, late_then, on_time_then)), strict)
    assert found.total == Count(3, 2, 1, 0, 1)
    assert [each.number for each in found.changed] == [late_then.number]
    longer = Comparison()
    longer.add([(on_time_then, RULES)], Alternative(limit_days={(Supply.WATER, LengthClass.L1_LE50): 9}))
    longer.add([(on_both, RULES)], Alternative(limit_days={(Supply.WATER, LengthClass.L1_LE50): 1}))
    assert longer.by_utility == {"W-371503": Count(1, 0, 1, 1, 0), "W-371502": Count(1, 1, 0, 0, 1)}
    assert longer.total == Count(2, 1, 1, 1, 1)


def test_only_the_first_changed_cases_are_kept() -> None:
    case = closed("2022-07-10 10:00")
    found = Comparison()
    found.add([(case, RULES)] * (MOST_SHOWN + 7), Alternative(judged=Reading.CALENDAR_STRICT))
    assert len(found.changed) == MOST_SHOWN
    assert found.total.became_late == MOST_SHOWN + 7


def test_judging_anew_leaves_the_case_as_it_was() -> None:
    case = closed("2022-07-10 10:00")
    before = repr(case)
    judge_anew(case, RULES, Alternative(judged=Reading.WORKING, excluded=frozenset(Stage)))
    assert repr(case) == before


def test_what_ends_at_the_very_due_time_of_either_rule_is_in_time_by_it() -> None:
    shorter = Alternative(limit_days={(Supply.WATER, LengthClass.L1_LE50): 2})
    longer = Alternative(limit_days={(Supply.WATER, LengthClass.L1_LE50): 8})
    became_late = judge_anew(closed("2022-07-11 17:30"), RULES, shorter)
    assert became_late is not None
    assert (became_late.on_time_before, became_late.on_time_then) == (True, False)
    became_timely = judge_anew(closed("2022-07-12 17:30"), RULES, longer)
    assert became_timely is not None
    assert became_timely.due_then == at("2022-07-12 17:30")
    assert (became_timely.on_time_before, became_timely.on_time_then) == (False, True)


def test_a_calendar_that_was_amended_since_changes_no_verdict_by_itself() -> None:
    amended = under({date(2022, 7, 11): False})
    judged = judge_anew(closed("2022-07-12 10:00"), amended, Alternative())
    assert judged is not None
    assert judged.due_then == judged.due_before == at("2022-07-11 17:30")
    assert (judged.on_time_before, judged.on_time_then) == (False, False)


def test_what_has_no_verdict_is_not_compared() -> None:
    special = closed("2022-07-12 10:00")
    special.special = Special(PauseReason.CROSSING, "OBJ-1", "clerk-1", approved_by="approver-1")
    found = Comparison()
    found.add([(special, RULES), (submitted_case(), RULES)], Alternative())
    assert (found.total, found.by_utility, found.changed) == (Count(), {}, [])


def test_only_the_stages_that_others_agree_on_or_decide_may_be_left_out() -> None:
    assert EXCLUDABLE == (Stage.CONTRACT, Stage.PERMIT, Stage.EXTERNAL_WORKS)
