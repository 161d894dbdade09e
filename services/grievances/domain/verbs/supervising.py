"""What goes to the unit above: longer times, escalations, terminations; and what it decides."""

from datetime import datetime

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain import clock
from services.grievances.domain.cycle import Extension, Termination
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import CloseReason, EscalationCause, Level
from services.grievances.domain.values.states import GrievanceState, Verb

# What a unit may ask for at the end; the others are found before it began.
_TERMINATIONS = frozenset({CloseReason.IN_PROCEEDINGS, CloseReason.CONFIDENTIAL, CloseReason.UNCOOPERATIVE})


def ask_extension(
    item: Grievance, workdays: int, reason: str, told_at: datetime, at: datetime, rules: Rules
) -> None:
    """Ask for a longer time, before it is up, once a cycle; the person was told (山东 2020). Raises RuleError."""
    item.check(Verb.ASK_EXTENSION)
    check_text(reason, "reason")
    cycle, most = item.cycle, rules.process.most_extension_workdays
    if cycle.reply_by is None or at > cycle.reply_by:
        raise RuleError("extension-too-late", "超过时限后不能申请延期", "请尽快办理并答复", "workdays")
    if cycle.limit is not None and cycle.limit.is_by_the_clock:
        raise RuleError("no-extension", "按小时计的时限不能延期", "请尽快办理并答复", "workdays")
    if cycle.extension is not None:
        raise RuleError("extended-already", "本次办理已申请过延期", "每次办理只能延期一次", "workdays")
    if workdays > most:
        raise RuleError("extension-too-long", f"延期不超过 {most} 个工作日", "请缩短延期", "workdays")
    if not item.cycle.started_at <= told_at <= at:
        raise RuleError("told-when", "告知时间须在受理以后、现在以前", "请核对告知时间", "told_at")
    cycle.extension = Extension(at, item.by(), workdays, reason, told_at)
    cycle.handled_by(item.by())
    item.record("extension_asked", at, workdays=workdays, cycle=cycle.number)


def decide_extension(item: Grievance, at: datetime, rules: Rules, *, granted: bool) -> None:
    """Decide on a longer time. Raises RuleError without a request, and for who asked."""
    item.check(Verb.DECIDE_EXTENSION)
    cycle = item.cycle
    asked = cycle.extension
    if asked is None or asked.granted is not None:
        raise RuleError("no-extension-asked", "没有待审批的延期申请", "请刷新后核对", "granted")
    if item.by() == asked.asked_by:
        raise RuleError("decider-is-asker", "审批人不能是提出人本人", "请由他人审批", "granted")
    asked.granted, asked.decided_at, asked.decided_by = granted, at, item.by()
    before = cycle.reply_by
    if granted and before is not None:
        cycle.reply_by = rules.calendar.close_after(before, asked.workdays)
        # Whoever decides late gives the time back that the unit had asked for in time.
        cycle.overdue = cycle.red = cycle.yellow = False
    item.record(
        "extension_decided",
        at,
        granted=granted,
        cycle=cycle.number,
        reply_by_before=before,
        reply_by=cycle.reply_by,
    )


def escalate(item: Grievance, level: Level, need: str, at: datetime, rules: Rules) -> None:
    """Bring it before a level, which is needed; each level once a cycle. Raises RuleError."""
    item.check(Verb.ESCALATE)
    check_text(need, "need")
    cycle = item.cycle
    hops = [hop for hop in cycle.escalations if hop.level is level]
    if any(hop.cause is EscalationCause.NEED for hop in hops) or cycle.open_escalation(level) is not None:
        raise RuleError("escalated-already", "本次办理已上报过该级", "请等待答复", "need")
    if level is Level.CITY and all(hop.level is not Level.COUNTY for hop in cycle.escalations):
        raise RuleError("county-first", "须先由县（市、区）主管部门协调", "请先上报县（市、区）", "need")
    if hops:
        raise RuleError("escalated-already", "本次办理已上报过该级", "每级每次办理只上报一次", "need")
    clock.escalate(item, level, EscalationCause.NEED, at, rules, by=item.by(), need=need)


def answer_escalation(item: Grievance, level: Level, answer: str, at: datetime) -> None:
    """Answer what was brought before a level. Raises RuleError where nothing waits for it."""
    item.check(Verb.ANSWER_ESCALATION)
    check_text(answer, "answer")
    hop = item.cycle.open_escalation(level) if item.waits_above else None
    if hop is None:
        raise RuleError("no-escalation", "没有待本级答复的上报事项", "请刷新后核对", "answer")
    if hop.by == item.by():
        raise RuleError("decider-is-asker", "答复人不能是上报人本人", "请由他人答复", "answer")
    hop.answered_at, hop.answered_by, hop.answer = at, item.by(), answer
    item.record("escalation_answered", at, level=level, on_time=at <= hop.answer_by, cycle=item.cycle.number)


def ask_termination(item: Grievance, reason: CloseReason, note: str, at: datetime) -> None:
    """Ask to end it without a solution, for a listed reason. Raises RuleError."""
    item.check(Verb.ASK_TERMINATION)
    check_text(note, "note")
    if reason not in _TERMINATIONS:
        raise RuleError("reason-not-listed", "不能以这一理由终止办理", "请从列出的理由中选择", "reason")
    if item.cycle.termination is not None:
        raise RuleError("termination-asked", "已申请终止办理", "请等待审批", "reason")
    item.cycle.termination = Termination(at, item.by(), reason, note)
    item.cycle.handled_by(item.by())
    item.record("termination_asked", at, reason=reason, cycle=item.cycle.number)


def check_level(level: Level) -> None:
    """Raise RuleError for a level that does not decide on terminations: the city does."""
    if level is not Level.CITY:
        raise RuleError("city-decides", "终止办理须由市局审批", "请等待市局审批", "granted")


def decide_termination(item: Grievance, at: datetime, *, granted: bool) -> None:
    """Decide whether it ends so: in writing, by the hotline's body (潍坊 §21). Raises RuleError."""
    item.check(Verb.TERMINATE)
    asked = item.cycle.termination
    if asked is None:
        raise RuleError("no-termination-asked", "没有待审批的终止申请", "请刷新后核对", "granted")
    if item.by() == asked.asked_by:
        raise RuleError("decider-is-asker", "审批人不能是提出人本人", "请由他人审批", "granted")
    item.cycle.termination = None
    if granted:
        item.close_reason, item.close_note = asked.reason, asked.note
        item.end(Verb.TERMINATE, GrievanceState.TERMINATED, at)
    item.record("termination_decided", at, granted=granted, reason=asked.reason, overdue=item.cycle.overdue)
