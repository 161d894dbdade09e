"""Late entries (补录): acts entered after they happened, the approval some of them need, and why (seed 二（一）1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from libs.common.rules import RuleError
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.clock_policy import BreachApproval
from services.hookup.domain.values.deadlines import decide_by
from services.hookup.domain.values.entries import (
    UNDOES_ANNOUNCED,
    Act,
    ApprovalGround,
    Claim,
    EntryMark,
    LateEntry,
    LateEntryState,
    MarkedEntry,
    approval_from,
    in_time_until,
)
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timesheet import gaps, running_gap
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.domain.values.work import Whose, Work, WorkKind

_MOVES_A_DATE = frozenset({Act.CHANGE_LENGTH, Act.AGREE_DATE})


@dataclass
class LateEntries(Timeline):
    """The entries that need or needed approval, and the acts that were entered late without needing it."""

    late_entries: list[LateEntry] = field(default_factory=list)
    marked_entries: list[MarkedEntry] = field(default_factory=list)

    def perform(self, claim: Claim, by: str, rules: Rules) -> None:
        """Perform a claimed act. Implemented by the case, since acts change several of its parts."""
        raise NotImplementedError

    @property
    def pending_entries(self) -> list[LateEntry]:
        """The entries that wait for their approver."""
        return [entry for entry in self.late_entries if entry.state is LateEntryState.PENDING]

    def approval_ground(self, claim: Claim, now: datetime, rules: Rules) -> ApprovalGround | None:
        """Return why an act needs an approver, None if it needs none."""
        if self.is_read_in:
            return None
        if self._undoes_breach(claim, now, rules):
            return ApprovalGround.AFTER_BREACH
        if self._shortens_gap(claim, now, rules):
            return ApprovalGround.AFTER_GAP
        if now > approval_from(claim.claimed_at, rules.clock, rules.calendar):
            return ApprovalGround.VERY_LATE
        return ApprovalGround.LATER_DUE if self._puts_off(claim, now, rules) else None

    def undoes_announced(self, claim: Claim, now: datetime, rules: Rules) -> bool:
        """Whether an act would undo a breach or shorten a gap (空档期) that was announced."""
        return self._undoes_breach(claim, now, rules) or self._shortens_gap(claim, now, rules)

    def entry_mark(self, claim: Claim, now: datetime, rules: Rules) -> EntryMark | None:
        """Return the mark with which an act that needs no approver is recorded; None for an act without a mark."""
        if claim.act in _MOVES_A_DATE:
            return None
        if now > in_time_until(claim.claimed_at, rules.clock, rules.calendar):
            return EntryMark.LATE
        return None if self._is_idle(claim, rules) else EntryMark.IN_TIME

    def apply_claim(self, claim: Claim, mark: EntryMark | None, now: datetime, by: str, rules: Rules) -> None:
        """Perform an act, and mark what was not entered in time. Raises RuleError."""
        with self._marked(mark):
            self.perform(claim, by, rules)
        if mark in (EntryMark.LATE, EntryMark.APPROVED):
            self.marked_entries.append(MarkedEntry(claim.act, claim.stage, claim.claimed_at, now, by, mark))

    @contextmanager
    def _marked(self, mark: EntryMark | None) -> Iterator[None]:
        self.mark = mark
        try:
            yield
        finally:
            self.mark = None

    def _tried(self, claim: Claim, now: datetime, rules: Rules) -> Self | None:
        """Return a copy of the case after the act; None where the act raises RuleError."""
        trial = deepcopy(self)
        try:
            trial.apply_claim(claim, EntryMark.APPROVED, now, "", rules)
        except RuleError:
            return None
        return trial

    def _undoes_breach(self, claim: Claim, now: datetime, rules: Rules) -> bool:
        if not self.breach_announced or self.judged_at is None:
            return False
        if claim.act is Act.METER_LIVE:
            return claim.claimed_at <= self.judged_at
        if claim.act not in _MOVES_A_DATE:
            return False
        return claim.act is Act.AGREE_DATE or self._is_later(claim, now, rules)

    def _shortens_gap(self, claim: Claim, now: datetime, rules: Rules) -> bool:
        """Whether a stage would begin within an announced gap. An entry in time can claim that as well."""
        if claim.act is not Act.START_STAGE or self.gap_since is None:
            return False
        trial = self._tried(claim, now, rules)
        return trial is not None and trial._gap_workdays(now, rules) < self._gap_workdays(now, rules)

    def _puts_off(self, claim: Claim, now: datetime, rules: Rules) -> bool:
        """Whether an act would postpone the agreed date, or raise the length that the limit is based on (O4; HK-02).

        An agreed date is postponed by a later one, or by the first one once the works have begun. A designed length
        is raised by a longer line after the survey has ended or after a first design, a declared length after the
        acceptance. A length as built is raised by a longer one after the first.
        """
        if claim.act not in _MOVES_A_DATE:
            return False
        if claim.agreed is not None:
            if self.agreed is None and self.first(Stage.EXTERNAL_WORKS) is not None:
                return True
            if self.agreed is not None and claim.agreed > self.agreed:
                return True
        if claim.act is not Act.CHANGE_LENGTH or claim.length_dm is None:
            return False
        if claim.length_kind is LengthKind.AS_BUILT:
            return self.as_built_dm is not None and claim.length_dm > self.as_built_dm
        survey = self.first(Stage.SURVEY_DESIGN)
        surveyed = survey is not None and survey.end is not None
        of_user = claim.length_kind is LengthKind.DECLARED and self.accepted_at is not None
        return (surveyed or of_user or self.designed_dm is not None) and self._is_later(claim, now, rules)

    def _is_later(self, claim: Claim, now: datetime, rules: Rules) -> bool:
        """Whether the act would make the case due later, or not due at all."""
        if self.judged_at is None:
            return False
        trial = self._tried(claim, now, rules)
        if trial is None or trial.due is None:
            return False
        return trial.due.judged_at is None or trial.due.judged_at > self.judged_at

    def _gap_workdays(self, now: datetime, rules: Rules) -> int:
        """Count the working days of a case's gaps, including the present one up to now."""
        ended_gaps = gaps(self.stages, self.spans, rules.calendar, rules.policy)
        running = running_gap(self.stages, self.spans, now, rules.calendar, rules.policy)
        return sum(gap.workdays for gap in (*ended_gaps, *([running] if running else [])) if gap.is_gap)

    def _is_idle(self, claim: Claim, rules: Rules) -> bool:
        """Whether an act ends a pause that excludes no day: not counted, since such pauses could inflate the rate."""
        pause = next((pause for pause in self.pauses if pause.id == claim.pause_id), None)
        if pause is None or claim.claimed_at < pause.starts_at:
            return False
        span = replace(pause, ended_at=claim.claimed_at).span
        return not excluded_dates([span], None, rules.policy, rules.calendar)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let somebody else decide: who supervises, where it would undo what was announced."""
        if self.state in FINISHED:
            return
        supervised = rules.clock.breach_approval is BreachApproval.SUPERVISOR
        for entry in self.pending_entries:
            # Also an entry made before the announcement: approved now, it would undo it.
            undoes = entry.needs in UNDOES_ANNOUNCED or self.undoes_announced(
                entry.claim, entry.entered_at, rules
            )
            decider = Whose.SUPERVISOR if undoes and supervised else Whose.APPROVER
            due_at = decide_by(entry.entered_at, rules)
            yield Work(WorkKind.DECIDE_LATE_ENTRY, decider, entry.entered_at, due_at)
