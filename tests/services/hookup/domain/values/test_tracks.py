"""How long the stages of a closed case took in minutes of its clock."""

from datetime import timedelta

from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.tracks import Step, clock_minutes, track
from tests.services.hookup.domain.samples import at, days
from tests.services.hookup.domain.timesheet_samples import pause, stage
from tests.support.hookup import RULES

LIVE = at("2022-08-04 11:00")


def test_the_clock_stands_still_on_each_paused_day_of_the_time_and_on_no_other() -> None:
    start, end = at("2022-08-01 16:30"), at("2022-08-03 09:30")
    assert clock_minutes(start, end, days(), RULES) == 60 + 450 + 60
    assert clock_minutes(start, end, days("2022-08-01"), RULES) == 450 + 60
    assert clock_minutes(start, end, days("2022-08-02"), RULES) == 60 + 60
    assert clock_minutes(start, end, days("2022-08-03"), RULES) == 60 + 450
    assert clock_minutes(start, end, days("2022-07-29", "2022-08-04"), RULES) == 60 + 450 + 60


def test_a_track_has_what_ended_up_to_the_live_meter() -> None:
    found = track(
        [
            stage(Stage.SURVEY_DESIGN, "08-01 09:00", "08-02 09:00"),
            stage(Stage.PERMIT, "08-02 09:00", None),
            stage(Stage.TURN_ON, "08-04 09:00", "08-04 12:00"),
        ],
        [pause("08-02 10:00", "08-03 10:00")],
        LIVE,
        LIVE + timedelta(hours=1),
        RULES,
    )
    # Wednesday is paused: what follows the survey is the rest of Tuesday and Thursday until eleven.
    assert found.steps == {
        Stage.SURVEY_DESIGN: Step(450, 420 + 150),
        Stage.TURN_ON: Step(120, 0),
    }
    assert found.confirming == 60
