"""Pauses of the clock: the only reasons that stop it, and the days they take out (特殊情况 of HK-02)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from libs.common.clock import local
from libs.common.workdays import WorkCalendar
from services.hookup.domain.limits import LimitPolicy
from services.hookup.domain.stages import Interval


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
    """The time that the clock stood still, as aware instants; `end` is None while it does."""

    reason: PauseReason
    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("暂停结束时间不能早于开始时间")


def excluded_dates(spans: Iterable[PauseSpan | Interval], upto: date | None) -> frozenset[date]:
    """Return the local days that pauses take out of the count, each once however many pauses cover it.

    Stages that other rules would leave out of the count are counted alike.

    The day a pause starts is consumed; the days after it, up to and including the day of resumption, are
    not. A pause that is still open runs up to and including `upto`; without `upto` it takes out nothing yet.
    """
    days: set[date] = set()
    for span in spans:
        start = local(span.start).date()
        last = upto if span.end is None else local(span.end).date()
        if last is not None:
            days.update(start + timedelta(days=n) for n in range(1, (last - start).days + 1))
    return frozenset(days)


def pause_days_by_reason(spans: Iterable[PauseSpan], upto: date | None = None) -> dict[PauseReason, int]:
    """Count the days that each reason takes out; a day under two reasons counts for both."""
    by_reason: dict[PauseReason, list[PauseSpan]] = {}
    for span in spans:
        by_reason.setdefault(span.reason, []).append(span)
    return {reason: len(excluded_dates(group, upto)) for reason, group in by_reason.items()}


def too_late(start: datetime, asked_at: datetime, policy: LimitPolicy, calendar: WorkCalendar) -> bool:
    """Say whether a pause is asked for too long after its start: back-dating is bounded in working days."""
    waited = calendar.count_workdays(local(start).date(), local(asked_at).date())
    return waited > policy.retroactive_pause_workdays
