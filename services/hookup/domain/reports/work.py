"""The work list: what a case waits for, from whom, and until when."""

from collections.abc import Iterator

from services.hookup.domain.case import Case
from services.hookup.domain.parts.pauses import PauseState
from services.hookup.domain.values.clock_policy import BreachApproval
from services.hookup.domain.values.entries import UNDOES_ANNOUNCED, LateEntryState
from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import CommitmentState
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import hand_over_by
from services.hookup.domain.values.transitions import CAME_TO_NOTHING, FINISHED, CaseState
from services.hookup.domain.values.work import Whose, Work, WorkKind
from services.hookup.domain.verbs.late_entries import undoes_announced


def work(case: Case, rules: Rules) -> list[Work]:
    """Return what a case waits for now."""
    return [*_of_the_user(case), *_of_the_clock(case, rules), *_of_permits(case)]


def _of_the_user(case: Case) -> Iterator[Work]:
    for urge in case.urges:
        if urge.answered_at is None and case.state not in FINISHED:
            yield Work(WorkKind.ANSWER_URGE, Whose.CLERK, urge.urged_at, urge.answer_by)
    helper = Whose.CLERK if case.agency is None else Whose.AGENT
    for question in case.questions:
        if question.answered_at is None and case.state not in FINISHED:
            yield Work(WorkKind.ANSWER_QUESTION, helper, question.asked_at, question.answer_by)


def _of_the_clock(case: Case, rules: Rules) -> Iterator[Work]:
    judged = None if case.due is None else case.due.judged_at
    match case.state:
        case CaseState.SUBMITTED:
            since = case.received_at or case.submitted_at
            accept_by = case.timers(rules).get(TimerKind.DEEMED_ACCEPTANCE)
            yield Work(WorkKind.ACCEPT, Whose.CLERK, since, accept_by)
        case CaseState.CORRECTION:
            yield Work(WorkKind.ANSWER_CORRECTION, Whose.APPLICANT, case.submitted_at, case.answer_by)
        case CaseState.TURNED_ON if case.meter_live_at is not None:
            confirm_by = case.timers(rules).get(TimerKind.CONFIRMATION_ABSENT)
            told_at = case.meter_live_recorded_at or case.meter_live_at
            yield Work(WorkKind.CONFIRM, Whose.APPLICANT, told_at, confirm_by)
        case CaseState.ACCEPTED | CaseState.IN_PROGRESS:
            if case.open_stages:
                since = max(each.start for each in case.stages if each.end is None)
                yield Work(WorkKind.STAGE, Whose.CLERK, since, judged)
            else:
                since = case.uncovered_since() or case.submitted_at
                last = hand_over_by(since, case.spans, rules.calendar, rules.policy)
                yield Work(WorkKind.HAND_OVER, Whose.CLERK, since, last)
    if case.state in FINISHED:
        return
    if case.agent_by is not None and case.agency is None:
        yield Work(WorkKind.ASSIGN_AGENT, Whose.CLERK, case.accepted_at or case.submitted_at, case.agent_by)
    for pause in case.pauses:
        if pause.state is PauseState.REQUESTED:
            yield Work(WorkKind.DECIDE_PAUSE, Whose.APPROVER, pause.starts_at, judged)
    supervised = rules.clock.breach_approval is BreachApproval.SUPERVISOR
    if case.special is not None and case.special.approved_by is None and case.special.declined_by is None:
        decider = Whose.SUPERVISOR if supervised and case.breach_announced else Whose.APPROVER
        yield Work(WorkKind.DECIDE_SPECIAL, decider, case.submitted_at, judged)
    for entry in case.late_entries:
        if entry.state is LateEntryState.PENDING:
            # What was entered before the breach was announced undoes it now all the same.
            undoes = entry.needs in UNDOES_ANNOUNCED or undoes_announced(
                case, entry.claim, entry.entered_at, rules
            )
            decider = Whose.SUPERVISOR if undoes and supervised else Whose.APPROVER
            yield Work(WorkKind.DECIDE_LATE_ENTRY, decider, entry.entered_at, judged)


def _of_permits(case: Case) -> Iterator[Work]:
    if case.state in CAME_TO_NOTHING:
        return
    for item in case.permits:
        match item.task:
            case Task.DECIDE:
                yield Work(WorkKind.DECIDE_PERMIT, Whose.AUTHORITY, item.waits_since, item.due_at, item)
            case Task.REVIEW:
                yield Work(WorkKind.REVIEW_RECORD, Whose.AUTHORITY, item.filed_at, item.object_by, item)
            case Task.AWAIT_FILING:
                yield Work(WorkKind.FILE_EMERGENCY, Whose.CLERK, item.filed_at, item.file_by, item)
            case Task.CHECK | Task.RECHECK:
                since = item.decided_at or item.filed_at
                yield Work(WorkKind.CHECK_COMMITMENT, Whose.AUTHORITY, since, item.act_by, item)
        commitment = item.commitment
        offered = commitment is not None and commitment.state is CommitmentState.OFFERED
        if commitment is not None and offered and case.state not in FINISHED:
            signer = Whose.CLERK if commitment.party == case.utility else Whose.APPLICANT
            yield Work(WorkKind.SIGN_COMMITMENT, signer, commitment.offered_at, None, item)
