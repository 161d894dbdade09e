"""Notifications about a case's due time: before it, on its day and after it has passed (HK-02; 二（一）1)."""

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
    """A notification that a case nears or passes its due time, with its recipients; `kind` is the event's name."""

    kind: str
    at: datetime
    whom: tuple[str, ...]


@dataclass
class DueDates(Timeline):
    """The due times for which a notification was sent; there is one per due time and kind."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.OVERDUE, TimerKind.DUE_SOON, TimerKind.DUE_REMINDER)

    due_soon_for: datetime | None = None
    reminded_for: datetime | None = None
    told: list[Notification] = field(default_factory=list)

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the due time and, while the clock runs, for the reminders before it."""
        fires_at = dict[TimerKind, datetime]()
        if self.due is None or self.state not in (
            CaseState.ACCEPTED,
            CaseState.IN_PROGRESS,
            CaseState.PAUSED,
        ):
            return fires_at
        # The day on which a pause starts still counts, so the due time at its close can still be missed.
        judged = self.running_due_at
        if judged is not None and self.overdue_for != judged:
            fires_at[TimerKind.OVERDUE] = judged + MOMENT
        strict = self.due.calendar_strict
        if self.state is CaseState.PAUSED or strict is None:
            return fires_at
        calendar = rules.calendar
        if self.due_soon_for != strict:
            eve = calendar.add_workdays(local(strict).date(), -rules.policy.warning_workdays)
            # No reminder is due before the case was submitted or accepted.
            fires_at[TimerKind.DUE_SOON] = max(calendar.close_of(eve), self.accepted_at or self.submitted_at)
        if self.reminded_for != strict and self.accepted_at is not None:
            hours, share = rules.policy.business_hours, rules.service.reminder_share
            reminder = share_of_working_time(self.accepted_at, strict, share, calendar, hours)
            if reminder is not None:
                resumed = [pause.ended_at for pause in self.pauses if pause.ended_at is not None]
                fires_at[TimerKind.DUE_REMINDER] = max([reminder, *resumed])
        return fires_at

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Record that the due time is near or has passed, with the recipients of the notification."""
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
                told = self._tell(kind, at)
                # Whoever it is assigned to afterwards: it was late with this person.
                self.record("case_overdue", at, due_at=self.overdue_for, told=told, assignee=self.assignee)

    def closing_figures(self, rules: Rules) -> dict[str, object]:
        """Return the due time, and whether the case had been announced as overdue."""
        return {"due": self.due_data(rules), "breached": self.overdue_for is not None}

    def _tell(self, kind: TimerKind, at: datetime) -> tuple[str, ...]:
        """Add the notification and return its recipients: the utility, the agent, and of a late case the district."""
        whom = [f"utility:{self.utility}"]
        if self.agency is not None:
            whom.append(f"agent:{self.agency.agent}")
        if kind is TimerKind.OVERDUE:
            whom.append(f"district:{self.district}")
        self.told.append(Notification(kind, at, tuple(whom)))
        return tuple(whom)
