"""The pauses of a case: a requested pause is decided by someone other than who requested it (hookup.md, "Clock")."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.clock_policy import BreachApproval
from services.hookup.domain.values.deadlines import decide_by
from services.hookup.domain.values.pauses import Pause, PauseState
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timesheet import hand_over_by
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass
class Pauses(Timeline):
    """The timeline holds the pauses."""

    def reaches_behind_announced(self, pause: Pause, rules: Rules) -> bool:
        """Whether approving a pause now would undo an announced breach or gap, because it begins earlier.

        It makes no difference that it was requested before the announcement (二（一）1).
        """
        if self.breach_announced and self.overdue_for is not None and pause.starts_at < self.overdue_for:
            return True
        if self.gap_since is None:
            return False
        return pause.starts_at < hand_over_by(self.gap_since, self.spans, rules.calendar, rules.policy)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let somebody else decide: who supervises, where it would undo what was announced."""
        if self.state in FINISHED:
            return
        supervised = rules.clock.breach_approval is BreachApproval.SUPERVISOR
        for pause in self.pauses:
            if pause.state is PauseState.REQUESTED:
                undoes = self.reaches_behind_announced(pause, rules)
                decider = Whose.SUPERVISOR if undoes and supervised else Whose.APPROVER
                since = pause.asked_at or pause.starts_at
                yield Work(WorkKind.DECIDE_PAUSE, decider, since, decide_by(pause.asked_at, rules))
