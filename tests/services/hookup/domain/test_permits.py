"""Parallel approval (HK-04): filed at one instant, decided side by side, and never longer than the longest."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Pause
from services.hookup.domain.pauses import PauseReason
from services.hookup.domain.permit_verbs import decide_permit, excavate
from services.hookup.domain.permits import Decision, PermitKind, PermitMode
from services.hookup.domain.stages import Stage
from services.hookup.domain.timer_kinds import TimerKind
from services.hookup.domain.transitions import CaseState
from tests.services.hookup.domain.permit_samples import at, decide_all, file, filing, last, surveyed_case
from tests.support.hookup import RULES, submitted_case

SECOND = timedelta(seconds=1)


def refused(code: str, case: Case, act: Callable[[], object]) -> None:
    """The act breaks the rule and changes nothing."""
    before = deepcopy(case)
    with pytest.raises(RuleError) as error:
        act()
    assert error.value.code == code
    assert case == before


def ended(case: Case) -> datetime | None:
    """When the PERMIT stage ended."""
    permit = case.stage(Stage.PERMIT)
    assert permit is not None
    return permit.end


def test_one_form_files_every_item_at_one_instant_at_both_authorities_of_a_road() -> None:
    case = surveyed_case()
    items = file(case, filing(), filing(PermitKind.GREEN_LAND), filing(PermitKind.PLANNING))
    assert [(each.kind, each.authority) for each in items] == [
        (PermitKind.ROAD_EXCAVATION, "MUNICIPAL-371502"),
        (PermitKind.ROAD_EXCAVATION, "TRAFFIC_POLICE-371502"),
        (PermitKind.GREEN_LAND, "GREENING-371502"),
        (PermitKind.PLANNING, "PLANNING-371502"),
    ]
    assert {each.filed_at for each in items} == {at("2022-07-05 11:00")}
    assert {each.due_at for each in items} == {at("2022-07-12 17:30")}
    permit = case.stage(Stage.PERMIT)
    assert permit is not None
    assert (permit.start, permit.end) == (at("2022-07-05 11:00"), None)


def test_the_stage_lasts_as_long_as_the_longest_item() -> None:
    case = surveyed_case()
    first, second, third = file(case, filing(), filing(PermitKind.GREEN_LAND))
    for item, moment in ((second, "2022-07-06 09:00"), (first, "2022-07-07 09:00")):
        decide_permit(case, item.id, Decision.GRANTED, at(moment), "a", "doc", RULES)
        assert ended(case) is None
    decide_permit(case, third.id, Decision.GRANTED, at("2022-07-08 16:00"), "a", "doc", RULES)
    assert ended(case) == at("2022-07-08 16:00")
    _, told = last(case, "permit_decided")
    assert (told["working_minutes"], told["in_time"]) == (1560, True)


@given(st.permutations(range(3)), st.lists(st.integers(1, 3000), min_size=3, max_size=3))
def test_whatever_the_order_of_decisions_the_stage_ends_with_the_last(
    order: list[int], waits: list[int]
) -> None:
    case = surveyed_case()
    items = file(case, filing(), filing(PermitKind.TREES))
    instants = sorted(items[0].filed_at + timedelta(minutes=wait) for wait in waits)
    for place, instant in zip(order, instants, strict=True):
        decide_permit(case, items[place].id, Decision.GRANTED, instant, "a", "doc", RULES)
    assert ended(case) == max(instants)


@pytest.mark.parametrize(
    ("moment", "together"),
    [("2022-07-06 17:30", True), ("2022-07-07 08:30", False), ("2022-07-05 11:01", True)],
)
def test_an_item_filed_more_than_a_working_day_later_is_not_parallel(moment: str, together: bool) -> None:
    case = surveyed_case()
    file(case, filing())
    (late,) = file(case, filing(PermitKind.TREES), moment=moment)
    assert late.is_parallel is together
    assert ("NOT_PARALLEL" in case.violations()) is not together


def test_over_a_weekend_the_next_working_day_is_still_parallel() -> None:
    case = surveyed_case()
    file(case, filing(), moment="2022-07-08 16:00")
    (monday,) = file(case, filing(PermitKind.TREES), moment="2022-07-11 17:00")
    assert monday.is_parallel


def test_records_and_exemptions_need_no_decision_and_end_the_stage_at_once() -> None:
    case = surveyed_case()
    file(case, filing(mode=PermitMode.RECORD), filing(PermitKind.TREES, PermitMode.EXEMPT))
    assert ended(case) == at("2022-07-05 11:00")
    assert [each.event for each in case.happened].count("permit_decided") == 3


def test_a_refused_item_holds_the_stage_until_it_is_filed_again_and_granted() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.TREES))
    decide_all(case, "2022-07-06 09:00", Decision.REFUSED)
    assert ended(case) is None
    refused(
        "permits-undecided", case, lambda: case.complete_stage(Stage.PERMIT, at("2022-07-06 10:00"), RULES)
    )
    file(case, filing(PermitKind.TREES), moment="2022-07-06 11:00")
    decide_all(case, "2022-07-07 09:00")
    assert ended(case) == at("2022-07-07 09:00")


def test_of_a_road_only_what_was_refused_is_filed_again() -> None:
    case = surveyed_case()
    municipal, police = file(case, filing())
    decide_permit(case, municipal.id, Decision.GRANTED, at("2022-07-06 09:00"), "a", "doc", RULES)
    decide_permit(case, police.id, Decision.REFUSED, at("2022-07-06 10:00"), "b", "doc", RULES)
    (again,) = file(case, filing(), moment="2022-07-06 11:00")
    assert again.authority == "TRAFFIC_POLICE-371502"
    decide_all(case, "2022-07-06 12:00")
    assert ended(case) == at("2022-07-06 12:00")


def test_an_item_found_later_takes_the_stage_up_again_and_what_was_closed_stays() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.TREES, PermitMode.RECORD))
    file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-06 09:00")
    assert ended(case) is None
    assert last(case, "stage_started")[1]["started_at"] == at("2022-07-06 09:00")
    decide_all(case, "2022-07-07 11:00")
    again = last(case, "stage_completed")[1]
    assert (again["elapsed_minutes"], again["round"]) == (26 * 60, 2)
    permits = [each for each in case.stages if each.stage is Stage.PERMIT]
    assert [(each.start, each.end) for each in permits] == [
        (at("2022-07-05 11:00"), at("2022-07-05 11:00")),
        (at("2022-07-06 09:00"), at("2022-07-07 11:00")),
    ]


def test_what_is_filed_is_not_filed_twice() -> None:
    case = surveyed_case()
    file(case, filing())
    refused("permit-on-file", case, lambda: file(case, filing(mode=PermitMode.RECORD)))


def test_without_an_external_line_there_is_nothing_to_file() -> None:
    case = surveyed_case(declared_dm=0)
    refused("stage-not-needed", case, lambda: file(case, filing()))


def test_before_the_survey_and_after_the_works_nothing_is_filed() -> None:
    early = submitted_case()
    refused("stage-out-of-order", early, lambda: file(early, filing()))
    done = surveyed_case()
    done.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-05 11:00"))
    done.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 11:00"), RULES)
    refused("works-completed", done, lambda: file(done, filing(), moment="2022-07-06 12:00"))


def test_a_decision_is_made_once_and_not_before_the_filing() -> None:
    case = surveyed_case()
    item, _ = file(case, filing())
    early = at("2022-07-05 10:59")
    refused(
        "before-filing",
        case,
        lambda: decide_permit(case, item.id, Decision.GRANTED, early, "a", "doc", RULES),
    )
    decide_all(case, "2022-07-06 09:00")
    late = at("2022-07-06 10:00")
    with pytest.raises(RuleError, match="permit-decided"):
        decide_permit(case, item.id, Decision.REFUSED, late, "a", "doc", RULES)
    with pytest.raises(RuleError, match="permit-unknown"):
        decide_permit(case, "no", Decision.REFUSED, late, "a", "doc", RULES)


def test_an_undecided_item_is_told_once_when_its_time_is_over() -> None:
    case = surveyed_case()
    file(case, filing())
    assert case.timers(RULES)[TimerKind.PERMIT_OVERDUE] == at("2022-07-12 17:30") + SECOND
    case.catch_up(at("2022-07-20 09:00"), RULES)
    told = [each for each in case.happened if each.event == "permit_overdue"]
    assert [each.at for each in told] == [at("2022-07-12 17:30") + SECOND] * 2
    assert TimerKind.PERMIT_OVERDUE not in case.timers(RULES)


def test_a_decision_at_the_very_close_is_in_time_and_a_second_later_not() -> None:
    for moment, kept in (("2022-07-12 17:30", True), ("2022-07-12 17:30:01", False)):
        case = surveyed_case()
        file(case, filing(PermitKind.TREES))
        decide_all(case, moment)
        assert last(case, "permit_decided")[1]["in_time"] is kept


def test_preparation_may_begin_but_the_ground_is_broken_only_with_all_permits() -> None:
    case = surveyed_case()
    file(case, filing(), filing(PermitKind.TREES, PermitMode.RECORD))
    case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-05 12:00"))
    assert case.violations() == []
    refused("permits-undecided", case, lambda: excavate(case, at("2022-07-05 13:00")))
    refused(
        "permits-undecided",
        case,
        lambda: case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-05 13:00"), RULES),
    )
    decide_all(case, "2022-07-06 09:00")
    refused("permits-undecided", case, lambda: excavate(case, at("2022-07-06 08:59")))
    excavate(case, at("2022-07-06 09:00"))
    refused("excavation-begun", case, lambda: excavate(case, at("2022-07-06 10:00")))


def test_without_permits_or_works_the_ground_is_not_broken() -> None:
    case = surveyed_case()
    refused("permits-undecided", case, lambda: excavate(case, at("2022-07-05 13:00")))
    file(case, filing(mode=PermitMode.RECORD))
    refused("stage-not-started", case, lambda: excavate(case, at("2022-07-05 13:00")))


def pause(case: Case, moment: str) -> None:
    case.request_pause(
        Pause("p", PauseReason.PERMIT_ORDINARY, "scan", at("2022-07-05 11:00"), "clerk-1"), at(moment), RULES
    )


def test_the_pause_of_an_ordinary_permit_ends_with_the_last_decision() -> None:
    case = surveyed_case()
    file(case, filing())
    pause(case, "2022-07-05 12:00")
    case.decide_pause("p", at("2022-07-05 13:00"), "approver-1", RULES, approve=True)
    assert case.state is CaseState.PAUSED
    first, second = case.permits
    decide_permit(case, first.id, Decision.GRANTED, at("2022-07-06 09:00"), "a", "doc", RULES)
    assert case.state is CaseState.PAUSED
    decide_permit(case, second.id, Decision.REFUSED, at("2022-07-07 09:00"), "a", "doc", RULES)
    assert case.state is CaseState.IN_PROGRESS
    assert case.pause("p").ended_at == at("2022-07-07 09:00")


def test_a_pause_that_is_approved_after_the_decision_has_ended_with_it() -> None:
    case = surveyed_case()
    file(case, filing())
    pause(case, "2022-07-05 12:00")
    decide_all(case, "2022-07-07 09:00")
    case.decide_pause("p", at("2022-07-08 09:00"), "approver-1", RULES, approve=True)
    assert case.state is CaseState.IN_PROGRESS
    assert case.pause("p").ended_at == at("2022-07-07 09:00")
    # The approval reaches back one working day: of the two days one is taken out of the five.
    assert case.due is not None
    assert case.due.working == at("2022-07-12 17:30")


def test_where_nothing_ordinary_is_waited_for_the_clock_does_not_stop() -> None:
    case = surveyed_case()
    file(case, filing(mode=PermitMode.COMMITMENT))
    refused("permit-not-ordinary", case, lambda: pause(case, "2022-07-05 12:00"))
