"""What follows for a case from its permit items: its stage, the pause that rests on them, modes that end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.rules import RuleError
from services.hookup.domain.parts import permit_timers as permit_clock
from services.hookup.domain.parts.pauses import Pause
from services.hookup.domain.values.durations import elapsed_minutes, working_minutes
from services.hookup.domain.values.lengths import LengthClass, classify
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.permit_items import (
    CommitmentState,
    PermitItem,
    PermitMode,
    all_granted,
    latest,
    undecided,
)
from services.hookup.domain.values.permit_modes import ModeEnd, undue
from services.hookup.domain.values.permit_terms import decide_by, in_time, last_instant
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind

if TYPE_CHECKING:
    from services.hookup.domain.case import Case


def tell(case: "Case", event: str, item: PermitItem, at: datetime, **data: object) -> None:
    """Record what happened to an item, which is to be stored anew."""
    case.touch(item)
    case.record(event, at, item_id=item.id, kind=item.kind, authority=item.authority, **data)


def tell_decision(case: "Case", item: PermitItem, at: datetime, rules: Rules) -> None:
    """Record that an item was decided, by its authority or since nobody objected."""
    tell(
        case,
        "permit_decided",
        item,
        at,
        mode=item.mode,
        decision=item.decision,
        reason=item.reason and item.reason.code,
        filed_at=item.filed_at,
        decided_at=at,
        elapsed_minutes=elapsed_minutes(item.filed_at, at),
        working_minutes=working_minutes(item.filed_at, at, rules.calendar, rules.policy.business_hours),
        in_time=None if item.due_at is None else at <= item.due_at,
    )


def fire(case: "Case", kind: TimerKind, at: datetime, rules: Rules) -> None:
    """Let what is due of the items happen, and what follows from it."""
    for event, item in permit_clock.tell(case.permits, kind, at):
        if event == "permit_decided":
            tell_decision(case, item, at, rules)
        else:
            tell(case, event, item, at)
    settle(case, at, rules)


def settle(case: "Case", at: datetime, rules: Rules) -> None:
    """End what the decisions end: the ordinary permit's pause (O3), and the stage once all is granted.

    The stage is taken up again when an item that was granted waits for its authority again.
    """
    if not undecided(excusing(case, rules)):
        case.end_permit_pauses(at, rules)
    permit = case.stage(Stage.PERMIT)
    if permit is None:
        return
    if permit.end is None:
        if all_granted(case.permits):
            case.complete_stage(Stage.PERMIT, at, rules)
    elif undecided(latest(case.permits)) and not works_over(case):
        case.reopen(Stage.PERMIT, at)


def works_over(case: "Case") -> bool:
    """Whether the works were begun and have ended: there is nothing left to stop."""
    works = [interval for interval in case.stages if interval.stage is Stage.EXTERNAL_WORKS]
    return bool(works) and all(interval.end is not None for interval in works)


def first_start(case: "Case") -> datetime | None:
    """Return when the PERMIT stage first began."""
    return min((interval.start for interval in case.stages if interval.stage is Stage.PERMIT), default=None)


def line_dm(case: "Case") -> int | None:
    """Return the length of the line in decimetres: as designed, else as declared."""
    return case.declared_dm if case.designed_dm is None else case.designed_dm


def length_class(case: "Case", rules: Rules) -> LengthClass:
    """Return the class that permits are judged by: that of the line as designed, or as built where it is longer."""
    lengths = [length for length in (line_dm(case), case.as_built_dm) if length is not None]
    return classify(max(lengths, default=None), rules.policy)


def follow_length(case: "Case", at: datetime, rules: Rules) -> None:
    """Tell the authorities of the line's new length, and end the modes that it does not allow."""
    length = line_dm(case)
    for item in case.permits:
        if item.decision is None and item.works.length_dm != length:
            item.works = replace(item.works, length_dm=length)
            case.touch(item)
    end_undue(case, ModeEnd.LENGTH, at, rules)


def end_undue(case: "Case", cause: ModeEnd, at: datetime, rules: Rules) -> None:
    """Let the items whose mode is not allowed any more wait for approval from now on; digging waits for it.

    Once the works are over nothing is left to stop: then it stays on record that the mode was exceeded.
    """
    over = works_over(case)
    for item in list(undue(case.permits, length_class(case, rules), rules.permits)):
        if not over:
            await_approval(case, item, cause, at, rules)
        elif not item.mode_exceeded:
            item.mode_exceeded = True
            tell(case, "permit_mode_ended", item, at, mode=item.mode, cause=cause, due_at=None)
    if case.permits:
        settle(case, at, rules)


def await_approval(case: "Case", item: PermitItem, cause: ModeEnd, at: datetime, rules: Rules) -> None:
    """End an item's mode: it waits for approval from now on, and a commitment behind it is revoked."""
    mode, commitment = item.mode, item.commitment
    to_approval(item, at, rules)
    tell(case, "permit_mode_ended", item, at, mode=mode, cause=cause, due_at=item.due_at)
    if commitment is not None and commitment.state is CommitmentState.REVOKED:
        tell(case, "commitment_revoked", item, at, party=commitment.party, is_false=False)


def to_approval(item: PermitItem, at: datetime, rules: Rules) -> None:
    """Let an item of another mode wait for approval from an instant on; works rest on it no more."""
    item.mode, item.approval_since, item.object_by = PermitMode.APPROVAL, at, None
    item.due_at, item.overdue = decide_by(at, rules.service, rules.calendar), False
    item.decision = item.decided_at = item.decided_by = item.document_ref = None
    if item.commitment is not None:
        offered = item.commitment.state is CommitmentState.OFFERED
        item.commitment.state = CommitmentState.WITHDRAWN if offered else CommitmentState.REVOKED


# -- the pause of an ordinary permit (O3)


def excusing(case: "Case", rules: Rules) -> Sequence[PermitItem]:
    """Return the items whose time is taken out of the utility's: ordinary ones, filed soon after the scheme reply."""
    replies = [
        interval.end
        for interval in case.stages
        if interval.stage is Stage.SURVEY_DESIGN and interval.end is not None
    ]
    return in_time(case.permits, min(replies, default=None), rules.policy, rules.calendar)


def pause_start(case: "Case", rules: Rules) -> datetime | None:
    """Return from when an ordinary permit's pause may run: since the first item has waited that excuses one."""
    return min((item.waits_since for item in undecided(excusing(case, rules))), default=None)


def check_pause(case: "Case", starts_at: datetime, rules: Rules) -> None:
    """Raise RuleError unless a pause may begin: with the filing of an item, in time, that waits for a decision."""
    limit = rules.policy.permit_filing_workdays
    late = RuleError(
        "permit-filed-late",
        f"方案答复后超过{limit}个工作日才报件的，审批时间不予扣除",
        "请继续办理",
        "reason",
    )
    unfiled = RuleError(
        "permit-not-filed", "审批暂停自报件之时起算", "请先登记并联审批，并以报件时间为准", "starts_at"
    )
    if case.is_read_in:
        # A ledger tells of no items: the stage stands for them.
        survey, permit = case.stage(Stage.SURVEY_DESIGN), case.stage(Stage.PERMIT)
        if permit is None or starts_at != permit.start:
            raise unfiled
        reply = None if survey is None else survey.end
        if reply is not None and permit.start > last_instant(reply, limit, rules.calendar):
            raise late
        return
    if not case.permits:
        raise unfiled
    if not undecided(case.permits):
        raise RuleError(
            "permit-not-ordinary",
            "没有等待审批决定的普通审批事项，不能暂停",
            "告知承诺、备案、免审批事项不扣除时间",
            "reason",
        )
    waiting = undecided(excusing(case, rules))
    if not waiting:
        raise late
    if starts_at not in [item.waits_since for item in waiting]:
        raise unfiled


def waited_until(case: "Case", pause: Pause, rules: Rules) -> datetime | None:
    """Return when what a pause waits for was decided; None while it waits, or where it waits for something else."""
    excuses = excusing(case, rules)
    if pause.reason is not PauseReason.PERMIT_ORDINARY or not case.permits or undecided(excuses):
        return None
    return max([pause.starts_at, *(item.decided_at for item in excuses if item.decided_at is not None)])
