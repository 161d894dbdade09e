"""Figures of live cases, computed from their facts by each query. `case` has SQL expressions over the facts."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import case as sql_case
from sqlalchemy import literal

from libs.common.clock import local
from services.metrics.declare import Figure, Live
from services.metrics.domain.months import end_of_day, micros
from services.metrics.sources.hookup.facts import OPEN, TURNED_ON

# Codes of open cases without a running stage: between stages, and awaiting confirmation.
NO_STAGE, AWAITING = "NONE", "AWAITING_CONFIRMATION"
# Class of calendar days since the receipt date, and its last day; the limits of 3, 5 and 10 days are borders (HK-02).
AGES: Final = (("0-3", 3), ("4-5", 5), ("6-10", 10), ("11-20", 20))
OLDEST: Final = "over-20"
NOT_ACCEPTED: Final = "not-accepted"


def stage(case: Any, _now: datetime) -> Any:
    """Return the open stages of a live case, joined by commas; a code of its own where there is none."""
    return sql_case(
        (case.state == TURNED_ON, literal(AWAITING)),
        (case.open_stages == "", literal(NO_STAGE)),
        else_=case.open_stages,
    )


def age(case: Any, now: datetime) -> Any:
    """Return the class of a case's age; one that is not accepted has none."""
    today = local(now).date().toordinal()
    return sql_case(
        (case.receipt_day.is_(None), literal(NOT_ACCEPTED)),
        *((case.receipt_day >= today - last, literal(name)) for name, last in AGES),
        else_=literal(OLDEST),
    )


def _runs(case: Any) -> Any:
    """Return the condition that the clock was running when the case fell due.

    The earliest open pause stops it: a case that was overdue before stays overdue.
    """
    return case.stopped_at.is_(None) | (case.due_at < case.stopped_at)


def _due_today(case: Any, now: datetime) -> Any:
    is_today = (case.due_at >= micros(now)) & (case.due_at < micros(end_of_day(now)))
    return (case.state == OPEN) & is_today & _runs(case)


_ENDED = "已办结、撤回、不予办理的件"
LIVE: Final[tuple[Figure, ...]] = (
    Live(
        "open",
        "在办",
        where=lambda case, _: case.state.in_((OPEN, TURNED_ON)),
        means="已提交而尚未结束的报装件，含待用户确认的件",
        excludes=_ENDED,
        clause="HK-01",
    ),
    Live(
        "due_today",
        "今日应办结",
        where=_due_today,
        means="考核口径的应办结时间在此刻之后、今日之内的在办件",
        excludes="暂停计时、待用户确认、未约定日期的件；应办结时间已过的计入超时",
        clause="HK-02；民法典 §203",
    ),
    Live(
        "overdue",
        "已超时",
        where=lambda case, now: (case.state == OPEN) & (case.due_at < micros(now)) & _runs(case),
        means="考核口径的应办结时间（末日营业结束）已过的在办件；先超时后暂停的件，暂停期间仍计",
        excludes="到期之前已停止计时的件（以最早一次未恢复的暂停停止计时的时刻为准）；待用户确认的件；未约定日期的件",
        clause="HK-02；O1；民法典 §203",
    ),
    Live(
        "paused",
        "已暂停",
        where=lambda case, _: case.stopped_at.is_not(None),
        means="有已批准且未恢复的暂停的在办件",
        excludes="申请中、未批准的暂停",
        clause="HK-02；O3",
    ),
    Live(
        "awaiting_confirmation",
        "待用户确认",
        where=lambda case, _: case.state == TURNED_ON,
        means="已通水、通气、通热，用户尚未确认的件；逾24小时未确认即自动办结",
        clause="HK-01",
    ),
    Live(
        "in_gap",
        "空档中",
        where=lambda case, _: case.gap_since.is_not(None),
        means="上一环节（或暂停）结束后，到下一工作日营业结束仍没有任何环节在办的件",
        excludes="已开始下一环节的件",
        clause="HK-03",
    ),
)
