"""Events of urging, questions and the rating: that they happened, never what was said."""

from datetime import datetime
from typing import ClassVar

from services.hookup.events.base import HookupEvent


class Urged(HookupEvent):
    """The user urged the utility on (催办)."""

    event: ClassVar[str] = "urged"
    urge_id: str
    answer_by: datetime


class UrgeAnswered(HookupEvent):
    """An urge was answered."""

    event: ClassVar[str] = "urge_answered"
    urge_id: str
    in_time: bool


class UrgeOverdue(HookupEvent):
    """An urge was not answered in its time."""

    event: ClassVar[str] = "urge_overdue"
    urge_id: str


class QuestionAsked(HookupEvent):
    """The user asked about the design or the works."""

    event: ClassVar[str] = "question_asked"
    question_id: str
    answer_by: datetime


class QuestionAnswered(HookupEvent):
    """A question was answered."""

    event: ClassVar[str] = "question_answered"
    question_id: str
    in_time: bool


class CaseRated(HookupEvent):
    """The user rated the case, 1 to 5."""

    event: ClassVar[str] = "case_rated"
    score: int


CONTACT_EVENTS = (Urged, UrgeAnswered, UrgeOverdue, QuestionAsked, QuestionAnswered, CaseRated)
