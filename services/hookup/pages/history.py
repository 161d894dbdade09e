"""What happened to a case, in words: the particulars of its events as an official reads them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from libs.pages.shown import day, hours, kilobytes, recipient, when, yuan
from services.hookup.http.history_models import CaseEvent
from services.hookup.http.permit_views import authority_name
from services.hookup.pages.parts import named

# What every event repeats, or what only machines need.
LEFT_OUT = frozenset(
    {
        "length_class",
        "pause_id",
        "pauses",
        "form_id",
        "item_id",
        "urge_id",
        "question_id",
        "entry_id",
        "source",
        "filed_at",
        "memo_id",
        # Told as old and new values (`changes`).
        "due_before",
        "receipt_before",
        "agent_before",
        "assignee",
        "assignee_before",
    }
)


def _named(*groups: str) -> Callable[[Any], str]:
    return lambda code: named(code, *groups)


def _each_named(group: str) -> Callable[[Any], str]:
    return lambda codes: "、".join(named(code, group) for code in codes)


def _instant(text: str) -> str:
    return when(datetime.fromisoformat(text))


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


def _metres(decimetres: int) -> str:
    return f"{decimetres // 10}.{decimetres % 10} 米"


def _hours(minutes: int) -> str:
    return f"{hours(minutes)} 小时"


def _counted(unit: str) -> Callable[[Any], str]:
    return lambda count: f"{count} {unit}"


def _yes(said: bool) -> str:
    return "是" if said else "否"


def _due(due: Mapping[str, Any]) -> str:
    at = _instant(due["judged_at"]) if due["judged_at"] else "未定"
    return f"{at}（{named(due['basis'], 'bases')}，规则版本 {due['policy_version']}）"


def _verdict(verdict: Mapping[str, Any]) -> str:
    return {True: "按时", False: "超时"}.get(verdict["judged"], "未约定日期，不作判定")


def _violations(codes: list[str]) -> str:
    return "；".join(named(code, "violations") for code in codes)


def _yuan(fen: int) -> str:
    return f"{yuan(fen)} 元"


def _finding(code: str) -> str:
    # F1_ABOLISHED_NAME and its like are known by their number in the rules.
    return "收费目录之外" if code == "NOT_IN_CATALOGUE" else code.partition("_")[0]


def _charge(charge: Mapping[str, Any]) -> str:
    findings = "、".join(_finding(code) for code in charge["findings"])
    return f"{charge['item_code'] or '目录外项目'} {_yuan(charge['amount_fen'])}（{findings}）"


def _charges(charges: list[Mapping[str, Any]]) -> str:
    return "；".join(_charge(charge) for charge in charges)


def _filed(items: list[Mapping[str, Any]]) -> str:
    return "；".join(
        f"{named(item['kind'], 'permit_kinds')}"
        f"（{authority_name(item['authority'])}，{named(item['mode'], 'permit_modes')}）"
        for item in items
    )


_DEADLINES = {
    "CORRECTION": "补正",
    "AGENT": "指派帮办人员",
    "URGE": "答复催办",
    "QUESTION": "答复咨询",
    "PERMIT": "审批决定",
    "OBJECTION": "备案异议",
    "COMMITMENT_CHECK": "核查承诺",
    "RECTIFICATION": "整改",
}


def _deadlines(rows: list[Mapping[str, Any]]) -> str:
    return "；".join(f"{_DEADLINES.get(row['kind'], row['kind'])} {_instant(row['at'])}" for row in rows)


SHOWN: Mapping[str, tuple[str, Callable[[Any], str]]] = MappingProxyType(
    {
        "act": ("补录事项", _named("acts")),
        "stage": ("环节", _named("stages")),
        "round": ("第几次办理", str),
        "after_stage": ("上一环节", _named("stages")),
        "reason": (
            "原因",
            _named("pause_reasons", "permit_reasons", "no_permit_reasons"),
        ),
        "risks": ("风险", _each_named("risks")),
        "cause": ("改为审批的原因", _named("mode_ends")),
        "sites": ("开挖地点", _each_named("dig_sites")),
        "emergency": ("应急抢修", _named("emergency_reasons")),
        "file_by": ("补办期限", _instant),
        "code": ("原因", _named("refusal_codes")),
        "duplicate_of": ("与之重复的件", str),
        "kind": ("类别", _named("length_kinds", "materials", "permit_kinds")),
        "media_type": ("文件类型", str),
        "size": ("大小", kilobytes),
        "refused": ("不得索要", _counted("项")),
        "materials": ("其中", _each_named("materials")),
        "list_version": ("材料清单版本", str),
        "declared_length_dm": ("申报长度", _metres),
        "from_dm": ("原值", _metres),
        "to_dm": ("新值", _metres),
        "class_before": ("原时限类别", _named("length_classes")),
        "complete": ("材料齐全", _yes),
        "begun_anew_after": ("此前同一申请", str),
        "item_count": ("补正事项", _counted("项")),
        "again_count": ("其中已提交过", _counted("项")),
        "answer_by": ("答复期限", _instant),
        "receipt_date": ("受理日", _day),
        "automatic": ("自动受理", _yes),
        "agreed_date": ("约定日期", _day),
        "agreed_before": ("原约定日期", _day),
        "started_at": ("开始", _instant),
        "starts_at": ("暂停自", _instant),
        "counts_from": ("最早扣除日", _day),
        "stops_at": ("停止计时自", _instant),
        "since": ("无环节在办自", _instant),
        "completed_at": ("完成", _instant),
        "ended_at": ("恢复", _instant),
        "claimed_at": ("申报发生时间", _instant),
        "needs": ("须审批的原因", _named("approval_grounds")),
        "approved": ("同意补录", _yes),
        "meter_live_at": ("开通", _instant),
        "confirm_by": ("用户确认期限", _instant),
        "finished_at": ("办结", _instant),
        "confirmed_by_user": ("用户确认", _yes),
        "due_at": ("应办结", _instant),
        "strict_due_at": ("最严读法的应办结", _instant),
        "due": ("应办结", _due),
        "on_time": ("考核结果", _verdict),
        "breached": ("曾公布超时", _yes),
        "by_late_entry": ("补录后按时", _yes),
        "overdue": ("当时已超时", _yes),
        "elapsed_minutes": ("用时", _hours),
        "net_minutes": ("扣除暂停后用时", _hours),
        "working_minutes": ("工作时间", _hours),
        "net_working_minutes": ("扣除暂停后工作时间", _hours),
        "elapsed_days": ("自然日", _counted("天")),
        "working_days": ("工作日", _counted("天")),
        "ceiling_workdays": ("勘查设计和验收上限", _counted("个工作日")),
        "ceiling_used": ("勘查设计和验收已用", _counted("个工作日")),
        "stage_minutes": ("环节用时", _hours),
        "pause_minutes": ("暂停用时", _hours),
        "gap_minutes": ("空档与交接", _hours),
        "gaps": ("空档", _counted("次")),
        "gap_workdays": ("空档工作日", _counted("天")),
        "overlap_saved_minutes": ("压茬节约", _hours),
        "violations": ("违规", _violations),
        "calendar_version": ("工作日历版本", str),
        "deadlines": ("新的期限", _deadlines),
        "needs_regulator_review": ("报监管部门复核", _yes),
        "after_acceptance": ("受理之后", _yes),
        "told": ("提醒了", lambda whom: "、".join(recipient(address) for address in whom)),
        "agent": ("帮办人员", str),
        "mentions": ("提及", lambda subjects: "、".join(subjects)),
        "items": ("事项", _filed),
        "is_parallel": ("并联", _yes),
        "authority": ("审批部门", authority_name),
        "mode": ("方式", _named("permit_modes")),
        "decision": ("决定", _named("decisions")),
        "decided_at": ("决定时间", _instant),
        "in_time": ("按时", _yes),
        "party": ("承诺人", str),
        "result": ("核查结果", _named("checks")),
        "rectify_by": ("整改期限", _instant),
        "is_false": ("虚假承诺", _yes),
        "score": ("评价", lambda score: named(str(score), "scores")),
        "catalogue_version": ("收费目录版本", str),
        "project_start": ("项目开工", _day),
        "lines": ("报价项目", _counted("项")),
        "total_fen": ("合计", _yuan),
        "mandatory_fen": ("其中必需", _yuan),
        "charges": ("不得收取", _charges),
        "finding": ("核查项", _finding),
        "item_code": ("收费项目", str),
        "accepted": ("用户同意", _yes),
        "amount_fen": ("金额", _yuan),
        "quoted_fen": ("报价", _yuan),
        "billed_fen": ("结算", _yuan),
        "difference_fen": ("差额", _yuan),
        "unquoted_lines": ("未报价或未同意的项目", _counted("项")),
    }
)


def particulars(event: CaseEvent) -> list[tuple[str, str]]:
    """Return the particulars of an event with their labels; what is empty or not known is passed over."""
    values = event.particulars
    told = [
        (label, show(values[name]))
        for name, (label, show) in SHOWN.items()
        if values.get(name) not in (None, [])
    ]
    if event.event == "length_changed":
        told.append(("时限类别", named(str(values["length_class"]), "length_classes")))
    return told
