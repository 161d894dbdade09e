"""What the clock does to a grievance: cards, what is overdue, and escalation by time, each once a cycle."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from libs.casework.domain.deadlines import MOMENT
from libs.common.calendars.business_hours import share_of_working_time
from libs.common.clock import local
from services.grievances.domain.attempts import miss_link
from services.grievances.domain.cycle import Cycle, Escalation
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import EscalationCause, Level, Trigger
from services.grievances.domain.values.states import (
    ANSWERED,
    BEFORE_REPLY,
    OVER,
    WITH_UNIT,
    GrievanceState,
    GrievanceTimer,
)

if TYPE_CHECKING:
    from services.grievances.domain.grievance import Grievance

_TIMER = GrievanceTimer


def timers_of(item: "Grievance", rules: Rules) -> dict[GrievanceTimer, datetime]:
    """Return what a grievance waits for, with the instants."""
    timers: dict[GrievanceTimer, datetime] = {}
    if item.ledger is not None and item.ledger.is_open and not item.ledger.overdue:
        timers[_TIMER.LEDGER] = item.ledger.clear_by + MOMENT
    waiting = [hop.answer_by for hop in item.cycle.escalations if hop.answered_at is None and not hop.overdue]
    if waiting and item.waits_above:
        timers[_TIMER.ESCALATION] = min(waiting) + MOMENT
    if item.state in OVER:
        return timers
    link = item.cycle.link
    if item.state in ANSWERED and link is not None and link.sent_at is not None and not link.missed:
        timers[_TIMER.LINK] = link.expires_at + MOMENT
    timers |= dict(_of_unit(item, rules))
    if item.state in BEFORE_REPLY:
        timers |= dict(_of_reply(item.cycle, rules))
    if (overdue_at := item.urge_overdue_at()) is not None:
        timers[_TIMER.URGE] = overdue_at
    return timers


def _of_unit(item: "Grievance", rules: Rules) -> Iterator[tuple[GrievanceTimer, datetime]]:
    cycle = item.cycle
    # A reply does not stand for having been on the spot.
    is_due = item.state in (*WITH_UNIT, *ANSWERED) and cycle.arrival is None and not cycle.arrival_missed
    if cycle.arrive_by and is_due:
        yield _TIMER.ARRIVAL, cycle.arrive_by + MOMENT
    if item.state not in WITH_UNIT:
        return
    if item.state is GrievanceState.DISPATCHED and cycle.sign_by and not cycle.sign_missed:
        yield _TIMER.SIGN, cycle.sign_by + MOMENT
    if cycle.contact_by and cycle.contact is None and not cycle.contact_missed:
        yield _TIMER.CONTACT, cycle.contact_by + MOMENT
    if all(hop.level is not Level.COUNTY for hop in cycle.escalations):
        at = used_at(cycle, rules)
        if at is not None:
            yield _TIMER.TO_COUNTY, at


def _of_reply(cycle: Cycle, rules: Rules) -> Iterator[tuple[GrievanceTimer, datetime]]:
    if cycle.reply_by is None:
        return
    if not cycle.yellow and (at := yellow_at(cycle, rules)) is not None:
        yield _TIMER.YELLOW, at
    if not cycle.overdue:
        yield _TIMER.OVERDUE, cycle.reply_by + MOMENT
    if not cycle.red:
        yield _TIMER.RED, red_at(cycle.reply_by, rules)


def yellow_at(cycle: Cycle, rules: Rules) -> datetime | None:
    """Return when a cycle gets the yellow card, a working day before it is due (山东省级热线办法 2017).

    None where its time is shorter.
    """
    if cycle.reply_by is None:
        return None
    day = rules.calendar.add_workdays(local(cycle.reply_by).date(), -rules.process.yellow_workdays)
    at = rules.calendar.close_of(day)
    return at if at > cycle.started_at else None


def red_at(reply_by: datetime, rules: Rules) -> datetime:
    """Return when a cycle gets the red card: as the first working day after it was due opens."""
    day = rules.calendar.next_workday(local(reply_by).date())
    opens = rules.process.hours[0][0]
    return rules.calendar.closing(opens).close_of(day)


def used_at(cycle: Cycle, rules: Rules) -> datetime | None:
    """Return when the share of a cycle's time is used at which a unit has to escalate it; None without a limit.

    A limit in hours is shared by the clock, any other one in business hours.
    """
    if cycle.reply_by is None or cycle.limit is None:
        return None
    share, policy = rules.process.utility_share, rules.process
    if not cycle.limit.is_by_the_clock:
        at = share_of_working_time(cycle.started_at, cycle.reply_by, share, rules.calendar, policy.hours)
        if at is not None:
            return at
    return cycle.started_at + (cycle.reply_by - cycle.started_at) * share.numerator / share.denominator


def pass_time(item: "Grievance", kind: GrievanceTimer, at: datetime, rules: Rules) -> None:
    """Note what a timer that is due says."""
    cycle = item.cycle
    match kind:
        case _TIMER.SIGN:
            cycle.sign_missed = True
            item.record("sign_overdue", at, sign_by=cycle.sign_by)
        case _TIMER.CONTACT:
            cycle.contact_missed = True
            item.record("contact_overdue", at, reach_by=cycle.contact_by)
        case _TIMER.ARRIVAL:
            cycle.arrival_missed = True
            item.record("arrival_overdue", at, arrive_by=cycle.arrive_by)
        case _TIMER.YELLOW:
            cycle.yellow = True
            item.record("yellow_card", at, reply_by=cycle.reply_by)
        case _TIMER.OVERDUE:
            cycle.overdue = True
            item.record("grievance_overdue", at, reply_by=cycle.reply_by, cycle=cycle.number)
            item.supervise(Trigger.OVERDUE, at)
        case _TIMER.RED:
            cycle.red = True
            item.record("red_card", at, reply_by=cycle.reply_by)
        case _TIMER.TO_COUNTY:
            escalate(item, Level.COUNTY, EscalationCause.TIME, at, rules)
        case _TIMER.ESCALATION:
            _miss_answers(item, at, rules)
        case _TIMER.LEDGER:
            _miss_clearing(item, at)
        case _TIMER.URGE:
            item.miss_urge(at)
        case _TIMER.LINK:
            miss_link(item, at, rules)


def escalate(
    item: "Grievance",
    level: Level,
    cause: EscalationCause,
    at: datetime,
    rules: Rules,
    *,
    by: str | None = None,
    need: str | None = None,
) -> None:
    """Add a hop to a level, with the date by which it answers."""
    policy = rules.process
    workdays = policy.county_workdays if level is Level.COUNTY else policy.city_workdays
    answer_by = rules.calendar.close_after(at, workdays)
    item.cycle.escalations.append(Escalation(level, cause, at, by, need, answer_by))
    item.record(
        "grievance_escalated", at, level=level, cause=cause, answer_by=answer_by, cycle=item.cycle.number
    )


def _miss_clearing(item: "Grievance", at: datetime) -> None:
    if item.ledger is not None:
        item.ledger.overdue = True
        item.record("ledger_overdue", at, clear_by=item.ledger.clear_by)
        item.supervise(Trigger.LEDGER_OVERDUE, at)


def _miss_answers(item: "Grievance", at: datetime, rules: Rules) -> None:
    """Note which answers are overdue; what the district has not answered goes to the city."""
    cycle = item.cycle
    for hop in list(cycle.escalations):
        if hop.answered_at is not None or hop.overdue or hop.answer_by >= at:
            continue
        hop.overdue = True
        item.record("escalation_overdue", at, level=hop.level, answer_by=hop.answer_by)
        if hop.level is Level.COUNTY and all(other.level is not Level.CITY for other in cycle.escalations):
            escalate(item, Level.CITY, EscalationCause.TIME, at, rules)
        if hop.level is Level.CITY:
            item.supervise(Trigger.ESCALATION_OVERDUE, at)
