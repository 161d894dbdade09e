"""Quotes and bills, urging (催办), questions, agents (帮办代办), and confirmations and disputes of the live meter.

Each act counts once, in the month in which it happened; later events do not retract it.
"""

from typing import Any, Final

from services.metrics.declare import Count, Figure, Rate
from services.metrics.sources.hookup.counting import DONE
from services.metrics.sources.hookup.events import HookupEvent
from services.metrics.sources.hookup.facts import Case

_CHARGES = "二（一）2"


def _is_in_time(event: Any, _case: Case) -> bool:
    return bool(event.in_time)


def _has_no_agent_yet(_event: HookupEvent, case: Case) -> bool:
    # A case counts once: with its first agent, or when the deadline for one has passed.
    return case.agent_in_time is None


CHARGES: Final[tuple[Figure, ...]] = (
    Count(
        "extra_material_attempted",
        "超范围索要材料",
        on="extra_material_attempted",
        unit="次",
        means="要求用户提交清单以外或可共享获取的材料、被系统拒绝的次数，一次要求计一次；" + DONE,
        excludes="用户自行多交的材料",
        clause="HK-06",
    ),
    Count(
        "quote_made",
        "报价",
        on="quote_made",
        unit="次",
        means="按收费目录作出的报价，重新报价再计一次；" + DONE,
        excludes="被拦截的报价",
        clause=_CHARGES,
    ),
    Count("quote_blocked", "被拦截的报价", on="quote_blocked", explained_by="charges.quotes_blocked"),
    Rate(
        "charges.quotes_blocked",
        "报价拦截率",
        part="quote_blocked",
        of=("quote_made", "quote_blocked"),
        means="因目录外或违规（F1至F5）收费被系统拒绝的报价",
        per="作出的与被拒绝的报价之和",
        excludes="只提示监督的收费（F6至F9）",
        clause=_CHARGES,
    ),
    Count(
        "bill_compared",
        "结算",
        on="bill_compared",
        means="已登记并与报价比对的结算；" + DONE,
        excludes="被拦截的结算",
        clause=_CHARGES,
    ),
    Count(
        "bill_over_quote",
        "超报价的结算",
        on="bill_compared",
        when=lambda event, _: event.difference_fen > 0,
        part_of="bill_compared",
        explained_by="charges.bills_over",
    ),
    Rate(
        "charges.bills_over",
        "结算超报价率",
        part="bill_over_quote",
        of=("bill_compared",),
        means="结算总额高于用户已同意的报价总额的结算",
        per="已登记的结算",
        excludes="被拦截的结算",
        clause=_CHARGES,
    ),
    Count("bill_blocked", "被拦截的结算", on="bill_blocked", explained_by="charges.bills_blocked"),
    Rate(
        "charges.bills_blocked",
        "结算拦截率",
        part="bill_blocked",
        of=("bill_compared", "bill_blocked"),
        means="因目录外或违规（F1至F5）收费被系统拒绝的结算",
        per="登记的与被拒绝的结算之和",
        clause=_CHARGES,
    ),
    Count(
        "supervision_item_opened",
        "收费监督事项",
        on="supervision_item_opened",
        unit="项",
        means="可以收取但需核查（F6至F9）的收费项目，每件每项每种计一次；" + DONE,
        excludes="被拦截的收费",
        clause=_CHARGES,
    ),
)
CONTACTS: Final[tuple[Figure, ...]] = (
    Count(
        "urged",
        "催办",
        on="urged",
        unit="次",
        means="用户的催办；" + DONE,
        excludes="系统对工作人员的提醒",
        clause="二（一）5",
    ),
    Count(
        "urge_answered",
        "催办答复",
        on="urge_answered",
        unit="次",
        means="对催办的答复，按答复时间归入月份",
        excludes="未答复的催办",
        clause="二（一）5",
    ),
    Count(
        "urge_in_time",
        "按时答复的催办",
        on="urge_answered",
        when=_is_in_time,
        part_of="urge_answered",
        explained_by="urging.in_time",
    ),
    Rate(
        "urging.in_time",
        "催办按时答复率",
        part="urge_in_time",
        of=("urge_answered",),
        means="在规则版本所定的工作日营业结束（含）之前答复的催办",
        per="已答复的催办",
        excludes="未答复的催办（到期的计入催办逾期）",
        clause="二（一）5",
    ),
    Count(
        "urge_overdue",
        "催办逾期",
        on="urge_overdue",
        unit="次",
        means="到期未答复的催办，到期时计一次；" + DONE,
        excludes="按时答复的催办",
        clause="二（一）5",
    ),
    Count(
        "question_asked",
        "技术咨询",
        on="question_asked",
        unit="次",
        means="用户对设计、施工的提问；" + DONE,
        clause="二（一）4",
    ),
    Count(
        "question_answered",
        "咨询答复",
        on="question_answered",
        unit="次",
        means="对提问的答复，按答复时间归入月份",
        excludes="未答复的提问",
        clause="二（一）4",
    ),
    Count(
        "question_in_time",
        "按时答复的咨询",
        on="question_answered",
        when=_is_in_time,
        part_of="question_answered",
        explained_by="questions.in_time",
    ),
    Rate(
        "questions.in_time",
        "咨询按时答复率",
        part="question_in_time",
        of=("question_answered",),
        means="在规则版本所定的工作日营业结束（含）之前答复的提问",
        per="已答复的提问",
        excludes="未答复的提问",
        clause="二（一）4",
    ),
    Count(
        "agent_in_time",
        "按时有帮办人员",
        on="agent_assigned",
        when=_has_no_agent_yet,
        explained_by="agents.coverage",
    ),
    Count(
        "agent_late",
        "逾期无帮办人员",
        on="agent_overdue",
        when=_has_no_agent_yet,
        explained_by="agents.coverage",
    ),
    Rate(
        "agents.coverage",
        "帮办覆盖率",
        part="agent_in_time",
        of=("agent_in_time", "agent_late"),
        means="受理之时或其后两个工作小时之内（规则版本所定）有了第一位帮办人员的件，按指派时间归入月份",
        per="上述的件，与两个工作小时已过仍无帮办人员的件之和，后者按到期时间归入月份；每件只计一次",
        excludes="由台账导入的件；时间未到而尚未指派的件；更换帮办人员",
        clause="HK-07",
    ),
    Count(
        "agent_authorised",
        "代办授权",
        on="agent_authorised",
        unit="次",
        means="用户电子授权帮办人员代办；" + DONE,
        excludes="撤销授权不减",
        clause="HK-07",
    ),
    Count(
        "guidance_given",
        "接入方案指导",
        on="guidance_given",
        unit="次",
        means="登记的合理化接入方案指导；" + DONE,
        clause="HK-07",
    ),
    Count(
        "meter_live_disputed",
        "用户异议",
        on="meter_live_disputed",
        unit="次",
        means="用户对通水、通气、通热登记的异议，此后继续计时；" + DONE,
        clause="HK-01；O19",
    ),
)
