"""Requests of customers on their accounts (用户业务), declared: on the registry's topic, beside its accounts."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sqlalchemy import literal

from libs.common.http.fields import Code
from libs.common.places import Supply as Supply
from services.metrics.declare import Count, Dimension, Figure, Live, Panel, Rate, Source
from services.metrics.domain import names as common
from services.metrics.domain.months import micros, month_of
from services.metrics.domain.names import name_in
from services.metrics.events.reader import Instant, Ranged, Reader

# The codes of the registry's contract (contracts/codes/registry.json).
KIND_NAMES: Final = {
    "SUSPENSION": "报停",
    "RESUMPTION": "复用",
    "TRANSFER": "过户",
    "CLOSURE": "销户",
    "CHANGE": "信息变更",
}
SUBMITTED, ACCEPTED, DONE, REFUSED, WITHDRAWN = "SUBMITTED", "ACCEPTED", "DONE", "REFUSED", "WITHDRAWN"
_CLAUSE: Final = "二（二）2"
_Name = Annotated[str, Meta(max_length=40)]


class Deadline(Ranged, frozen=True, gc=False, kw_only=True):
    """A deadline that an amended calendar moved."""

    kind: _Name
    at: Instant


class RequestEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of the events of a request; those of accounts tell no kind of request.

    `due_at` is told at the receipt, `on_time` when it is done, `deadlines` when the calendar moves them.
    """

    request_number: _Name
    request_kind: _Name
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)]
    supply: _Name
    occurred_at: Instant
    recorded_at: Instant
    due_at: Instant | None = None
    on_time: bool | None = None
    deadlines: list[Deadline] | None = None


class Request(Struct, array_like=True):
    """The facts of one request: `due_at` in microseconds since 1970, `month` is that of its end."""

    state: str = SUBMITTED
    due_at: int | None = None
    on_time: bool | None = None
    month: str | None = None
    # That of the time that passed; of facts from before it was kept none.
    overdue_month: str | None = None


_ENDS: Final = {"request_done": DONE, "request_refused": REFUSED, "request_withdrawn": WITHDRAWN}
_STEPS: Final = (
    "request_submitted",
    "request_received",
    "request_accepted",
    "deadlines_moved",
    "request_overdue",
)
_READER: Final = Reader("registry", RequestEvent, dict.fromkeys((*_STEPS, *_ENDS), RequestEvent))


def _apply(name: str, event: RequestEvent, facts: Request) -> None:
    if name == "request_received" and event.due_at is not None:
        facts.due_at = micros(event.due_at)
    elif name == "request_accepted":
        facts.state = ACCEPTED
    elif name == "deadlines_moved":
        facts.due_at = next(
            (micros(row.at) for row in event.deadlines or () if row.kind == "DONE"), facts.due_at
        )
    elif name == "request_overdue":
        facts.overdue_month = month_of(event.occurred_at)
    elif name in _ENDS:
        facts.state, facts.on_time, facts.month = _ENDS[name], event.on_time, month_of(event.recorded_at)


def _ended(code: str, name: str, means: str, holds: Callable[[Request], bool], **more: Any) -> Count:
    return Count(code, name, of=lambda facts: int(holds(facts)), means=means, clause=_CLAUSE, **more)


LIVE: Final[tuple[Figure, ...]] = (
    Live(
        "open",
        "在办",
        where=lambda _facts, _now: literal(True),
        means="已提交而尚未结束的用户业务申请，含待用户补齐的",
        excludes="已办结、不予办理、撤回的申请",
        clause=_CLAUSE,
    ),
    Live(
        "overdue",
        "已超时",
        where=lambda facts, now: facts.due_at < micros(now),
        means="应办结时间已过的在办申请",
        excludes="尚未收齐、时限未起算的申请",
        clause=_CLAUSE,
    ),
)
COUNTS: Final[tuple[Figure, ...]] = (
    Count(
        "submitted",
        "提交",
        on="request_submitted",
        means="提交的用户业务申请，按提交月份",
        clause=_CLAUSE,
    ),
    _ended(
        "ended", "结束", "办结、不予办理和撤回的申请，按录入月份", lambda facts: facts.state in _ENDS.values()
    ),
    _ended("done", "办结", "办结的申请", lambda facts: facts.state == DONE, part_of="ended"),
    _ended("refused", "不予办理", "不予办理的申请", lambda facts: facts.state == REFUSED, part_of="ended"),
    _ended("withdrawn", "撤回", "用户撤回的申请", lambda facts: facts.state == WITHDRAWN, part_of="ended"),
    _ended(
        "done_on_time",
        "按时办结",
        "在时限内办结并录入的申请",
        lambda facts: facts.on_time is True,
        part_of="done",
        explained_by="requests.on_time",
    ),
    _ended(
        "due",
        "应办结",
        "办结的申请，和超过时限的申请，无论结果如何；未结束的按超时月份，结束的按录入月份",
        lambda facts: facts.state == DONE or facts.overdue_month is not None,
    ),
    Rate(
        "requests.on_time",
        "用户业务按时率",
        part="done_on_time",
        of=("due",),
        means="在时限内办结并录入的申请所占比例",
        per="办结的申请，和超过时限的申请",
        excludes="没有超时而不予办理或撤回的申请",
        clause=_CLAUSE,
        behind="应办结的申请",
    ),
)
_LIVE = tuple(figure.code for figure in LIVE)
_COUNTS = tuple(figure.code for figure in COUNTS if not figure.explained_by)

REGISTRY_REQUESTS: Final = Source(
    "registry_requests",
    "用户业务",
    service="registry",
    menu="用户",
    facts=Request,
    dims=(
        Dimension("district", common.district_name),
        Dimension("utility", common.utility_name, query_type=Code),
        Dimension("supply", common.supply_name, query_type=Supply),
        Dimension("kind", name_in(KIND_NAMES), title="业务事项"),
    ),
    more_dims=(),
    read=_READER.read,
    subject=lambda event: (
        event.request_number,
        (event.district, event.utility, event.supply, event.request_kind),
    ),
    apply=_apply,
    is_live=lambda facts: facts.month is None,
    ended_in=lambda facts: facts.month or facts.overdue_month,
    judged_under=lambda _event: None,
    shown=lambda facts: {"state": facts.state, "on_time": facts.on_time},
    figures=(*LIVE, *COUNTS),
    board=(
        Panel("live", _LIVE),
        Panel("live_by_kind", _LIVE, ("kind",)),
        Panel("live_by_utility", _LIVE, ("utility",)),
        Panel("requests", _COUNTS),
        Panel("requests_by_kind", _COUNTS, ("kind",)),
        Panel("requests_by_utility", _COUNTS, ("utility",)),
        Panel("requests_by_district", _COUNTS, ("district",)),
        Panel("requests_by_month", _COUNTS, ("month",)),
    ),
)
