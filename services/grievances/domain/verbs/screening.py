"""What the screening desk does: accept or not, send to a unit, answer at once, and decide on returns."""

from datetime import datetime

from libs.common.calendars.business_hours import after_working_minutes
from libs.common.calendars.workdays import BusinessCalendar
from libs.common.places import Supply, load_places
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.cycle import Cycle, Reply
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.limits import joined, shortest
from services.grievances.domain.rules import Aim, Rules
from services.grievances.domain.values.codes import CloseReason, CycleReason, Measure
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.domain.values.states import GrievanceState, Verb

# What ends a grievance only after its unit tried.
_AT_THE_END = frozenset({CloseReason.UNCOOPERATIVE})


def receive(item: Grievance, rules: Rules) -> None:
    """Note that a grievance came in; its time runs from now on."""
    at = item.received_at
    item.cycles.append(Cycle(1, CycleReason.FIRST, at))
    item.screen_by = after_working_minutes(
        at, rules.process.screen_minutes, rules.calendar, rules.process.hours
    )
    limit_reply(item, item.cycle, rules)
    item.record(
        "grievance_received",
        at,
        reporter=item.reporter,
        reply_by=item.cycle.reply_by,
        screen_by=item.screen_by,
        policy_version=rules.limits.version,
    )


def classify(
    item: Grievance, kind: GrievanceKind, category: str, supply: Supply | None, rules: Rules
) -> None:
    """Set what it is: by who takes it in, and by the screening desk. Raises RuleError.

    The version of the tree stays with it, so that it is counted after a category has moved.
    """
    policy = rules.categories
    if category not in policy.categories or not policy.is_leaf(category):
        raise RuleError("category-unknown", "没有这个诉求类别", "请从类别目录的最末一级中选择", "category")
    chosen = policy.categories[category]
    if chosen.kinds and kind not in chosen.kinds:
        raise RuleError(
            "category-of-other-kind", "该类别不用于这种诉求", "请重新选择类别或诉求种类", "category"
        )
    if chosen.supplies and supply not in chosen.supplies:
        raise RuleError(
            "category-of-other-supply", "该类别不用于这项业务", "请重新选择类别或业务", "category"
        )
    item.kind, item.category, item.supply = kind, category, supply
    item.category_version, item.limit_class = policy.version, chosen.limit_class


def reclassify(
    item: Grievance,
    kind: GrievanceKind,
    category: str,
    supply: Supply | None,
    at: datetime,
    rules: Rules,
) -> None:
    """Change what it is, by the screening desk; its limit is chosen anew. Raises RuleError."""
    before = {"kind_before": item.kind, "category_before": item.category, "supply_before": item.supply}
    classify(item, kind, category, supply, rules)
    limit_reply(item, item.cycle, rules)
    item.record("grievance_classified", at, **before, reply_by=item.cycle.reply_by)


def dispatch(
    item: Grievance, utility: str, helpers: list[str], at: datetime, rules: Rules, note: str | None = None
) -> None:
    """Send it to the utility that works on it (主办), and to those that help (协办). Raises RuleError."""
    item.check(Verb.DISPATCH)
    check_unit(item, utility, "utility")
    for helper in helpers:
        check_unit(item, helper, "helpers")
    if utility in helpers or len(set(helpers)) < len(helpers):
        raise RuleError("helper-twice", "主办、协办单位有重复", "每个单位只选一次", "helpers")
    if note is not None:
        check_text(note, "note")
    item.move(Verb.DISPATCH, GrievanceState.DISPATCHED)
    item.entrust(utility, helpers)
    begin_work(item, at, rules)


def begin_work(item: Grievance, at: datetime, rules: Rules) -> None:
    """Let the unit's times run: for signing, for speaking with the person, for being on the spot."""
    cycle, told = item.cycle, item.told
    cycle.dispatched_at = at
    cycle.signed_at = cycle.contact = cycle.arrival = None
    cycle.sign_missed = cycle.contact_missed = cycle.arrival_missed = False
    cycle.sign_by = after_working_minutes(at, rules.process.sign_minutes, rules.calendar, rules.process.hours)
    contact = shortest(told, Aim.CONTACT, at, rules.limits, rules.calendar)
    cycle.contact_by = None if contact is None or item.reporter == "ANONYMOUS" else contact.until
    cycle.arrive_limit = shortest(told, Aim.ARRIVE, at, rules.limits, rules.calendar)
    cycle.arrive_by = None if cycle.arrive_limit is None else cycle.arrive_limit.until
    limit_reply(item, cycle, rules)
    item.record(
        "grievance_dispatched",
        at,
        cycle=cycle.number,
        cycle_reason=cycle.reason,
        helpers=list(item.helpers),
        sign_by=cycle.sign_by,
        reach_by=cycle.contact_by,
        arrive_by=cycle.arrive_by,
        reply_by=cycle.reply_by,
        limit=cycle.limit and cycle.limit.rule,
    )


def limit_reply(item: Grievance, cycle: Cycle, rules: Rules) -> None:
    """Set the limit of the reply, from when the cycle began; that of a redo is its own."""
    if cycle.reason is CycleReason.REDO:
        return
    own = shortest(item.told, Aim.REPLY, cycle.started_at, rules.limits, rules.calendar)
    hotlines = None if item.hotline is None else item.hotline.reply_by
    cycle.limit = joined(own, hotlines, cycle.started_at, rules.limits.version)
    cycle.reply_by = None if cycle.limit is None else extended(cycle, cycle.limit.until, rules.calendar)


def extended(cycle: Cycle, until: datetime, calendar: BusinessCalendar) -> datetime:
    """Return a limit's end with the longer time that was granted; a limit in hours has none."""
    longer = cycle.extension
    if longer is None or not longer.granted or (cycle.limit is not None and cycle.limit.is_by_the_clock):
        return until
    return calendar.close_after(until, longer.workdays)


def check_unit(item: Grievance, utility: str, field: str) -> None:
    """Raise RuleError for a utility that there is not, and for one that leads and has another service."""
    units = {unit.code: unit for unit in load_places().utilities()}
    if utility not in units:
        raise RuleError("utility-unknown", "没有这个专营单位", "请从单位名录中选择", field)
    if field == "utility" and item.supply is not None and units[utility].service is not item.supply:
        raise RuleError("utility-of-other-supply", "主办单位不经营这项业务", "请选择经营该业务的单位", field)


def refuse(item: Grievance, reason: CloseReason, note: str, at: datetime) -> None:
    """Do not accept it, for a listed reason. Raises RuleError."""
    item.check(Verb.NOT_ACCEPT)
    if item.hotline is not None and item.hotline.return_refused:
        raise RuleError(
            "hotline-refused-return", "热线已决定不同意退单，不得再次退回", "请派单办理", "reason"
        )
    if reason in _AT_THE_END:
        raise RuleError("reason-too-early", "尚未办理，不能以这一理由不予受理", "请派单办理", "reason")
    check_text(note, "note")
    item.close_reason, item.close_note = reason, note
    item.end(Verb.NOT_ACCEPT, GrievanceState.NOT_ACCEPTED, at)
    item.record("grievance_not_accepted", at, reason=reason)


def answer(item: Grievance, text: str, answer_code: str | None, at: datetime, rules: Rules) -> None:
    """Answer a consultation at once, with no unit. Raises RuleError for another kind."""
    item.check(Verb.ANSWER)
    if item.kind is not GrievanceKind.CONSULTATION:
        raise RuleError("no-consultation", "只有咨询可以直接答复", "请派单办理", "kind")
    check_text(text, "text")
    check_answer(answer_code, rules)
    item.move(Verb.ANSWER, GrievanceState.REPLIED)
    reply = Reply(at, item.by(), item.unit(), text, (Measure.EXPLAINED,), None, answer_code)
    note_reply(item, reply, rules)


def check_answer(code: str | None, rules: Rules) -> None:
    """Raise RuleError for a standard answer that there is not."""
    if code is not None and code not in rules.process.answers:
        raise RuleError("answer-unknown", "没有这个标准答复", "请从标准答复中选择", "answer_code")


def note_reply(item: Grievance, reply: Reply, rules: Rules) -> None:
    """Keep a reply; the call-back is due from now on."""
    cycle = item.cycle
    cycle.reply = reply
    cycle.call_by = rules.calendar.close_after(reply.at, rules.process.call_workdays)
    cycle.handled_by(reply.by)
    item.record(
        "grievance_replied",
        reply.at,
        cycle=cycle.number,
        cycle_reason=cycle.reason,
        measures=list(reply.measures),
        answer_code=reply.answer_code,
        reply_by=cycle.reply_by,
        on_time=cycle.reply_by is None or reply.at <= cycle.reply_by,
        call_by=cycle.call_by,
        reasonable=cycle.is_reasonable,
    )


def link(item: Grievance, first: Grievance, at: datetime, *, is_first: bool = False) -> None:
    """Note that it says again what another one says; it stays a grievance of its own. Raises RuleError.

    `is_first` is true of one that others repeat: so there are no chains.
    """
    item.check(Verb.LINK)
    if item.id in (first.id, first.repeats):
        raise RuleError("repeats-itself", "不能与自身互为重复", "请选择另一件诉求", "first_id")
    if is_first:
        raise RuleError("repeated-by-others", "已有其他诉求关联到此件", "请将另一件关联到此件", "first_id")
    # Those that repeat one are all linked with the first.
    item.repeats = first.repeats or first.id
    item.record("grievance_linked", at, first_id=item.repeats)


def decide_return(item: Grievance, at: datetime, rules: Rules, *, granted: bool) -> None:
    """Decide on a return; once refused, the unit may not return it again (山东 2020; 潍坊 §22)."""
    item.check(Verb.DECIDE_RETURN)
    asked = item.open_return
    if asked is None:
        raise AssertionError("a return is asked for in this state")
    if item.by() == asked.asked_by:
        raise RuleError("decider-is-asker", "审核人不能是提出人本人", "请由他人审核", "granted")
    asked.decided_at, asked.decided_by, asked.granted = at, item.by(), granted
    cycle = item.cycle
    if granted:
        item.move(Verb.DECIDE_RETURN, GrievanceState.NEW)
        item.entrust(None, [])
        # What that unit asked for is not the next one's.
        item.assignment = cycle.termination = None
        if cycle.extension is not None and cycle.extension.granted is None:
            cycle.extension = None
        item.screen_by = after_working_minutes(
            at, rules.process.screen_minutes, rules.calendar, rules.process.hours
        )
    else:
        before = GrievanceState.SIGNED if cycle.signed_at else GrievanceState.DISPATCHED
        item.move(Verb.DECIDE_RETURN, before)
    item.record(
        "return_decided", at, granted=granted, unit=asked.unit, cycle=cycle.number, screen_by=item.screen_by
    )


def renew(item: Grievance, reason: CycleReason, at: datetime) -> Cycle:
    """Begin a new cycle; the one before stays as it was."""
    last = item.cycle
    item.cycles.append(Cycle(last.number + 1, reason, at, utility=last.utility))
    return item.cycle
