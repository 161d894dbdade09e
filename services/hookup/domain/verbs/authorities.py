"""Verbs of an authority: grant or refuse an item, object to it, report an undeclared risk."""

from collections.abc import Collection
from datetime import datetime

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_details import Objection, Reason, ReasonCode
from services.hookup.domain.values.permit_items import Decision, PermitItem, PermitMode, Risk, RiskFinding
from services.hookup.domain.values.permit_modes import ModeEnd, term_of
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb


def decide_permit(
    case: Case,
    item_id: str,
    decision: Decision,
    at: datetime,
    by: str,
    document_ref: str,
    rules: Rules,
    reason: Reason | None = None,
) -> None:
    """The authority grants or refuses an ordinary item, a refusal with its reason (行政许可法 §38).

    During the objection term it may declare that it does not object: then the item is granted now.
    """
    case.check(Verb.DECIDE_PERMIT)
    item = case.permit(item_id)
    without_objection = term_of(item, at) and decision is Decision.GRANTED
    if not without_objection and (item.mode is not PermitMode.APPROVAL or item.decision is not None):
        raise RuleError(
            "permit-decided", "该事项无需审批或已有决定", "请刷新后核对；对备案、免审批请提出异议", "decision"
        )
    if not item.is_filed:
        raise RuleError("permit-not-filed-yet", "应急抢修尚未补办申报", "请等待专营单位补办", "decision")
    if at < item.filed_at:
        raise RuleError("before-filing", "决定时间早于报件时间", "请核对时间", "at")
    if decision is Decision.REFUSED:
        item.reason = _checked(reason)
    elif reason is not None:
        raise RuleError(
            "reason-without-refusal", "准予的决定没有不予批准的理由", "请清空理由，或改为不予", "reason"
        )
    item.decision, item.decided_at, item.decided_by, item.document_ref = decision, at, by, document_ref
    case.record_decision(item, at, rules)
    case.settle_permits(at, rules)


def object_to_permit(
    case: Case,
    item_id: str,
    reason: Reason,
    risks: Collection[Risk],
    at: datetime,
    by: str,
    document_ref: str,
    rules: Rules,
) -> None:
    """Object to a 备案 or 免审批 within its term: from then on the item needs an approval.

    `risks` are the undeclared risks that the authority found.
    """
    case.check(Verb.OBJECT)
    item = case.permit(item_id)
    if not term_of(item, at):
        raise RuleError(
            "objection-not-open",
            "该事项没有正在进行的异议期",
            "异议期已过的，如发现未申报的风险请登记风险",
            "item_id",
        )
    new = [risk for risk in risks if risk not in item.risks]
    item.objection = Objection(at, by, _checked(reason), document_ref)
    case.record_permit("permit_objected", item, at, mode=item.mode, reason=reason.code)
    if new:
        _name_risks(case, item, RiskFinding(tuple(new), at, by, document_ref))
    case.await_approval(item, ModeEnd.OBJECTION, at, rules)
    case.end_undue_modes(ModeEnd.RISK, at, rules)


def report_risk(
    case: Case, item_id: str, risks: Collection[Risk], at: datetime, by: str, document_ref: str, rules: Rules
) -> None:
    """Report an undeclared risk of a line; modes that the risk does not allow end (NC-03)."""
    case.check(Verb.REPORT_RISK)
    item = case.permit(item_id)
    new = [risk for risk in risks if risk not in item.risks]
    if not new:
        raise RuleError("risk-known", "这些风险已经登记", "请选择尚未登记的风险", "risks")
    _name_risks(case, item, RiskFinding(tuple(new), at, by, document_ref))
    case.end_undue_modes(ModeEnd.RISK, at, rules)


def _name_risks(case: Case, item: PermitItem, finding: RiskFinding) -> None:
    item.risks = [*item.risks, *finding.risks]
    item.findings.append(finding)
    case.record_permit("undeclared_risk_found", item, finding.at, mode=item.mode, risks=list(finding.risks))


def _checked(reason: Reason | None) -> Reason:
    """Check a reason and return it. Raises RuleError where it needs a text."""
    if reason is None:
        raise RuleError(
            "reason-missing", "不予批准应当说明理由（行政许可法第三十八条）", "请选择理由", "reason"
        )
    if reason.code is ReasonCode.OTHER and not reason.text:
        raise RuleError("reason-text-missing", "理由为“其他”的须写明", "请填写理由说明", "reason_text")
    if reason.text:
        check_text(reason.text, "reason_text")
    return reason
