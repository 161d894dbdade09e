"""An amended calendar applied to a grievance: what has passed is never moved."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from libs.casework.domain.deadlines import Moved, moved_deadline
from libs.common.calendars.business_hours import after_working_minutes
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.ledger import cleared_by
from services.grievances.domain.limits import HOTLINE, deadline
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Deadline, Level
from services.grievances.domain.values.states import ANSWERED, BEFORE_REPLY, OVER, GrievanceState
from services.grievances.domain.verbs.screening import extended


def apply_calendar(item: Grievance, at: datetime, rules: Rules) -> None:
    """Move the deadlines of a grievance that have not passed; the limits that it was given stay."""
    moved = [*_of_ledger(item, at, rules)]
    if item.waits_above:
        moved += _of_escalations(item, at, rules)
    if item.state not in OVER:
        moved += _of_cycle(item, at, rules)
        moved += item.moved_answers(at, rules, urge=Deadline.URGE, question=Deadline.QUESTION)
    if moved:
        item.record(
            "deadlines_moved",
            at,
            calendar_version=rules.calendar.version,
            deadlines=[asdict(move) for move in moved],
        )


def _of_cycle(item: Grievance, at: datetime, rules: Rules) -> Iterator[Moved]:
    cycle, process = item.cycle, rules.process
    if item.state is GrievanceState.NEW:
        since = item.returns[-1].decided_at if item.returns else None
        screen_by = after_working_minutes(
            since or item.received_at, process.screen_minutes, rules.calendar, process.hours
        )
        if move := moved_deadline(Deadline.SCREEN, None, item.screen_by, screen_by, at):
            item.screen_by = move.at
            yield move
    if item.state is GrievanceState.DISPATCHED and cycle.dispatched_at is not None:
        sign_by = after_working_minutes(
            cycle.dispatched_at, process.sign_minutes, rules.calendar, process.hours
        )
        if move := moved_deadline(Deadline.SIGN, None, cycle.sign_by, sign_by, at):
            cycle.sign_by = move.at
            yield move
    # A time that the hotline set is no matter of our calendar.
    if item.state in BEFORE_REPLY and cycle.limit is not None and cycle.limit.rule != HOTLINE:
        limit = cycle.limit
        until = deadline(limit.number, limit.unit, cycle.started_at, rules.calendar)
        reply_by = extended(cycle, until, rules.calendar)
        if move := moved_deadline(Deadline.REPLY, None, cycle.reply_by, reply_by, at):
            cycle.reply_by = move.at
            yield move
    if item.state in ANSWERED and cycle.reply is not None:
        call_by = rules.calendar.close_after(cycle.reply.at, process.call_workdays)
        if move := moved_deadline(Deadline.CALL, None, cycle.call_by, call_by, at):
            cycle.call_by = move.at
            yield move


def _of_escalations(item: Grievance, at: datetime, rules: Rules) -> Iterator[Moved]:
    policy = rules.process
    for hop in item.cycle.escalations:
        if hop.answered_at is not None:
            continue
        workdays = policy.county_workdays if hop.level is Level.COUNTY else policy.city_workdays
        answer_by = rules.calendar.close_after(hop.at, workdays)
        if move := moved_deadline(Deadline.ESCALATION, hop.level, hop.answer_by, answer_by, at):
            hop.answer_by = move.at
            yield move


def _of_ledger(item: Grievance, at: datetime, rules: Rules) -> Iterator[Moved]:
    entry = item.ledger
    if entry is None or not entry.is_open:
        return
    rule = rules.calendar.close_after(entry.entered_at, rules.process.clear_workdays)
    clear_by = cleared_by(rule, entry.stated)
    if move := moved_deadline(Deadline.LEDGER, None, entry.clear_by, clear_by, at):
        entry.clear_by = move.at
        yield move
