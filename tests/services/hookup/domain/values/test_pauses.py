from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.clock import local, midnight
from services.hookup.domain.values.durations import day_minutes, minute_of
from services.hookup.domain.values.pauses import (
    PAUSE_GROUNDS,
    PauseReason,
    PauseSpan,
    counted_start,
    excluded_dates,
    pause_days_by_reason,
    paused_pieces,
    too_late,
)
from tests.services.hookup.domain.samples import CALENDAR, POLICY, VECTORS, at, days
from tests.services.hookup.domain.timesheet_samples import minutes_of


def span(start: str, end: str | None, reason: PauseReason = PauseReason.USER_DECISION) -> PauseSpan:
    return PauseSpan(reason, at(start), at(end) if end else None)


@st.composite
def pauses(draw: st.DrawFn, most: int = 5) -> list[PauseSpan]:
    """Some pauses of August 2022, closed ones."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        start = at("2022-08-01 00:00") + timedelta(minutes=draw(st.integers(0, 20 * 1440)))
        end = start + timedelta(minutes=draw(st.integers(0, 8 * 1440)))
        found.append(PauseSpan(draw(st.sampled_from(PauseReason)), start, end))
    return found


def test_every_reason_has_a_name_and_a_source() -> None:
    assert list(PAUSE_GROUNDS) == list(PauseReason)
    assert len(PAUSE_GROUNDS) == 11
    assert len({ground.name for ground in PAUSE_GROUNDS.values()}) == 11
    assert PAUSE_GROUNDS[PauseReason.NO_DIG_ROAD].source == "城市道路管理条例第三十三条"
    assert all(ground.source for ground in PAUSE_GROUNDS.values())


def test_the_first_day_is_consumed_and_the_last_is_not() -> None:
    assert excluded_dates([span("2022-08-03 08:00", "2022-08-05 17:00")], None, POLICY, CALENDAR) == days(
        "2022-08-04", "2022-08-05"
    )


def test_a_pause_within_a_day_takes_out_nothing() -> None:
    assert excluded_dates([span("2022-08-03 08:00", "2022-08-03 23:59")], None, POLICY, CALENDAR) == days()


def test_days_are_those_of_shanghai() -> None:
    # 16:30 and 00:30 on the city's clock lie on one day in UTC.
    assert excluded_dates([span("2022-08-03 16:30", "2022-08-04 00:30")], None, POLICY, CALENDAR) == days(
        "2022-08-04"
    )
    assert excluded_dates([span("2022-08-03 07:30", "2022-08-03 08:31")], None, POLICY, CALENDAR) == days()


def test_overlapping_pauses_are_a_union() -> None:
    spans = [
        span("2022-08-01 10:00", "2022-08-04 10:00"),
        span("2022-08-03 10:00", "2022-08-05 10:00", PauseReason.CROSSING),
    ]
    assert excluded_dates(spans, None, POLICY, CALENDAR) == days(
        "2022-08-02", "2022-08-03", "2022-08-04", "2022-08-05"
    )
    assert pause_days_by_reason(spans, POLICY, CALENDAR) == {
        PauseReason.USER_DECISION: 3,
        PauseReason.CROSSING: 2,
    }


def test_an_open_pause_runs_up_to_the_day_that_is_asked_about() -> None:
    spans = [span("2022-08-01 10:00", None)]
    assert excluded_dates(spans, date(2022, 8, 3), POLICY, CALENDAR) == days("2022-08-02", "2022-08-03")
    assert excluded_dates(spans, date(2022, 8, 1), POLICY, CALENDAR) == days()
    assert excluded_dates(spans, date(2022, 7, 1), POLICY, CALENDAR) == days()
    assert excluded_dates(spans, None, POLICY, CALENDAR) == days()
    assert pause_days_by_reason(spans, POLICY, CALENDAR, date(2022, 8, 3)) == {PauseReason.USER_DECISION: 2}
    assert pause_days_by_reason(spans, POLICY, CALENDAR) == {PauseReason.USER_DECISION: 0}


def test_a_pause_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="不能早于开始时间"):
        span("2022-08-01 10:00", "2022-08-01 09:59")


@pytest.mark.parametrize(
    ("start", "asked_at", "expected"),
    [
        ("2022-08-01 10:00", "2022-08-01 09:00", False),
        ("2022-08-01 10:00", "2022-08-02 23:00", False),
        ("2022-08-01 10:00", "2022-08-03 08:00", True),
        ("2022-09-30 10:00", "2022-10-08 17:00", False),
        ("2022-09-30 10:00", "2022-10-09 08:00", True),
    ],
)
def test_back_dating_is_bounded_in_working_days(start: str, asked_at: str, expected: bool) -> None:
    assert too_late(at(start), at(asked_at), POLICY, CALENDAR) is expected


@given(pauses())
def test_a_day_is_out_when_some_pause_covers_its_beginning_or_ends_on_it(spans: list[PauseSpan]) -> None:
    """Without the bound on working days; with it nothing is added, and rest days stay."""

    def covered(day: date) -> bool:
        return any(item.start < midnight(day) <= item.end for item in spans if item.end)

    horizon = [date(2022, 7, 30) + timedelta(days=n) for n in range(40)]
    found = excluded_dates(spans, None, POLICY, CALENDAR)
    assert found <= {day for day in horizon if covered(day)}


def office_minutes(spans: list[PauseSpan]) -> int:
    """Every office minute that some pause covers, counted one by one."""
    found: set[datetime] = set()
    for item in spans:
        assert item.end is not None
        minute = item.start.replace(second=0, microsecond=0)
        while minute < item.end.replace(second=0, microsecond=0):
            wall = local(minute)
            if CALENDAR.is_workday(wall.date()) and (
                time(8, 30) <= wall.time() < time(12) or time(13, 30) <= wall.time() < time(17, 30)
            ):
                found.add(minute)
            minute += timedelta(minutes=1)
    return len(found)


@given(pauses(most=3))
@settings(max_examples=40)
def test_pauses_take_out_no_more_working_days_than_they_paused(spans: list[PauseSpan]) -> None:
    """Each alone exactly what the rule says, all together no more than each alone."""
    together: set[date] = set()
    for item in spans:
        alone = excluded_dates([item], None, POLICY, CALENDAR)
        first = local(item.start).date() + timedelta(days=1)
        span_days = [
            first + timedelta(days=n) for n in range((local(item.end or item.start).date() - first).days + 1)
        ]
        worked = [day for day in span_days if CALENDAR.is_workday(day)]
        paused = office_minutes([item])
        rest = set(span_days) - set(worked)
        assert alone == (rest | set(worked[: -(-paused // 450)]) if paused else set())
        together |= alone
    found = excluded_dates(spans, None, POLICY, CALENDAR)
    assert found <= together
    if office_minutes(spans) == 0:
        assert not found


def test_e19_pauses_that_hold_no_office_minute_take_nothing_out() -> None:
    vector = VECTORS["E19"]
    nights = [span(start, end) for start, end in vector["pauses"]]
    assert excluded_dates(nights, None, POLICY, CALENDAR) == days(*vector["excluded"])
    weekend = [span(*vector["weekend_pause"])]
    assert excluded_dates(weekend, None, POLICY, CALENDAR) == days(*vector["weekend_excluded"])


def test_e19b_a_pause_takes_out_the_working_days_that_its_office_minutes_make() -> None:
    found = excluded_dates([span("2022-07-05 15:30", "2022-07-06 10:30")], None, POLICY, CALENDAR)
    assert found == days(*VECTORS["E19b"]["excluded"])


def test_a_chain_of_short_pauses_over_closing_time_takes_out_what_it_paused() -> None:
    # Two minutes a night: each alone would take a day, four of them are eight minutes and take one.
    nights = [span(f"2022-07-{day:02d} 17:29", f"2022-07-{day + 1:02d} 08:31") for day in (4, 5, 6, 7)]
    assert [excluded_dates([night], None, POLICY, CALENDAR) for night in nights[:2]] == [
        days("2022-07-05"),
        days("2022-07-06"),
    ]
    assert excluded_dates(nights, None, POLICY, CALENDAR) == days("2022-07-05")


def test_each_day_taken_out_has_its_reason_though_another_pause_between_makes_it_one() -> None:
    # The crossing fills the day between two nights: together they paused two days and two minutes.
    nights = [span(f"2022-07-{day:02d} 17:29", f"2022-07-{day + 1:02d} 08:31") for day in (4, 5)]
    spans = [*nights, span("2022-07-05 08:31", "2022-07-05 17:29", PauseReason.CROSSING)]
    assert excluded_dates(spans, None, POLICY, CALENDAR) == days("2022-07-05", "2022-07-06")
    assert pause_days_by_reason(spans, POLICY, CALENDAR) == {
        PauseReason.USER_DECISION: 2,
        PauseReason.CROSSING: 0,
    }


def test_pauses_that_lie_apart_are_bounded_together_as_well() -> None:
    # Three of forty-five office minutes, on every second night and over a weekend, pause a third of one day.
    apart = [
        span("2022-07-05 17:00", "2022-07-06 08:45"),
        span("2022-07-08 17:00", "2022-07-11 08:45"),
        span("2022-07-12 17:00", "2022-07-13 08:45"),
    ]
    assert excluded_dates(apart, None, POLICY, CALENDAR) == days("2022-07-06", "2022-07-09", "2022-07-10")
    # Two that make a day and a minute take out two.
    long = [span("2022-07-04 13:30", "2022-07-05 12:00"), span("2022-07-06 17:29", "2022-07-07 08:30")]
    assert office_minutes(long) == day_minutes(POLICY.business_hours) + 1
    assert excluded_dates(long, None, POLICY, CALENDAR) == days("2022-07-05", "2022-07-07")


def test_e20_what_lies_longer_before_the_approval_is_not_taken_out() -> None:
    vector = VECTORS["E20"]
    start = counted_start(at("2022-07-05 10:00"), at("2022-08-08 09:00"), POLICY, CALENDAR)
    found = excluded_dates(
        [PauseSpan(PauseReason.CROSSING, start, at("2022-08-09 17:00"))], None, POLICY, CALENDAR
    )
    assert min(found) == date.fromisoformat(vector["counts_from"])
    assert found == days("2022-08-05", "2022-08-06", "2022-08-07", "2022-08-08", "2022-08-09")


@pytest.mark.parametrize(
    ("approved_at", "expected"),
    [
        ("2022-07-05 11:00", "2022-07-05 10:00"),
        ("2022-07-06 18:00", "2022-07-05 10:00"),
        # A Thursday reaches back to all of Wednesday, so that Tuesday is the day that is consumed.
        ("2022-07-07 09:00", "2022-07-05 23:59"),
        # A weekend is approved as of the Friday before it.
        ("2022-07-10 09:00", "2022-07-07 23:59"),
    ],
)
def test_an_approval_reaches_back_one_working_day(approved_at: str, expected: str) -> None:
    assert counted_start(at("2022-07-05 10:00"), at(approved_at), POLICY, CALENDAR) == at(expected)


@given(pauses())
def test_reasons_never_count_less_than_their_union(spans: list[PauseSpan]) -> None:
    counts = pause_days_by_reason(spans, POLICY, CALENDAR)
    assert sum(counts.values()) >= len(excluded_dates(spans, None, POLICY, CALENDAR))


def test_an_open_pause_neither_takes_days_out_yet_nor_lets_those_beside_it_take_more() -> None:
    apart = [span("2022-07-04 15:30", "2022-07-05 10:00"), span("2022-07-06 15:30", "2022-07-07 10:00")]
    still_open = span("2022-07-04 09:00", None, PauseReason.CROSSING)
    assert excluded_dates([still_open, *apart], None, POLICY, CALENDAR) == days("2022-07-05")


def test_an_open_pause_that_begins_after_the_day_that_is_asked_about_takes_nothing_back() -> None:
    spans = [span("2022-08-01 17:29", "2022-08-02 08:31"), span("2022-08-02 08:35", None)]
    assert excluded_dates(spans, date(2022, 8, 1), POLICY, CALENDAR) == days("2022-08-02")


def test_a_chain_adds_no_more_than_it_paused_to_what_lies_before_it() -> None:
    # The first pauses a whole day of its own; the chain's four minutes make it two.
    before = span("2022-06-27 08:30", "2022-06-28 08:30")
    nights = [span(f"2022-07-{day:02d} 17:29", f"2022-07-{day + 1:02d} 08:31") for day in (4, 5)]
    assert excluded_dates([before, *nights], None, POLICY, CALENDAR) == days("2022-06-28", "2022-07-05")


def test_time_under_two_pauses_is_counted_once() -> None:
    # Four hours and three minutes make one day; counted twice they would make two.
    spans = [
        span("2022-07-04 17:29", "2022-07-05 08:31"),
        span("2022-07-05 13:30", "2022-07-05 17:30", PauseReason.CROSSING),
        span("2022-07-05 13:31", "2022-07-06 08:31"),
    ]
    assert excluded_dates(spans, None, POLICY, CALENDAR) == days("2022-07-05")


@given(pauses(most=3), st.integers(0, 28 * 1440), st.integers(0, 10 * 1440))
@settings(max_examples=40)
def test_pieces_hold_every_paused_minute_once_and_in_order(
    spans: list[PauseSpan], begins: int, length: int
) -> None:
    start = at("2022-08-01 00:00") + timedelta(minutes=begins)
    end = start + timedelta(minutes=length)
    pieces = [(minute_of(first), minute_of(last)) for first, last in paused_pieces(spans, start, end)]
    assert all(first <= last for first, last in pieces)
    window = range(minute_of(start), minute_of(end))
    assert [minute for piece in pieces for minute in range(*piece)] == sorted(
        minute for minute in minutes_of(spans) if minute in window
    )


def test_a_piece_of_an_open_pause_runs_to_the_end_of_the_time_that_is_asked_about() -> None:
    spans = [span("2022-08-01 10:00", None)]
    assert paused_pieces(spans, at("2022-08-01 09:00"), at("2022-08-01 12:00")) == [
        (at("2022-08-01 10:00"), at("2022-08-01 12:00"))
    ]
    assert paused_pieces(spans, at("2022-07-01 09:00"), at("2022-07-02 09:00")) == []


def test_a_pause_within_another_does_not_end_it() -> None:
    spans = [
        span("2022-08-01 08:00", "2022-08-01 09:00"),
        span("2022-08-01 10:00", "2022-08-01 16:00"),
        span("2022-08-01 11:00", "2022-08-01 12:00"),
    ]
    assert paused_pieces(spans, at("2022-08-01 09:00"), at("2022-08-01 17:00")) == [
        (at("2022-08-01 10:00"), at("2022-08-01 16:00"))
    ]
