from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.ages import age_of, end_of_day, month_of, months_of
from services.metrics.domain.names import name_of
from services.metrics.domain.rates import Mean, Rate
from services.metrics.usecases.roll_up import roll_up


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_percent_is_rounded_half_up_from_the_fraction(numerator: int, denominator: int) -> None:
    shown = Rate(numerator, denominator).percent
    assert shown is not None
    difference = Fraction(numerator * 100, denominator) - Fraction(shown)
    assert Fraction(-1, 200) <= difference < Fraction(1, 200)


def test_percent_at_the_borders() -> None:
    assert Rate(1, 800).percent == "0.13"  # 0.125
    assert Rate(0, 7).percent == "0.00"
    assert Rate(7, 7).percent == "100.00"
    assert Rate(19_999, 20_000).percent == "100.00"  # 99.995: hence nothing may be judged on it
    assert Rate(0, 0).percent is None


def test_a_mean_is_shown_with_two_decimals_and_none_of_nothing_is_none() -> None:
    assert Mean(2460, 4).mean == "615.00"
    assert Mean(1, 8).mean == "0.13"  # 0.125
    assert Mean(0, 3).mean == "0.00"
    assert Mean(0, 0).mean is None


@pytest.mark.parametrize(
    ("days", "age"),
    [
        *((days, "0-3") for days in (-1, 0, 3)),
        *((days, "4-5") for days in (4, 5)),
        *((days, "6-10") for days in (6, 10)),
        *((days, "11-20") for days in (11, 20)),
        *((days, "over-20") for days in (21, 400)),
    ],
)
def test_age_is_in_calendar_days(days: int, age: str) -> None:
    received = date(2022, 10, 1)
    assert age_of(received, received + timedelta(days=days)) == age


def test_a_case_that_is_not_accepted_has_no_age() -> None:
    assert age_of(None, date(2022, 10, 1)) == "not-accepted"


def test_month_and_end_of_day_are_those_of_the_city() -> None:
    late = datetime(2022, 9, 30, 16, 0, tzinfo=UTC)
    assert month_of(late) == "2022-10"
    assert month_of(late - timedelta(seconds=1)) == "2022-09"
    assert end_of_day(late) == datetime(2022, 10, 1, 16, 0, tzinfo=UTC)
    assert end_of_day(late - timedelta(seconds=1)) == late


def test_names_are_chinese_and_an_unknown_code_is_shown_as_it_is() -> None:
    assert name_of("district", "371502") == "东昌府区"
    assert name_of("supply", "WATER") == "供水"
    assert name_of("stage", "TOTAL") == "全流程"
    assert name_of("month", "2022-10") == "2022-10"
    assert name_of("district", "999999") == "999999"
    assert name_of("supply", "STEAM") == "STEAM"


def test_a_case_in_two_stages_counts_in_both_but_once_in_the_total() -> None:
    rows = [(("W", "CONTRACT,PERMIT"), {"open": 2}), (("G", "PERMIT"), {"open": 1})]
    dims = ("utility", "stage")
    assert roll_up(rows, dims, ("stage",)) == [(("CONTRACT",), {"open": 2}), (("PERMIT",), {"open": 3})]
    assert roll_up(rows, dims, ()) == [((), {"open": 3})]


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("month", ("2023-01", "2023-01")),
        ("year", ("2023-01", "2023-12")),
        ("last-year", ("2022-01", "2022-12")),
    ],
)
def test_a_period_goes_by_the_day_of_the_city(period: str, months: tuple[str, str]) -> None:
    # 31 December in UTC is already the new year in Shanghai.
    assert months_of(period, datetime(2022, 12, 31, 17, 0, tzinfo=UTC)) == months
