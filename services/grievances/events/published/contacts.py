"""Events of contacts between person and staff, and of how the staff work together."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from services.grievances.events.published.base import GrievanceEvent


class Urged(GrievanceEvent):
    """The person urged the unit on (催办)."""

    event: ClassVar[str] = "urged"
    urge_id: str
    answer_by: datetime


class UrgeAnswered(GrievanceEvent):
    """An urge was answered."""

    event: ClassVar[str] = "urge_answered"
    urge_id: str
    in_time: bool


class UrgeOverdue(GrievanceEvent):
    """An urge was not answered in its time."""

    event: ClassVar[str] = "urge_overdue"
    urge_id: str


class QuestionAsked(GrievanceEvent):
    """The person asked a question."""

    event: ClassVar[str] = "question_asked"
    question_id: str
    answer_by: datetime


class QuestionAnswered(GrievanceEvent):
    """A question was answered."""

    event: ClassVar[str] = "question_answered"
    question_id: str
    in_time: bool


class GrievanceRated(GrievanceEvent):
    """The person rated it, 1 to 5."""

    event: ClassVar[str] = "case_rated"
    score: int


class AssigneeChanged(GrievanceEvent):
    """Another person of the unit works on it, or nobody in particular."""

    event: ClassVar[str] = "assignee_changed"
    assignee_before: str | None
    assignee: str | None


class NoteWritten(GrievanceEvent):
    """An internal note was written."""

    event: ClassVar[str] = "note_written"
    memo_id: str = Field(description="Id of the internal note")
    mentions: list[str] = Field(description="Subjects of the people whom it mentions")


class NoteCorrected(GrievanceEvent):
    """The author corrected an internal note shortly after writing it."""

    event: ClassVar[str] = "note_corrected"
    memo_id: str = Field(description="Id of the internal note")


class NoteRetracted(GrievanceEvent):
    """An internal note was retracted, by its author or by who supervises."""

    event: ClassVar[str] = "note_retracted"
    memo_id: str = Field(description="Id of the internal note")


INTERNAL_EVENTS = (AssigneeChanged, NoteWritten, NoteCorrected, NoteRetracted)
"""What only the staff see of a grievance's history."""
