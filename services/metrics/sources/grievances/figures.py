"""The figures of grievances, one entry each."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from services.metrics.declare import Count, Figure, Mean, Rate, Share
from services.metrics.sources.grievances.facts import CLOSED, REFUSED, TERMINATED, WITHDRAWN, Grievance
from services.metrics.sources.grievances.live import CLAUSE

# 二（二）2: 确保今年用户满意度不低于99.5%.
TARGET: Final = Fraction(995, 1000)
SATISFIED, WELL_SATISFIED = 3, 4
_ENDED_BY: Final = "按办结月份；重新办理的，到再次办结时连同以前各次一并计入"


def _of(code: str, name: str, means: str, of: Callable[[Grievance], int], **more: Any) -> Count:
    """Return a count of ended grievances, or of what was done on them."""
    return Count(code, name, of=of, means=f"{means}；{_ENDED_BY}", clause=CLAUSE, **more)


def _one(
    code: str, name: str, means: str, holds: Callable[[Grievance], bool], part_of: str = "ended", **more: Any
) -> Count:
    return _of(code, name, means, lambda facts: int(holds(facts)), part_of=part_of, **more)


def _sum(code: str, name: str, means: str, of: Callable[[Grievance], int], **more: Any) -> Count:
    return _of(code, name, means, of, once=False, **more)


def _graded(least: int) -> Callable[[Grievance], int]:
    return lambda facts: int(facts.state == CLOSED and facts.grade is not None and facts.grade >= least)


def _satisfied(code: str, name: str, least: int, means: str) -> tuple[Figure, ...]:
    return (
        _of(code, name, means, _graded(least), part_of="graded", explained_by=f"grievances.{code}"),
        Share(
            f"grievances.{code}",
            name.replace("满意", "满意率", 1),
            part=code,
            of=("graded",),
            target=TARGET,
            means=f"{means}；达标按分数精确判断，不低于99.5%为达标；区间为95%威尔逊区间",
            per="回访取得评价的办结诉求",
            excludes="未联系上、未评价的诉求；无人评价时不判断是否达标",
            clause="二（二）2；O11",
        ),
    )


COUNTS: Final[tuple[Figure, ...]] = (
    _of("ended", "结束", "办结、不予受理、终止和撤回的诉求", lambda _facts: 1),
    _one("closed", "办结", "经回访办结的诉求", lambda facts: facts.state == CLOSED),
    _one("refused", "不予受理", "不予受理的诉求", lambda facts: facts.state == REFUSED),
    _one("terminated", "终止", "终止办理的诉求", lambda facts: facts.state == TERMINATED),
    _one("withdrawn", "撤回", "诉求人撤回的诉求", lambda facts: facts.state == WITHDRAWN),
    _one(
        "unreachable",
        "未联系上",
        "多次回访未联系上而办结的诉求，不计入解决率和满意率",
        lambda facts: facts.outcome == "UNREACHABLE",
        part_of="closed",
    ),
    _one("reopened", "曾重新办理", "办结后又重新办理过的诉求", lambda facts: facts.reopened > 0),
    _sum("orders", "派单", "派给专营单位、有人可联系的工单", lambda facts: facts.orders, unit="单"),
    _sum(
        "contacts",
        "按时联系",
        "24小时内联系诉求人的工单",
        lambda facts: facts.contacts,
        unit="单",
        part_of="orders",
        explained_by="grievances.response",
    ),
    Rate(
        "grievances.response",
        "响应率",
        part="contacts",
        of=("orders",),
        means="派单后24小时内联系诉求人、且诉求人未否认的工单",
        per="派出的工单",
        excludes="匿名诉求；退单获同意的工单；不予受理的诉求",
        clause="grievances.md 响应率",
    ),
    _sum("replies", "答复", "答复的工单", lambda facts: facts.replies, unit="单"),
    _sum(
        "replies_on_time",
        "按时答复",
        "在时限内答复的工单",
        lambda facts: facts.replies_on_time,
        unit="单",
        part_of="replies",
        explained_by="grievances.on_time",
    ),
    _one(
        "unanswered",
        "超时未答复",
        "最后一次办理到结束时已过最终时限而仍未答复的诉求，经批准终止的除外",
        lambda facts: facts.is_unanswered and facts.state != TERMINATED,
    ),
    Rate(
        "grievances.on_time",
        "按时办结率",
        part="replies_on_time",
        of=("replies", "unanswered"),
        means="在最终时限内答复的工单",
        per="已答复的工单和超时未答复而结束的诉求",
        excludes="经批准终止的诉求",
        clause="grievances.md 按时办结率",
    ),
    _sum(
        "redos",
        "重办",
        "回访不满意而重办的工单",
        lambda facts: facts.redos,
        unit="单",
        part_of="replies",
        explained_by="grievances.redo",
    ),
    Rate(
        "grievances.redo",
        "重办率",
        part="redos",
        of=("replies",),
        means="回访不满意而重办的工单",
        per="已答复的工单",
        clause="grievances.md 重办率",
    ),
    _sum("calls", "回访", "回访的次数", lambda facts: facts.calls, unit="次"),
    _sum(
        "reached",
        "有效回访",
        "联系上诉求人的回访",
        lambda facts: facts.reached,
        unit="次",
        part_of="calls",
        explained_by="grievances.reached",
    ),
    Rate(
        "grievances.reached",
        "有效回访率",
        part="reached",
        of=("calls",),
        means="联系上诉求人的回访",
        per="全部回访",
        clause="grievances.md 有效回访率",
    ),
    _sum(
        "effective",
        "计入解决率的回访",
        "联系上诉求人的回访，咨询除外",
        lambda facts: facts.effective,
        unit="次",
    ),
    _sum(
        "solved",
        "已解决",
        "诉求人认为已解决的回访",
        lambda facts: facts.solved,
        unit="次",
        part_of="effective",
        explained_by="grievances.solved",
    ),
    Rate(
        "grievances.solved",
        "解决率",
        part="solved",
        of=("effective",),
        means="诉求人认为已解决的回访",
        per="联系上诉求人的回访",
        excludes="咨询；未联系上的",
        clause="grievances.md 解决率",
    ),
    _of(
        "graded",
        "取得评价",
        "最后一次有效回访取得评价的办结诉求",
        _graded(1),
        part_of="closed",
    ),
    *_satisfied("satisfied", "满意（含基本满意）", SATISFIED, "评价为基本满意及以上的诉求"),
    *_satisfied("well_satisfied", "满意（不含基本满意）", WELL_SATISFIED, "评价为满意及以上的诉求"),
    Rate(
        "grievances.coverage",
        "回访评价覆盖率",
        part="graded",
        of=("closed",),
        means="最后一次有效回访取得评价的办结诉求",
        per="办结的诉求",
        clause=CLAUSE,
    ),
    _sum(
        "contact_minutes_sum",
        "首次联系用时之和",
        "首次联系用时之和",
        lambda facts: facts.contact_minutes or 0,
        unit="分钟",
        explained_by="grievances.contact_minutes",
    ),
    _of(
        "contacted_once",
        "联系过",
        "联系过诉求人的诉求",
        lambda facts: int(facts.contact_minutes is not None),
        part_of="ended",
    ),
    Mean(
        "grievances.contact_minutes",
        "首次联系平均用时",
        total="contact_minutes_sum",
        count="contacted_once",
        unit="分钟",
        means="从收到诉求到首次联系诉求人的用时之和，自然时间；补录的联系从录入时起算",
        per="联系过诉求人的诉求",
        excludes="诉求人否认的联系；退单获同意的工单的联系",
        clause=CLAUSE,
    ),
    _sum(
        "handling_minutes_sum",
        "办理用时之和",
        "办理用时之和",
        lambda facts: (facts.handling_minutes or 0) if facts.state == CLOSED else 0,
        unit="分钟",
        explained_by="grievances.handling_minutes",
    ),
    _one(
        "timed",
        "可计用时",
        "办结时间不早于收到时间的办结诉求",
        lambda facts: facts.state == CLOSED and facts.handling_minutes is not None,
        part_of="closed",
    ),
    _one(
        "impossible",
        "时间颠倒",
        "办结时间早于收到时间的办结诉求，不计入平均办理用时",
        lambda facts: facts.state == CLOSED and facts.handling_minutes is None,
        part_of="closed",
    ),
    _one(
        "closed_at_once",
        "收到即办结",
        "收到后不足1分钟就办结的诉求，可能是办完才登记的",
        lambda facts: facts.state == CLOSED and facts.handling_minutes == 0,
        part_of="timed",
    ),
    Mean(
        "grievances.handling_minutes",
        "平均办理用时",
        total="handling_minutes_sum",
        count="timed",
        unit="分钟",
        means="从收到诉求到回访办结的用时之和，自然时间；重新办理的从最初收到时起算",
        per="办结的诉求",
        excludes="办结时间早于收到时间的",
        clause=CLAUSE,
    ),
)
