"""The figures of a case: those that it was closed with, else those of now."""

from datetime import date

from services.hookup.domain.reports.case_figures import figures_of
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import under
from tests.support.hookup import RULES, ready_case, submitted_case

# A calendar that was amended when the case was long closed.
AMENDED = under({date(2022, 7, 5): False})


def test_a_closed_case_keeps_its_figures_whatever_becomes_of_the_calendar() -> None:
    case = ready_case()
    # Due on Monday, 11 July, at 17:30, and finished two business hours later.
    case.report_meter_live(at("2022-07-12 10:30"), RULES)
    case.confirm(at("2022-07-12 11:00"), RULES)
    kept = figures_of(case, AMENDED)
    assert kept == figures_of(case, RULES)
    assert (kept.working_days, kept.minutes_late) == (6, 120)
    # Of records from before they were kept.
    case.closed = None
    assert figures_of(case, RULES) == kept
    assert figures_of(case, AMENDED).working_days == 5


def test_an_open_case_and_one_that_was_withdrawn_took_no_days_yet() -> None:
    withdrawn = ready_case()
    withdrawn.withdraw(at("2022-07-12 10:30"))
    for case in (ready_case(), withdrawn, submitted_case(complete=False)):
        found = figures_of(case, RULES)
        assert (found.working_days, found.times, found.minutes_late) == (None, None, None)
