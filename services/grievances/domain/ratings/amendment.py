"""The terms of a rating, and an amended calendar applied to them: what has passed is never moved."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from libs.casework.domain.deadlines import Moved, moved_deadline
from libs.common.clock import local, midnight
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import CallCause, RatingDeadline, RatingState
from services.grievances.domain.rules import Rules


def expiry_of(served_at: datetime, rules: Rules) -> datetime:
    """Return the end of the last day for a rating (鲁政办发〔2020〕10号: five working days after the service's)."""
    day = rules.calendar.add_workdays(local(served_at).date(), rules.ratings.rate_workdays)
    return midnight(day + timedelta(days=1)) - timedelta(minutes=1)


def apply_calendar(item: Rating, at: datetime, rules: Rules) -> None:
    """Move the deadlines of a rating that have not passed."""
    moved = list(_moved(item, at, rules))
    if moved:
        item.record(
            "rating_deadlines_moved",
            at,
            calendar_version=rules.calendar.version,
            deadlines=[asdict(move) for move in moved],
        )


def _moved(item: Rating, at: datetime, rules: Rules) -> Iterator[Moved]:
    policy, after = rules.ratings, rules.calendar.close_after
    if item.state is RatingState.INVITED:
        expires_at = expiry_of(item.served_at, rules)
        if move := moved_deadline(RatingDeadline.EXPIRY, None, item.expires_at, expires_at, at):
            item.expires_at = move.at
            yield move
    call = item.call_back
    if call is not None and call.ended_at is None:
        days = policy.call_workdays if call.cause is CallCause.BAD else policy.sample_call_workdays
        if move := moved_deadline(RatingDeadline.CALL, None, call.due_at, after(call.since, days), at):
            call.due_at = move.at
            yield move
    mending = item.rectification
    if mending is not None and mending.done_at is None:
        due_at = after(mending.since, policy.rectify_workdays)
        if move := moved_deadline(RatingDeadline.RECTIFY, None, mending.due_at, due_at, at):
            mending.due_at = move.at
            yield move
    appeal = item.appeal
    if appeal is not None and appeal.is_open:
        review_by = after(appeal.asked_at, policy.appeal_workdays)
        if move := moved_deadline(RatingDeadline.APPEAL, None, appeal.review_by, review_by, at):
            appeal.review_by = move.at
            yield move
