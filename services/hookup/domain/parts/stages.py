"""The stages of a case: their start and completion, overlaps, and the gaps without any stage (HK-01, HK-03)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.closing import closing_figures
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stage_order import check_start
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import hand_over_by, overlaps
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.domain.values.violations import Violation
from services.hookup.domain.values.work import DueOf, Whose, Work, WorkKind


@dataclass
class Stages(Timeline):
    """Starts and completes stages; the timeline holds them, and the announced gap (空档期)."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.GAP,)

    def check_stage_start(self, stage: Stage, at: datetime) -> None:
        """Raise RuleError when a stage may not begin at an instant (HK-03)."""
        check_start(
            stage,
            at,
            self.last_intervals,
            self.supply,
            self.length_class,
            self.accepted_at,
            is_read_in=self.is_read_in,
        )

    def start_stage(self, stage: Stage, at: datetime) -> None:
        """Begin a stage (HK-01); overlaps are allowed where HK-03 lists them and recorded where it does not."""
        self.check(Verb.START_STAGE)
        self.check_not_before_submission(at)
        self.check_stage_start(stage, at)
        if self.state is CaseState.ACCEPTED:
            self.move(Verb.START_STAGE, CaseState.IN_PROGRESS)
        self.open_stage(stage, at)

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the next stage, while the clock of an accepted case runs."""
        if self.due is None or self.state not in (CaseState.ACCEPTED, CaseState.IN_PROGRESS):
            return {}
        uncovered = self.uncovered_since()
        if uncovered is None or self.gap_since == uncovered:
            return {}
        return {TimerKind.GAP: hand_over_by(uncovered, self.spans, rules.calendar, rules.policy)}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Record a gap: no stage was started in time after the last one."""
        del kind, rules
        self.gap_since = self.uncovered_since()
        ended = (interval for interval in self.stages if interval.end)
        last = max(ended, key=lambda interval: interval.end or interval.start)
        self.record("gap_detected", at, after_stage=last.stage, since=self.gap_since)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Ask the utility to complete a running stage, or to start the next one."""
        if self.state not in (CaseState.ACCEPTED, CaseState.IN_PROGRESS):
            return
        if self.open_stages:
            since = max(interval.start for interval in self.stages if interval.end is None)
            yield Work(WorkKind.STAGE, Whose.CLERK, since, self.judged_at, due_of=DueOf.CASE)
        else:
            since = self.uncovered_since() or self.submitted_at
            last = hand_over_by(since, self.spans, rules.calendar, rules.policy)
            yield Work(WorkKind.HAND_OVER, Whose.CLERK, since, last)

    def infringements(self) -> Iterator[Violation]:
        """Return the codes of overlaps that HK-03 does not list."""
        for overlap in overlaps(self.stages):
            if not overlap.allowed:
                yield Violation.UNSAFE_OVERLAP if overlap.unsafe else Violation.OVERLAP_NOT_LISTED

    def closing_figures(self, rules: Rules) -> dict[str, object]:
        """Return the time that stages, gaps and pauses took."""
        assert self.finished_at is not None  # noqa: S101 - only asked at the end
        assert self.receipt is not None  # noqa: S101 - set at acceptance
        return closing_figures(
            self.submitted_at,
            self.finished_at,
            self.receipt,
            self.stages,
            self.spans,
            rules.policy,
            rules.calendar,
            rules.clock.ceiling_workdays.get(self.supply) if self.needs_agreed_date else None,
        )
