"""The time of stages and of whole cases, and the pauses of closed cases by reason."""

from collections.abc import Callable, Mapping
from typing import Final

from services.metrics.declare import Count, Duration, Figure
from services.metrics.sources.hookup.facts import TOTAL, Case


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
        unit="次",
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
