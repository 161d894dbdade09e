"""Verbs of excavation: with permits, in an emergency, or with a record that no permit is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.digging import Dig, NoPermit, check_dig
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, NoPermitReason, Works
from services.hookup.domain.values.permit_items import (
    OFFICES,
    PermitItem,
    PermitKind,
    PermitMode,
    all_granted,
    authority,
    is_granted,
    latest,
)
from services.hookup.domain.values.permit_modes import ModeEnd
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb


@dataclass(frozen=True, slots=True)
class Emergency:
    """The reason for an emergency excavation; `ids` are the ids of the items at the notified authorities."""

    reason: EmergencyReason
    document_ref: str
    ids: Mapping[str, str]


def excavate(case: Case, sites: Sequence[DigSite], at: datetime, by: str) -> None:
    """Register an excavation: all items must be granted or committed to, before that only preparation is allowed.

    Each site must be covered by the permit for its kind.
    """
    _check(case, at)
    check_dig(sites, case.permits, case.no_permit, at)
    case.excavation_at, case.dig = at, Dig(tuple(sites), by)
    case.record("excavation_begun", at, sites=list(sites), emergency=None, file_by=None)


def excavate_in_emergency(case: Case, emergency: Emergency, at: datetime, by: str, rules: Rules) -> None:
    """Register an excavation before its permit (城市道路管理条例 §34); this act notifies the road's authorities.

    Each gets an item on its work list, to be filed for approval within the policy's hours.
    """
    _check(case, at)
    if is_granted(PermitKind.ROAD_EXCAVATION, case.permits) and all_granted(case.permits):
        raise RuleError(
            "emergency-not-needed", "挖掘城市道路已经批准，不属于先行开挖", "请按一般开挖登记", "emergency"
        )
    file_by = at + timedelta(hours=rules.permits.emergency_filing_hours)
    case.excavation_at = at
    case.dig = Dig((DigSite.ROAD,), by, emergency.reason, emergency.document_ref)
    case.record("excavation_begun", at, sites=[DigSite.ROAD], emergency=emergency.reason, file_by=file_by)
    filed = {
        item.authority: item
        for item in latest(case.permits)
        if item.kind is PermitKind.ROAD_EXCAVATION and (item.decision is None or item.is_granted)
    }
    for office in OFFICES[PermitKind.ROAD_EXCAVATION]:
        code = authority(office, case.district)
        item = filed.get(code)
        if item is None:
            item = _notified(case, code, emergency.ids[code], file_by, at, by)
        elif item.decision is None and item.mode is not PermitMode.APPROVAL:
            case.await_approval(item, ModeEnd.EMERGENCY, at, rules)
        item.emergency = emergency.reason
        case.touch(item)


def _notified(case: Case, code: str, item_id: str, file_by: datetime, at: datetime, by: str) -> PermitItem:
    item = PermitItem(
        item_id, None, PermitKind.ROAD_EXCAVATION, code, PermitMode.APPROVAL, at, by, is_parallel=True
    )
    item.file_by, item.works = file_by, Works(case.site_division, case.line_dm)
    case.permits.append(item)
    return item


def _check(case: Case, at: datetime) -> None:
    case.check(Verb.EXCAVATE)
    if case.excavation_at is not None:
        raise RuleError("excavation-begun", "已经登记过开挖", "无需再次登记", "at")
    works = case.stage(Stage.EXTERNAL_WORKS)
    if works is None or works.end is not None or at < works.start:
        raise RuleError("stage-not-started", "外线施工未在进行，不能开挖", "请先开始外线施工", "stage")


def record_no_permit(case: Case, reason: NoPermitReason, document_ref: str, at: datetime, by: str) -> None:
    """Record why a line needs no permit, or none beside those granted, with the document that proves it."""
    case.check(Verb.RECORD_NO_PERMIT)
    if case.length_class is LengthClass.L0_NONE:
        raise RuleError("stage-not-needed", "无外线工程不需要审批", "无需登记", "reason")
    if case.no_permit is not None:
        raise RuleError("no-permit-recorded", "已经登记过无需审批的原因", "无需再次登记", "reason")
    if case.works_over:
        raise RuleError("works-completed", "外线施工已经完成，不能再登记", "请核对外线施工环节", "reason")
    if case.permits and not all_granted(case.permits):
        raise RuleError(
            "permits-on-file",
            "有尚未批准的审批事项，不能登记无需审批",
            "请等待审批决定；未获批准的请重新申报",
            "reason",
        )
    case.no_permit = NoPermit(reason, document_ref, at, by)
    case.record("no_permit_needed", at, reason=reason)
