"""What a grievance waits for, from whom, until when."""

from collections.abc import Iterator
from datetime import datetime

from libs.casework.domain.work import Urgency, WorkItem, urgency_by
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Level
from services.grievances.domain.values.kinds import ReporterKind
from services.grievances.domain.values.states import ANSWERED, OVER, WORKED_ON, GrievanceState, Turn, WorkKind

Work = WorkItem[WorkKind, Turn, None]
_S = GrievanceState
_LEVELS = {Level.COUNTY: Turn.COUNTY, Level.CITY: Turn.CITY}


def work_of(item: Grievance) -> list[Work]:
    """Return what a grievance waits for now; what is in the ledger also after its end."""
    work = list(_of_ledger(item))
    work += [
        WorkItem(WorkKind.ANSWER_ESCALATION, _LEVELS[hop.level], hop.at, hop.answer_by)
        for hop in item.cycle.escalations
        if hop.answered_at is None and item.waits_above
    ]
    return work if item.state in OVER else [*_steps(item), *_decisions(item), *_answers(item), *work]


def _steps(item: Grievance) -> Iterator[Work]:
    cycle = item.cycle
    since = cycle.dispatched_at or cycle.started_at
    if item.state is _S.NEW:
        yield WorkItem(WorkKind.SCREEN, Turn.SCREENER, cycle.started_at, item.screen_by)
    elif item.state is _S.RETURN_REQUESTED and item.open_return is not None:
        yield WorkItem(WorkKind.DECIDE_RETURN, Turn.SCREENER, item.open_return.asked_at, cycle.reply_by)
    elif item.state is _S.DISPATCHED:
        yield WorkItem(WorkKind.SIGN, Turn.HANDLER, since, cycle.sign_by)
    elif item.state in ANSWERED and cycle.reply is not None:
        yield WorkItem(WorkKind.CALL, Turn.CALLER, cycle.reply.at, cycle.call_by)
    elif item.state in (_S.SIGNED, _S.HANDLING):
        if cycle.arrive_by is not None and cycle.arrival is None:
            yield WorkItem(WorkKind.ARRIVE, Turn.HANDLER, since, cycle.arrive_by)
        if cycle.contact is None and item.reporter is not ReporterKind.ANONYMOUS:
            yield WorkItem(WorkKind.CONTACT, Turn.HANDLER, since, cycle.contact_by or cycle.reply_by)
        step = WorkKind.VERIFY if item.state is _S.SIGNED else WorkKind.REPLY
        yield WorkItem(step, Turn.HANDLER, cycle.started_at, cycle.reply_by)


def _decisions(item: Grievance) -> Iterator[Work]:
    cycle = item.cycle
    if cycle.extension is not None and cycle.extension.granted is None and item.state in WORKED_ON:
        yield WorkItem(WorkKind.DECIDE_EXTENSION, Turn.COUNTY, cycle.extension.asked_at, cycle.reply_by)
    found = cycle.verification
    if found is not None and not found.reasonable and found.confirmed is None:
        yield WorkItem(WorkKind.CONFIRM, Turn.COUNTY, found.at, cycle.call_by or cycle.reply_by)
    if cycle.termination is not None and item.state in WORKED_ON:
        yield WorkItem(WorkKind.TERMINATE, Turn.CITY, cycle.termination.asked_at, cycle.reply_by)


def _of_ledger(item: Grievance) -> Iterator[Work]:
    entry = item.ledger
    if entry is None or not entry.is_open:
        return
    call = item.cycle.effective_call
    if (level := entry.waits_for) is not None:
        yield WorkItem(WorkKind.CROSS_OFF, _LEVELS[level], entry.approvals[-1].at, entry.clear_by)
    elif item.state in OVER and item.cycle.outcome == "SATISFIED" and call is not None:
        yield WorkItem(WorkKind.CROSS_OFF, Turn.COUNTY, call.at, entry.clear_by)
    elif item.state in OVER and item.utility is None:
        # Nobody is left to clear it: who supervises explains it.
        yield WorkItem(WorkKind.CROSS_OFF, Turn.COUNTY, entry.entered_at, entry.clear_by)
    elif item.state in OVER:
        yield WorkItem(WorkKind.CLEAR, Turn.HANDLER, entry.entered_at, entry.clear_by)


def _answers(item: Grievance) -> Iterator[Work]:
    turn = Turn.SCREENER if item.utility is None else Turn.HANDLER
    for urge in item.open_urges:
        yield WorkItem(WorkKind.ANSWER_URGE, turn, urge.urged_at, urge.answer_by)
    for question in item.open_questions:
        yield WorkItem(WorkKind.ANSWER_QUESTION, turn, question.asked_at, question.answer_by)


def urgency_of(item: Work, rules: Rules, now: datetime) -> Urgency:
    """Return how urgent a task is, in business hours."""
    return urgency_by(item, now, rules.calendar, rules.process.hours)
