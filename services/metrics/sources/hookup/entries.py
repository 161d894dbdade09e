"""Acts by the way of their entry: in time, late, approved, in the user's stead.

They count in the month in which the act was recorded, so that past months do not change.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.metrics.declare import EVERY, Count, Figure, Rate
from services.metrics.domain.months import micros
from services.metrics.sources.hookup.counting import DONE
from services.metrics.sources.hookup.events import APPROVED, IN_TIME, LATE, HookupEvent
from services.metrics.sources.hookup.facts import Case

_ENTERED = "按录入时间（北京时间）归入月份，不改变以前的月份"


def _recorded_at(event: HookupEvent) -> datetime:
    return event.entered_at


def _entered(entry: str | None) -> Callable[[HookupEvent, Case], bool]:
    """Return whether an event is the first of an act with a mark of entry; None is in the user's stead.

    All events of an act have the same time of recording: the first of them counts.
    """

    def when(event: HookupEvent, case: Case) -> bool:
        is_so = event.in_stead if entry is None else event.entry == entry
        return is_so and micros(event.entered_at) != case.act_recorded_at

    return when


ENTRIES: Final[tuple[Figure, ...]] = (
    Count(
        "entered_in_time",
        "及时录入的办理",
        on=EVERY,
        when=_entered(IN_TIME),
        at=_recorded_at,
        explained_by="entries.in_time",
    ),
    Rate(
        "entries.in_time",
        "录入及时率",
        part="entered_in_time",
        of=("entered_in_time", "entered_late", "entered_approved"),
        means="发生之后至下一工作日营业结束（规则版本所定）之前录入的办理，按录入时间（北京时间）归入月份",
        per="及时录入、补录和经批准补录的办理；同一次操作计一次",
        excludes="由台账读入的；系统自动发生的；不能填写发生时间的",
        clause="HK-01",
    ),
    Count(
        "entered_late",
        "补录",
        on=EVERY,
        when=_entered(LATE),
        at=_recorded_at,
        unit="次",
        means="逾期录入、无需批准的办理；" + _ENTERED,
        excludes="由台账读入的",
        clause="HK-01",
        behind="补录的办理",
    ),
    Count(
        "entered_approved",
        "经批准补录",
        on=EVERY,
        when=_entered(APPROVED),
        at=_recorded_at,
        unit="次",
        means="逾期过久或公布超时之后录入、经他人批准生效的办理；" + _ENTERED,
        excludes="待批准和未获批准的",
        clause="HK-01",
        behind="经批准补录的办理",
    ),
    Count(
        "late_entry_requested",
        "补录报批",
        on="late_entry_requested",
        at=_recorded_at,
        unit="次",
        means="须经他人批准的补录，报批时计一次；" + _ENTERED,
        clause="HK-01",
    ),
    Count(
        "late_entry_declined",
        "补录未获批准",
        on="late_entry_decided",
        when=lambda event, _: not event.approved,
        at=_recorded_at,
        unit="次",
        means="未获批准的补录；" + _ENTERED,
        excludes="待批准的",
        clause="HK-01",
    ),
    Count(
        "begun_anew",
        "撤回或不予办理后重新申请",
        on="case_submitted",
        when=lambda event, _: event.begun_anew_after is not None,
        means="同一用户、同一服务、同一地块九十日内曾撤回或不予办理、又提出的申请；" + DONE,
        excludes="以前的件未终止的",
        clause="HK-02",
    ),
    Count(
        "in_stead",
        "代录",
        on=EVERY,
        when=_entered(None),
        at=_recorded_at,
        unit="次",
        means="工作人员或帮办人员凭用户签字材料或授权代用户办理；" + _ENTERED + "；同一次操作计一次",
        excludes="用户自己办理的",
        clause="HK-07",
    ),
)
