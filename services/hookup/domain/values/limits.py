"""Limits of a hookup, its due times in three readings, and the verdict (HK-02; seed clause 二(一)1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from libs.common.calendars.workdays import BusinessCalendar
from libs.common.places import Supply
from services.hookup.domain.values.lengths import LengthClass


class Reading(StrEnum):
    """What 天 means: the notice does not say, so all three readings are kept."""

    WORKING = "working"
    CALENDAR_ROLL = "calendar_roll"
    CALENDAR_STRICT = "calendar_strict"


class Basis(StrEnum):
    """What a due time rests on; AGREED, PLANNED and NONE stay out of the 3/5/10 figures."""

    LIMIT = "LIMIT"
    AGREED = "AGREED"
    PLANNED = "PLANNED"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """One version of the rules of limits, clock and handover.

    `limit_days` has a number for each service that the notice limits, and each class up to 200 m.
    `planned_days` names the services without a limit (heat) and their planning value in working days.
    `business_hours` are the local opening spans of a working day, in order and apart.
    """

    version: str
    judged: Reading
    limit_days: Mapping[tuple[Supply, LengthClass], int]
    planned_days: Mapping[Supply, int]
    business_hours: tuple[tuple[time, time], ...]
    short_max_dm: int = 500
    medium_max_dm: int = 2000
    confirmation_hours: int = 24
    correction_workdays: int = 1
    answer_workdays: int = 5
    retroactive_pause_workdays: int = 1
    permit_filing_workdays: int = 1
    handover_workdays: int = 1
    warning_workdays: int = 1
    source_document: str = ""

    @property
    def close(self) -> time:
        """The end of business hours: due times fall on it, and receipts after it count as of the next day."""
        return self.business_hours[-1][1]


@dataclass(frozen=True, slots=True)
class Due:
    """The due instants of one case, in UTC at close; `judged_at` is the one that the policy judges by.

    `provisional`: it rests on a year without a published holiday notice and is recomputed once that is loaded.
    """

    working: datetime | None
    calendar_roll: datetime | None
    calendar_strict: datetime | None
    judged_at: datetime | None
    basis: Basis
    provisional: bool


@dataclass(frozen=True, slots=True)
class OnTime:
    """Whether a case was on time in each reading; None where nothing is due."""

    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None


def due(
    receipt: date,
    service: Supply,
    length_class: LengthClass,
    agreed: date | None,
    excluded: frozenset[date],
    policy: LimitPolicy,
    calendar: BusinessCalendar,
) -> Due:
    """Compute the due times of a case received on `receipt`; `excluded` are the days on which it was paused.

    Above 200 m and for heat the agreed date is the due time; pauses do not move it, only a new agreement does.
    Without an agreed date heat has its planning value, and a line above 200 m has no due time. An unknown class
    has the limit of L0_NONE until it is set.
    """
    planned = policy.planned_days.get(service)
    if planned is not None or length_class is LengthClass.L3_GT200:
        if agreed is not None:
            return _same_in_all(calendar.close_of(agreed), Basis.AGREED, provisional=False)
        if planned is None:
            return _same_in_all(None, Basis.NONE, provisional=False)
        last = calendar.add_workdays(receipt, planned, excluded)
        provisional = calendar.is_provisional(receipt, last)
        return _same_in_all(calendar.close_of(last), Basis.PLANNED, provisional=provisional)

    assumed_class = LengthClass.L0_NONE if length_class is LengthClass.UNKNOWN else length_class
    days = policy.limit_days[service, assumed_class]
    strict = calendar.add_days(receipt, days, excluded)
    last_days = {
        Reading.WORKING: calendar.add_workdays(receipt, days, excluded),
        Reading.CALENDAR_ROLL: calendar.roll(strict, excluded),
        Reading.CALENDAR_STRICT: strict,
    }
    closes = {reading: calendar.close_of(day) for reading, day in last_days.items()}
    return Due(
        working=closes[Reading.WORKING],
        calendar_roll=closes[Reading.CALENDAR_ROLL],
        calendar_strict=closes[Reading.CALENDAR_STRICT],
        judged_at=closes[policy.judged],
        basis=Basis.LIMIT,
        provisional=calendar.is_provisional(receipt, *last_days.values()),
    )


def judge(finished: datetime, due: Due) -> OnTime:
    """Compare the instant of turn-on with each due time; the due instant itself is on time."""

    def on_time(at: datetime | None) -> bool | None:
        return None if at is None else finished <= at

    return OnTime(
        judged=on_time(due.judged_at),
        working=on_time(due.working),
        calendar_roll=on_time(due.calendar_roll),
        calendar_strict=on_time(due.calendar_strict),
    )


def _same_in_all(at: datetime | None, basis: Basis, *, provisional: bool) -> Due:
    return Due(at, at, at, judged_at=at, basis=basis, provisional=provisional)
