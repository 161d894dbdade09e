"""Ratings of services (好差评), declared: every ended service is invited; with and without those under suspicion."""

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sqlalchemy import and_

from libs.common.http.fields import Code
from libs.common.places import Supply
from services.metrics.declare import Count, Dimension, Figure, Live, Panel, Rate, Share, Source
from services.metrics.domain import names as common
from services.metrics.domain.months import month_of
from services.metrics.domain.names import name_in
from services.metrics.events.reader import Instant, Ranged, Reader

# The codes of the contract (contracts/codes/grievances.json).
SERVICE_NAMES: Final = {"HOOKUP": "报装", "REQUEST": "用户业务", "GRIEVANCE": "诉求"}
GRADE_NAMES: Final = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
# 二（二）2: 确保今年用户满意度不低于99.5%.
TARGET: Final = Fraction(995, 1000)
SATISFIED, WELL_SATISFIED = 3, 4
NOBODY: Final = "NONE"
_CLAUSE: Final = "二（二）2；鲁政办发〔2020〕10号"
_EXCLUDED: Final = "经两级审核排除的恶意或误评；未评价的"
_Name = Annotated[str, Meta(max_length=40)]
_Grade = Annotated[int, Meta(ge=1, le=5)]


class RatingEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of the events of a rating; each says how the rating stands after it."""

    rating_id: Annotated[str, Meta(max_length=40)]
    rated_service: _Name
    utility: Annotated[str, Meta(min_length=1, max_length=40)] | None
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    supply: _Name | None
    served_at: Instant
    grade: _Grade | None
    channel: _Name | None
    is_bad: bool
    is_suspect: bool
    is_excluded: bool
    occurred_at: Instant
    ended: bool | None = None
    on_time: bool | None = None


class Rating(Struct, array_like=True):
    """The facts of one rating: those that are invited count in the month in which the service ended."""

    month: str = ""
    is_open: bool = True
    grade: int | None = None
    is_bad: bool = False
    is_suspect: bool = False
    is_excluded: bool = False
    called_on_time: bool | None = None
    rectified_on_time: bool | None = None


_READ: Final = (
    "rating_invited",
    "rating_given",
    "rating_changed",
    "rating_expired",
    "rating_suspected",
    "bad_rating_called_back",
    "rating_called_back",
    "bad_rating_rectified",
    "appeal_decided",
)
_READER: Final = Reader("grievances", RatingEvent, dict.fromkeys(_READ, RatingEvent))


def _apply(name: str, event: RatingEvent, facts: Rating) -> None:
    facts.month = month_of(event.served_at)
    facts.grade, facts.is_bad = event.grade, event.is_bad
    facts.is_suspect, facts.is_excluded = event.is_suspect, event.is_excluded
    if name in ("rating_given", "rating_expired"):
        facts.is_open = False
    if name == "bad_rating_called_back" and event.ended:
        facts.called_on_time = event.on_time
    if name == "bad_rating_rectified":
        facts.rectified_on_time = event.on_time


def _counts(facts: Rating) -> bool:
    return facts.grade is not None and not facts.is_excluded


def _of(code: str, name: str, means: str, holds: Callable[[Rating], bool], **more: Any) -> Count:
    return Count(code, name, of=lambda facts: int(holds(facts)), means=means, clause=_CLAUSE, **more)


def _at_least(least: int, *, is_trusted: bool = False) -> Callable[[Rating], bool]:
    return lambda facts: (
        _counts(facts) and (facts.grade or 0) >= least and not (is_trusted and facts.is_suspect)
    )


def _share(code: str, name: str, least: int, means: str, *, is_trusted: bool = False) -> tuple[Figure, ...]:
    of = "trusted" if is_trusted else "rated"
    left_out = f"{_EXCLUDED}；存疑的评价" if is_trusted else _EXCLUDED
    return (
        _of(
            code,
            name.replace("满意率", "满意", 1),
            means,
            _at_least(least, is_trusted=is_trusted),
            part_of=of,
            explained_by=f"ratings.{code}",
        ),
        Share(
            f"ratings.{code}",
            name,
            part=code,
            of=(of,),
            target=TARGET,
            means=f"{means}；达标按分数精确判断，不低于99.5%为达标；区间为95%威尔逊区间",
            per="已评价的服务",
            excludes=f"{left_out}；无人评价时不判断是否达标",
            clause="二（二）2；O11",
        ),
    )


LIVE: Final[tuple[Figure, ...]] = (
    Live(
        "awaiting",
        "待评价",
        where=lambda facts, _now: facts.is_open.is_(True),
        means="已邀请、尚在评价期内而未评价的服务",
        clause=_CLAUSE,
    ),
    Live(
        "bad_open",
        "差评待整改",
        where=lambda facts, _now: and_(
            facts.is_bad.is_(True), facts.is_excluded.is_(False), facts.rectified_on_time.is_(None)
        ),
        means="不满意和非常不满意的评价中尚未整改的",
        excludes=_EXCLUDED,
        clause=_CLAUSE,
    ),
)
COUNTS: Final[tuple[Figure, ...]] = (
    _of("invited", "邀请评价", "已结束、邀请评价的服务，按结束月份；逐件邀请，不作选择", lambda _facts: True),
    _of("rated", "已评价", "已评价的服务", _counts, part_of="invited", excludes=_EXCLUDED),
    _of(
        "suspect",
        "存疑",
        "有疑点、可能不是本人作出的评价，只标记不删除",
        lambda facts: _counts(facts) and facts.is_suspect,
        part_of="rated",
    ),
    _of(
        "trusted",
        "不含存疑的评价",
        "已评价且没有疑点的服务",
        lambda facts: _counts(facts) and not facts.is_suspect,
        part_of="rated",
        excludes=f"{_EXCLUDED}；存疑的评价",
    ),
    _of(
        "excluded",
        "已排除",
        "经县（市、区）和市局两级审核、认定恶意或误评而排除的评价",
        lambda facts: facts.is_excluded,
    ),
    *(
        _of(
            f"graded_{grade}",
            name,
            f"评价为{name}（{grade}分）的服务",
            lambda facts, grade=grade: _counts(facts) and facts.grade == grade,  # type: ignore[misc]
            part_of="rated",
            excludes=_EXCLUDED,
        )
        for grade, name in GRADE_NAMES.items()
    ),
    Rate(
        "ratings.coverage",
        "评价率",
        part="rated",
        of=("invited",),
        means="已评价的服务",
        per="邀请评价的服务",
        excludes=_EXCLUDED,
        clause=_CLAUSE,
    ),
    *_share("satisfied", "满意率（含基本满意）", SATISFIED, "评价为基本满意及以上的服务"),
    *_share("well_satisfied", "满意率（不含基本满意）", WELL_SATISFIED, "评价为满意及以上的服务"),
    *_share(
        "trusted_satisfied",
        "满意率（含基本满意，不含存疑）",
        SATISFIED,
        "没有疑点、评价为基本满意及以上的服务",
        is_trusted=True,
    ),
    _of("bad", "差评", "不满意和非常不满意的评价", lambda facts: facts.is_bad and not facts.is_excluded),
    _of(
        "called_on_time",
        "差评按时回访",
        "1个工作日内回访的差评",
        lambda facts: facts.is_bad and not facts.is_excluded and facts.called_on_time is True,
        part_of="bad",
        explained_by="ratings.called_on_time",
    ),
    Rate(
        "ratings.called_on_time",
        "差评按时回访率",
        part="called_on_time",
        of=("bad",),
        means="1个工作日内回访的差评",
        per="差评",
        excludes=_EXCLUDED,
        clause=_CLAUSE,
    ),
    _of(
        "rectified_on_time",
        "差评按时整改",
        "5个工作日内整改的差评",
        lambda facts: facts.is_bad and not facts.is_excluded and facts.rectified_on_time is True,
        part_of="bad",
        explained_by="ratings.rectified_on_time",
    ),
    Rate(
        "ratings.rectified_on_time",
        "差评按时整改率",
        part="rectified_on_time",
        of=("bad",),
        means="5个工作日内整改的差评",
        per="差评",
        excludes=_EXCLUDED,
        clause=_CLAUSE,
    ),
)
_LIVE = tuple(figure.code for figure in LIVE)
_NUMBERS = ("invited", "rated", "ratings.coverage", "suspect", "excluded")
_GRADES = tuple(f"graded_{grade}" for grade in GRADE_NAMES)
_SHARES = ("ratings.satisfied", "ratings.well_satisfied", "ratings.trusted_satisfied")
_BAD = ("bad", "ratings.called_on_time", "ratings.rectified_on_time")
_SHORT = (
    "rated",
    "ratings.coverage",
    "suspect",
    "ratings.satisfied",
    "ratings.trusted_satisfied",
    "ratings.rectified_on_time",
)

GRIEVANCE_RATINGS: Final = Source(
    "grievance_ratings",
    "好差评",
    service="grievances",
    menu="诉求",
    facts=Rating,
    dims=(
        Dimension("district", common.district_name),
        Dimension(
            "utility",
            lambda code: "未经专营单位" if code == NOBODY else common.utility_name(code),
            query_type=Code,
        ),
        Dimension(
            "supply",
            lambda code: "未定" if code == NOBODY else common.supply_name(code),
            query_type=Supply,
        ),
        Dimension("service", name_in(SERVICE_NAMES), title="服务"),
    ),
    more_dims=(),
    read=_READER.read,
    subject=lambda event: (
        event.rating_id,
        (event.district, event.utility or NOBODY, event.supply or NOBODY, event.rated_service),
    ),
    apply=_apply,
    is_live=lambda facts: (
        facts.is_open or (facts.is_bad and not facts.is_excluded and facts.rectified_on_time is None)
    ),
    ended_in=lambda facts: facts.month or None,
    judged_under=lambda _event: None,
    shown=lambda facts: {"grade": facts.grade, "suspect": facts.is_suspect},
    figures=(*LIVE, *COUNTS),
    board=(
        Panel("live", _LIVE),
        Panel("numbers", _NUMBERS),
        Panel("grades", _GRADES),
        Panel("shares", _SHARES),
        Panel("bad", _BAD),
        Panel("ratings_by_service", _SHORT, ("service",)),
        Panel("ratings_by_utility", _SHORT, ("utility",), ranked="ratings.satisfied"),
        Panel("ratings_by_district", _SHORT, ("district",), ranked="ratings.satisfied"),
        Panel("ratings_by_supply", _SHORT, ("supply",)),
        Panel("ratings_by_month", _SHORT, ("month",)),
    ),
)
