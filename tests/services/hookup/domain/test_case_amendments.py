"""A case under an amended calendar."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from libs.common.calendars.workdays import WorkCalendar
from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from tests.services.hookup.domain.samples import CALENDAR, at
from tests.services.hookup.domain.timer_samples import names
from tests.support.hookup import RULES, submitted_case


def amended(*workdays: date, version: int = 2) -> Rules:
    """The rules with days that are rest days now."""
    days = {date(2004, 1, 1) + timedelta(n): True for n in range(8401)}
    worked = {day: CALENDAR.is_workday(day) for day in days} | dict.fromkeys(workdays, False)
    return Rules(RULES.policy, WorkCalendar(worked, CALENDAR.settled, version=version))


def test_an_amended_calendar_moves_a_due_time_that_is_still_to_come() -> None:
    case = submitted_case("2022-07-06 09:00")  # due Monday, 11 July
    case.apply_calendar(at("2022-07-11 17:29"), amended(date(2022, 7, 11)))
    assert case.due is not None
    assert case.due.judged_at == at("2022-07-12 17:30")
    assert names(case)[-1] == "due_recomputed"
    assert case.pending_events[-1].data["calendar_version"] == 2


@pytest.mark.parametrize("moment", ["2022-07-11 17:30", "2022-07-12 09:00"])
def test_a_due_time_that_has_passed_is_never_moved(moment: str) -> None:
    case = submitted_case("2022-07-06 09:00")
    before = case.due
    case.apply_calendar(at(moment), amended(date(2022, 7, 11)))
    assert case.due == before
    assert "due_recomputed" not in names(case)


@pytest.mark.parametrize(
    "begin", [lambda: submitted_case("2022-07-06 09:00"), lambda: submitted_case(complete=False)]
)
def test_a_calendar_that_changes_nothing_for_a_case_says_nothing(begin: Callable[[], Case]) -> None:
    case = begin()
    told = names(case)
    case.apply_calendar(at("2022-07-07 09:00"), amended(date(2022, 8, 1)))
    assert names(case) == told


def test_a_due_time_in_a_year_without_a_notice_is_provisional() -> None:
    assert max(CALENDAR.settled) == 2026
    late, early = submitted_case("2026-12-30 09:00"), submitted_case("2026-12-21 09:00")
    assert late.due is not None
    assert early.due is not None
    assert (late.due.provisional, early.due.provisional) == (True, False)
