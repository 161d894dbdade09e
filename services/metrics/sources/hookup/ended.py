"""Ended cases: closed and on time, gaps, pauses, ratings, the time of stages. All go by the month of the end.

Only cases with a limit that are not special count for the 3/5/10 days (HK-02); agreed dates, planning values and
cases without a promise have counts of their own. A case withdrawn, refused or made special while it was overdue is
counted as such, since it leaves the rate. Of each denominator is counted how many were read in from ledgers.

Satisfaction (满意率) is of one cohort: cases by the month in which they closed, whenever they were rated. Five grades
(好差评, GB/T 39735) are kept apart; 基本满意 counts as satisfied, and the share without it stands beside (O11).
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from services.metrics.declare import Count, Duration, Figure, Mean, Rate, Share
from services.metrics.sources.hookup.facts import CLOSED, REFUSED, TOTAL, WITHDRAWN, Case, Outcome

# 二（二）2: 确保今年用户满意度不低于99.5%.
TARGET: Final = Fraction(995, 1000)
GRADE_NAMES: Final = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
SATISFIED, WELL_SATISFIED = 3, 4
# What a grade counts for on a scale of a hundred.
POINTS: Final = {5: 100, 4: 80, 3: 60, 2: 30, 1: 0}

_PLAIN = "特殊情况件（HK-02）"
_CLOSED = "办结件"
_ENDED_BY = "按办结时间（北京时间）归入月份"
_RATED = "用户已评价的办结件"
_LIMIT = "按规定时限（无外线3天、50米以内5天、200米以内10天）承诺的水、气办结件"
_READINGS = {"working": "工作日", "calendar_roll": "自然日顺延", "calendar_strict": "自然日"}
_FROM_LEDGER = "_ledger"

Of = Callable[[Case], int]


def closed(of: Callable[[Case, Outcome], Any]) -> Of:
    """Return a count of closed cases."""
    return lambda case: int(of(case, case.outcome) or 0) if case.outcome and case.state == CLOSED else 0


def plain(of: Callable[[Case, Outcome], Any]) -> Of:
    """Return a count of closed cases that are not special."""
    return closed(lambda case, outcome: not case.special and of(case, outcome))


def promised(basis: str, of: Callable[[Outcome], Any]) -> Of:
    """Return a count of closed cases whose promise rests on something and is judged."""
    return plain(
        lambda _, outcome: outcome.basis == basis and outcome.judged is not None and of(outcome) is True
    )


def left(state: str, *, overdue: bool = False) -> Of:
    """Return a count of cases that were withdrawn or refused, all or those that were overdue."""
    return lambda case: int(case.state == state and (case.ended_overdue or not overdue))


def rated(of: Callable[[int], Any]) -> Of:
    """Return a count over the grades of closed cases."""
    return closed(lambda case, _: of(case.score) if case.score is not None else 0)


def _ledger(whole: str, of: Of) -> Count:
    """Return how many of a denominator were read in from ledgers."""
    return Count(
        whole + _FROM_LEDGER,
        "由台账读入的件",
        of=lambda case: of(case) if case.outcome and case.outcome.from_ledger else 0,
        explained_by="cases.from_ledger",
    )


def _kept(code: str, name: str, basis: str, title: str, reading: str = "judged", **says: str) -> list[Figure]:
    """Return the rate of kept promises that rest on something, in a reading of a day, and its two counts."""
    whole = promised(basis, lambda outcome: getattr(outcome, reading) is not None)
    return [
        Count(code, title, of=whole, explained_by=says.get("explained_by") or f"cases.{code}"),
        Count(
            f"{code}_on_time",
            f"{title}，按时",
            of=promised(basis, lambda outcome: getattr(outcome, reading)),
            explained_by=says.get("explained_by") or f"cases.{code}",
        ),
        _ledger(code, whole),
        Rate(
            f"cases.{code}", name, part=f"{code}_on_time", of=(code,), from_ledger=code + _FROM_LEDGER, **says
        ),
    ]


def _by_late_entry(code: str, basis: str, name: str, rate: str, clause: str) -> Count:
    return Count(
        code,
        name,
        of=promised(basis, lambda outcome: outcome.judged and outcome.by_late_entry),
        means=f"{rate}的按时件中，公布超时之后经他人批准补录、因而判为按时的件",
        excludes=_PLAIN,
        clause=clause,
    )


_CLOSED_CASE = closed(lambda _case, _outcome: 1)
_SPECIAL = closed(lambda case, _: case.special)
_GAP = closed(lambda _, outcome: outcome.gaps > 0)
_CEILING = plain(lambda _, outcome: outcome.ceiling_kept is not None)
_IS_RATED = rated(lambda _: 1)

ENDED: Final[tuple[Figure, ...]] = (
    Count(
        "closed",
        "办结",
        of=_CLOSED_CASE,
        means=_ENDED_BY + "的办结件",
        excludes="撤回、不予办理的件",
        clause="HK-01",
    ),
    *_kept(
        "limit",
        "按时率（3/5/10天）",
        "LIMIT",
        "按3/5/10天考核的办结件",
        means="在应办结时间（含）之前办结的件；按考核口径，另列工作日、自然日顺延、自然日三种读法",
        per=_LIMIT,
        excludes=_PLAIN + "；按约定日期或计划时限承诺的件；未约定日期的件",
        clause="HK-02；O1；民法典 §203",
    ),
    *(
        figure
        for reading, name in _READINGS.items()
        for figure in _kept(
            f"limit_{reading}",
            f"按时率（3/5/10天，{name}）",
            "LIMIT",
            f"按3/5/10天考核的办结件（{name}）",
            reading,
            explained_by="cases.limit",
        )
    ),
    Count(
        "limit_late",
        "超时办结（3/5/10天）",
        of=promised("LIMIT", lambda outcome: outcome.judged is False),
        explained_by="cases.limit",
    ),
    _by_late_entry("limit_by_late_entry", "LIMIT", "补录后按时", "按时率（3/5/10天）", "HK-01；HK-02"),
    Count(
        "closed_ledger",
        "由台账读入的办结件",
        of=closed(lambda _, outcome: outcome.from_ledger),
        explained_by="cases.from_ledger",
    ),
    Rate(
        "cases.from_ledger",
        "台账占比",
        part="closed_ledger",
        of=("closed",),
        means="办结时间由台账补录读入的办结件",
        per=_CLOSED,
        excludes="由系统办理的件；台账读入的既不算按时录入也不算补录，各比率分母中的件数另列",
        clause="HK-01",
    ),
    *_kept(
        "agreed",
        "约定日期按时率",
        "AGREED",
        "按约定日期的办结件",
        means="在书面约定的日期（含）之前办结的件",
        per="按约定日期承诺的办结件：外线200米以外，以及供热",
        excludes=_PLAIN + "；不计入3/5/10天按时率",
        clause="O4；O5",
    ),
    *_kept(
        "planned",
        "计划时限按时率",
        "PLANNED",
        "按计划时限的办结件",
        means="在规则版本所定的计划时限之内办结的件",
        per="未约定日期、按计划时限衡量的供热办结件",
        excludes=_PLAIN + "；不计入3/5/10天按时率",
        clause="O5",
    ),
    *(
        _by_late_entry(
            f"{basis.lower()}_by_late_entry", basis, f"{name}补录后按时", f"{name}按时率", "HK-01；O4；O5"
        )
        for basis, name in (("AGREED", "约定日期"), ("PLANNED", "计划时限"))
    ),
    Count("ceiling", "有勘查、设计、验收上限的办结件", of=_CEILING, explained_by="cases.ceiling"),
    Count(
        "ceiling_kept",
        "上限之内的办结件",
        of=plain(lambda _, outcome: outcome.ceiling_kept),
        explained_by="cases.ceiling",
    ),
    _ledger("ceiling", _CEILING),
    Rate(
        "cases.ceiling",
        "勘查、设计、验收上限合规率",
        part="ceiling_kept",
        of=("ceiling",),
        from_ledger="ceiling_ledger",
        means="勘查、设计、验收合计所用工作日不超过上限（供水12、供气18、供热30个工作日，规则版本所定）的件",
        per="外线200米以外和供热的办结件",
        excludes=_PLAIN + "；没有上限的件；此上限施行之前办结的件",
        clause="O2；O4；O5",
    ),
    Count(
        "unpromised",
        "未承诺日期",
        of=plain(lambda _, outcome: outcome.judged is None),
        means="没有任何应办结时间的办结件",
        excludes=_PLAIN,
        clause="O4",
    ),
    Count("special", "特殊情况", of=_SPECIAL, explained_by="cases.special"),
    Rate(
        "cases.special",
        "特殊情况",
        part="special",
        of=("closed",),
        from_ledger="closed_ledger",
        unit="件",
        means="经他人认定为特殊情况的办结件",
        per=_CLOSED,
        excludes="申请中、未认定的件",
        clause="HK-02",
    ),
    Count(
        "special_overdue",
        "超时后转特殊情况",
        of=closed(lambda case, _: case.special and case.special_overdue),
        means="认定为特殊情况之时已经超时的特殊情况办结件",
        excludes="认定之时未超时的件",
        clause="HK-02",
    ),
    Count(
        "gaps",
        "空档",
        of=closed(lambda _, outcome: outcome.gaps),
        once=False,
        unit="次",
        means="办结件相邻环节之间达到两个工作日的间隔次数",
        excludes="暂停的日子；一个工作日以内的正常交接",
        clause="HK-03",
    ),
    Count("gap_cases", "有空档", of=_GAP, explained_by="cases.gap_cases"),
    Rate(
        "cases.gap_cases",
        "有空档",
        part="gap_cases",
        of=("closed",),
        from_ledger="closed_ledger",
        unit="件",
        means="至少有一次空档的办结件",
        per=_CLOSED,
        excludes="同“空档”",
        clause="HK-03",
    ),
    Count(
        "gap_workdays",
        "空档工作日",
        of=closed(lambda _, outcome: outcome.gap_workdays),
        once=False,
        unit="天",
        means="各次空档的工作日之和",
        excludes="同“空档”",
        clause="HK-03",
    ),
    Count(
        "gap_minutes",
        "空档与交接用时",
        of=closed(lambda _, outcome: outcome.gap_minutes),
        once=False,
        unit="分钟",
        means="既无环节在办又未暂停的时间之和",
        excludes="暂停的时间",
        clause="HK-03",
    ),
    Count(
        "overlap_saved_minutes",
        "压茬节约",
        of=closed(lambda _, outcome: outcome.overlap_saved_minutes),
        once=False,
        unit="分钟",
        means="各环节用时之和减去至少有一个环节在办的时间",
        excludes="撤回、不予办理的件",
        clause="HK-03",
        behind="压茬节约了时间的办结件",
    ),
    Count(
        "violations",
        "违规",
        of=closed(lambda _, outcome: outcome.violations),
        once=False,
        unit="次",
        means="不在允许并行之列的压茬、不安全的次序、外线200米以外或供热而签订合同前未约定日期，每件每种计一次",
        clause="HK-03；O4",
    ),
    Count(
        "withdrawn", "撤回", of=left(WITHDRAWN), means="申请人撤回的件，按撤回时间归入月份", clause="HK-01"
    ),
    Count(
        "withdrawn_overdue",
        "超时后撤回",
        of=left(WITHDRAWN, overdue=True),
        means="撤回之时已经超时的撤回件，因撤回而不在按时率之内",
        excludes="撤回之时未超时的件",
        clause="HK-01；HK-02",
    ),
    Count(
        "refused",
        "不予办理",
        of=left(REFUSED),
        means="受理前后不予办理的件，按决定时间归入月份",
        clause="HK-01",
    ),
    Count(
        "refused_overdue",
        "超时后不予办理",
        of=left(REFUSED, overdue=True),
        means="决定不予办理之时已经超时的件，因不予办理而不在按时率之内",
        excludes="决定之时未超时的件",
        clause="HK-01；HK-02",
    ),
)


def _pauses(at: int) -> Callable[[Case], Mapping[str, int]]:
    """Return the sum of one number of a closed case's pauses by reason."""

    def of(case: Case) -> Mapping[str, int]:
        sums: dict[str, int] = {}
        for pause in case.outcome.pauses if case.outcome else ():
            sums[pause[0]] = sums.get(pause[0], 0) + int(pause[at])
        return sums

    return of


_NOT_COMPLETED = "未完成的环节"
_GROSS = "未完成的环节；不扣除暂停，扣除暂停的另列为“全流程（扣除暂停）”"
TIMES: Final[tuple[Figure, ...]] = (
    Duration(
        "stages",
        "环节件数",
        by="stage",
        whole=TOTAL,
        of=lambda case: case.times,
        means="已完成该环节的件，按完成时间归入月份；完成后重新办理的环节另计一次；全流程为办结件",
        excludes=_NOT_COMPLETED,
        clause="HK-01",
        behind="完成环节的件",
        elapsed=Figure(
            "stages.elapsed",
            "环节用时",
            unit="分钟",
            means="环节开始到完成的自然时间；合计、最短、最长为精确值，中位数、90分位数误差不超过1%",
            excludes=_GROSS,
            clause="HK-01；O3",
        ),
        working=Figure(
            "stages.working",
            "环节工作时间",
            unit="分钟",
            means="环节用时中落在工作日营业时间之内的部分",
            excludes=_GROSS,
            clause="HK-01；O3",
        ),
    ),
    Count(
        "pauses",
        "暂停次数",
        of=_pauses(1),
        by="reason",
        once=False,
        means="办结件已批准的暂停",
        excludes="未批准的暂停；在办件",
        clause="HK-02；O3",
    ),
    Count(
        "pause_days",
        "暂停天数",
        of=_pauses(2),
        by="reason",
        once=False,
        unit="天",
        means="暂停开始次日到恢复当日的自然日，同一原因的同一天只计一次",
        excludes="未批准的暂停；在办件",
        clause="HK-02；O3",
    ),
)


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
        means="用户已评价的办结件，不论何时评价；" + _ENDED_BY,
        excludes="未评价的件；未办结的件",
        clause="二（二）2",
        behind="已评价的办结件",
    ),
    _ledger("rated", _IS_RATED),
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
        per=_CLOSED + "；两者同按办结月份",
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
