"""What a user says on a case and what is answered: urging (催办), questions, the rating."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.deadlines import Deadline, Moved, close_after, moves
from services.hookup.domain.values.limits import MOMENT
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass(slots=True)
class Urge:
    """One 催办, to be answered within a working day."""

    id: str
    urged_at: datetime
    urged_by: str
    answer_by: datetime
    overdue: bool = False
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None


@dataclass(slots=True)
class Question:
    """A technical question on design or works, and its answer (二（一）4)."""

    id: str
    text: str
    asked_at: datetime
    asked_by: str
    answer_by: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """The user's one rating, 1 (非常不满意) to 5 (非常满意)."""

    score: int
    rated_at: datetime


@dataclass
class Contacts(Part):
    """Urges, questions and the rating. What a finished case left unanswered nobody has to answer any more."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.URGE,)

    urges: list[Urge] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    rating: Rating | None = None

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the answer to an urge; one at a time is open."""
        del rules
        if self.state in FINISHED:
            return {}
        waiting = [urge.answer_by for urge in self.urges if urge.answered_at is None and not urge.overdue]
        return {TimerKind.URGE: waiting[-1] + MOMENT} if waiting else {}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Tell that an urge was not answered in time."""
        del kind, rules
        for urge in self.urges:
            if urge.answered_at is None:
                urge.overdue = True
                self.record("urge_overdue", at, urge_id=urge.id)

    def answered_at(self, told_at: datetime) -> datetime | None:
        """Return when the last urge or question was answered; None while one waits."""
        answers = [told_at]
        contacts: list[Urge | Question] = [*self.urges, *self.questions]
        for contact in contacts:
            if contact.answered_at is None:
                return None
            answers.append(contact.answered_at)
        return max(answers)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let the utility answer an urge, and who helps the user a question."""
        del rules
        if self.state in FINISHED:
            return
        for urge in self.urges:
            if urge.answered_at is None:
                yield Work(WorkKind.ANSWER_URGE, Whose.CLERK, urge.urged_at, urge.answer_by)
        helper = Whose.CLERK if self.agency is None else Whose.AGENT
        for question in self.questions:
            if question.answered_at is None:
                yield Work(WorkKind.ANSWER_QUESTION, helper, question.asked_at, question.answer_by)

    def move_deadlines(self, at: datetime, rules: Rules) -> Iterator[Moved]:
        """Move until when urges and questions are answered."""
        for urge in self.urges:
            answer_by = close_after(urge.urged_at, rules.service.urge_workdays, rules)
            if urge.answered_at is None and moves(urge.answer_by, answer_by, at):
                urge.answer_by = answer_by
                yield Moved(Deadline.URGE, urge.id, answer_by)
        for question in self.questions:
            answer_by = close_after(question.asked_at, rules.service.question_workdays, rules)
            if question.answered_at is None and moves(question.answer_by, answer_by, at):
                question.answer_by = answer_by
                yield Moved(Deadline.QUESTION, question.id, answer_by)
