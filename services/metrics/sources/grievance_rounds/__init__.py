"""Visits and calls of rounds (回访走访), declared: on the topic of grievances, beside these."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sqlalchemy import literal

from libs.common.http.fields import Code
from libs.common.places import Supply as Supply
from services.metrics.declare import Count, Dimension, Figure, Live, Panel, Rate, Share, Source
from services.metrics.domain import names as common
from services.metrics.domain.months import month_of
from services.metrics.domain.names import name_in
from services.metrics.events.reader import Instant, Ranged, Reader
from services.metrics.sources.grievances.figures import SATISFIED, TARGET, WELL_SATISFIED

DRAWN, ENDED = "interview_drawn", "interview_ended"
OPEN, REACHED, REFUSED, UNREACHABLE = "OPEN", "REACHED", "REFUSED", "UNREACHABLE"
_CLAUSE: Final = "二（二）2"
# The codes of the contract (contracts/codes/grievances.json).
PURPOSE_NAMES: Final = {"CALLS": "电话回访", "VISITS": "企业走访", "SURVEY": "满意度调查"}
CATEGORY_NAMES: Final = {
    "ENT": "企业用户",
    "IND": "个体工商户",
    "RES": "居民用户",
    "PUB": "公服用户",
    "OTH": "其他",
}
_Name = Annotated[str, Meta(max_length=40)]


class InterviewEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of a visit or call; `grade` is the answer to the first question for a grade."""

    interview_id: Annotated[str, Meta(min_length=1, max_length=64)]
    purpose: _Name
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)]
    supply: _Name
    category: _Name
    occurred_at: Instant
    outcome: _Name | None = None
    grade: Annotated[int, Meta(ge=1, le=5)] | None = None


class Interview(Struct, array_like=True):
    """The facts of one customer who is asked; `month` is that of the end."""

    state: str = ""
    grade: int | None = None
    month: str | None = None


_READER: Final = Reader("grievances", InterviewEvent, dict.fromkeys((DRAWN, ENDED), InterviewEvent))


def _apply(name: str, event: InterviewEvent, facts: Interview) -> None:
    if name == DRAWN:
        facts.state = OPEN
    elif name == ENDED:
        facts.state, facts.grade = event.outcome or "", event.grade
        facts.month = month_of(event.occurred_at)


def _of(code: str, name: str, means: str, state: str | None, **more: Any) -> Count:
    return Count(
        code,
        name,
        of=lambda facts: int(state is None or facts.state == state),
        unit="户",
        means=f"{means}，按访问结束的月份",
        clause=_CLAUSE,
        **more,
    )


def _graded(code: str, name: str, means: str, least: int, **more: Any) -> Count:
    return Count(
        code,
        name,
        of=lambda facts: int(facts.grade is not None and facts.grade >= least),
        unit="户",
        means=f"{means}，按访问结束的月份",
        clause=_CLAUSE,
        **more,
    )


def _share(code: str, name: str, part: str, means: str) -> Share:
    return Share(
        code,
        name,
        part=part,
        of=("graded",),
        target=TARGET,
        means=f"{means}；只计作答的户，不按层加权，加权的估计见各次活动",
        per="作答评分题的受访户",
        excludes="拒访、未联系上和未作答的户",
        clause=_CLAUSE,
    )


FIGURES: Final[tuple[Figure, ...]] = (
    Live(
        "waiting",
        "待访",
        where=lambda _facts, _now: literal(True),
        unit="户",
        means="已列入样本、还没有访问结果的户",
        clause=_CLAUSE,
    ),
    Count(
        "drawn",
        "列入样本",
        on=DRAWN,
        once=True,
        unit="户",
        means="回访、走访、调查抽取的户，按抽取月份",
        clause=_CLAUSE,
    ),
    _of("asked", "访问结束", "已访、拒访和未联系上的户", None),
    _of("reached", "已访", "联系上并作答的户", REACHED, part_of="asked"),
    _of("refused", "拒访", "拒绝受访的户", REFUSED, part_of="asked"),
    _of("unreachable", "未联系上", "多次联系未联系上的户", UNREACHABLE, part_of="asked"),
    Rate(
        "round_coverage",
        "访问率",
        part="reached",
        of=("asked",),
        means="已访的户占访问结束的户的比例",
        clause=_CLAUSE,
    ),
    _graded("graded", "评分", "作答评分题的户", 1),
    _graded("satisfied", "满意（含基本满意）", "评3分以上的户", SATISFIED, part_of="graded"),
    _graded("well_satisfied", "满意（不含基本满意）", "评4分以上的户", WELL_SATISFIED, part_of="graded"),
    _share("round_satisfied", "满意率（含基本满意）", "satisfied", "评3分以上的户占评分的户的比例"),
    _share(
        "round_well_satisfied", "满意率（不含基本满意）", "well_satisfied", "评4分以上的户占评分的户的比例"
    ),
)
_ALL: Final = tuple(figure.code for figure in FIGURES if figure.code not in ("waiting", "drawn"))

GRIEVANCE_ROUNDS: Final = Source(
    "grievance_rounds",
    "回访走访",
    service="grievances",
    facts=Interview,
    dims=(
        Dimension("district", common.district_name),
        Dimension("utility", common.utility_name, query_type=Code),
        Dimension("supply", common.supply_name, query_type=Supply),
        Dimension("purpose", name_in(PURPOSE_NAMES), title="方式"),
        Dimension("customer_category", name_in(CATEGORY_NAMES), title="用户类别"),
    ),
    more_dims=(),
    read=_READER.read,
    subject=lambda event: (
        event.interview_id,
        (event.district, event.utility, event.supply, event.purpose, event.category),
    ),
    apply=_apply,
    is_live=lambda facts: facts.state == OPEN,
    ended_in=lambda facts: facts.month,
    judged_under=lambda _event: None,
    shown=lambda facts: {"state": facts.state},
    figures=FIGURES,
    board=(
        Panel("rounds", ("waiting", "drawn", *_ALL)),
        Panel("rounds_by_utility", _ALL, ("utility",)),
        Panel("rounds_by_district", _ALL, ("district",)),
        Panel("rounds_by_purpose", _ALL, ("purpose",)),
        Panel("rounds_by_category", _ALL, ("customer_category",)),
        Panel("rounds_by_month", _ALL, ("month",)),
    ),
)
