"""An amended calendar applied to an open request: what has passed is never moved."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from libs.casework.domain.deadlines import Moved, moved_deadline
from services.registry.domain.requests.limits import deadlines
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import OVER, Deadline, RequestState
from services.registry.domain.rules import Rules


def apply_calendar(item: Request, at: datetime, rules: Rules) -> None:
    """Move the deadlines of an open request that have not passed; the limits of its receipt stay."""
    if item.state in OVER:
        return
    moved = [*_of_steps(item, at, rules), *_of_answers(item, at, rules)]
    if moved:
        item.record(
            "deadlines_moved",
            at,
            calendar_version=rules.calendar.version,
            deadlines=[asdict(move) for move in moved],
        )


def _of_steps(item: Request, at: datetime, rules: Rules) -> Iterator[Moved]:
    if item.received_at is None or item.limits is None:
        return
    accept_by, due_at = deadlines(item.received_at, item.limits, rules.calendar)
    before = item.accept_by if item.state is RequestState.SUBMITTED else None
    if move := moved_deadline(Deadline.ACCEPT, None, before, accept_by, at):
        item.accept_by = move.at
        yield move
    if move := moved_deadline(Deadline.DONE, None, item.due_at, due_at, at):
        item.due_at = move.at
        yield move


def _of_answers(item: Request, at: datetime, rules: Rules) -> Iterator[Moved]:
    return item.moved_answers(at, rules, urge=Deadline.URGE, question=Deadline.QUESTION)
