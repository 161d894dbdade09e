"""Contacts between user and staff on a case: urging (催办), questions, the rating (二（一）4, 5; 二（二）2).

A case with contacts has `Contacts` among its bases, sets its own transitions, and returns the terms of its rules.
After the end of a case unanswered contacts need no answer.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeVar

from libs.casework.domain.deadlines import MOMENT, Moved, moved_deadline
from libs.common.aggregate import Aggregate
from libs.common.calendars.workdays import BusinessCalendar
from libs.common.rules import RuleError
from libs.common.texts import check_text

R = TypeVar("R")
K = TypeVar("K", bound=StrEnum)


@dataclass(slots=True)
class Urge:
    """One 催办, to be answered within its working days."""

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
    """A question of the user, and its answer (二（一）4)."""

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


C = TypeVar("C", Urge, Question)


@dataclass(frozen=True, slots=True)
class ContactTerms:
    """The terms of contacts: working days for answering urges and questions, and how many of them a case may have."""

    calendar: BusinessCalendar
    urge_workdays: int = 1
    question_workdays: int = 1
    most_urges: int = 50
    most_questions: int = 50
    most_open_questions: int = 5


@dataclass(frozen=True, slots=True)
class ContactEdges:
    """The transitions of a case for urging, asking and rating; answers use the same ones."""

    urge: StrEnum
    ask: StrEnum
    rate: StrEnum


@dataclass
class Contacts(Aggregate[R, K]):
    """Urges, questions and the rating of a case."""

    contact_edges: ClassVar[ContactEdges]
    # The final states of the case.
    over: ClassVar[Set[StrEnum]]

    urges: list[Urge] = field(default_factory=list, kw_only=True)
    questions: list[Question] = field(default_factory=list, kw_only=True)
    rating: Rating | None = field(default=None, kw_only=True)

    def contact_terms(self, rules: R) -> ContactTerms:
        """Return the terms of contacts by the rules."""
        raise NotImplementedError

    # -- open contacts

    @property
    def open_urges(self) -> list[Urge]:
        """The urges that wait for an answer."""
        return [urge for urge in self.urges if urge.answered_at is None and self.state not in self.over]

    @property
    def open_questions(self) -> list[Question]:
        """The questions that wait for an answer."""
        return [
            question
            for question in self.questions
            if question.answered_at is None and self.state not in self.over
        ]

    def all_answered_at(self, told_at: datetime) -> datetime:
        """Return when all contacts were answered or due to be; `told_at` without any contact.

        An unanswered contact counts only until its deadline: otherwise it would postpone the end of a late case.
        """
        contacts: list[Urge | Question] = [*self.urges, *self.questions]
        return max([told_at, *(contact.answered_at or contact.answer_by for contact in contacts)])

    # -- urging

    def urge(self, urge_id: str, at: datetime, by: str, rules: R) -> None:
        """Urge the responsible staff; only one urge at a time may be open."""
        self.check(self.contact_edges.urge)
        terms = self.contact_terms(rules)
        if self.open_urges:
            raise RuleError("urged-already", "已经催办，专营单位尚未答复", "请等待答复", "urge")
        if len(self.urges) >= terms.most_urges:
            raise RuleError(
                "urges-too-many", f"每件至多催办 {terms.most_urges} 次", "请联系主管部门督办", "urge"
            )
        answer_by = terms.calendar.close_after(at, terms.urge_workdays)
        self.urges.append(Urge(urge_id, at, by, answer_by))
        self.record("urged", at, urge_id=urge_id, answer_by=answer_by)

    def answer_urge(self, urge_id: str, answer: str, at: datetime, by: str) -> None:
        """Answer an urge."""
        self.check(self.contact_edges.urge)
        urge = _answered(self.open_urges, urge_id, answer, at, by)
        if urge is None:
            raise RuleError("urge-unknown", "没有这条待答复的催办", "请刷新后核对", "urge_id")
        self.record("urge_answered", at, urge_id=urge_id, in_time=at <= urge.answer_by)

    def urge_overdue_at(self) -> datetime | None:
        """Return when an open urge becomes overdue; None without one, or when it was recorded."""
        waiting = [urge.answer_by for urge in self.open_urges if not urge.overdue]
        return waiting[-1] + MOMENT if waiting else None

    def miss_urge(self, at: datetime) -> None:
        """Record that an urge was not answered in time."""
        for urge in self.open_urges:
            urge.overdue = True
            self.record("urge_overdue", at, urge_id=urge.id)

    # -- questions

    def ask(self, question_id: str, text: str, at: datetime, by: str, rules: R) -> None:
        """Ask a question, which is answered on the case (二（一）4 主动提供技术支持)."""
        self.check(self.contact_edges.ask)
        check_text(text, "text")
        terms = self.contact_terms(rules)
        if len(self.open_questions) >= terms.most_open_questions:
            raise RuleError(
                "questions-unanswered",
                f"已有 {terms.most_open_questions} 个问题待答复",
                "请等待答复后再咨询",
                "text",
            )
        if len(self.questions) >= terms.most_questions:
            raise RuleError(
                "questions-too-many",
                f"每件至多咨询 {terms.most_questions} 个问题",
                "请向专营单位当面咨询",
                "text",
            )
        answer_by = terms.calendar.close_after(at, terms.question_workdays)
        self.questions.append(Question(question_id, text, at, by, answer_by))
        self.record("question_asked", at, question_id=question_id, answer_by=answer_by)

    def answer_question(self, question_id: str, answer: str, at: datetime, by: str) -> None:
        """Answer a question."""
        self.check(self.contact_edges.ask)
        question = _answered(self.open_questions, question_id, answer, at, by)
        if question is None:
            raise RuleError("question-unknown", "没有这个待答复的问题", "请刷新后核对", "question_id")
        self.record("question_answered", at, question_id=question_id, in_time=at <= question.answer_by)

    # -- the rating

    def rate(self, score: int, at: datetime) -> None:
        """Rate a finished case, once."""
        self.check(self.contact_edges.rate)
        if self.rating is not None:
            raise RuleError("rated-already", "此件已经评价过", "每件只能评价一次", "score")
        self.rating = Rating(score, at)
        self.record("case_rated", at, score=score)

    # -- an amended calendar

    def moved_answers(self, at: datetime, rules: R, *, urge: StrEnum, question: StrEnum) -> Iterator[Moved]:
        """Move the deadlines of open urges and questions; `urge` and `question` name them."""
        terms = self.contact_terms(rules)
        for open_urge in self.open_urges:
            answer_by = terms.calendar.close_after(open_urge.urged_at, terms.urge_workdays)
            if move := moved_deadline(urge, open_urge.id, open_urge.answer_by, answer_by, at):
                open_urge.answer_by = move.at
                yield move
        for open_question in self.open_questions:
            answer_by = terms.calendar.close_after(open_question.asked_at, terms.question_workdays)
            if move := moved_deadline(question, open_question.id, open_question.answer_by, answer_by, at):
                open_question.answer_by = move.at
                yield move


def _answered(waiting: Sequence[C], contact_id: str, answer: str, at: datetime, by: str) -> C | None:
    """Answer the open contact with an id and return it; None without one. Raises RuleError for an invalid text."""
    check_text(answer, "answer")
    contact = next((contact for contact in waiting if contact.id == contact_id), None)
    if contact is not None:
        contact.answered_at, contact.answered_by, contact.answer = at, by, answer
    return contact
