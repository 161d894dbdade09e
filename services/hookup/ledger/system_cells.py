"""The ledger's last columns, from the system's own records of a case: permits, charges, contacts, late entries, acts
in the user's stead. They are not imported again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from libs.common.clock import local
from libs.workbooks.ledgers.sheet_cells import Cell
from services.hookup.domain.case import Case
from services.hookup.domain.parts.part import InStead
from services.hookup.domain.values.entries import MarkedEntry
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.names import (
    ACT_NAMES,
    COMMITMENT_NAMES,
    DECISION_NAMES,
    MARK_NAMES,
    MODE_NAMES,
    NO_PERMIT_NAMES,
    OFFICE_NAMES,
    PERMIT_NAMES,
    SOURCE_NAMES,
)
from services.hookup.domain.values.permit_items import Office, PermitItem
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import STAGE_NAMES


def system_cells(case: Case, rules: Rules) -> Mapping[str, Cell]:
    """Return the filled cells by heading; `rules` are those that the case is judged by."""
    content: dict[str, Cell] = {"规则依据": rules.policy.source_document or None}
    if case.permits:
        content["并联审批事项"] = "；".join(_permit(permit) for permit in case.permits)
        content["告知承诺"] = "；".join(_commitments(case)) or None
    elif case.no_permit is not None:
        reason = NO_PERMIT_NAMES[case.no_permit.reason]
        content["并联审批事项"] = f"无需审批：{reason}（{case.no_permit.document_ref}）"
    if case.agency is not None:
        content["帮办人员指派时间"] = case.agency.assigned_at
    if case.quote is not None:
        content["报价金额(元)"] = _yuan(case.quote.total_fen)
        if case.quote.bill is not None:
            content["结算金额(元)"] = _yuan(sum(line.amount_fen for line in case.quote.bill.lines))
    if case.urges:
        content["催办次数"] = len(case.urges)
    if case.rating is not None:
        content["用户评价"] = f"{case.rating.score}分"
    content["来源"] = SOURCE_NAMES[case.source]
    content["补录事项"] = "；".join(map(_marked, case.marked_entries)) or None
    if case.on_time_by_late_entry:
        content["补录后按时"] = "是"
    content["代录事项"] = "；".join(map(_in_stead, case.in_stead)) or None
    content["用户异议"] = (
        "；".join(
            f"{_at(dispute.disputed_at)}对{_at(dispute.meter_live_at)}的开通：{dispute.reason}"
            for dispute in case.disputes
        )
        or None
    )
    return content


def _marked(entry: MarkedEntry) -> str:
    stage = f"（{STAGE_NAMES[entry.stage]}）" if entry.stage else ""
    return (
        f"{ACT_NAMES[entry.act]}{stage}{_at(entry.claimed_at)}发生，"
        f"{_at(entry.recorded_at)}由{entry.recorded_by or '系统'}录入（{MARK_NAMES[entry.mark]}）"
    )


def _in_stead(act: InStead) -> str:
    document = f"（{act.document_ref}）" if act.document_ref else ""
    return f"{EVENT_NAMES[act.event]}{_at(act.recorded_at)}由{act.actor}代录{document}"


def _permit(item: PermitItem) -> str:
    office = OFFICE_NAMES[Office(item.authority.rpartition("-")[0])]
    decided = "未决定"
    if item.decision is not None and item.decided_at is not None:
        decided = f"{_at(item.decided_at)}{DECISION_NAMES[item.decision]}"
    return (
        f"{PERMIT_NAMES[item.kind]}（{office}，{MODE_NAMES[item.mode]}）{_at(item.filed_at)}报件，{decided}"
    )


def _commitments(case: Case) -> Iterator[str]:
    for item in case.permits:
        if item.commitment is not None:
            yield f"{PERMIT_NAMES[item.kind]}：{COMMITMENT_NAMES[item.commitment.state]}"


def _at(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M}"


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
