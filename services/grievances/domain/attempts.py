"""Attempts to call back, and the end that they come to: what people and the clock do alike."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from libs.common.clock import local
from services.grievances.domain.cycle import Call
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Outcome
from services.grievances.domain.values.kinds import ContactWay
from services.grievances.domain.values.states import GrievanceState, Verb

if TYPE_CHECKING:
    from services.grievances.domain.grievance import Grievance


def note_call(item: "Grievance", call: Call) -> None:
    """Note an attempt with its result."""
    cycle = item.cycle
    cycle.calls.append(call)
    item.record(
        "call_back_made",
        call.at,
        cycle=cycle.number,
        way=call.way,
        attempt=len(cycle.calls),
        reached=call.reached,
        contacted=call.contacted,
        solved=call.solved,
        grade=call.grade,
        is_counted=item.kind != "CONSULTATION",
        has_effect=call.has_effect,
    )


def give_up(item: "Grievance", at: datetime, rules: Rules) -> None:
    """Close what nobody could be reached about, after so many attempts on so many days: never as satisfied."""
    calls = [call for call in item.cycle.calls if not call.reached]
    days = {local(call.asked_at or call.at).date() for call in calls}
    if len(calls) >= rules.process.call_attempts and len(days) >= rules.process.call_days:
        close(item, Outcome.UNREACHABLE, at)


def close(item: "Grievance", outcome: Outcome, at: datetime) -> None:
    """Close it, with what the call-back said."""
    cycle = item.cycle
    cycle.outcome = outcome
    item.end(Verb.CLOSE, GrievanceState.CLOSED, at)
    item.record(
        "grievance_closed",
        at,
        outcome=outcome,
        cycle=cycle.number,
        cycle_reason=cycle.reason,
        calls=len(cycle.calls),
        in_ledger=item.ledger is not None and item.ledger.is_open,
    )


def miss_link(item: "Grievance", at: datetime, rules: Rules) -> None:
    """Count a message that nobody answered in its term as one attempt, of the day on which it went out."""
    link = item.cycle.link
    assert link is not None  # noqa: S101 - its timer is set while there is one
    assert link.sent_at is not None  # noqa: S101 - and that went out
    link.missed = True
    # The clock makes no random ids.
    call_id = uuid5(NAMESPACE_URL, f"urn:sqn:calls:{item.id}/{item.cycle.number}/{len(item.cycle.calls)}")
    note_call(item, Call(str(call_id), at, None, ContactWay.LINK, reached=False, asked_at=link.sent_at))
    item.move(Verb.CALL, GrievanceState.CALLBACK)
    give_up(item, at, rules)
