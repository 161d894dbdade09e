"""Entering acts after they happened, and deciding on those that need an approver (seed 二（一）1; entering late [R]).

An act goes on record at once unless it is entered very late, would undo a breach or a gap that was announced, or puts
off a date that was settled. Those wait, and move no clock, until somebody other than who entered them approves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.promises import Promise
from services.hookup.domain.values.approval import Approver, check_supervises
from services.hookup.domain.values.entries import (
    UNDOES_ANNOUNCED,
    Act,
    ApprovalGround,
    Claim,
    EntryMark,
    Grounds,
    LateEntry,
    LateEntryState,
    MarkedEntry,
    approval_from,
    in_time_until,
)
from services.hookup.domain.values.pauses import excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timesheet import gaps, running_gap
from services.hookup.domain.values.transitions import Verb

GROUND_NAMES = {
    ApprovalGround.VERY_LATE: "录入距发生已超过规定的工作日",
    ApprovalGround.AFTER_BREACH: "此件已公布超时，这项登记会改变超时结论",
    ApprovalGround.AFTER_GAP: "此件已公布空档，这项登记会缩短空档",
    ApprovalGround.LATER_DUE: "这项登记会推迟已约定的日期或勘查设计完成后的办结时限",
}
_MOVES_A_DATE = frozenset({Act.CHANGE_LENGTH, Act.AGREE_DATE})


def enter(
    case: Case, claim: Claim, grounds: Grounds | None, entry_id: str, now: datetime, by: str, rules: Rules
) -> None:
    """Apply an act, or let it wait for its approver. Raises RuleError, without grounds for that."""
    needs = approval_ground(case, claim, now, rules)
    if needs is None:
        _apply(case, claim, _mark(case, claim, now, rules), now, by, rules)
        return
    case.check(Verb.ENTER_LATE)
    if grounds is None:
        raise RuleError(
            "late-entry-needs-approval",
            f"{GROUND_NAMES[needs]}，须说明原因、附证据并经他人审批",
            "请先上传依据材料，再填写补录原因、选定证据，提交审批",
            "late_entry",
        )
    pending = [entry for entry in case.late_entries if entry.state is LateEntryState.PENDING]
    if any((entry.claim.act, entry.claim.stage) == (claim.act, claim.stage) for entry in pending):
        raise RuleError("late-entry-pending", "同一事项已有待审批的补录", "请等待审批", "late_entry")
    # What can never be applied is refused now, and not by its approver.
    trial = deepcopy(case)
    for entry in pending:
        _apply(trial, entry.claim, EntryMark.APPROVED, now, by, rules)
    _apply(trial, claim, EntryMark.APPROVED, now, by, rules)
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
    """Approve an entry, which is applied now, or decline it with a reason. Raises RuleError."""
    case.check(Verb.ENTER_LATE)
    entry = next((entry for entry in case.late_entries if entry.id == entry_id), None)
    if entry is None:
        raise RuleError("late-entry-unknown", "没有这条补录", "请核对补录编号", "entry_id")
    if entry.state is not LateEntryState.PENDING:
        raise RuleError("late-entry-decided", "这条补录已经审批过", "无需再次审批", "entry_id")
    if entry.entered_by == by.subject:
        raise RuleError("approver-is-asker", "补录的审批人不能是录入人本人", "请由他人审批", "entry_id")
    approved = decline_reason is None
    if entry.needs in UNDOES_ANNOUNCED or (approved and undoes_announced(case, entry.claim, at, rules)):
        check_supervises(by, rules.clock, "entry_id")
    if approved:
        # What cannot be applied, since something before it waits or has changed, leaves the entry as it is.
        _apply(deepcopy(case), entry.claim, EntryMark.APPROVED, at, entry.entered_by, rules)
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
        _apply(case, entry.claim, EntryMark.APPROVED, at, entry.entered_by, rules)


def approval_ground(case: Case, claim: Claim, now: datetime, rules: Rules) -> ApprovalGround | None:
    """Return why an act needs an approver, None if it needs none."""
    if case.is_read_in:
        return None
    if _undoes_breach(case, claim, now, rules):
        return ApprovalGround.AFTER_BREACH
    if _shortens_gap(case, claim, now, rules):
        return ApprovalGround.AFTER_GAP
    if now > approval_from(claim.claimed_at, rules.clock, rules.calendar):
        return ApprovalGround.VERY_LATE
    return ApprovalGround.LATER_DUE if _puts_off(case, claim, now, rules) else None


def undoes_announced(case: Case, claim: Claim, now: datetime, rules: Rules) -> bool:
    """Whether an act would undo a breach or shorten a gap (空档期) that was announced."""
    return _undoes_breach(case, claim, now, rules) or _shortens_gap(case, claim, now, rules)


def _undoes_breach(case: Case, claim: Claim, now: datetime, rules: Rules) -> bool:
    if not case.breach_announced or case.due is None or case.due.judged_at is None:
        return False
    if claim.act is Act.METER_LIVE:
        return claim.claimed_at <= case.due.judged_at
    if claim.act not in _MOVES_A_DATE:
        return False
    return claim.act is Act.AGREE_DATE or _is_later(case, claim, now, rules)


def _shortens_gap(case: Case, claim: Claim, now: datetime, rules: Rules) -> bool:
    """Whether a stage would begin inside of a gap that was announced: an entry in time may claim that as well."""
    if claim.act is not Act.START_STAGE or case.gap_since is None:
        return False
    trial = _tried(case, claim, now, rules)
    return trial is not None and _gap_workdays(trial, now, rules) < _gap_workdays(case, now, rules)


def _puts_off(case: Case, claim: Claim, now: datetime, rules: Rules) -> bool:
    """Whether an act would put off a date that was agreed, or give a longer limit when the survey has ended (O4)."""
    if claim.act not in _MOVES_A_DATE:
        return False
    if claim.agreed is not None and case.agreed is not None and claim.agreed > case.agreed:
        return True
    survey = case.first(Stage.SURVEY_DESIGN)
    surveyed = survey is not None and survey.end is not None
    return claim.act is Act.CHANGE_LENGTH and surveyed and _is_later(case, claim, now, rules)


def _is_later(case: Case, claim: Claim, now: datetime, rules: Rules) -> bool:
    """Whether a case would be due later by an act, or not at all."""
    if case.due is None or case.due.judged_at is None:
        return False
    trial = _tried(case, claim, now, rules)
    if trial is None or trial.due is None:
        return False
    return trial.due.judged_at is None or trial.due.judged_at > case.due.judged_at


def _tried(case: Case, claim: Claim, now: datetime, rules: Rules) -> Case | None:
    """Return the case as an act would leave it; None where it cannot be applied, which is said when it is."""
    trial = deepcopy(case)
    try:
        _apply(trial, claim, EntryMark.APPROVED, now, "", rules)
    except RuleError:
        return None
    return trial


def _gap_workdays(case: Case, now: datetime, rules: Rules) -> int:
    """Count the working days of a case's gaps, of the one that runs up to now."""
    found = gaps(case.stages, case.spans, rules.calendar, rules.policy)
    running = running_gap(case.stages, case.spans, now, rules.calendar, rules.policy)
    return sum(each.workdays for each in (*found, *([running] if running else [])) if each.is_gap)


def _mark(case: Case, claim: Claim, now: datetime, rules: Rules) -> EntryMark | None:
    if claim.act in _MOVES_A_DATE:
        return None
    if now > in_time_until(claim.claimed_at, rules.clock, rules.calendar):
        return EntryMark.LATE
    return None if _is_idle(case, claim, rules) else EntryMark.IN_TIME


def _is_idle(case: Case, claim: Claim, rules: Rules) -> bool:
    """Whether an act is the end of a pause that takes nothing out: it counts for no rate, or pauses could pad it."""
    pause = next((each for each in case.pauses if each.id == claim.pause_id), None)
    if pause is None or claim.claimed_at < pause.starts_at:
        return False
    span = replace(pause, ended_at=claim.claimed_at).span
    return not excluded_dates([span], None, rules.policy, rules.calendar)


def _apply(case: Case, claim: Claim, mark: EntryMark | None, now: datetime, by: str, rules: Rules) -> None:
    with _marked(case, mark):
        _perform(case, claim, by, rules)
    if mark in (EntryMark.LATE, EntryMark.APPROVED):
        case.marked_entries.append(MarkedEntry(claim.act, claim.stage, claim.claimed_at, now, by, mark))


@contextmanager
def _marked(case: Case, mark: EntryMark | None) -> Iterator[None]:
    case.mark = mark
    try:
        yield
    finally:
        case.mark = None


def _perform(case: Case, claim: Claim, by: str, rules: Rules) -> None:
    at = claim.claimed_at
    match claim:
        case Claim(act=Act.START_STAGE, stage=stage) if stage is not None:
            case.start_stage(stage, at)
        case Claim(act=Act.COMPLETE_STAGE, stage=stage) if stage is not None:
            case.complete_stage(stage, at, rules)
        case Claim(act=Act.METER_LIVE):
            case.report_meter_live(at, rules)
        case Claim(act=Act.RESUME, pause_id=pause_id) if pause_id is not None:
            case.resume(pause_id, at, rules)
        case Claim(act=Act.CHANGE_LENGTH, length_kind=kind, length_dm=length) if kind and length is not None:
            agreed, document = claim.agreed, claim.document_ref
            promise = Promise(agreed, document) if agreed and document else None
            case.change_length(kind, length, at, by, rules, promise)
        case Claim(act=Act.AGREE_DATE, agreed=agreed, document_ref=document) if agreed and document:
            case.agree_date(agreed, document, at, rules)
        case _:
            raise AssertionError(f"a claim without what it needs: {claim}")
