"""The sentence that says why a case is late."""

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.hookup.domain.case import Case
from services.hookup.domain.reports.why_late import BETWEEN, GAP, parts_of_delay, why_late
from services.hookup.domain.values.stages import STAGE_NAMES, Stage
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
    # Two working days without a stage, of which a hand-over may take one: more than the delay.
    assert (
        why_late(late(TURN_ON), RULES, NOW)
        == "应于07月07日17:30前办结，已超工作时间2小时30分：空档2小时30分。"
    )
    # Until Wednesday, 17:30 the delay is 25 hours; 7:30 of them are the gap's, the rest is divided.
    assert why_late(late(TURN_ON), RULES, at("2022-07-13 17:30")) == (
        "应于07月07日17:30前办结，已超工作时间30小时："
        "验收通水/通气/通热14小时35分，空档7小时30分，签订合同4小时12分，勘查设计3小时43分。"
    )


def test_a_gap_that_still_runs_is_counted_and_a_hand_over_is_not() -> None:
    assert why_late(late(), RULES, NOW) == "应于07月07日17:30前办结，已超工作时间2小时30分：空档2小时30分。"
    handed_over = late((Stage.TURN_ON, "2022-07-07 09:00", None))
    assert "空档" not in (why_late(handed_over, RULES, NOW) or "")


def test_paused_time_is_told_apart() -> None:
    case = late(TURN_ON)
    case.catch_up(at("2022-07-08 09:30"), RULES)
    stop(case, "2022-07-08 09:30", "2022-07-08 10:30")
    assert "，另有暂停1小时，不计入时限。" in (why_late(case, RULES, NOW) or "")
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
    assert found == "应于07月11日17:30前办结，已超工作时间30分：空档30分。"
    much_later = why_late(case, RULES, at("2022-08-12 17:30"))
    assert much_later is not None
    assert much_later.count("并联审批") == 1


def test_of_a_closed_case_it_tells_what_it_was_closed_with() -> None:
    case = late(TURN_ON)
    case.report_meter_live(NOW, RULES)
    case.confirm(NOW, RULES)
    told = why_late(case, RULES, at("2023-01-01 09:00"))
    assert told == "应于07月07日17:30前办结，已超工作时间2小时30分：空档2小时30分。"
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
    assert "，另有暂停1小时，不计入时限。" in (told or "")


def test_time_before_the_acceptance_is_no_part_of_a_delay() -> None:
    case = submitted_case("2022-07-04 09:00", declared_dm=0, complete=False)
    case.accept(at("2022-07-05 16:00"), RULES)
    go_through(case, (Stage.SURVEY_DESIGN, "2022-07-05 16:00", None))
    found = why_late(case, RULES, at("2022-07-11 17:30"))
    assert found == "应于07月08日17:30前办结，已超工作时间7小时30分：勘查设计7小时30分。"


NAMES = st.sampled_from([STAGE_NAMES[stage] for stage in Stage])


@given(st.integers(0, 100_000), st.integers(0, 100_000), st.dictionaries(NAMES, st.integers(0, 50_000)))
def test_the_parts_of_a_delay_add_up_to_it(over: int, gap: int, spent: dict[str, int]) -> None:
    parts = parts_of_delay(over, gap, spent)
    assert sum(parts.values()) == over
    assert all(minutes > 0 for minutes in parts.values())
    assert parts.get(GAP, 0) == min(over, gap)
    # Of two stages the one that took longer has no smaller part, and each is within a minute of its share.
    rest, total = over - min(over, gap), sum(spent.values())
    for name, minutes in spent.items():
        assert total == 0 or abs(parts.get(name, 0) * total - rest * minutes) < total
        for other, fewer in spent.items():
            assert fewer >= minutes or parts.get(other, 0) <= parts.get(name, 0)
    assert set(parts) <= {GAP, BETWEEN, *spent}


@given(st.integers(1, 60 * 24 * 60))
def test_the_parts_that_the_sentence_names_add_up_to_the_delay_that_it_names(after: int) -> None:
    told = why_late(late(TURN_ON), RULES, at("2022-07-07 17:30") + timedelta(minutes=after))
    assert told is not None
    whole, _, parts = told.rstrip("。").partition("：")
    assert minutes_in(whole) == sum(minutes_in(part) for part in parts.split("，") if part)


def minutes_in(text: str) -> int:
    """The minutes of a duration at the end of a text."""
    found = re.search(r"(?:(\d+)小时)?(?:(\d+)分)?$", text)
    assert found is not None
    return int(found[1] or 0) * 60 + int(found[2] or 0)
