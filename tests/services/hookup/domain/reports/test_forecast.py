"""The chance of an open case, from past cases that are written down by hand."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.reports.forecast import (
    ENOUGH,
    FEWEST,
    Chance,
    Forecast,
    Level,
    NoForecast,
    chance,
    forecast,
    standing,
    why_not,
)
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseSpan, PauseState
from services.hookup.domain.values.rounding import rounded
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.tracks import Step, Trajectory, clock_minutes, track
from tests.services.hookup.domain.samples import at, days
from tests.support.hookup import RULES, go_through, ready_case, submitted_case

DAY = 450


def surveying(start: str = "2022-07-04 10:00", end: str | None = None) -> Case:
    """A case of 42 m, due on Monday 11 July, 17:30 (the fifth day is a Saturday)."""
    return go_through(submitted_case(), (Stage.SURVEY_DESIGN, start, end))


def surveys(*lasted: int, after: int = 0, confirming: int = 0) -> list[Trajectory]:
    """Past cases whose survey took so many minutes."""
    return [Trajectory({Stage.SURVEY_DESIGN: Step(each, after)}, confirming) for each in lasted]


def of_city(tracks: Sequence[Trajectory]) -> dict[Level, Sequence[Trajectory]]:
    return {Level.CITY: tracks}


def test_minutes_of_the_clock_leave_out_rest_and_paused_days() -> None:
    start, end = at("2022-07-01 16:30"), at("2022-07-05 09:30")
    assert clock_minutes(start, end, frozenset(), RULES) == 60 + DAY + 60
    assert clock_minutes(start, end, days("2022-07-04"), RULES) == 60 + 60
    # A day is left out as far as it lies in between, and one outside not at all.
    assert clock_minutes(start, end, days("2022-07-05", "2022-07-06", "2022-06-30"), RULES) == 60 + DAY
    assert clock_minutes(end, end, days("2022-07-05"), RULES) == 0


def test_a_track_has_each_stage_and_what_came_after_it() -> None:
    found = track(
        [
            Interval(Stage.SURVEY_DESIGN, at("2022-07-04 10:00"), at("2022-07-04 11:00")),
            Interval(Stage.CONTRACT, at("2022-07-04 11:00"), at("2022-07-06 11:00")),
            # It ends with the user's confirmation; the work ended with the live meter.
            Interval(Stage.TURN_ON, at("2022-07-06 15:00"), at("2022-07-06 20:00")),
        ],
        [PauseSpan(PauseReason.USER_DECISION, at("2022-07-04 12:00"), at("2022-07-05 17:00"))],
        at("2022-07-06 16:00"),
        at("2022-07-06 20:00"),
        RULES,
    )
    assert found == Trajectory(
        {
            Stage.SURVEY_DESIGN: Step(60, DAY - 150 + DAY - 90),
            Stage.CONTRACT: Step(DAY - 150 + 150, 60 + 150),
            Stage.TURN_ON: Step(60, 0),
        },
        240,
    )


def test_a_case_stands_at_the_stage_that_began_last() -> None:
    now, due_at = at("2022-07-05 11:00"), at("2022-07-11 17:30")
    running = standing(surveying().stages, [], due_at, now, RULES)
    assert (running.stage, running.running, running.spent) == (Stage.SURVEY_DESIGN, True, DAY + 60)
    ended = standing(surveying(end="2022-07-05 10:00").stages, [], due_at, now, RULES)
    assert (ended.stage, ended.running, ended.spent) == (Stage.SURVEY_DESIGN, False, 60)
    # Nothing began yet but the acceptance, which ends as it begins.
    accepted = standing(submitted_case().stages, [], due_at, now, RULES)
    assert (accepted.stage, accepted.running) == (Stage.ACCEPT, False)


def test_only_cases_that_stood_there_as_long_are_compared() -> None:
    case, now = surveying(), at("2022-07-11 15:30")
    assert case.due is not None
    stands = standing(case.stages, [], at("2022-07-11 17:30"), now, RULES)
    spent = stands.spent
    # Two hours are left: what ended by now is no comparison, the very last minute is in time, one more is not.
    assert chance(stands, surveys(1, spent, spent + 1, spent + 120, spent + 121), RULES) == Chance(2, 3)
    assert chance(stands, surveys(spent + 60, after=60), RULES) == Chance(1, 1)
    assert chance(stands, surveys(spent + 60, after=61), RULES) == Chance(0, 1)
    # A past case without the stage says nothing of it.
    assert chance(stands, [Trajectory({Stage.CONTRACT: Step(9_999, 0)}, 0)], RULES) == Chance(0, 0)
    rested = standing(surveying(end="2022-07-11 14:30").stages, [], at("2022-07-11 17:30"), now, RULES)
    assert chance(rested, surveys(1, after=60), RULES) == Chance(0, 0)
    assert chance(rested, surveys(1, after=180), RULES) == Chance(1, 1)
    assert chance(rested, surveys(1, after=181), RULES) == Chance(0, 1)


def test_the_users_time_to_confirm_runs_by_day_and_night() -> None:
    stands = standing(surveying().stages, [], at("2022-07-11 17:30"), at("2022-07-08 17:00"), RULES)
    # Live by Friday's close leaves the whole weekend; live on Monday at ten leaves seven hours and a half.
    assert chance(stands, surveys(stands.spent + 30, confirming=3 * 1440), RULES) == Chance(1, 1)
    assert chance(stands, surveys(stands.spent + 30, confirming=3 * 1440 + 1), RULES) == Chance(0, 1)
    assert chance(stands, surveys(stands.spent + 120, confirming=450), RULES) == Chance(1, 1)
    assert chance(stands, surveys(stands.spent + 120, confirming=451), RULES) == Chance(0, 1)


def test_while_a_case_is_paused_its_chance_stands_still() -> None:
    case = surveying()
    case.pauses.append(
        Pause(
            "p",
            PauseReason.USER_DECISION,
            "OBJ-1",
            at("2022-07-06 10:00"),
            "clerk-1",
            state=PauseState.APPROVED,
            decided_by="approver-1",
        )
    )
    past = of_city(surveys(*range(DAY, 40 * DAY, 30)))
    running = surveying()
    at_the_close = forecast(running, past, at("2022-07-06 17:30"), RULES)
    assert at_the_close.chance is not None
    for moment in ("2022-07-06 17:30", "2022-07-08 09:00", "2022-09-01 09:00"):
        assert forecast(case, past, at(moment), RULES) == at_the_close
    assert forecast(case, past, at("2022-07-06 11:00"), RULES) == forecast(
        running, past, at("2022-07-06 11:00"), RULES
    )
    # Once it goes on, its due time has moved by the paused days, and neither counts them.
    case.pauses[0].ended_at = at("2022-07-08 17:30")
    stands = standing(case.stages, case.spans, at("2022-07-13 17:30"), at("2022-07-11 08:30"), RULES)
    assert (
        stands.spent
        == standing(running.stages, [], at("2022-07-11 17:30"), at("2022-07-06 17:30"), RULES).spent
    )


def test_a_case_whose_date_has_passed_has_no_chance() -> None:
    past = of_city(surveys(*[10_000] * 50))
    late = forecast(surveying(), past, at("2022-07-11 17:31"), RULES)
    assert late == Forecast(Fraction(0))
    # At the very instant it may still be in time.
    assert forecast(surveying(), past, at("2022-07-11 17:30"), RULES).chance == Fraction(1, 52)


def test_no_number_of_cases_makes_certain() -> None:
    assert [Chance(*each).exact for each in ((0, 0), (10, 10), (0, 10), (499, 500))] == [
        Fraction(1, 2),
        Fraction(11, 12),
        Fraction(1, 12),
        Fraction(500, 502),
    ]


def test_the_narrowest_like_with_enough_cases_is_taken() -> None:
    case, now = surveying(), at("2022-07-05 10:00")
    soon, late = surveys(*[600] * 100), surveys(*[100_000] * 100)

    def level(utility: int, district: int, city: int) -> tuple[Level | None, int]:
        past = {Level.UTILITY: soon[:utility], Level.DISTRICT: late[:district], Level.CITY: late[:city]}
        found = forecast(case, past, now, RULES)
        assert (found.why_not is NoForecast.TOO_FEW) == (found.level is None)
        return found.level, found.sample

    assert level(ENOUGH, 50, 60) == (Level.UTILITY, ENOUGH)
    assert level(ENOUGH - 1, 50, 60) == (Level.DISTRICT, 50)
    assert level(ENOUGH - 1, ENOUGH - 1, 60) == (Level.CITY, 60)
    assert level(9, 9, FEWEST) == (Level.CITY, FEWEST)
    assert level(0, 0, FEWEST - 1) == (None, FEWEST - 1)
    # Cases that ended the stage sooner than this one are not of the sample, so they do not make it enough.
    past = {Level.UTILITY: surveys(*[1] * 100, *[600] * 29), Level.CITY: late}
    assert forecast(case, past, now, RULES).level is Level.CITY


def test_of_some_cases_nothing_can_be_said() -> None:
    assert why_not(surveying()) is None
    assert why_not(submitted_case(complete=False)) is NoForecast.NOT_ACCEPTED
    assert why_not(submitted_case(declared_dm=None)) is NoForecast.LENGTH_UNKNOWN
    assert why_not(submitted_case(declared_dm=2001)) is NoForecast.NO_DATE
    turned_on = ready_case()
    turned_on.report_meter_live(at("2022-07-08 10:00"), RULES)
    assert why_not(turned_on) is NoForecast.AWAITS_CONFIRMATION
    turned_on.confirm(at("2022-07-08 11:00"), RULES)
    refused, withdrawn = surveying(), surveying()
    refused.refuse(RefusalCode.NO_LAWFUL_PREMISES, at("2022-07-05 10:00"))
    withdrawn.withdraw(at("2022-07-05 10:00"))
    for each in (turned_on, refused, withdrawn):
        assert why_not(each) is NoForecast.FINISHED
        assert forecast(each, {}, at("2022-07-12 10:00"), RULES) == Forecast(
            None, why_not=NoForecast.FINISHED
        )


def test_a_planning_value_is_no_date_before_the_contract_ends() -> None:
    heat = go_through(
        submitted_case(supply=Supply.HEAT),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", None),
    )
    assert why_not(heat) is NoForecast.NO_DATE
    heat.agree_date(date(2022, 8, 1), "OBJ-1", at("2022-07-05 11:00"), RULES)
    assert why_not(heat) is None
    without = go_through(
        submitted_case(supply=Supply.HEAT),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )
    assert why_not(without) is None


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Fraction(1, 3), 0, "0"),
        (Fraction(1, 2), 0, "1"),
        (Fraction(200, 3), 2, "66.67"),
        (Fraction(12345, 1000), 2, "12.35"),
        (Fraction(0), 1, "0.0"),
        (Fraction(100), 2, "100.00"),
        (Fraction(9, 100), 1, "0.1"),
    ],
)
def test_numbers_are_rounded_half_up(value: Fraction, places: int, shown: str) -> None:
    assert rounded(value, places) == shown


def test_a_case_stands_at_now_whatever_pauses_are_over_and_has_spent_nothing_at_the_beginning() -> None:
    case = surveying()
    over = PauseSpan(PauseReason.CROSSING, at("2022-07-04 10:30"), at("2022-07-04 11:00"))
    begun = at("2022-07-04 10:00")
    stands = standing(case.stages, [over], at("2022-07-11 17:30"), at("2022-07-06 10:00"), RULES)
    assert stands.at == at("2022-07-06 10:00")
    assert standing(case.stages, [], at("2022-07-11 17:30"), begun, RULES).spent == 0
    # The clock stood before the stage began.
    still = PauseSpan(PauseReason.CROSSING, at("2022-07-01 10:00"), None)
    assert standing(case.stages, [still], at("2022-07-11 17:30"), begun, RULES).spent == 0


def test_heat_without_a_contract_may_still_get_another_date() -> None:
    assert why_not(submitted_case(supply=Supply.HEAT)) is NoForecast.NO_DATE
