"""What the unit does: sign, return, speak with the person, be on the spot, find out, reply."""

from datetime import datetime

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.cycle import Act, Reply, Return, Verification
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import EntryMark, Measure, ReturnReason
from services.grievances.domain.values.kinds import ContactWay, ReporterKind
from services.grievances.domain.values.states import GrievanceState, Verb
from services.grievances.domain.verbs.screening import check_answer, note_reply

MOST_MEASURES = 3


def sign(item: Grievance, at: datetime) -> None:
    """Take the order (签收)."""
    item.check(Verb.SIGN)
    cycle = item.cycle
    item.move(Verb.SIGN, GrievanceState.SIGNED)
    cycle.signed_at = at
    cycle.handled_by(item.by())
    on_time = cycle.sign_by is None or at <= cycle.sign_by
    item.record("grievance_signed", at, cycle=cycle.number, on_time=on_time)


def ask_return(item: Grievance, reason: ReturnReason, note: str, at: datetime, rules: Rules) -> None:
    """Say that it is not the unit's duty, within its time and once (山东 2020; 潍坊 §22). Raises RuleError."""
    item.check(Verb.ASK_RETURN)
    check_text(note, "note")
    cycle, unit = item.cycle, item.utility or ""
    if any(entry.unit == unit for entry in item.returns):
        raise RuleError(
            "returned-already", "退单经审核后，不得再次退单", "请继续办理，或上报主管部门", "state"
        )
    if any(earlier.utility == unit and earlier.reply is not None for earlier in item.cycles[:-1]):
        raise RuleError("worked-on-already", "本单位已办理过此件，不能退单", "请继续办理", "state")
    dispatched_at = cycle.dispatched_at or cycle.started_at
    if at > rules.calendar.close_after(dispatched_at, rules.process.return_workdays):
        raise RuleError(
            "return-too-late",
            f"派单后 {rules.process.return_workdays} 个工作日内才能申请退单",
            "请继续办理，或上报主管部门",
            "state",
        )
    item.move(Verb.ASK_RETURN, GrievanceState.RETURN_REQUESTED)
    item.returns.append(Return(at, item.by(), unit, reason, note))
    cycle.handled_by(item.by())
    item.record("return_asked", at, reason=reason, unit=unit, cycle=cycle.number)


def speak(item: Grievance, happened_at: datetime, way: ContactWay, at: datetime, rules: Rules) -> None:
    """Note that the unit spoke with the person. Raises RuleError."""
    item.check(Verb.CONTACT)
    cycle = item.cycle
    if item.reporter is ReporterKind.ANONYMOUS:
        raise RuleError("nobody-to-contact", "匿名诉求没有联系人", "请直接核实办理", "way")
    if cycle.contact is not None:
        raise RuleError("contacted-already", "本次办理已登记联系", "无需再次登记", "at")
    cycle.contact = _act(item, happened_at, way, at, rules, is_announced=cycle.contact_missed)
    on_time = cycle.contact_by is None or cycle.contact.counts_at <= cycle.contact_by
    item.record(
        "reporter_contacted",
        happened_at,
        way=way,
        cycle=cycle.number,
        cycle_reason=cycle.reason,
        entry=cycle.contact.entry,
        counts_at=cycle.contact.counts_at,
        on_time=on_time,
    )


def arrive(item: Grievance, happened_at: datetime, at: datetime, rules: Rules) -> None:
    """Note that the unit was on the spot. Raises RuleError."""
    item.check(Verb.ARRIVE)
    cycle = item.cycle
    if cycle.arrival is not None:
        raise RuleError("arrived-already", "本次办理已登记到场", "无需再次登记", "at")
    cycle.arrival = _act(item, happened_at, ContactWay.ON_SITE, at, rules, is_announced=cycle.arrival_missed)
    item.record(
        "unit_arrived",
        happened_at,
        cycle=cycle.number,
        entry=cycle.arrival.entry,
        on_time=None if cycle.arrive_by is None else cycle.arrival.counts_at <= cycle.arrive_by,
    )


def _act(
    item: Grievance,
    happened_at: datetime,
    way: ContactWay,
    at: datetime,
    rules: Rules,
    *,
    is_announced: bool,
) -> Act:
    cycle = item.cycle
    if happened_at > at:
        raise RuleError("in-the-future", "时间不能晚于现在", "请核对时间", "at")
    if happened_at < (cycle.dispatched_at or cycle.started_at):
        raise RuleError("before-dispatch", "时间不能早于派单", "请核对时间", "at")
    in_time_until = rules.calendar.close_after(happened_at, rules.process.recorded_workdays)
    cycle.handled_by(item.by())
    entry = EntryMark.IN_TIME if at <= in_time_until else EntryMark.LATE
    return Act(happened_at, at, item.by(), entry, way, is_announced=is_announced)


def verify(item: Grievance, finding: str, at: datetime, *, reasonable: bool) -> None:
    """Note what the unit found out (情况核实) before it acts, and whether the matter is reasonable."""
    item.check(Verb.VERIFY)
    check_text(finding, "finding")
    item.move(Verb.VERIFY, GrievanceState.HANDLING)
    item.cycle.verification = Verification(at, item.by(), reasonable, finding)
    item.cycle.handled_by(item.by())
    item.record("grievance_verified", at, reasonable=reasonable, cycle=item.cycle.number)


def confirm(item: Grievance, at: datetime, *, agreed: bool) -> None:
    """Confirm, by another unit, that a matter is unreasonable, or say that it is not. Raises RuleError."""
    item.check(Verb.CONFIRM)
    found = item.cycle.verification
    if found is None or found.reasonable or found.confirmed is not None:
        raise RuleError("nothing-to-confirm", "没有待复核的不合理认定", "请刷新后核对", "agreed")
    if found.by == item.by():
        raise RuleError("decider-is-asker", "复核人不能是认定人本人", "请由他人复核", "agreed")
    found.confirmed, found.confirmed_by = agreed, item.by()
    item.record("finding_confirmed", at, agreed=agreed, cycle=item.cycle.number)


def reply(
    item: Grievance,
    text: str,
    measures: list[Measure],
    at: datetime,
    rules: Rules,
    *,
    internal: str | None = None,
    answer_code: str | None = None,
) -> None:
    """Tell the person what was done. Raises RuleError."""
    item.check(Verb.REPLY)
    check_text(text, "text")
    if internal is not None:
        check_text(internal, "internal")
    check_answer(answer_code, rules)
    if len(set(measures)) < len(measures):
        raise RuleError("measure-twice", "办理措施有重复", "每项措施只选一次", "measures")
    cycle = item.cycle
    if cycle.contact is None and item.reporter is not ReporterKind.ANONYMOUS:
        raise RuleError("not-contacted", "答复前须先联系诉求人", "请联系诉求人并登记", "text")
    if item.open_questions:
        raise RuleError("question-open", "诉求人的咨询尚未答复", "请先答复咨询", "text")
    if cycle.termination is not None:
        raise RuleError("termination-open", "终止办理的申请尚未审批", "请等待审批", "text")
    item.move(Verb.REPLY, GrievanceState.REPLIED)
    note_reply(item, Reply(at, item.by(), item.unit(), text, tuple(measures), internal, answer_code), rules)


def withdraw(item: Grievance, at: datetime) -> None:
    """Take it back, by who told it. Raises RuleError in the stead of whom nobody knows."""
    item.check(Verb.WITHDRAW)
    if item.reporter is ReporterKind.ANONYMOUS and item.actor is not None and item.actor.in_stead:
        raise RuleError("nobody-to-contact", "匿名诉求不能代为撤回", "请继续办理", "state")
    item.document_ref = None if item.actor is None else item.actor.document_ref
    item.end(Verb.WITHDRAW, GrievanceState.WITHDRAWN, at)
    item.record("grievance_withdrawn", at, overdue=item.cycle.overdue)
