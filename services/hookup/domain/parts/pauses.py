"""The pauses of a case: those that somebody asks for wait for somebody else's decision (hookup.md, "Clock")."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.pauses import PauseState
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass
class Pauses(Timeline):
    """The timeline holds the pauses."""

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let somebody else decide."""
        del rules
        if self.state in FINISHED:
            return
        for pause in self.pauses:
            if pause.state is PauseState.REQUESTED:
                yield Work(WorkKind.DECIDE_PAUSE, Whose.APPROVER, pause.starts_at, self.judged_at)
