"""Contacts between user and utility: urging (催办), questions with their answers, and the rating."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from libs.casework.domain import contacts
from libs.casework.domain.contacts import ContactEdges, ContactTerms
from libs.casework.domain.deadlines import Moved
from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import FINISHED, Verb
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass
class Contacts(Part, contacts.Contacts[Rules, TimerKind]):
    """Contacts by hookup's rules: the utility answers an urge, and who helps the user a question."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.URGE,)
    contact_edges: ClassVar[ContactEdges] = ContactEdges(urge=Verb.URGE, ask=Verb.ASK, rate=Verb.RATE)
    over = FINISHED

    def contact_terms(self, rules: Rules) -> ContactTerms:
        """Return what the rules say of contacts."""
        service = rules.service
        return ContactTerms(
            rules.calendar,
            service.urge_workdays,
            service.question_workdays,
            service.most_urges,
            service.most_questions,
            service.most_open_questions,
        )

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the answer to an urge; one at a time is open."""
        del rules
        overdue_at = self.urge_overdue_at()
        return {} if overdue_at is None else {TimerKind.URGE: overdue_at}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Record that an urge was not answered in time."""
        del kind, rules
        self.miss_urge(at)

    def answered_at(self, told_at: datetime) -> datetime:
        """Return when the last urge or question was answered, or should have been."""
        return self.all_answered_at(told_at)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let the utility answer an urge, and who helps the user a question."""
        del rules
        for urge in self.open_urges:
            yield Work(WorkKind.ANSWER_URGE, Whose.CLERK, urge.urged_at, urge.answer_by)
        helper = Whose.CLERK if self.agency is None else Whose.AGENT
        for question in self.open_questions:
            yield Work(WorkKind.ANSWER_QUESTION, helper, question.asked_at, question.answer_by)

    def move_deadlines(self, at: datetime, rules: Rules) -> Iterator[Moved]:
        """Move the deadlines for answering urges and questions."""
        return self.moved_answers(at, rules, urge=Deadline.URGE, question=Deadline.QUESTION)
