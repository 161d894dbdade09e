from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.clock import local
from services.hookup.domain.pauses import (
    PAUSE_GROUNDS,
    PauseReason,
    PauseSpan,
    excluded_dates,
    pause_days_by_reason,
    too_late,
)
from tests.services.hookup.domain.samples import CALENDAR, POLICY, at, days


def span(start: str, end: str | None, reason: PauseReason = PauseReason.USER_DECISION) -> PauseSpan:
    return PauseSpan(reason, at(start), at(end) if end else None)


@st.composite
def pauses(draw: st.DrawFn) -> list[PauseSpan]:
    """Some pauses of August 2022, closed ones."""
    found = []
    for _ in range(draw(st.integers(0, 5))):
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
    assert excluded_dates([span("2022-08-03 08:00", "2022-08-05 17:00")], None) == days(
        "2022-08-04", "2022-08-05"
    )


def test_a_pause_within_a_day_takes_out_nothing() -> None:
    assert excluded_dates([span("2022-08-03 08:00", "2022-08-03 23:59")], None) == days()


def test_days_are_those_of_shanghai() -> None:
    # 23:30 and 00:30 on the city's clock lie on one day in UTC.
    assert excluded_dates([span("2022-08-03 23:30", "2022-08-04 00:30")], None) == days("2022-08-04")
    assert excluded_dates([span("2022-08-03 07:30", "2022-08-03 08:30")], None) == days()


def test_overlapping_pauses_are_a_union() -> None:
    spans = [
        span("2022-08-01 10:00", "2022-08-04 10:00"),
        span("2022-08-03 10:00", "2022-08-05 10:00", PauseReason.CROSSING),
    ]
    assert excluded_dates(spans, None) == days("2022-08-02", "2022-08-03", "2022-08-04", "2022-08-05")
    assert pause_days_by_reason(spans) == {PauseReason.USER_DECISION: 3, PauseReason.CROSSING: 2}


def test_an_open_pause_runs_up_to_the_day_that_is_asked_about() -> None:
    spans = [span("2022-08-01 10:00", None)]
    assert excluded_dates(spans, date(2022, 8, 3)) == days("2022-08-02", "2022-08-03")
    assert excluded_dates(spans, date(2022, 8, 1)) == days()
    assert excluded_dates(spans, date(2022, 7, 1)) == days()
    assert excluded_dates(spans, None) == days()
    assert pause_days_by_reason(spans, date(2022, 8, 3)) == {PauseReason.USER_DECISION: 2}
    assert pause_days_by_reason(spans) == {PauseReason.USER_DECISION: 0}


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
    def covered(day: date) -> bool:
        midnight = datetime.combine(day, datetime.min.time(), local(at("2022-08-01")).tzinfo)
        return any(item.start < midnight <= item.end for item in spans if item.end)

    horizon = [date(2022, 7, 30) + timedelta(days=n) for n in range(40)]
    assert excluded_dates(spans, None) == {day for day in horizon if covered(day)}


@given(pauses())
def test_reasons_never_count_less_than_their_union(spans: list[PauseSpan]) -> None:
    counts = pause_days_by_reason(spans)
    assert sum(counts.values()) >= len(excluded_dates(spans, None)) >= max(counts.values(), default=0)
