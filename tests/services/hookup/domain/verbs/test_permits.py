"""Filing permits and deciding on them (HK-04)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.values.permit_details import Reason, ReasonCode
from services.hookup.domain.values.permit_items import Decision, PermitKind, PermitMode
from services.hookup.domain.values.permit_terms import decide_by
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.verbs.authorities import decide_permit
from services.hookup.storage.limit_policies import service_policy
from tests.services.hookup.domain.permit_checks import SECOND, ended, refused
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    UNSAFE,
    at,
    decide,
    decide_all,
    file,
    filing,
    last,
    surveyed_case,
)
from tests.support.hookup import RULES, SHIPPED, go_through, submitted_case


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
        decide(case, item, moment)
        assert ended(case) is None
    decide(case, third, "2022-07-08 16:00")
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
        decide(case, items[place], instant)
    assert ended(case) == max(instants)


# Tuesday's form began the stage at 11:00: a working day later is the close of Wednesday.
@pytest.mark.parametrize(
    ("moment", "together"),
    [
        ("2022-07-05 11:01", True),
        ("2022-07-06 17:30", True),
        ("2022-07-06 17:30:01", False),
        ("2022-07-07 08:30", False),
    ],
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


def test_parallel_is_counted_from_the_first_filing_and_not_from_the_last() -> None:
    case = surveyed_case()
    file(case, filing())
    (second,) = file(case, filing(PermitKind.TREES), moment="2022-07-06 17:00")
    (third,) = file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-07 09:00")
    assert (second.is_parallel, third.is_parallel) == (True, False)


def test_parallel_is_counted_from_the_start_of_the_stage_whatever_was_filed_at_it() -> None:
    case = surveyed_case()
    case.start_stage(Stage.PERMIT, at("2022-07-05 11:00"))
    (first,) = file(case, filing(PermitKind.TREES), moment="2022-07-08 09:00")
    assert (first.is_parallel, case.violations()) == (False, ["NOT_PARALLEL"])


def test_a_stage_that_is_taken_up_again_counts_from_its_first_start() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.TREES))
    decide_all(case, "2022-07-06 09:00")
    (late,) = file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-12 09:00")
    (later,) = file(case, filing(PermitKind.PLANNING), moment="2022-07-12 10:00")
    assert (late.is_parallel, later.is_parallel) == (False, False)


# 2022-10-08 and -09 are a Saturday and Sunday worked for the National Day holiday of 10-01 to 10-07.
FILED = {
    "before the close": ("2022-07-05 17:29", "2022-07-12 17:30"),
    "at the close": ("2022-07-05 17:30", "2022-07-12 17:30"),
    "a second after it": ("2022-07-05 17:30:01", "2022-07-13 17:30"),
    "a minute after it": ("2022-07-05 17:31", "2022-07-13 17:30"),
    "on a Friday evening": ("2022-07-08 20:00", "2022-07-18 17:30"),
    "on a Sunday": ("2022-07-10 10:00", "2022-07-18 17:30"),
    "in a holiday": ("2022-10-03 10:00", "2022-10-13 17:30"),
    "on a make-up Saturday": ("2022-10-08 10:00", "2022-10-13 17:30"),
    "after its close": ("2022-10-08 17:31", "2022-10-14 17:30"),
    "on the last day of February": ("2022-02-28 17:30", "2022-03-07 17:30"),
    "after its close in February": ("2022-02-28 17:31", "2022-03-08 17:30"),
}


@pytest.mark.parametrize(("filed", "due"), FILED.values(), ids=FILED)
def test_the_limit_of_a_decision_counts_from_the_receipt_of_the_filing(filed: str, due: str) -> None:
    assert decide_by(at(filed), LIVE.service, LIVE.calendar) == at(due)


def test_the_case_itself_gives_its_items_that_limit() -> None:
    for minute, due in (("17:30", "2022-07-12 17:30"), ("17:31", "2022-07-13 17:30")):
        case = surveyed_case()
        (item,) = file(case, filing(PermitKind.TREES), moment=f"2022-07-05 {minute}")
        assert item.due_at == at(due)


def test_the_shipped_numbers_are_those_of_their_sources() -> None:
    shipped = service_policy(SHIPPED["hookup_service"])
    # 沂源, 成都, 蒙阴: 5; O16: 5 after the works, at most 60 after the decision; HK-04: 1.
    assert (shipped.permit_workdays, shipped.parallel_workdays) == (5, 1)
    assert (shipped.check_after_works_workdays, shipped.check_latest_workdays) == (5, 60)
    assert shipped.rectify_workdays == 5
    assert RULES.policy.permit_filing_workdays == 1
    modes = RULES.permits
    assert (modes.objection_workdays, modes.emergency_filing_hours) == (2, 24)


def test_a_refused_item_holds_the_stage_until_it_is_filed_again_and_granted() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.TREES))
    decide_all(case, "2022-07-06 09:00", Decision.REFUSED)
    assert ended(case) is None
    refused(
        "permits-undecided", case, lambda: case.complete_stage(Stage.PERMIT, at("2022-07-06 10:00"), LIVE)
    )
    file(case, filing(PermitKind.TREES), moment="2022-07-06 11:00")
    decide_all(case, "2022-07-07 09:00")
    assert ended(case) == at("2022-07-07 09:00")


def test_of_a_road_only_what_was_refused_is_filed_again() -> None:
    case = surveyed_case()
    municipal, police = file(case, filing())
    decide(case, municipal, "2022-07-06 09:00")
    decide(case, police, "2022-07-06 10:00", Decision.REFUSED)
    (again,) = file(case, filing(), moment="2022-07-06 11:00")
    assert again.authority == "TRAFFIC_POLICE-371502"
    decide_all(case, "2022-07-06 12:00")
    assert ended(case) == at("2022-07-06 12:00")


def test_an_item_found_later_takes_the_stage_up_again_and_what_was_closed_stays() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.TREES))
    decide_all(case, "2022-07-05 16:00")
    file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-06 09:00")
    assert ended(case) is None
    assert last(case, "stage_started")[1]["started_at"] == at("2022-07-06 09:00")
    decide_all(case, "2022-07-07 11:00")
    again = last(case, "stage_completed")[1]
    assert (again["elapsed_minutes"], again["round"]) == (26 * 60, 2)
    permits = [each for each in case.stages if each.stage is Stage.PERMIT]
    assert [(each.start, each.end) for each in permits] == [
        (at("2022-07-05 11:00"), at("2022-07-05 16:00")),
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
    done = go_through(
        submitted_case(),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-07-05 11:00", "2022-07-06 11:00"),
    )
    refused("works-completed", done, lambda: file(done, filing(), moment="2022-07-06 12:00"))


def test_the_works_do_not_end_before_they_begin() -> None:
    case = surveyed_case()
    begins, ends = date(2022, 7, 12), date(2022, 7, 11)
    refused("works-period", case, lambda: file(case, filing(), begins=begins, ends=ends))
    (item, _) = file(case, filing(), begins=ends, ends=begins)
    assert (item.works.begins, item.works.ends, item.works.length_dm) == (ends, begins, 420)
    assert item.works.site_division == case.site_division


def test_a_decision_is_made_once_and_not_before_the_filing() -> None:
    case = surveyed_case()
    item, _ = file(case, filing())
    early = at("2022-07-05 10:59")
    refused(
        "before-filing",
        case,
        lambda: decide_permit(case, item.id, Decision.GRANTED, early, "a", "doc", LIVE),
    )
    decide_all(case, "2022-07-06 09:00")
    late = at("2022-07-06 10:00")
    with pytest.raises(RuleError, match="permit-decided"):
        decide_permit(case, item.id, Decision.REFUSED, late, "a", "doc", LIVE, UNSAFE)
    with pytest.raises(RuleError, match="permit-unknown"):
        decide_permit(case, "no", Decision.REFUSED, late, "a", "doc", LIVE, UNSAFE)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (None, "reason-missing"),
        (Reason(ReasonCode.OTHER), "reason-text-missing"),
        (Reason(ReasonCode.NOT_SAFE, "请打13800001234"), "personal-data-in-text"),
    ],
)
def test_a_refusal_says_why(reason: Reason | None, code: str) -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES))
    now = at("2022-07-06 09:00")
    refused(
        code,
        case,
        lambda: decide_permit(case, item.id, Decision.REFUSED, now, "a", "doc", LIVE, reason),
    )


def test_the_reason_stands_on_the_item_and_its_code_in_the_event() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES))
    why = Reason(ReasonCode.OTHER, "树木处于繁殖期，请改期。")
    now = at("2022-07-06 09:00")
    refused(
        "reason-without-refusal",
        case,
        lambda: decide_permit(case, item.id, Decision.GRANTED, now, "a", "doc", LIVE, why),
    )
    decide_permit(case, item.id, Decision.REFUSED, now, "a", "doc", LIVE, why)
    assert item.reason == why
    assert last(case, "permit_decided")[1]["reason"] is ReasonCode.OTHER


def test_an_undecided_item_is_told_once_when_its_time_is_over() -> None:
    case = surveyed_case()
    file(case, filing())
    assert case.timers(LIVE)[TimerKind.PERMIT_OVERDUE] == at("2022-07-12 17:30") + SECOND
    case.catch_up(at("2022-07-20 09:00"), LIVE)
    told = [each for each in case.pending_events if each.event == "permit_overdue"]
    assert [each.at for each in told] == [at("2022-07-12 17:30") + SECOND] * 2
    assert TimerKind.PERMIT_OVERDUE not in case.timers(LIVE)


def test_a_decision_at_the_very_close_is_in_time_and_a_second_later_not() -> None:
    for moment, kept in (("2022-07-12 17:30", True), ("2022-07-12 17:30:01", False)):
        case = surveyed_case()
        file(case, filing(PermitKind.TREES))
        decide_all(case, moment)
        assert last(case, "permit_decided")[1]["in_time"] is kept
