"""What a user says on a case and what is answered: urging (催办), questions, the rating; who was told of a date."""

from dataclasses import dataclass
from datetime import datetime


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
