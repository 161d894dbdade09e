"""The work list of requests: what one waits for, from whom, until when, and how urgent it is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from libs.casework.domain.work import Urgency, WorkItem, urgency_by
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import OVER, RequestState, Turn, WorkKind
from services.registry.domain.rules import Rules

Work = WorkItem[WorkKind, Turn, None]


def work_of(item: Request, rules: Rules) -> list[Work]:
    """Return what a request waits for now."""
    return [] if item.state in OVER else [*_steps(item, rules), *_answers(item)]


def _steps(item: Request, rules: Rules) -> Iterator[Work]:
    if item.received_at is None:
        if item.missing_parties:
            yield WorkItem(WorkKind.AGREE, Turn.APPLICANT, item.submitted_at, None)
        if item.missing_materials(rules):
            yield WorkItem(WorkKind.HAND_IN, Turn.APPLICANT, item.submitted_at, None)
    elif item.state is RequestState.SUBMITTED:
        yield WorkItem(WorkKind.ACCEPT, Turn.CLERK, item.received_at, item.accept_by)
    elif item.needs_approval(rules):
        yield WorkItem(WorkKind.APPROVE, Turn.APPROVER, item.accepted_at or item.received_at, item.due_at)
    else:
        since = item.approved_at or item.accepted_at or item.received_at
        yield WorkItem(WorkKind.COMPLETE, Turn.CLERK, since, item.due_at)


def _answers(item: Request) -> Iterator[Work]:
    for urge in item.open_urges:
        yield WorkItem(WorkKind.ANSWER_URGE, Turn.CLERK, urge.urged_at, urge.answer_by)
    for question in item.open_questions:
        yield WorkItem(WorkKind.ANSWER_QUESTION, Turn.CLERK, question.asked_at, question.answer_by)


def urgency_of(item: WorkItem[Any, Any, None], rules: Rules, now: datetime) -> Urgency:
    """Return how urgent a task is, of a request or of another thing of the registry, in business hours."""
    return urgency_by(item, now, rules.calendar, rules.requests.hours)
