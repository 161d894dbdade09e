"""What a user says on a case and what is answered: urging (催办), questions, the rating; who was told of a date."""

import re
from dataclasses import dataclass
from datetime import datetime

from libs.common.rules import RuleError

# A mobile number, a resident's identity number: personal data stays in the registry.
_PERSONAL = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)")


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


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told that a case nears or passes its date: `kind` is the event's name."""

    kind: str
    at: datetime
    whom: tuple[str, ...]


def check_text(text: str, field: str) -> None:
    """Raise RuleError for a text with a mobile or identity number: free text is kept outside of the registry."""
    if _PERSONAL.search(text):
        raise RuleError(
            "personal-data-in-text", "内容中不能有手机号或证件号", "请删除个人信息后重新提交", field
        )
