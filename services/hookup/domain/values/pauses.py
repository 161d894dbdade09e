"""Pauses of the clock: the closed list of reasons, and the days that pauses exclude (特殊情况 of HK-02)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import local, midnight
from services.hookup.domain.values.durations import day_minutes, working_minutes
from services.hookup.domain.values.limits import LimitPolicy

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class PauseReason(StrEnum):
    """The closed list of reasons; anything else does not stop the clock."""

    USER_SITE_NOT_READY = "USER_SITE_NOT_READY"
    USER_DECISION = "USER_DECISION"
    USER_REQUESTED_DATE = "USER_REQUESTED_DATE"
    PERMIT_ORDINARY = "PERMIT_ORDINARY"
    NO_DIG_ROAD = "NO_DIG_ROAD"
    CROSSING = "CROSSING"
    EMERGENCY_STOP = "EMERGENCY_STOP"
    RELIC_OR_UNDERGROUND_OBSTACLE = "RELIC_OR_UNDERGROUND_OBSTACLE"
    CAPACITY = "CAPACITY"
    HEATING_SEASON = "HEATING_SEASON"
    FORCE_MAJEURE = "FORCE_MAJEURE"


@dataclass(frozen=True, slots=True)
class PauseGround:
    """The Chinese name of a reason and the document that it rests on."""

    name: str
    source: str


_PLAN_2018 = "山东省简化水气暖报装专项行动方案（2018）：双方商定或专营企业无法控制的时间"

PAUSE_GROUNDS: Mapping[PauseReason, PauseGround] = MappingProxyType(
    {
        PauseReason.USER_SITE_NOT_READY: PauseGround("用户现场不具备条件", _PLAN_2018),
        PauseReason.USER_DECISION: PauseGround("等待用户确认方案或合同", _PLAN_2018),
        PauseReason.USER_REQUESTED_DATE: PauseGround("用户要求的日期", _PLAN_2018),
        PauseReason.PERMIT_ORDINARY: PauseGround("非告知承诺审批", _PLAN_2018),
        PauseReason.NO_DIG_ROAD: PauseGround("限制挖掘道路", "城市道路管理条例第三十三条"),
        PauseReason.CROSSING: PauseGround("穿越铁路、河道或国省道", _PLAN_2018),
        PauseReason.EMERGENCY_STOP: PauseGround("应急停工", _PLAN_2018),
        PauseReason.RELIC_OR_UNDERGROUND_OBSTACLE: PauseGround("文物或地下障碍物", _PLAN_2018),
        PauseReason.CAPACITY: PauseGround("需新增供应能力", _PLAN_2018),
        PauseReason.HEATING_SEASON: PauseGround("供暖期热力干管无法泄水", _PLAN_2018),
        PauseReason.FORCE_MAJEURE: PauseGround("不可抗力", _PLAN_2018),
    }
)


@dataclass(frozen=True, slots=True)
class PauseSpan:
    """An interval in which the clock was stopped, as aware instants; `end` is None while it is."""

    reason: PauseReason
    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("暂停结束时间不能早于开始时间")

    @property
    def first_day(self) -> date:
        """The first day that may be excluded: the day on which the pause starts still counts."""
        return local(self.start).date() + _DAY

    @property
    def stands_from(self) -> datetime:
        """The instant, in UTC, from which the clock is stopped: the midnight that begins the first excluded day."""
        return midnight(self.first_day)


class PauseState(StrEnum):
    """A pause stops the clock only once it is approved."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"


PAUSE_STATE_NAMES: Mapping[PauseState, str] = MappingProxyType(
    {PauseState.REQUESTED: "待审批", PauseState.APPROVED: "已批准", PauseState.DECLINED: "未批准"}
)


@dataclass(slots=True)
class Pause:
    """A pause: requested with evidence, decided by someone else."""

    id: str
    reason: PauseReason
    evidence_ref: str
    starts_at: datetime
    asked_by: str
    state: PauseState = PauseState.REQUESTED
    decided_by: str | None = None
    ended_at: datetime | None = None
    # From when it counts, if its approval came late; otherwise from its start.
    counts_from: datetime | None = None
    # None in pauses that were asked for before this was kept.
    asked_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it stops the clock now."""
        return self.state is PauseState.APPROVED and self.ended_at is None

    @property
    def span(self) -> PauseSpan:
        """The time that it takes or would take."""
        start = self.counts_from or self.starts_at
        end = None if self.ended_at is None else max(start, self.ended_at)
        return PauseSpan(self.reason, start, end)


def counted_start(
    starts_at: datetime, approved_at: datetime, policy: LimitPolicy, calendar: WorkCalendar
) -> datetime:
    """Return from when a pause counts, given its approval, which reaches back a limited time only.

    That is its start, or the last minute before the earliest working day that the approval may reach back to.
    """
    earliest = calendar.add_workdays(local(approved_at).date(), -policy.retroactive_pause_workdays)
    return max(starts_at, midnight(earliest) - _MINUTE)


def excluded_dates(
    spans: Iterable[PauseSpan], upto: date | None, policy: LimitPolicy, calendar: WorkCalendar
) -> frozenset[date]:
    """Return the local days that pauses exclude from the count, each once even where several pauses cover it.

    The day on which a pause starts counts; the days after it, up to and including that of resumption, are excluded.
    An open pause runs up to and including `upto`; without `upto` it excludes nothing yet. A pause excludes at most as
    many working days as its business minutes amount to, rounded up, the earliest first; none without a business
    minute. The same bound holds for all pauses together, so that many short ones over closing time cannot exclude
    more than they paused.
    """
    spans = [span for span in spans if span.end is not None or upto is not None]
    days = {day for span in spans for day in _alone(span, upto, policy, calendar)}
    return frozenset(_within(sorted(days), _pieces(spans, upto), policy, calendar))


def _alone(span: PauseSpan, upto: date | None, policy: LimitPolicy, calendar: WorkCalendar) -> list[date]:
    """Return the days that a pause would exclude on its own."""
    return _within(_days_of(span, upto), _pieces([span], upto), policy, calendar)


def _days_of(span: PauseSpan, upto: date | None) -> list[date]:
    last = upto if span.end is None else local(span.end).date()
    count = 0 if last is None else (last - span.first_day).days + 1
    return [span.first_day + timedelta(days=n) for n in range(count)]


def _pieces(spans: Iterable[PauseSpan], upto: date | None) -> list[tuple[datetime, datetime]]:
    """Return the paused time in pieces that do not overlap."""
    pieces: list[tuple[datetime, datetime]] = []
    for start, end in sorted(
        (span.start, end)
        for span in spans
        if (end := span.end or (None if upto is None else midnight(upto + _DAY))) is not None
    ):
        if pieces and start <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], max(pieces[-1][1], end))
        else:
            pieces.append((start, end))
    return pieces


def _within(
    days: Iterable[date],
    pieces: Iterable[tuple[datetime, datetime]],
    policy: LimitPolicy,
    calendar: WorkCalendar,
) -> list[date]:
    """Return the days without the latest working days in excess of the paused business minutes, rounded up."""
    minutes = sum(
        working_minutes(start, end, calendar, policy.business_hours) for start, end in pieces if start < end
    )
    if minutes == 0:
        return []
    remaining = -(-minutes // day_minutes(policy.business_hours))
    workdays: list[date] = []
    for day in days:
        if calendar.is_workday(day):
            if remaining == 0:
                continue
            remaining -= 1
        workdays.append(day)
    return workdays


def paused_pieces(
    spans: Iterable[PauseSpan], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the paused time between two instants in pieces that do not overlap; an open pause runs to the end."""
    pieces = _pieces([span if span.end else replace(span, end=max(span.start, end)) for span in spans], None)
    return [(max(start, begins), min(end, ends)) for begins, ends in pieces if begins < end and ends > start]


def pause_days_by_reason(
    spans: Iterable[PauseSpan], policy: LimitPolicy, calendar: WorkCalendar, upto: date | None = None
) -> dict[PauseReason, int]:
    """Count the days that each reason excludes; a day under two reasons counts for both."""
    spans = list(spans)
    excluded = excluded_dates(spans, upto, policy, calendar)
    days: dict[PauseReason, set[date]] = {span.reason: set() for span in spans}
    for span in spans:
        days[span.reason].update(excluded.intersection(_alone(span, upto, policy, calendar)))
    return {reason: len(days_paused) for reason, days_paused in days.items()}


def too_late(start: datetime, asked_at: datetime, policy: LimitPolicy, calendar: WorkCalendar) -> bool:
    """Tell whether a pause is requested too long after its start: back-dating is limited, in working days."""
    waited = calendar.count_workdays(local(start).date(), local(asked_at).date())
    return waited > policy.retroactive_pause_workdays
