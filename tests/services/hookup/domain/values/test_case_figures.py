"""What is worked out of a case's times, while it is open and once it is closed."""

from datetime import date, datetime

import pytest

from services.hookup.domain.values.case_figures import CaseFigures, case_figures
from services.hookup.domain.values.closing import Times
from services.hookup.domain.values.stages import Interval, Stage
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timesheet_samples import pause, stage
from tests.support.hookup import RULES

# Submitted on Monday, 1 August; the clock stood from Tuesday morning to Wednesday morning.
SUBMITTED, RECEIPT = at("2022-08-01 09:00"), date(2022, 8, 1)
LIVE, FINISHED = at("2022-08-04 11:00"), at("2022-08-04 11:30")
STAGES = (
    stage(Stage.ACCEPT, "08-01 09:00", "08-01 10:00"),
    stage(Stage.SURVEY_DESIGN, "08-01 09:30", "08-01 11:00"),
    stage(Stage.TURN_ON, "08-04 09:00", "08-04 11:00"),
)
SPANS = [pause("08-02 10:00", "08-03 10:00")]


def figures(
    *stages: Interval,
    due_at: datetime | None = None,
    receipt: date | None = RECEIPT,
    live_at: datetime | None = LIVE,
    finished_at: datetime | None = FINISHED,
) -> CaseFigures:
    return case_figures(SUBMITTED, due_at, stages or STAGES, SPANS, receipt, live_at, finished_at, RULES)


def test_a_closed_case_has_all_figures() -> None:
    found = figures(due_at=at("2022-08-04 11:10"))
    assert found.stage_minutes == (60, 90, 120)
    assert found.overlap_minutes == 30
    assert found.pause_days == 1
    assert [gap.workdays for gap in found.gaps] == [2]
    assert (found.elapsed_days, found.working_days) == (2, 2)
    # Three days and two and a half hours; one day and night of them was paused, a working day of business hours.
    assert found.times == Times(4470, 1500, 4470 - 1440, 1500 - 450)
    assert found.minutes_late == 20
    assert found.track is not None
    assert found.track.confirming == 30


@pytest.mark.parametrize(
    ("due_at", "late"),
    [
        (None, None),
        (at("2022-08-04 17:30"), 0),
        (FINISHED, 0),
        (at("2022-08-03 17:30"), 180),
        (at("2022-08-03 17:20"), 190),
    ],
)
def test_a_case_is_late_by_business_minutes(due_at: datetime | None, late: int | None) -> None:
    assert figures(due_at=due_at).minutes_late == late


def test_an_open_case_has_what_is_over() -> None:
    running = Interval(Stage.TURN_ON, at("2022-08-04 09:00"), None)
    found = figures(*STAGES[:2], running, due_at=LIVE, live_at=None, finished_at=None)
    assert found.stage_minutes == (60, 90, None)
    assert (found.overlap_minutes, found.pause_days, len(found.gaps)) == (30, 1, 1)
    assert (found.elapsed_days, found.working_days, found.track) == (None, None, None)
    assert (found.times, found.minutes_late) == (None, None)


def test_what_is_not_known_of_a_finished_case_is_left_out() -> None:
    withdrawn = figures(receipt=None, live_at=None)
    assert (withdrawn.elapsed_days, withdrawn.working_days, withdrawn.track) == (None, None, None)
    assert withdrawn.times is not None
    assert figures(finished_at=None).track is None
