from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.months import end_of_day, month_of, months_of
from services.metrics.domain.rates import Mean, Rate
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage.figures import roll_up


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


def test_month_and_end_of_day_are_those_of_the_city() -> None:
    late = datetime(2022, 9, 30, 16, 0, tzinfo=UTC)
    assert month_of(late) == "2022-10"
    assert month_of(late - timedelta(seconds=1)) == "2022-09"
    assert end_of_day(late) == datetime(2022, 10, 1, 16, 0, tzinfo=UTC)
    assert end_of_day(late - timedelta(seconds=1)) == late


def test_names_are_chinese_and_an_unknown_code_is_shown_as_it_is() -> None:
    for dimension, code, name in (
        ("district", "371502", "东昌府区"),
        ("supply", "WATER", "供水"),
        ("stage", "TOTAL", "全流程"),
        ("district", "999999", "999999"),
        ("supply", "STEAM", "STEAM"),
    ):
        assert HOOKUP.dimension(dimension).name_of(code) == name


def test_a_case_in_two_stages_counts_in_both_but_once_in_the_total() -> None:
    rows = [
        (("D", "W", "WATER", "L", "CONTRACT,PERMIT", "0-3"), {"open": 2}),
        (("D", "G", "GAS", "L", "PERMIT", "0-3"), {"open": 1}),
    ]
    by_stage = dict(roll_up(HOOKUP, rows, ("stage",)))
    assert by_stage == {("CONTRACT",): {"open": 2}, ("PERMIT",): {"open": 3}}
    assert dict(roll_up(HOOKUP, rows, ())) == {(): {"open": 3}}


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
