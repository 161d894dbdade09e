"""Views of the cycles of a grievance, of returns and of the ledger's entry."""

from datetime import datetime

from libs.casework.http.people import Names, PersonView, person_view
from libs.common.places import load_places
from services.grievances.domain.cycle import Act, Call, Cycle, Escalation, Reply, Return
from services.grievances.domain.ledger import LedgerEntry
from services.grievances.domain.limits import HOTLINE, Limit
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import (
    CAUSE_NAMES,
    CYCLE_NAMES,
    GRADE_NAMES,
    LEDGER_NAMES,
    LEVEL_NAMES,
    MEASURE_NAMES,
    OUTCOME_NAMES,
    RETURN_NAMES,
)
from services.grievances.domain.values.kinds import WAY_NAMES
from services.grievances.http import cycle_models as models


def cycle_view(cycle: Cycle, rules: Rules, names: Names | None) -> models.CycleView:
    """Return a cycle; without `names` as who told it sees it: no persons, nothing internal."""
    found = cycle.verification
    is_staff = names is not None
    return models.CycleView(
        number=cycle.number,
        reason=cycle.reason,
        reason_name=CYCLE_NAMES[cycle.reason],
        started_at=cycle.started_at,
        utility=cycle.utility,
        utility_name=cycle.utility and load_places().utility(cycle.utility).name,
        limit=cycle.limit and _limit(cycle.limit, rules),
        reply_by=cycle.reply_by,
        dispatched_at=cycle.dispatched_at,
        sign_by=cycle.sign_by,
        signed_at=cycle.signed_at,
        contact_by=cycle.contact_by,
        contact=cycle.contact and _act(cycle.contact, cycle.contact_by),
        arrive_by=cycle.arrive_by,
        arrive_source=cycle.arrive_limit and cycle.arrive_limit.source,
        arrival=cycle.arrival and _act(cycle.arrival, cycle.arrive_by),
        verified_at=found and found.at,
        finding=found.finding if found and is_staff else None,
        reasonable=found and found.reasonable,
        confirmed=found and found.confirmed,
        extension=None
        if cycle.extension is None
        else models.ExtensionView(
            asked_at=cycle.extension.asked_at,
            workdays=cycle.extension.workdays,
            reason=cycle.extension.reason,
            told_at=cycle.extension.told_at,
            decided_at=cycle.extension.decided_at,
            granted=cycle.extension.granted,
        ),
        escalations=[_escalation(hop, is_staff=is_staff) for hop in cycle.escalations],
        reply=cycle.reply and _reply(cycle.reply, cycle.reply_by, is_staff=is_staff),
        call_by=cycle.call_by,
        calls=[_call(call, names) for call in cycle.calls],
        outcome=cycle.outcome,
        outcome_name=cycle.outcome and OUTCOME_NAMES[cycle.outcome],
        ended_at=cycle.ended_at,
        overdue=cycle.overdue,
        yellow=cycle.yellow,
        red=cycle.red,
    )


def _limit(limit: Limit, rules: Rules) -> models.LimitView:
    named = {rule.code: rule.name for rule in rules.limits.rules} | {HOTLINE: "热线要求"}
    name = named.get(limit.rule)
    return models.LimitView(
        rule=limit.rule,
        name=name,
        number=limit.number,
        unit=limit.unit,
        source=limit.source,
        version=limit.version,
    )


def _act(act: Act, until: datetime | None) -> models.ActView:
    return models.ActView(
        at=act.at,
        recorded_at=act.recorded_at,
        way=act.way,
        entry=act.entry,
        denied=act.denied,
        on_time=None if until is None else act.counts_at <= until,
    )


def _escalation(hop: Escalation, *, is_staff: bool) -> models.EscalationView:
    return models.EscalationView(
        level=hop.level,
        level_name=LEVEL_NAMES[hop.level],
        cause=hop.cause,
        cause_name=CAUSE_NAMES[hop.cause],
        at=hop.at,
        need=hop.need if is_staff else None,
        answer_by=hop.answer_by,
        answered_at=hop.answered_at,
        answer=hop.answer if is_staff else None,
        overdue=hop.overdue,
    )


def _reply(reply: Reply, until: datetime | None, *, is_staff: bool) -> models.ReplyView:
    return models.ReplyView(
        at=reply.at,
        text=reply.text,
        measures=list(reply.measures),
        measure_names=[MEASURE_NAMES[measure] for measure in reply.measures],
        internal=reply.internal if is_staff else None,
        on_time=None if until is None else reply.at <= until,
    )


def _call(call: Call, names: Names | None) -> models.CallView:
    return models.CallView(
        id=call.id,
        at=call.at,
        by=_person(call.by, names),
        way=call.way,
        way_name=WAY_NAMES[call.way],
        reached=call.reached,
        contacted=call.contacted,
        solved=call.solved,
        grade=call.grade,
        grade_name=call.grade and GRADE_NAMES[call.grade],
        reason=call.reason if names else None,
        grade_word=call.grade_word,
        recorded_at=call.recorded_at,
        has_effect=call.has_effect,
    )


def return_view(entry: Return) -> models.ReturnView:
    """Return what a unit said of its duty."""
    return models.ReturnView(
        asked_at=entry.asked_at,
        unit=entry.unit,
        unit_name=load_places().utility(entry.unit).name,
        reason=entry.reason,
        reason_name=RETURN_NAMES[entry.reason],
        note=entry.note,
        decided_at=entry.decided_at,
        granted=entry.granted,
    )


def ledger_view(entry: LedgerEntry, names: Names) -> models.LedgerView:
    """Return the entry of the ledger."""
    return models.LedgerView(
        entered_at=entry.entered_at,
        clear_by=entry.clear_by,
        state=entry.state,
        state_name=LEDGER_NAMES[entry.state],
        owner=_person(entry.owner, names),
        measures=entry.measures,
        progress=[
            models.ProgressView(at=step.at, by=_person(step.by, names), text=step.text)
            for step in entry.progress
        ],
        ground=entry.ground,
        explanation=entry.explanation,
        approvals=[LEVEL_NAMES[approval.level] for approval in entry.approvals],
        crossed_off_at=entry.crossed_off_at,
        overdue=entry.overdue,
    )


def _person(subject: str | None, names: Names | None) -> PersonView | None:
    return None if subject is None or names is None else person_view(subject, names)
