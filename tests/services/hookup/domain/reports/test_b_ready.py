"""Days to obtain a water connection, as B-READY counts them."""

from fractions import Fraction

import pytest

from libs.common.places import Supply
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.b_ready import Days, connection_of, summary
from services.hookup.domain.values.pauses import PauseReason
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, ready_case, submitted_case


@pytest.mark.parametrize(
    ("submitted", "live", "days"),
    [
        ("2022-07-04 09:00", "2022-07-08 10:00", 4),
        # Shanghai's days: in UTC the application would be the day before.
        ("2022-07-04 00:10", "2022-07-08 10:00", 4),
        ("2022-07-04 00:10", "2022-07-08 23:59", 4),
        # Rest days count, and so does the time before acceptance.
        ("2022-07-03 23:50", "2022-07-11 00:10", 8),
    ],
)
def test_calendar_days_run_from_the_application_to_the_water(submitted: str, live: str, days: int) -> None:
    case = ready_case()
    case.submitted_at, case.meter_live_at = at(submitted), at(live)
    case.report_meter_live(at(live), RULES)
    found = connection_of(case)
    assert found is not None
    assert (found.days, found.submitted_at, found.water_at) == (days, at(submitted), at(live))


def test_water_that_runs_counts_before_it_is_confirmed_and_when_special() -> None:
    case = ready_case()
    assert connection_of(case) is None
    case.report_meter_live(at("2022-07-08 10:00"), RULES)
    plain = connection_of(case)
    assert plain is not None
    assert not plain.special
    case.special = Special(PauseReason.CROSSING, "OBJ-1", "clerk-1", approved_by="approver-1")
    case.confirm(at("2022-07-09 09:00"), RULES)
    confirmed = connection_of(case)
    assert confirmed is not None
    assert (confirmed.days, confirmed.special) == (4, True)


def test_gas_heat_and_cases_without_water_do_not_count() -> None:
    gas = ready_case(supply=Supply.GAS)
    gas.report_meter_live(at("2022-07-08 10:00"), RULES)
    withdrawn = submitted_case()
    withdrawn.withdraw(at("2022-07-05 10:00"))
    for each in (gas, withdrawn, submitted_case()):
        assert connection_of(each) is None


def test_mean_and_median_are_exact() -> None:
    assert summary([]) == Days(0, 0, None, None)
    assert summary([(4, False), (1, True), (5, False)]) == Days(3, 1, Fraction(10, 3), Fraction(4))
    assert summary([(4, True), (1, True), (0, False), (9, False)]) == Days(
        4, 2, Fraction(7, 2), Fraction(5, 2)
    )
