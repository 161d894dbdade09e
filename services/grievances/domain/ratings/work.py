"""What a rating waits for, from whom, until when."""

from collections.abc import Iterator

from libs.casework.domain.work import WorkItem
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import AppealState, RatingTurn, RatingWork

Work = WorkItem[RatingWork, RatingTurn, None]


def work_of(item: Rating) -> list[Work]:
    """Return what a rating waits for now."""
    return list(_work(item))


def _work(item: Rating) -> Iterator[Work]:
    call, mending, appeal = item.call_back, item.rectification, item.appeal
    if call is not None and call.ended_at is None:
        yield WorkItem(RatingWork.CALL, RatingTurn.CALLER, call.since, call.due_at)
    if mending is not None and mending.done_at is None and not item.is_excluded:
        yield WorkItem(RatingWork.RECTIFY, RatingTurn.HANDLER, mending.since, mending.due_at)
    if appeal is not None and appeal.is_open:
        turn = RatingTurn.COUNTY if appeal.state is AppealState.COUNTY else RatingTurn.CITY
        yield WorkItem(RatingWork.DECIDE, turn, appeal.asked_at, appeal.review_by)
