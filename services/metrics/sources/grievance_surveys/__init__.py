"""External surveys (第三方测评), declared: a series of its own, beside our own satisfaction and never added to it."""

from datetime import date
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from libs.common.http.fields import Code
from libs.common.places import Supply
from services.metrics.declare import Count, Dimension, Figure, Panel, Rate, Share, Source
from services.metrics.domain import names as common
from services.metrics.events.reader import Instant, Number, Ranged, Reader
from services.metrics.sources.grievances.figures import TARGET

WHOLE: Final = "ALL"
"""The code of the place of a result that names none."""
FULL_SCORE: Final = 10_000
_CLAUSE: Final = "一、总体目标；三（一）满意度测评占比不低于50%"
_BY: Final = "按测评结束月份，以最后一次更正为准"
_Name = Annotated[str, Meta(max_length=40)]


class SurveyEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of a result: the one that stands from now on."""

    survey_number: _Name
    last_day: date
    district: _Name | None
    utility: _Name | None
    supply: _Name | None
    sample: Number
    occurred_at: Instant
    satisfied: Number | None = None
    score: Annotated[int, Meta(ge=0, le=FULL_SCORE)] | None = None


class Survey(Struct, array_like=True):
    """The facts of one result; `month` is that in which its period ended."""

    month: str = ""
    sample: int = 0
    satisfied: int | None = None
    score: int | None = None


_NAMES: Final = ("survey_entered", "survey_corrected")
_READER: Final = Reader("grievances", SurveyEvent, dict.fromkeys(_NAMES, SurveyEvent))


def _apply(_name: str, event: SurveyEvent, facts: Survey) -> None:
    facts.month, facts.sample = f"{event.last_day:%Y-%m}", event.sample
    facts.satisfied, facts.score = event.satisfied, event.score


def _of(code: str, name: str, means: str, of: Any, **more: Any) -> Count:
    return Count(code, name, of=of, means=f"{means}，{_BY}", clause=_CLAUSE, once=False, **more)


FIGURES: Final[tuple[Figure, ...]] = (
    Count(
        "surveys",
        "测评结果",
        of=lambda _facts: 1,
        unit="项",
        means=f"市局登记的第三方测评结果，{_BY}",
        clause=_CLAUSE,
    ),
    _of("sample", "样本量", "测评的样本", lambda facts: facts.sample, unit="人"),
    _of(
        "counted",
        "计满意人数的样本",
        "测评结果写明满意人数的样本",
        lambda facts: 0 if facts.satisfied is None else facts.sample,
        unit="人",
        part_of="sample",
    ),
    _of(
        "satisfied",
        "满意（含基本满意）",
        "测评结果写明的满意人数",
        lambda facts: facts.satisfied or 0,
        unit="人",
        part_of="counted",
        explained_by="surveys.satisfied",
    ),
    Share(
        "surveys.satisfied",
        "测评满意率",
        part="satisfied",
        of=("counted",),
        target=TARGET,
        means="第三方测评的满意人数；与好差评、回访的满意率分列，互不合并",
        per="写明满意人数的测评样本",
        excludes="只有得分的测评结果",
        clause=_CLAUSE,
    ),
    _of(
        "points",
        "得分之和",
        "测评得分之和，单位为百分之一分",
        lambda facts: facts.score or 0,
        unit="百分之一分",
        explained_by="surveys.score",
    ),
    _of(
        "full_points",
        "满分之和",
        "有得分的测评结果的满分之和，单位为百分之一分",
        lambda facts: 0 if facts.score is None else FULL_SCORE,
        unit="百分之一分",
        explained_by="surveys.score",
    ),
    Rate(
        "surveys.score",
        "测评得分率",
        part="points",
        of=("full_points",),
        means="测评得分，各项结果权重相同",
        per="满分（每项100分）",
        excludes="只有满意人数的测评结果",
        clause=_CLAUSE,
    ),
)
_ALL: Final = ("surveys", "sample", "satisfied", "surveys.satisfied", "surveys.score")

GRIEVANCE_SURVEYS: Final = Source(
    "grievance_surveys",
    "第三方测评",
    service="grievances",
    menu="诉求",
    beside="grievance_ratings",
    facts=Survey,
    dims=(
        Dimension("district", lambda code: "全市" if code == WHOLE else common.district_name(code)),
        Dimension(
            "utility",
            lambda code: "全部单位" if code == WHOLE else common.utility_name(code),
            query_type=Code,
        ),
        Dimension(
            "supply",
            lambda code: "全部业务" if code == WHOLE else common.supply_name(code),
            query_type=Supply,
        ),
    ),
    more_dims=(),
    read=_READER.read,
    subject=lambda event: (
        event.survey_number,
        (event.district or WHOLE, event.utility or WHOLE, event.supply or WHOLE),
    ),
    apply=_apply,
    is_live=lambda _facts: False,
    ended_in=lambda facts: facts.month or None,
    judged_under=lambda _event: None,
    shown=lambda _facts: {},
    figures=FIGURES,
    board=(
        Panel("surveys_by_month", _ALL, ("month",)),
        Panel("surveys_by_district", _ALL, ("district",)),
        Panel("surveys_by_utility", _ALL, ("utility",)),
        Panel("surveys_by_supply", _ALL, ("supply",)),
    ),
)
