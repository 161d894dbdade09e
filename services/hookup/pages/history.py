"""What happened to a case, in words: the particulars of its events as an official reads them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from libs.pages.history import History, Shown, as_it_is, counted
from libs.pages.shown import all_known, kilobytes, recipient, score, yuan
from services.hookup.http.history_models import CaseEvent
from services.hookup.http.permit_views import authority_name
from services.hookup.pages.parts import CODES

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
        # The case's own facts, told to the registry as well.
        "customer_id",
        "site_division",
    }
)


def _due(due: Mapping[str, Any]) -> str:
    at = as_it_is("judged_at", due["judged_at"]) if due["judged_at"] else "未定"
    return f"{at}（{CODES.named(due['basis'], 'bases')}，规则版本 {due['policy_version']}）"


def _verdict(verdict: Mapping[str, Any]) -> str:
    return {True: "按时", False: "超时"}.get(verdict["judged"], "未约定日期，不作判定")


def _finding(code: str) -> str:
    # F1_ABOLISHED_NAME and its like are known by their number in the rules.
    return "收费目录之外" if code == "NOT_IN_CATALOGUE" else code.partition("_")[0]


def _charge(charge: Mapping[str, Any]) -> str:
    findings = "、".join(_finding(code) for code in charge["findings"])
    return f"{charge['item_code'] or '目录外项目'} {yuan(charge['amount_fen'])} 元（{findings}）"


def _charges(charges: list[Mapping[str, Any]]) -> str:
    return "；".join(_charge(charge) for charge in charges)


def _filed(items: list[Mapping[str, Any]]) -> str:
    return "；".join(
        f"{CODES.named(item['kind'], 'permit_kinds')}"
        f"（{authority_name(item['authority'])}，{CODES.named(item['mode'], 'permit_modes')}）"
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
    return "；".join(
        f"{_DEADLINES.get(row['kind'], row['kind'])} {as_it_is('at', row['at'])}" for row in rows
    )


SHOWN: Shown = MappingProxyType(
    {
        "act": ("补录事项", CODES.shown("acts")),
        "stage": ("环节", CODES.shown("stages")),
        "round": "第几次办理",
        "after_stage": ("上一环节", CODES.shown("stages")),
        "reason": ("原因", CODES.shown("pause_reasons", "permit_reasons", "no_permit_reasons")),
        "risks": ("风险", CODES.shown("risks")),
        "cause": ("改为审批的原因", CODES.shown("mode_ends")),
        "sites": ("开挖地点", CODES.shown("dig_sites")),
        "emergency": ("应急抢修", CODES.shown("emergency_reasons")),
        "file_by": "补办期限",
        "code": ("原因", CODES.shown("refusal_codes")),
        "duplicate_of": "与之重复的件",
        "kind": ("类别", CODES.shown("length_kinds", "materials", "permit_kinds")),
        "media_type": "文件类型",
        "size": ("大小", kilobytes),
        "refused": ("不得索要", counted("项")),
        "materials": ("其中", CODES.shown("materials")),
        "list_version": "材料清单版本",
        "declared_length_dm": "申报长度",
        "from_dm": "原值",
        "to_dm": "新值",
        "class_before": ("原时限类别", CODES.shown("length_classes")),
        "complete": "申请时查验材料齐全",
        "begun_anew_after": "此前同一申请",
        "apart_from": "申明不是重复申请，另有在办",
        "item_count": "补正事项",
        "again_count": "其中已提交过",
        "answer_by": "答复期限",
        "receipt_date": "受理日",
        "automatic": "自动受理",
        "agreed_date": "约定日期",
        "agreed_before": "原约定日期",
        "started_at": "开始",
        "starts_at": "暂停自",
        "counts_from": "最早扣除日",
        "stops_at": "停止计时自",
        "since": "无环节在办自",
        "completed_at": "完成",
        "ended_at": "恢复",
        "claimed_at": "申报发生时间",
        "needs": ("须审批的原因", CODES.shown("approval_grounds")),
        "approved": "同意补录",
        "meter_live_at": "开通",
        "confirm_by": "用户确认期限",
        "finished_at": "办结",
        "confirmed_by_user": "用户确认",
        "due_at": "应办结",
        "strict_due_at": "最严读法的应办结",
        "due": ("应办结", _due),
        "on_time": ("考核结果", _verdict),
        "breached": "曾公布超时",
        "by_late_entry": "补录后按时",
        "overdue": "当时已超时",
        "elapsed_minutes": "用时",
        "net_minutes": "扣除暂停后用时",
        "working_minutes": "工作时间",
        "net_working_minutes": "扣除暂停后工作时间",
        "elapsed_days": "自然日",
        "working_days": "工作日",
        "ceiling_workdays": ("勘查设计和验收上限", counted("个工作日")),
        "ceiling_used": ("勘查设计和验收已用", counted("个工作日")),
        "stage_minutes": "环节用时",
        "pause_minutes": "暂停用时",
        "gap_minutes": "空档与交接",
        "gaps": ("空档", counted("次")),
        "gap_workdays": ("空档工作日", counted("天")),
        "overlap_saved_minutes": "压茬节约",
        "violations": ("违规", CODES.shown("violations", between="；")),
        "calendar_version": "工作日历版本",
        "deadlines": ("新的期限", _deadlines),
        "needs_regulator_review": "报监管部门复核",
        "after_acceptance": "受理之后",
        "told": "提醒了",
        "agent": "帮办人员",
        "mentions": "提及",
        "items": ("事项", _filed),
        "is_parallel": "并联",
        "authority": ("审批部门", authority_name),
        "mode": ("方式", CODES.shown("permit_modes")),
        "decision": ("决定", CODES.shown("decisions")),
        "decided_at": "决定时间",
        "in_time": "按时",
        "party": "承诺人",
        "result": ("核查结果", CODES.shown("checks")),
        "rectify_by": "整改期限",
        "is_false": "虚假承诺",
        "score": ("评价", score),
        "catalogue_version": "收费目录版本",
        "project_start": "项目开工",
        "lines": ("报价项目", counted("项")),
        "total_fen": "合计",
        "mandatory_fen": "其中必需",
        "charges": ("不得收取", _charges),
        "finding": ("核查项", _finding),
        "item_code": "收费项目",
        "accepted": "用户同意",
        "amount_fen": "金额",
        "quoted_fen": "报价",
        "billed_fen": "结算",
        "difference_fen": "差额",
        "unquoted_lines": ("未报价或未同意的项目", counted("项")),
        # A length is told with the class that it made.
        "length_changed.length_class": ("时限类别", CODES.shown("length_classes")),
    }
)


def _entered(event: CaseEvent) -> Sequence[str]:
    return () if event.entry in (None, "IN_TIME") else (CODES.named(event.entry, "entry_marks"),)


HISTORY = History(
    CaseEvent,
    SHOWN,
    _entered,
    {
        "agent": lambda agent, people: all_known([agent], people),
        "mentions": all_known,
        "told": lambda whom, people: Markup("、").join(recipient(address, people) for address in whom),
    },
)
