"""帮办代办: the agent who helps the user, assigned at the acceptance (HK-07; 二（一）4)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from libs.casework.domain.deadlines import Moved, moved_deadline
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.agency import Agency, Guidance
from services.hookup.domain.values.deadlines import Deadline, agent_by
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass
class Agents(Timeline):
    """The deadline for assigning an agent, and the access schemes that the user was advised on."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.AGENT,)

    agent_by: datetime | None = None
    agent_overdue: bool = False
    guidance: list[Guidance] = field(default_factory=list)

    def assign(self, agent: str, at: datetime, *, automatic: bool) -> None:
        """Assign an agent to the case (HK-07)."""
        before = self.agency and self.agency.agent
        self.agency = Agency(agent, at, automatic)
        self.record("agent_assigned", at, agent=agent, automatic=automatic, agent_before=before)

    def on_acceptance(self, at: datetime, rules: Rules) -> None:
        """Assign the joint application's agent, or the utility's next in turn (HK-07 [R]); else set a deadline."""
        if rules.agents is None or self.agency is not None:
            return
        if self.joint_agent is not None:
            self.assign(self.joint_agent, at, automatic=True)
        elif agents := rules.agents.get(self.utility):
            turn = int(self.number.rpartition("-")[2])
            self.assign(agents[turn % len(agents)], at, automatic=True)
        else:
            self.agent_by = agent_by(at, rules)

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for an agent."""
        del rules
        unassigned = self.agency is None and not self.agent_overdue and self.state not in FINISHED
        return {TimerKind.AGENT: self.agent_by} if self.agent_by is not None and unassigned else {}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Record that no agent was assigned in time."""
        del kind, rules
        self.agent_overdue = True
        self.record("agent_overdue", at)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let the utility assign an agent."""
        del rules
        if self.agent_by is not None and self.agency is None and self.state not in FINISHED:
            since = self.accepted_at or self.submitted_at
            yield Work(WorkKind.ASSIGN_AGENT, Whose.CLERK, since, self.agent_by)

    def move_deadlines(self, at: datetime, rules: Rules) -> Iterator[Moved]:
        """Move the deadline for assigning an agent."""
        acceptance = self.stage(Stage.ACCEPT)
        if self.agency is None and acceptance is not None and acceptance.end is not None:
            assign_by = agent_by(acceptance.end, rules)
            if move := moved_deadline(Deadline.AGENT, None, self.agent_by, assign_by, at):
                self.agent_by = move.at
                yield move
