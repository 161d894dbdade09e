from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.calendars.workdays import receipt_date
from libs.common.places import Supply
from services.hookup.domain.values.lengths import LengthClass, classify
from services.hookup.domain.values.limits import Basis, Due, OnTime, Reading, due, judge
from services.hookup.domain.values.pauses import PauseReason, PauseSpan, excluded_dates
from tests.services.hookup.domain.samples import CALENDAR, DAYS, POLICY, VECTORS, at, days, policy_judging

NONE = frozenset[date]()
LIMITED = st.sampled_from([LengthClass.UNKNOWN, *DAYS])
RECEIPTS = st.dates(date(2021, 1, 1), date(2027, 12, 31))


def due_of(
    receipt: str,
    length_class: LengthClass = LengthClass.L1_LE50,
    excluded: frozenset[date] = NONE,
    service: Supply = Supply.WATER,
    agreed: date | None = None,
) -> Due:
    return due(date.fromisoformat(receipt), service, length_class, agreed, excluded, POLICY, CALENDAR)


@pytest.mark.parametrize(("vector", "submitted"), [("E01", "2022-09-30 16:40"), ("E01c", "2022-09-30 17:45")])
@pytest.mark.parametrize("reading", Reading)
def test_e01_three_readings_across_the_national_day(vector: str, submitted: str, reading: Reading) -> None:
    name, limit, received, expected = VECTORS[vector][reading]
    receipt = receipt_date(at(submitted), CALENDAR)
    length_class = classify(420, POLICY)
    policy = policy_judging(reading)
    result = due(receipt, Supply.WATER, length_class, None, NONE, policy, CALENDAR)
    assert (length_class, receipt.isoformat()) == (name, received)
    assert policy.limit_days[Supply.WATER, length_class] == int(limit)
    assert getattr(result, reading) == result.judged_at == at(expected)
    assert (result.basis, result.provisional) == (Basis.LIMIT, False)


def test_e03_a_pause_moves_the_due_time() -> None:
    vector = VECTORS["E03"]
    spans = [PauseSpan(PauseReason.USER_SITE_NOT_READY, at("2022-08-03 10:00"), at("2022-08-08 09:00"))]
    excluded = excluded_dates(spans, None, POLICY, CALENDAR)
    assert sorted(day.isoformat() for day in excluded) == vector["excluded"]
    length_class = classify(1200, POLICY)
    plain, paused = (due_of("2022-08-01", length_class, out) for out in (NONE, excluded))
    assert plain.working == at(vector["no_pause_working"])
    assert plain.calendar_roll == at(vector["no_pause_calendar_roll"])
    assert paused.working == at(vector["with_pause_working"])
    assert paused.calendar_roll == at(vector["with_pause_calendar_roll"])
    used = CALENDAR.count_workdays(date(2022, 8, 1), date(2022, 8, 17), excluded)
    assert used == vector["elapsed_working_if_done_0817"]


def test_e04_due_and_days_used() -> None:
    vector = VECTORS["E04"]
    length_class = classify(vector["input"]["external_line_m"] * 10, POLICY)
    assert due_of("2022-07-04", length_class).working == at(vector["due_working"])
    assert CALENDAR.count_workdays(date(2022, 7, 4), date(2022, 7, 12)) == vector["total_working_days"]


def test_an_unknown_length_has_the_limit_of_no_line() -> None:
    assert due_of("2022-08-01", LengthClass.UNKNOWN) == due_of("2022-08-01", LengthClass.L0_NONE)
    assert due_of("2022-08-01", LengthClass.UNKNOWN).working == at("2022-08-04 17:30")


def test_a_long_line_without_an_agreed_date_has_nothing_due() -> None:
    result = due_of("2022-08-01", LengthClass.L3_GT200)
    assert result == Due(None, None, None, judged_at=None, basis=Basis.NONE, provisional=False)
    assert judge(at("2022-12-01 10:00"), result) == OnTime(None, None, None, None)


@pytest.mark.parametrize(
    ("service", "length_class"),
    [
        (Supply.GAS, LengthClass.L3_GT200),
        (Supply.HEAT, LengthClass.L1_LE50),
        (Supply.HEAT, LengthClass.L3_GT200),
    ],
)
def test_an_agreed_date_rules_and_no_pause_moves_it(service: Supply, length_class: LengthClass) -> None:
    agreed = date(2022, 10, 2)
    close = at("2022-10-02 17:30")
    result = due_of("2022-08-01", length_class, days("2022-10-02"), service, agreed)
    assert result == Due(close, close, close, judged_at=close, basis=Basis.AGREED, provisional=False)


def test_an_agreed_date_does_not_replace_a_limit() -> None:
    assert due_of("2022-08-01", agreed=date(2022, 12, 1)) == due_of("2022-08-01")


@pytest.mark.parametrize("length_class", LengthClass)
def test_heat_without_an_agreed_date_has_its_planning_value(length_class: LengthClass) -> None:
    close = at("2022-08-12 17:30")
    result = due_of("2022-08-01", length_class, days("2022-08-03"), Supply.HEAT)
    assert result == Due(close, close, close, judged_at=close, basis=Basis.PLANNED, provisional=False)


def test_the_roll_passes_over_an_excluded_day() -> None:
    # The fifth day is Sat 2022-08-06; Mon 08-08 is excluded, so the next working day is Tue 08-09.
    result = due_of("2022-08-01", excluded=days("2022-08-08"))
    assert result.calendar_strict == at("2022-08-06 17:30")
    assert result.calendar_roll == at("2022-08-09 17:30")
    assert result.working == at("2022-08-09 17:30")


def test_a_pause_that_covers_the_due_day_moves_it() -> None:
    result = due_of("2022-08-01", excluded=days("2022-08-05", "2022-08-06", "2022-08-07", "2022-08-08"))
    assert result.calendar_strict == at("2022-08-10 17:30")
    assert result.calendar_roll == at("2022-08-10 17:30")
    assert result.working == at("2022-08-10 17:30")


def test_a_pause_across_a_holiday_takes_out_working_days_only_where_they_count() -> None:
    span = PauseSpan(PauseReason.USER_DECISION, at("2022-09-30 10:00"), at("2022-10-08 09:00"))
    excluded = excluded_dates([span], None, POLICY, CALENDAR)
    plain, paused = due_of("2022-09-29"), due_of("2022-09-29", excluded=excluded)
    assert (plain.calendar_strict, paused.calendar_strict) == (at("2022-10-04 17:30"), at("2022-10-12 17:30"))
    assert (plain.working, paused.working) == (at("2022-10-11 17:30"), at("2022-10-12 17:30"))


@pytest.mark.parametrize(
    ("receipt", "provisional"),
    [("2026-12-21", False), ("2026-12-25", True), ("2026-12-31", True), ("2027-06-01", True)],
)
def test_a_due_time_in_an_unpublished_year_is_provisional(receipt: str, provisional: bool) -> None:
    assert due_of(receipt).provisional is provisional


def test_a_planned_time_in_an_unpublished_year_is_provisional() -> None:
    assert due_of("2026-12-30", service=Supply.HEAT).provisional
    assert not due_of("2026-12-01", service=Supply.HEAT).provisional


def test_the_due_instant_itself_is_on_time() -> None:
    policy = policy_judging(Reading.WORKING)
    result = due(date(2022, 9, 30), Supply.GAS, LengthClass.L1_LE50, None, NONE, policy, CALENDAR)
    assert judge(at("2022-10-08 17:30"), result) == OnTime(True, True, True, False)
    assert judge(at("2022-10-08 17:30:01"), result) == OnTime(True, True, False, False)
    assert judge(at("2022-10-12 17:30:00"), result) == OnTime(True, True, False, False)
    assert judge(at("2022-10-12 17:30:01"), result) == OnTime(False, False, False, False)


def test_limits_are_the_policys() -> None:
    policy = replace(POLICY, limit_days={(Supply.WATER, LengthClass.L1_LE50): 1})
    result = due(date(2022, 8, 1), Supply.WATER, LengthClass.L1_LE50, None, NONE, policy, CALENDAR)
    assert result.working == at("2022-08-02 17:30")


@given(RECEIPTS, LIMITED, st.frozensets(st.integers(-3, 30), max_size=20))
def test_strict_is_never_after_roll_nor_roll_after_working(
    receipt: date, length_class: LengthClass, offsets: frozenset[int]
) -> None:
    excluded = frozenset(receipt + timedelta(days=n) for n in offsets)
    result = due_of(receipt.isoformat(), length_class, excluded)
    assert result.calendar_strict
    assert result.calendar_roll
    assert result.working
    assert result.calendar_strict <= result.calendar_roll <= result.working
    assert result.judged_at == result.calendar_roll


@given(RECEIPTS, LIMITED, st.frozensets(st.integers(1, 30), max_size=20), st.integers(1, 30))
def test_one_more_paused_day_never_hastens(
    receipt: date, length_class: LengthClass, offsets: frozenset[int], more: int
) -> None:
    fewer, all_of_them = (
        due_of(receipt.isoformat(), length_class, frozenset(receipt + timedelta(days=n) for n in some))
        for some in (offsets, offsets | {more})
    )
    for reading in Reading:
        assert getattr(fewer, reading) <= getattr(all_of_them, reading)
