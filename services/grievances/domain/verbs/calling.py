"""The call-back (结果回访): by somebody else than who worked on it. Only it closes a grievance or begins a redo."""

from datetime import datetime

from libs.common.clock import local
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain import clock
from services.grievances.domain.attempts import close, give_up, note_call
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.ledger import LedgerEntry, cleared_by
from services.grievances.domain.limits import Limit
from services.grievances.domain.rules import Rules, Unit
from services.grievances.domain.values.codes import (
    CycleReason,
    EscalationCause,
    Level,
    Outcome,
    Trigger,
)
from services.grievances.domain.values.states import GrievanceState, Verb
from services.grievances.domain.verbs.screening import begin_work, renew


def call_back(item: Grievance, call: Call, rules: Rules) -> None:
    """Take the result of a call-back: it closes the grievance, or begins it anew. Raises RuleError."""
    item.check(Verb.CALL)
    take_call(item, call)
    item.move(Verb.CALL, GrievanceState.CALLBACK)
    if not call.reached:
        give_up(item, call.counts_at, rules)
    elif is_good(call, rules):
        close(item, Outcome.SATISFIED, call.counts_at)
    elif not item.cycle.is_reasonable:
        close(item, Outcome.UNREASONABLE, call.counts_at)
    else:
        _once_more(item, call.counts_at, rules)


def take_call(item: Grievance, call: Call) -> None:
    """Keep a call-back in the cycle that ran last, by who did nothing else of it. Raises RuleError."""
    check_caller(item, call.by)
    _check_result(call)
    if call.has_effect and call.contacted is False and item.cycle.contact is not None:
        item.cycle.contact.denied = True
    note_call(item, call)


def check_caller(item: Grievance, by: str | None) -> None:
    """Raise RuleError for who did something of it, in any cycle: nobody calls back about own work."""
    if any(by in earlier.handlers for earlier in item.cycles):
        raise RuleError("caller-is-handler", "回访人不能是承办人", "请由他人回访", "state")


def is_good(call: Call, rules: Rules) -> bool:
    """Tell whether somebody who was reached finds it solved and at least 基本满意."""
    return bool(call.solved) and (call.grade or 0) >= rules.process.good_from


def _check_result(call: Call) -> None:
    answers = (call.contacted, call.solved, call.grade)
    if call.reached != all(answer is not None for answer in answers) or (
        not call.reached and any(answer is not None for answer in answers)
    ):
        raise RuleError(
            "call-incomplete",
            "联系上的须填写是否联系过、是否解决和评价等级，未联系上的不填",
            "请按回访情况填写",
            "reached",
        )
    if call.reason is not None:
        check_text(call.reason, "reason")
    if call.reached and not call.reason and not (call.solved and (call.grade or 0) > 2):
        raise RuleError("call-reason-missing", "未解决或不满意的须填写原因", "请填写原因", "reason")


def _once_more(item: Grievance, at: datetime, rules: Rules) -> None:
    """Enter it in the ledger, and let it be done anew, at most so often; then who supervises has it."""
    cycle = item.cycle
    enter_ledger(item, at, rules)
    if item.redos >= rules.process.most_redos or cycle.utility is None:
        close(item, Outcome.UNSATISFIED, at)
        # Each level once a cycle.
        if all(hop.level is not Level.COUNTY for hop in cycle.escalations):
            clock.escalate(item, Level.COUNTY, EscalationCause.NEED, at, rules)
        item.supervise(Trigger.UNSOLVED, at)
        return
    cycle.outcome, cycle.ended_at = Outcome.UNSATISFIED, at
    item.move(Verb.REDO, GrievanceState.DISPATCHED)
    following = renew(item, CycleReason.REDO, at)
    until = rules.calendar.close_after(at, rules.process.redo_workdays)
    following.limit = Limit(
        "redo",
        rules.process.redo_workdays,
        Unit.WORKDAYS,
        rules.process.source,
        rules.process.version,
        until,
    )
    following.reply_by = until
    item.record("redo_begun", at, cycle=following.number, reply_by=until)
    begin_work(item, at, rules)


def enter_ledger(item: Grievance, at: datetime, rules: Rules, stated: datetime | None = None) -> None:
    """Enter it in the ledger (挂账) unless it is there: reasonable, and unsolved or unsatisfied.

    `stated` is the time for clearing it that another ledger gives.
    """
    if item.ledger is not None and item.ledger.is_open:
        return
    clear_by = cleared_by(rules.calendar.close_after(at, rules.process.clear_workdays), stated)
    item.ledger = LedgerEntry(at, item.cycle.number, clear_by, stated=stated)
    item.record("ledger_entered", at, clear_by=clear_by, cycle=item.cycle.number)


def reopen(item: Grievance, reason: str, at: datetime, rules: Rules) -> None:
    """Begin a closed one anew, with a clock of its own; what was, stays. Raises RuleError.

    One that no unit worked on, or that closed too long ago and is not in the ledger, is told anew.
    """
    item.check(Verb.REOPEN)
    check_text(reason, "reason")
    closed_on = local(item.closed_at or at).date()
    in_ledger = item.ledger is not None and item.ledger.is_open
    if not in_ledger and local(at).date() > rules.calendar.add_days(closed_on, rules.process.reopen_days):
        raise RuleError(
            "reopen-too-late",
            f"办结 {rules.process.reopen_days} 天后不能重新办理",
            "请作为新的诉求提交",
            "state",
        )
    if item.utility is None:
        raise RuleError("reopen-no-unit", "直接答复的咨询不能重新办理", "请作为新的诉求提交", "state")
    item.move(Verb.REOPEN, GrievanceState.DISPATCHED)
    cycle = renew(item, CycleReason.REOPENED, at)
    item.closed_at = item.close_reason = item.close_note = None
    item.rating = None
    item.record("grievance_reopened", at, cycle=cycle.number)
    begin_work(item, at, rules)
