"""Gaps, overlaps and violations of closed cases (HK-03)."""

from typing import Final

from services.metrics.declare import Count, Figure, Rate
from services.metrics.sources.hookup.counting import (
    CLOSED_CASES,
    closed,
)

_GAP = closed(lambda _, outcome: outcome.gaps > 0)

GAPS: Final[tuple[Figure, ...]] = (
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
        per=CLOSED_CASES,
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
)
