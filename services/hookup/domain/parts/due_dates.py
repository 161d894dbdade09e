"""The date of a case: who is reminded of it, and that it has passed (HK-02; 二（一）1)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from libs.casework.domain.deadlines import MOMENT
from libs.common.clock import local
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.durations import share_of_working_time
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState


@dataclass(frozen=True, slots=True)
class Notification:
    """Who was told that a case nears or passes its date: `kind` is the event's name."""

    kind: str
    at: datetime
    whom: tuple[str, ...]


@dataclass
class DueDates(Timeline):
    """The due times that somebody was told of already; each is told of once."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.OVERDUE, TimerKind.DUE_SOON, TimerKind.DUE_REMINDER)

    due_soon_for: datetime | None = None
    reminded_for: datetime | None = None
    told: list[Notification] = field(default_factory=list)

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the due time, and while the clock runs for what comes before it."""
        due_times = dict[TimerKind, datetime]()
        if self.due is None or self.state not in (
            CaseState.ACCEPTED,
            CaseState.IN_PROGRESS,
            CaseState.PAUSED,
        ):
            return due_times
        # The day on which a pause starts is consumed: its close may still be missed.
        judged = self.running_due_at
        if judged is not None and self.overdue_for != judged:
            due_times[TimerKind.OVERDUE] = judged + MOMENT
        strict = self.due.calendar_strict
        if self.state is CaseState.PAUSED or strict is None:
            return due_times
        calendar = rules.calendar
        if self.due_soon_for != strict:
            eve = calendar.add_workdays(local(strict).date(), -rules.policy.warning_workdays)
            # Nobody is reminded of a case before it was there.
            due_times[TimerKind.DUE_SOON] = max(calendar.close_of(eve), self.accepted_at or self.submitted_at)
        if self.reminded_for != strict and self.accepted_at is not None:
            hours, share = rules.policy.business_hours, rules.service.reminder_share
            reminder = share_of_working_time(self.accepted_at, strict, share, calendar, hours)
            if reminder is not None:
                resumed = [pause.ended_at for pause in self.pauses if pause.ended_at is not None]
                due_times[TimerKind.DUE_REMINDER] = max([reminder, *resumed])
        return due_times

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Tell that the date is near, or past."""
        del rules
        assert self.due is not None  # noqa: S101 - only waited for once accepted
        strict = self.due.calendar_strict
        match kind:
            case TimerKind.DUE_SOON:
                self.due_soon_for = strict
                self.record("due_soon", at, strict_due_at=strict, told=self._tell(kind, at))
            case TimerKind.DUE_REMINDER:
                self.reminded_for = strict
                self.record("due_reminder", at, strict_due_at=strict, told=self._tell(kind, at))
            case TimerKind.OVERDUE:
                self.overdue_for = self.due.judged_at
                self.record("case_overdue", at, due_at=self.overdue_for, told=self._tell(kind, at))

    def closing_figures(self, rules: Rules) -> dict[str, object]:
        """Tell when the case was due, and whether it had been published that it is overdue."""
        return {"due": self.due_data(rules), "breached": self.overdue_for is not None}

    def _tell(self, kind: TimerKind, at: datetime) -> tuple[str, ...]:
        """Note who is told that the date is near or past: the utility, the agent; the district of a late case."""
        whom = [f"utility:{self.utility}"]
        if self.agency is not None:
            whom.append(f"agent:{self.agency.agent}")
        if kind is TimerKind.OVERDUE:
            whom.append(f"district:{self.district}")
        self.told.append(Notification(kind, at, tuple(whom)))
        return tuple(whom)
