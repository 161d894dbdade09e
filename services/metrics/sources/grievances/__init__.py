"""Grievances (诉求), declared: what came in, how it was handled, what the call-back says, and the ledger."""

from typing import Final

from libs.common.http.fields import Code
from libs.common.places import Supply
from services.metrics.declare import Dimension, Panel, Source
from services.metrics.domain import names as common
from services.metrics.domain.names import name_in
from services.metrics.sources.grievances.facts import NOBODY, OPEN, READER, Grievance, apply
from services.metrics.sources.grievances.figures import COUNTS
from services.metrics.sources.grievances.live import EVENTS, LIVE

# The codes of the contract (contracts/codes/grievances.json).
KIND_NAMES: Final = {
    "CONSULTATION": "咨询",
    "HELP": "求助",
    "COMPLAINT": "投诉",
    "REPORT": "举报",
    "SUGGESTION": "建议",
    "REPAIR": "报修",
}
SOURCE_NAMES: Final = {
    "HOTLINE": "12345热线",
    "ISHANDONG": "爱山东",
    "WECHAT": "微信公众号",
    "GOV_PORTAL": "政务服务网",
    "HALL": "办事大厅",
    "PHONE": "专营单位电话",
    "VISIT": "企业走访",
    "CALL_BACK": "电话回访",
    "SYMPOSIUM": "座谈",
    "FINDING": "督导发现",
    "OPEN311": "Open311接口",
}


def _utility(code: str) -> str:
    return "尚未派单" if code == NOBODY else common.utility_name(code)


_LIVE = tuple(figure.code for figure in LIVE)
_WAYS = ("received", "ended", "closed", "refused", "terminated", "withdrawn", "unreachable", "reopened")
_WORK = (
    "orders",
    "grievances.response",
    "grievances.contact_minutes",
    "replies",
    "unanswered",
    "grievances.on_time",
    "grievances.redo",
    "grievances.handling_minutes",
    "impossible",
    "closed_at_once",
)
_CALLS = ("calls", "grievances.reached", "effective", "grievances.solved", "graded", "grievances.coverage")
_SATISFACTION = ("grievances.satisfied", "grievances.well_satisfied")
_OVERSIGHT = ("escalated", "supervised", "ledger_entered", "read_in", "grievances.crossed_off")
_SHORT = (
    "received",
    "closed",
    "grievances.response",
    "grievances.on_time",
    "grievances.solved",
    "grievances.satisfied",
    "grievances.coverage",
    "grievances.redo",
    "grievances.crossed_off",
)

GRIEVANCES: Final = Source(
    "grievances",
    "诉求",
    menu="诉求",
    facts=Grievance,
    dims=(
        Dimension("district", common.district_name),
        Dimension("utility", _utility, query_type=Code),
        Dimension(
            "supply", lambda code: "未定" if code == NOBODY else common.supply_name(code), query_type=Supply
        ),
        Dimension("kind", name_in(KIND_NAMES), title="诉求种类"),
        Dimension("source", name_in(SOURCE_NAMES), title="来源"),
        Dimension("category", lambda code: code, query_type=Code, title="诉求类别"),
    ),
    more_dims=(),
    read=READER.read,
    subject=lambda event: (
        event.grievance_number,
        (
            event.district,
            event.utility or NOBODY,
            event.supply or NOBODY,
            event.kind,
            event.source,
            event.category,
        ),
    ),
    apply=apply,
    is_live=lambda facts: facts.state == OPEN or facts.is_in_ledger,
    ended_in=lambda facts: facts.month,
    judged_under=lambda _event: None,
    shown=lambda facts: {"state": facts.state},
    figures=(*LIVE, *EVENTS, *COUNTS),
    board=(
        Panel("live", _LIVE),
        Panel("live_by_utility", _LIVE, ("utility",)),
        Panel("live_by_district", _LIVE, ("district",)),
        Panel("ways", _WAYS),
        Panel("work", _WORK),
        Panel("calls", _CALLS),
        Panel("satisfaction", _SATISFACTION),
        Panel("oversight", _OVERSIGHT),
        Panel("grievances_by_utility", _SHORT, ("utility",)),
        Panel("grievances_by_district", _SHORT, ("district",)),
        Panel("grievances_by_supply", _SHORT, ("supply",)),
        Panel("grievances_by_kind", _SHORT, ("kind",)),
        Panel("grievances_by_source", _SHORT, ("source",)),
        Panel("grievances_by_month", _SHORT, ("month",)),
        Panel("ranking", ("grievances.satisfied",), ("district",), ranked="grievances.satisfied"),
    ),
)
