"""What a channel reads back of its requests by Open311 GeoReport v2: pure. Instants are aware UTC.

Nothing of it is the reporter's own: no word, no name, no number, no place finer than the street.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from libs.common.rules import RuleError
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Category
from services.grievances.domain.values.codes import CLOSE_NAMES
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.domain.values.states import STATE_NAMES, GrievanceState

LONGEST_SPAN: Final = timedelta(days=90)
"""What one query spans at most (GeoReport v2, GET Service Requests)."""
MOST_REQUESTS: Final = 1000
"""What one query answers at most (GeoReport v2, Response Volume)."""
UPDATING: Final = frozenset(
    {
        "grievance_closed",
        "grievance_dispatched",
        "grievance_not_accepted",
        "grievance_read_in",
        "grievance_reopened",
        "grievance_replied",
        "grievance_withdrawn",
        "question_answered",
        "redo_begun",
        "termination_decided",
    }
)
"""The events that make an update, at the same instant."""
SAME_WITHIN: Final = timedelta(minutes=5)
"""How long the same request of a channel without an Idempotency-Key is taken for its repetition."""


class Status(StrEnum):
    """The two states that GeoReport v2 knows."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Update:
    """Something that became of a request; `id` stays the same however often it is asked for."""

    id: str
    at: datetime
    status: Status
    text: str | None


def span_of(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the instants that a query spans, by default the last 90 days. Raises RuleError."""
    if start is None:
        end = end or now
        start = end - LONGEST_SPAN
    elif end is None:
        end = start + LONGEST_SPAN
    if not timedelta(0) <= end - start <= LONGEST_SPAN:
        raise RuleError(
            "open311-span", "起止时间须先后相承，且不超过90天", "请改正时间，或分段查询", "end_date"
        )
    return start, end


def default_kind(category: Category) -> GrievanceKind:
    """Return the kind of what a channel tells without one: a call for help, unless the category is for others."""
    is_help = not category.kinds or GrievanceKind.HELP in category.kinds
    return GrievanceKind.HELP if is_help else min(category.kinds)


def status_of(item: Grievance) -> Status:
    """Return whether it is still worked on; what waits for its call-back is."""
    return Status.OPEN if item.closed_at is None else Status.CLOSED


def notes_of(item: Grievance) -> str:
    """Return where it is; of what ended the reply that the person was told, or why there is none."""
    name = STATE_NAMES[item.state]
    if item.closed_at is None:
        return name
    if item.close_reason is not None:
        return f"{name}：{CLOSE_NAMES[item.close_reason]}"
    is_told = item.state is GrievanceState.CLOSED and item.cycle.reply is not None
    return f"{name}：{item.cycle.reply.text}" if is_told and item.cycle.reply else name


def updates_of(item: Grievance) -> list[Update]:
    """Return what became of a request, in order."""
    return sorted(_updates(item), key=lambda update: update.at)


def _updates(item: Grievance) -> Iterator[Update]:
    for cycle in item.cycles:
        prefix = f"{item.number}-{cycle.number}"
        if cycle.dispatched_at is not None:
            yield Update(f"{prefix}-DISPATCHED", cycle.dispatched_at, Status.OPEN, "已交承办单位办理")
        if cycle.reply is not None:
            yield Update(f"{prefix}-REPLIED", cycle.reply.at, Status.OPEN, cycle.reply.text)
    for question in item.questions:
        if question.answered_at is not None:
            yield Update(question.id, question.answered_at, Status.OPEN, question.answer)
    if item.closed_at is not None:
        closed = f"{item.number}-{item.cycle.number}-CLOSED"
        yield Update(closed, item.closed_at, Status.CLOSED, notes_of(item))
