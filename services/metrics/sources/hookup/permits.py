"""Acts on permits (审批事项) and commitments (告知承诺).

Each act counts once, in the month in which it happened; later events do not retract it.
"""

from typing import Any, Final

from services.metrics.declare import Count, Figure, Mean, Rate
from services.metrics.sources.hookup.counting import DONE
from services.metrics.sources.hookup.facts import Case

_ITEMS = "审批事项按件计：联合报装各件共用的事项，每件各计一次；" + DONE
_DECIDED = "以审批方式办理、已作出决定的事项"
_AT_ONCE = "告知承诺、备案、免审批的事项（即时办结）"
# Modes without a decision unless the authority objects: 备案, 免审批.
_RECORDED = ("RECORD", "EXEMPT")


def _waited_for(event: Any, _case: Case) -> bool:
    # 备案, 免审批 and 告知承诺 are decided at once and would distort the mean waiting time.
    return bool(event.mode == "APPROVAL")


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
        part_of="permit_filed",
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
        + DONE,
        excludes="申报时已列明的风险",
        clause="HK-04；NC-03",
    ),
    Count(
        "emergency_unfiled",
        "应急开挖逾期未补办",
        on="emergency_unfiled",
        unit="项",
        means="应急抢修先行开挖后未在规定时间（规则版本所定）内补办的事项；" + DONE,
        excludes="按时补办的",
        clause="HK-04；城市道路管理条例 §34",
    ),
    Count(
        "emergency_dig",
        "应急抢修先行开挖",
        on="excavation_begun",
        when=lambda event, _: event.emergency is not None,
        unit="次",
        means="城市道路下管线故障，批准之前先行开挖；" + DONE,
        excludes="批准之后的开挖",
        clause="HK-04；城市道路管理条例 §34",
    ),
    Count(
        "no_permit_needed",
        "登记无需审批",
        on="no_permit_needed",
        means="登记了无需审批的原因和依据的件；" + DONE,
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
        part_of="permit_decided",
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
        means="决定不予批准的事项；" + DONE,
        excludes=_AT_ONCE,
        clause="HK-04",
    ),
    Count(
        "permit_overdue",
        "审批逾期",
        on="permit_overdue",
        unit="项",
        means="应决定时间已过而未决定的事项，在逾期时计一次；" + DONE,
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
        means="决定之前改走审批的承诺事项；" + DONE,
        excludes="已签署的承诺",
        clause="NC-02",
    ),
    Count(
        "commitment_check_due",
        "承诺待核查",
        on="commitment_check_due",
        unit="项",
        means="核查期限已到、提示核查的承诺，到期时计一次；" + DONE,
        excludes="到期之前已核查的承诺",
        clause="NC-05；O16",
    ),
    Count(
        "commitment_checked",
        "承诺核查",
        on="commitment_checked",
        unit="次",
        means="对承诺的事后核查，含整改复查；" + DONE,
        clause="NC-05",
    ),
    Count(
        "commitment_mismatched",
        "核查不符",
        on="commitment_checked",
        when=lambda event, _: event.result != "OK",
        part_of="commitment_checked",
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
        means="整改期限已过而未复查的承诺，到期时计一次；" + DONE,
        excludes="期限之内已复查的承诺",
        clause="NC-06",
    ),
    Count(
        "commitment_revoked",
        "撤销决定",
        on="commitment_revoked",
        unit="项",
        means="因整改后仍不符、或承诺虚假而撤销的决定；" + DONE,
        clause="NC-06；NC-07",
    ),
    Count(
        "commitment_false",
        "虚假承诺",
        on="commitment_revoked",
        when=lambda event, _: event.is_false,
        unit="项",
        means="因承诺虚假而撤销的决定；" + DONE,
        excludes="整改后仍不符的",
        clause="NC-07",
    ),
)
