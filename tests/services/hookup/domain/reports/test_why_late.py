"""The sentence that says why a case is late."""

from datetime import date

from services.hookup.domain.case import Case
from services.hookup.domain.reports.why_late import why_late
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import under
from tests.support.hookup import RULES, go_through, may_end, submitted_case

SURVEY = (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00")
CONTRACT = (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 11:00")
TURN_ON = (Stage.TURN_ON, "2022-07-08 09:00", None)
NOW = at("2022-07-08 11:00")


def late(*stages: tuple[Stage, str, str | None]) -> Case:
    """A case without an external line, due on Thursday, 7 July, 17:30."""
    return go_through(submitted_case(declared_dm=0), SURVEY, CONTRACT, *stages)


def test_only_what_is_late_has_a_reason() -> None:
    case = late(TURN_ON)
    assert why_late(case, RULES, at("2022-07-07 17:30")) is None
    assert why_late(case, RULES, at("2022-07-07 17:31")) is not None
    withdrawn = late(TURN_ON)
    withdrawn.withdraw(NOW)
    without_date = submitted_case(declared_dm=2001)
    for other in (withdrawn, without_date, submitted_case(complete=False)):
        assert why_late(other, RULES, at("2023-01-01 09:00")) is None


def test_it_names_the_stages_by_how_long_they_took_and_the_gaps() -> None:
    assert why_late(late(TURN_ON), RULES, NOW) == (
        "应于07月07日17:30前办结，已超2.5个工作小时："
        "签订合同8.5个工作小时，勘查设计7.5个工作小时，验收通水/通气/通热2.0个工作小时，空档1次共2个工作日。"
    )


def test_a_gap_that_still_runs_is_counted_and_a_hand_over_is_not() -> None:
    assert why_late(late(), RULES, NOW) == (
        "应于07月07日17:30前办结，已超2.5个工作小时："
        "签订合同8.5个工作小时，勘查设计7.5个工作小时，空档1次共2个工作日。"
    )
    handed_over = late((Stage.TURN_ON, "2022-07-07 09:00", None))
    assert "空档" not in (why_late(handed_over, RULES, NOW) or "")


def test_paused_time_is_told_apart() -> None:
    case = late(TURN_ON)
    case.catch_up(at("2022-07-08 09:30"), RULES)
    stop(case, "2022-07-08 09:30", "2022-07-08 10:30")
    assert "，暂停1.0个工作小时（不计入时限）。" in (why_late(case, RULES, NOW) or "")
    assert "暂停" not in (why_late(late(TURN_ON), RULES, NOW) or "")


def test_rounds_of_a_stage_are_one_sum() -> None:
    case = may_end(submitted_case())
    go_through(case, SURVEY, (Stage.PERMIT, "2022-07-05 11:00", "2022-07-05 12:00"))
    case.reopen(Stage.PERMIT, at("2022-07-05 14:00"))
    case.complete_stage(Stage.PERMIT, at("2022-07-05 16:00"), RULES)
    case.start_stage(Stage.CONTRACT, at("2022-07-12 09:00"))
    found = why_late(case, RULES, at("2022-07-12 09:00"))
    # The contract, which begins just now, took nothing yet.
    assert found is not None
    assert found.startswith(
        "应于07月11日17:30前办结，已超0.5个工作小时：勘查设计7.5个工作小时，并联审批/告知承诺3.0个工作小时，空档"
    )


def test_of_a_closed_case_it_tells_what_it_was_closed_with() -> None:
    case = late(TURN_ON)
    case.report_meter_live(NOW, RULES)
    case.confirm(NOW, RULES)
    told = why_late(case, RULES, at("2023-01-01 09:00"))
    assert told == (
        "应于07月07日17:30前办结，已超2.5个工作小时："
        "签订合同8.5个工作小时，勘查设计7.5个工作小时，验收通水/通气/通热2.0个工作小时，空档1次共2个工作日。"
    )
    # Whatever becomes of the calendar.
    assert why_late(case, under({date(2022, 7, 8): False}), at("2023-01-01 09:00")) == told
    # Of records from before the figures were kept.
    case.closed = None
    assert why_late(case, RULES, at("2023-01-01 09:00")) == told


def test_paused_time_of_a_closed_case_is_what_it_was_closed_with() -> None:
    case = late(TURN_ON)
    case.catch_up(at("2022-07-08 09:30"), RULES)
    stop(case, "2022-07-08 09:30", "2022-07-08 10:30")
    case.report_meter_live(NOW, RULES)
    case.confirm(NOW, RULES)
    told = why_late(case, under({date(2022, 7, 8): False}), at("2023-01-01 09:00"))
    assert "，暂停1.0个工作小时（不计入时限）。" in (told or "")
