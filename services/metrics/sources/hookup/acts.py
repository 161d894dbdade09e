"""What is done on cases (办理行为): permits, commitments, charges, urging, questions, agents, how acts were entered.

Each act counts once, in the month in which it happened; how it was entered counts in the month in which it was
recorded, so that no closed month changes. Nothing that comes later takes it away.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.metrics.declare import EVERY, Count, Figure, Mean, Rate
from services.metrics.sources.hookup.events import APPROVED, IN_TIME, LATE, HookupEvent
from services.metrics.sources.hookup.facts import Case, micros

_ENTERED = "按录入时间（北京时间）归入月份，不改变以前的月份"
# What was done on cases is counted whether they have ended or not.
_DONE = "按发生时间（北京时间）归入月份，在办、已结束的件均计"
_ITEMS = "审批事项按件计：联合报装各件共用的事项，每件各计一次；" + _DONE
_DECIDED = "以审批方式办理、已作出决定的事项"
_AT_ONCE = "告知承诺、备案、免审批的事项（即时办结）"
_CHARGES = "二（一）2"
# Modes that no authority decides on unless it objects: 备案, 免审批.
_RECORDED = ("RECORD", "EXEMPT")


def _recorded_at(event: HookupEvent) -> datetime:
    return event.entered_at


def _entered(entry: str | None) -> Callable[[HookupEvent, Case], bool]:
    """Return whether an event is the first of an act that was entered so; None is in the user's stead.

    All events of one act have one time of recording: the first of them counts.
    """

    def when(event: HookupEvent, case: Case) -> bool:
        is_so = event.in_stead if entry is None else event.entry == entry
        return is_so and micros(event.entered_at) != case.act_recorded_at

    return when


def _is_in_time(event: Any, _case: Case) -> bool:
    return bool(event.in_time)


def _waited_for(event: Any, _case: Case) -> bool:
    # 备案, 免审批 and 告知承诺 are decided at once; they would only shorten the mean of what is waited for.
    return bool(event.mode == "APPROVAL")


def _has_no_agent_yet(_event: HookupEvent, case: Case) -> bool:
    # A case counts once, with its first agent or when the time for one is over; later changes are no second case.
    return case.agent_in_time is None


PERMITS: Final[tuple[Figure, ...]] = (
    Count(
        "permit_filed",
        "报审事项",
        on="permits_filed",
        times=lambda event: len(event.items),
        unit="项",
        means="在线并联申报的审批事项；" + _ITEMS,
        clause="HK-04",
    ),
    Count(
        "permit_parallel",
        "并联申报的事项",
        on="permits_filed",
        when=lambda event, _: event.is_parallel,
        times=lambda event: len(event.items),
        explained_by="permits.parallel",
    ),
    Rate(
        "permits.parallel",
        "并联申报率",
        part="permit_parallel",
        of=("permit_filed",),
        means="与首次申报同时、或在规则版本所定的工作日之内申报的事项",
        per="全部报审事项",
        clause="HK-04",
    ),
    Count(
        "permit_recorded",
        "备案、免审批的事项",
        on="permits_filed",
        times=lambda event: sum(item.mode in _RECORDED for item in event.items),
        explained_by="permits.recorded",
    ),
    Rate(
        "permits.recorded",
        "备案、免审批占比",
        part="permit_recorded",
        of=("permit_filed",),
        means="以备案、免审批方式申报的事项",
        per="全部报审事项",
        excludes="告知承诺的事项",
        clause="HK-04",
    ),
    Count("permit_objected", "审批部门异议", on="permit_objected", explained_by="permits.objected"),
    Rate(
        "permits.objected",
        "异议率",
        part="permit_objected",
        of=("permit_recorded",),
        means="审批部门在异议期内提出异议的备案、免审批事项，按异议时间归入月份",
        per="以备案、免审批方式申报的事项，按申报时间归入月份",
        excludes="已转为审批、再未异议的",
        clause="HK-04",
    ),
    Count(
        "undeclared_risk_found",
        "未申报的风险",
        on="undeclared_risk_found",
        unit="次",
        means="审批部门发现而申报时未列明的风险（古树名木、限制挖掘道路、穿越铁路河道、高压燃气、公共安全）；"
        + _DONE,
        excludes="申报时已列明的风险",
        clause="HK-04；NC-03",
    ),
    Count(
        "emergency_unfiled",
        "抢险开挖逾时未补办",
        on="emergency_unfiled",
        unit="项",
        means="抢险抢修先行开挖后未在规定时间（规则版本所定）内补办的事项；" + _DONE,
        excludes="按时补办的",
        clause="HK-04；城市道路管理条例 §34",
    ),
    Count(
        "emergency_dig",
        "抢险先行开挖",
        on="excavation_begun",
        when=lambda event, _: event.emergency is not None,
        unit="次",
        means="城市道路下管线故障，批准之前先行开挖；" + _DONE,
        excludes="批准之后的开挖",
        clause="HK-04；城市道路管理条例 §34",
    ),
    Count(
        "no_permit_needed",
        "登记无需审批",
        on="no_permit_needed",
        means="登记了无需审批的原因和依据的件；" + _DONE,
        clause="HK-04",
    ),
    Count(
        "permit_decided",
        "审批决定",
        on="permit_decided",
        when=_waited_for,
        unit="项",
        means=_DECIDED + "（批准或不予批准）；" + _ITEMS,
        excludes=_AT_ONCE,
        clause="HK-04；行政许可法 §42",
    ),
    Count(
        "permit_in_time",
        "按时决定的审批事项",
        on="permit_decided",
        when=lambda event, case: _waited_for(event, case) and event.in_time,
        explained_by="permits.in_time",
    ),
    Rate(
        "permits.in_time",
        "审批按时率",
        part="permit_in_time",
        of=("permit_decided",),
        means="在应决定时间（含）之前决定的事项",
        per=_DECIDED,
        excludes=_AT_ONCE + "；尚未决定的事项",
        clause="HK-04；行政许可法 §42、§82",
    ),
    Count(
        "permit_refused",
        "不予批准",
        on="permit_decided",
        when=lambda event, case: _waited_for(event, case) and event.decision == "REFUSED",
        unit="项",
        means="决定不予批准的事项；" + _DONE,
        excludes=_AT_ONCE,
        clause="HK-04",
    ),
    Count(
        "permit_overdue",
        "审批超期",
        on="permit_overdue",
        unit="项",
        means="应决定时间已过而未决定的事项，在超期时计一次；" + _DONE,
        excludes="到期之前已决定的事项",
        clause="HK-04；行政许可法 §42",
    ),
    Count(
        "permit_working_minutes",
        "审批用时",
        on="permit_decided",
        when=_waited_for,
        times=lambda event: event.working_minutes,
        unit="分钟",
        explained_by="permits.working",
    ),
    Mean(
        "permits.working",
        "审批平均用时",
        total="permit_working_minutes",
        count="permit_decided",
        unit="分钟",
        means="各项从申报到决定落在工作日营业时间之内的分钟数之和",
        per=_DECIDED,
        excludes=_AT_ONCE + "；尚未决定的事项",
        clause="HK-04",
    ),
)
COMMITMENTS: Final[tuple[Figure, ...]] = (
    Count(
        "commitment_signed",
        "告知承诺",
        on="commitment_signed",
        unit="项",
        means="书面承诺并即时获准的事项；" + _ITEMS,
        clause="NC-01",
    ),
    Count(
        "commitment_withdrawn",
        "承诺改审批",
        on="commitment_withdrawn",
        unit="项",
        means="决定之前改走审批的承诺事项；" + _DONE,
        excludes="已签署的承诺",
        clause="NC-02",
    ),
    Count(
        "commitment_check_due",
        "承诺待核查",
        on="commitment_check_due",
        unit="项",
        means="核查期限已到、提示核查的承诺，到期时计一次；" + _DONE,
        excludes="到期之前已核查的承诺",
        clause="NC-05；O16",
    ),
    Count(
        "commitment_checked",
        "承诺核查",
        on="commitment_checked",
        unit="次",
        means="对承诺的事后核查，含整改复查；" + _DONE,
        clause="NC-05",
    ),
    Count(
        "commitment_mismatched",
        "核查不符",
        on="commitment_checked",
        when=lambda event, _: event.result != "OK",
        explained_by="commitments.mismatched",
    ),
    Rate(
        "commitments.mismatched",
        "核查不符率",
        part="commitment_mismatched",
        of=("commitment_checked",),
        means="结果为不符或虚假的核查",
        per="全部承诺核查",
        clause="NC-06；NC-07",
    ),
    Count(
        "rectification_overdue",
        "整改逾期",
        on="rectification_overdue",
        unit="项",
        means="整改期限已过而未复查的承诺，到期时计一次；" + _DONE,
        excludes="期限之内已复查的承诺",
        clause="NC-06",
    ),
    Count(
        "commitment_revoked",
        "撤销决定",
        on="commitment_revoked",
        unit="项",
        means="因整改后仍不符、或承诺虚假而撤销的决定；" + _DONE,
        clause="NC-06；NC-07",
    ),
    Count(
        "commitment_false",
        "虚假承诺",
        on="commitment_revoked",
        when=lambda event, _: event.is_false,
        unit="项",
        means="因承诺虚假而撤销的决定；" + _DONE,
        excludes="整改后仍不符的",
        clause="NC-07",
    ),
)
CHARGES: Final[tuple[Figure, ...]] = (
    Count(
        "extra_material_attempted",
        "超范围索要材料",
        on="extra_material_attempted",
        unit="次",
        means="要求用户提交清单以外或可共享获取的材料、被系统拒绝的次数，一次要求计一次；" + _DONE,
        excludes="用户自行多交的材料",
        clause="HK-06",
    ),
    Count(
        "quote_made",
        "报价",
        on="quote_made",
        unit="次",
        means="按收费目录作出的报价，重新报价再计一次；" + _DONE,
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
        means="已登记并与报价比对的结算；" + _DONE,
        excludes="被拦截的结算",
        clause=_CHARGES,
    ),
    Count(
        "bill_over_quote",
        "超报价的结算",
        on="bill_compared",
        when=lambda event, _: event.difference_fen > 0,
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
        means="可以收取但需核查（F6至F9）的收费项目，每件每项每种计一次；" + _DONE,
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
        means="用户的催办；" + _DONE,
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
        "urge_in_time", "按时答复的催办", on="urge_answered", when=_is_in_time, explained_by="urging.in_time"
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
        means="到期未答复的催办，到期时计一次；" + _DONE,
        excludes="按时答复的催办",
        clause="二（一）5",
    ),
    Count(
        "question_asked",
        "技术咨询",
        on="question_asked",
        unit="次",
        means="用户对设计、施工的提问；" + _DONE,
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
        "逾时无帮办人员",
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
        means="用户电子授权帮办人员代办；" + _DONE,
        excludes="撤销授权不减",
        clause="HK-07",
    ),
    Count(
        "guidance_given",
        "接入方案指导",
        on="guidance_given",
        unit="次",
        means="登记的合理化接入方案指导；" + _DONE,
        clause="HK-07",
    ),
    Count(
        "meter_live_disputed",
        "用户异议",
        on="meter_live_disputed",
        unit="次",
        means="用户对通水、通气、通热登记的异议，此后继续计时；" + _DONE,
        clause="HK-01；O19",
    ),
)
ENTRIES: Final[tuple[Figure, ...]] = (
    Count(
        "entered_in_time",
        "及时录入的办理",
        on=EVERY,
        when=_entered(IN_TIME),
        at=_recorded_at,
        explained_by="entries.in_time",
    ),
    Rate(
        "entries.in_time",
        "录入及时率",
        part="entered_in_time",
        of=("entered_in_time", "entered_late", "entered_approved"),
        means="发生之后至下一工作日营业结束（规则版本所定）之前录入的办理，按录入时间（北京时间）归入月份",
        per="及时录入、补录和经批准补录的办理；同一次操作计一次",
        excludes="由台账读入的；系统自动发生的；不能填写发生时间的",
        clause="HK-01",
    ),
    Count(
        "entered_late",
        "补录",
        on=EVERY,
        when=_entered(LATE),
        at=_recorded_at,
        unit="次",
        means="逾时录入、无需批准的办理；" + _ENTERED,
        excludes="由台账读入的",
        clause="HK-01",
        behind="补录的办理",
    ),
    Count(
        "entered_approved",
        "经批准补录",
        on=EVERY,
        when=_entered(APPROVED),
        at=_recorded_at,
        unit="次",
        means="逾时过久或公布超时之后录入、经他人批准生效的办理；" + _ENTERED,
        excludes="待批准和未获批准的",
        clause="HK-01",
        behind="经批准补录的办理",
    ),
    Count(
        "late_entry_requested",
        "补录报批",
        on="late_entry_requested",
        at=_recorded_at,
        unit="次",
        means="须经他人批准的补录，报批时计一次；" + _ENTERED,
        clause="HK-01",
    ),
    Count(
        "late_entry_declined",
        "补录未获批准",
        on="late_entry_decided",
        when=lambda event, _: not event.approved,
        at=_recorded_at,
        unit="次",
        means="未获批准的补录；" + _ENTERED,
        excludes="待批准的",
        clause="HK-01",
    ),
    Count(
        "in_stead",
        "代录",
        on=EVERY,
        when=_entered(None),
        at=_recorded_at,
        unit="次",
        means="工作人员或帮办人员凭用户签字材料或授权代用户办理；" + _ENTERED + "；同一次操作计一次",
        excludes="用户自己办理的",
        clause="HK-07",
    ),
)
ACTS: Final = (*PERMITS, *COMMITMENTS, *CHARGES, *CONTACTS, *ENTRIES)
