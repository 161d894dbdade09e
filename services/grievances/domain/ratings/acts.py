"""What is done about a rating: the call-back, the rectification of a bad one, and the unit's appeal."""

from datetime import datetime

from libs.common.clock import local
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.ratings.parts import Appeal, AppealDecision, RatingCall
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import (
    AppealGround,
    AppealState,
    CallCause,
    RatingVerb,
    Signal,
)
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Level


def call_back(
    item: Rating, at: datetime, rules: Rules, *, reached: bool, genuine: bool | None, note: str | None
) -> None:
    """Take the result of a call about a rating: by nobody who had a hand in it. Raises RuleError.

    After so many attempts on so many days it ends without a result.
    """
    item.check(RatingVerb.CALL)
    awaited, by = item.call_back, item.by()
    if awaited is None or awaited.ended_at is not None:
        raise RuleError("no-call-awaited", "此件没有待回访的评价", "请刷新后核对", "state")
    if by in {item.handler, *item.linked_by, *(grade.by for grade in item.grades)}:
        raise RuleError("caller-is-handler", "承办人和代录、发出链接的人不能回访", "请由他人回访", "state")
    if reached != (genuine is not None):
        raise RuleError(
            "call-incomplete", "联系上的须填写是否本人评价，未联系上的不填", "请按回访情况填写", "genuine"
        )
    if note is not None:
        check_text(note, "note")
    awaited.calls.append(RatingCall(at, by, reached, genuine, note, item.unit()))
    days = {local(call.at).date() for call in awaited.calls}
    policy = rules.ratings
    if reached or (len(awaited.calls) >= policy.call_attempts and len(days) >= policy.call_days):
        awaited.ended_at = at
    is_bad = awaited.cause is CallCause.BAD
    item.record(
        "bad_rating_called_back" if is_bad else "rating_called_back",
        at,
        attempt=len(awaited.calls),
        reached=reached,
        genuine=genuine,
        ended=awaited.ended_at is not None,
        on_time=at <= awaited.due_at,
    )
    if genuine is False and (item.grade or 0) >= item.good_from:
        item.suspect({Signal.DENIED}, at)


def rectify(item: Rating, text: str, at: datetime) -> None:
    """Note what the unit did about a bad rating. Raises RuleError."""
    item.check(RatingVerb.RECTIFY)
    awaited = item.rectification
    if awaited is None or awaited.done_at is not None:
        raise RuleError("no-rectification-awaited", "此件没有待整改的差评", "请刷新后核对", "state")
    check_text(text, "text")
    awaited.done_at, awaited.by, awaited.text = at, item.by(), text
    item.record("bad_rating_rectified", at, on_time=at <= awaited.due_at)


def appeal(item: Rating, ground: AppealGround, reason: str, at: datetime, rules: Rules) -> None:
    """Ask that a bad rating does not count, once. Raises RuleError."""
    item.check(RatingVerb.APPEAL)
    if not rules.ratings.is_bad(item.grade or 0):
        raise RuleError("not-a-bad-rating", "只有差评可以申诉", "请核对评价等级", "state")
    if item.appeal is not None:
        raise RuleError("appealed-already", "此件已经申诉过", "每件只能申诉一次", "state")
    check_text(reason, "reason")
    review_by = rules.calendar.close_after(at, rules.ratings.appeal_workdays)
    item.appeal = Appeal(ground, reason, at, item.by(), review_by)
    item.record("appeal_asked", at, ground=ground, review_by=review_by)


def decide_appeal(item: Rating, level: Level, note: str, at: datetime, *, granted: bool) -> None:
    """Decide for one's level: the district first, then the city, each another person. Raises RuleError."""
    item.check(RatingVerb.DECIDE)
    awaited, by = item.appeal, item.by()
    if awaited is None or awaited.state.value != level.value:
        raise RuleError("no-appeal-awaited", "没有待本级审核的申诉", "请刷新后核对", "state")
    if by in {awaited.asked_by, *(decision.by for decision in awaited.decisions)}:
        raise RuleError("same-person", "两级审核须由不同的人办理", "请由另一名有权限的人员审核", "state")
    check_text(note, "note")
    awaited.decisions.append(AppealDecision(level, at, by, granted, note, item.unit()))
    if not granted:
        awaited.state = AppealState.REFUSED
    else:
        awaited.state = AppealState.CITY if level is Level.COUNTY else AppealState.GRANTED
        item.is_news = item.is_excluded
    item.record(
        "appeal_decided",
        at,
        level=level,
        granted=granted,
        appeal_state=awaited.state,
        on_time=at <= awaited.review_by,
    )
