"""Satisfaction (满意率) by cohort: cases by the month in which they closed, whenever they were rated.

The five grades (好差评, GB/T 39735) are counted separately; 基本满意 counts as satisfied, the share without it is a
second figure (O11). The target is judged on the exact fraction.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from services.metrics.declare import Count, Figure, Mean, Rate, Share
from services.metrics.sources.hookup.counting import CLOSED_CASES, ENDED_BY, ledger, rated

# 二（二）2: 确保今年用户满意度不低于99.5%.
TARGET: Final = Fraction(995, 1000)
GRADE_NAMES: Final = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
SATISFIED, WELL_SATISFIED = 3, 4
# What a grade counts for on a scale of a hundred.
POINTS: Final = {5: 100, 4: 80, 3: 60, 2: 30, 1: 0}

_RATED = "用户已评价的办结件"
_IS_RATED = rated(lambda _: 1)


def _satisfied(code: str, name: str, title: str, least: int, means: str) -> list[Figure]:
    return [
        Count(code, title, of=rated(lambda score: score >= least), explained_by=f"ratings.{code}"),
        Share(
            f"ratings.{code}",
            name,
            part=code,
            of=("rated",),
            from_ledger="rated_ledger",
            target=TARGET,
            means=means,
            per=_RATED,
            excludes="未评价的件；无人评价时不判断是否达标",
            clause="二（二）2；O11",
        ),
    ]


def _mean(code: str, name: str, of: Callable[[int], int], means: str) -> list[Figure]:
    return [
        Count(f"{code}_sum", f"{name}之和", of=rated(of), once=False, explained_by=f"ratings.{code}"),
        Mean(
            f"ratings.{code}",
            name,
            total=f"{code}_sum",
            count="rated",
            unit="分",
            means=means,
            per=_RATED,
            excludes="未评价的件",
            clause="二（二）2；O11",
        ),
    ]


RATINGS: Final[tuple[Figure, ...]] = (
    Count(
        "rated",
        "评价",
        of=_IS_RATED,
        means="用户已评价的办结件，不论何时评价；" + ENDED_BY,
        excludes="未评价的件；未办结的件",
        clause="二（二）2",
        behind="已评价的办结件",
    ),
    ledger("rated", _IS_RATED),
    *(
        Count(
            f"rated_{grade}",
            f"评价为{name}",
            of=rated(lambda score, grade=grade: score == grade),  # type: ignore[misc]
            means=f"评价为{name}（{grade}分）的办结件",
            excludes="未评价的件",
            clause="二（二）2",
        )
        for grade, name in GRADE_NAMES.items()
    ),
    *_satisfied(
        "satisfied",
        "满意率（含基本满意）",
        "满意（含基本满意）",
        SATISFIED,
        "评价为基本满意（3分）及以上的件；达标按分数精确判断，不低于99.5%为达标；区间为95%威尔逊区间",
    ),
    *_satisfied(
        "well_satisfied",
        "满意率（不含基本满意）",
        "满意（不含基本满意）",
        WELL_SATISFIED,
        "评价为满意（4分）及以上的件；达标和区间同上",
    ),
    Rate(
        "ratings.coverage",
        "评价覆盖率",
        part="rated",
        of=("closed",),
        from_ledger="closed_ledger",
        means="用户已评价的办结件，不论何时评价",
        per=CLOSED_CASES + "；两者同按办结月份",
        excludes="撤回、不予办理的件",
        clause="二（二）2",
    ),
    *_mean("score", "平均评分", lambda score: score, "各件评分（1至5分）之和"),
    *_mean(
        "points",
        "百分制得分",
        POINTS.__getitem__,
        "各件得分之和：非常满意100、满意80、基本满意60、不满意30、非常不满意0",
    ),
)
