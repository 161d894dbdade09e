"""Verbs of late entries: enter an act after it happened, decide on those that need approval (seed 二（一）1; [R]).

An act takes effect at once unless it is entered very late, would undo an announced breach or gap, or postpones a
fixed date. Such an entry has no effect until someone other than who entered it approves it.
"""

from copy import deepcopy
from datetime import datetime

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.approval import Approver, check_supervises
from services.hookup.domain.values.entries import (
    UNDOES_ANNOUNCED,
    ApprovalGround,
    Claim,
    EntryMark,
    Grounds,
    LateEntry,
    LateEntryState,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb

GROUND_NAMES = {
    ApprovalGround.VERY_LATE: "录入距发生已超过规定的工作日",
    ApprovalGround.AFTER_BREACH: "此件已公布超时，这项登记会改变超时结论",
    ApprovalGround.AFTER_GAP: "此件已公布空档，这项登记会缩短空档",
    ApprovalGround.LATER_DUE: "这项登记会推迟约定的日期或应办结时间，或加长已登记的竣工长度",
}


def enter(
    case: Case, claim: Claim, grounds: Grounds | None, entry_id: str, now: datetime, by: str, rules: Rules
) -> None:
    """Perform an act, or store it as an entry that waits for approval. Raises RuleError, also without grounds."""
    needs = case.approval_ground(claim, now, rules)
    if needs is None:
        case.apply_claim(claim, case.entry_mark(claim, now, rules), now, by, rules)
        return
    case.check(Verb.ENTER_LATE)
    if grounds is None:
        raise RuleError(
            "late-entry-needs-approval",
            f"{GROUND_NAMES[needs]}，须说明原因、附证据并经他人审批",
            "请先上传依据材料，再填写补录原因、选定证据，提交审批",
            "late_entry",
        )
    pending = case.pending_entries
    if any((entry.claim.act, entry.claim.stage) == (claim.act, claim.stage) for entry in pending):
        raise RuleError("late-entry-pending", "同一事项已有待审批的补录", "请等待审批", "late_entry")
    # An act that can never be performed is refused now, not at its approval.
    trial = deepcopy(case)
    for entry in pending:
        trial.apply_claim(entry.claim, EntryMark.APPROVED, now, by, rules)
    trial.apply_claim(claim, EntryMark.APPROVED, now, by, rules)
    case.late_entries.append(LateEntry(entry_id, claim, needs, grounds, by, now))
    case.record(
        "late_entry_requested",
        now,
        entry_id=entry_id,
        act=claim.act,
        stage=claim.stage,
        claimed_at=claim.claimed_at,
        needs=needs,
    )


def decide_late_entry(
    case: Case, entry_id: str, at: datetime, by: Approver, rules: Rules, *, decline_reason: str | None = None
) -> None:
    """Approve an entry, whose act is performed now, or decline it with a reason. Raises RuleError."""
    case.check(Verb.ENTER_LATE)
    entry = next((entry for entry in case.late_entries if entry.id == entry_id), None)
    if entry is None:
        raise RuleError("late-entry-unknown", "没有这条补录", "请核对补录编号", "entry_id")
    if entry.state is not LateEntryState.PENDING:
        raise RuleError("late-entry-decided", "这条补录已经审批过", "无需再次审批", "entry_id")
    if entry.entered_by == by.subject:
        raise RuleError("approver-is-asker", "补录的审批人不能是录入人本人", "请由他人审批", "entry_id")
    approved = decline_reason is None
    if entry.needs in UNDOES_ANNOUNCED or (approved and case.undoes_announced(entry.claim, at, rules)):
        check_supervises(by, rules.clock, "entry_id")
    if approved:
        # An act that cannot be performed now, as another entry waits or the case has changed, stays pending.
        deepcopy(case).apply_claim(entry.claim, EntryMark.APPROVED, at, entry.entered_by, rules)
    entry.state = LateEntryState.APPROVED if approved else LateEntryState.DECLINED
    entry.decided_by, entry.decided_at, entry.decline_reason = by.subject, at, decline_reason
    case.record(
        "late_entry_decided",
        at,
        entry_id=entry_id,
        act=entry.claim.act,
        stage=entry.claim.stage,
        claimed_at=entry.claim.claimed_at,
        approved=approved,
    )
    if approved:
        case.apply_claim(entry.claim, EntryMark.APPROVED, at, entry.entered_by, rules)
