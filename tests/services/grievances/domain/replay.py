"""What a reader knows of a grievance who has its events alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from libs.common.aggregate import DomainEvent
from services.grievances.domain.values.codes import Deadline
from services.grievances.domain.values.states import GrievanceState

_S = GrievanceState
_STATES: Mapping[str, GrievanceState] = {
    "grievance_received": _S.NEW,
    "grievance_dispatched": _S.DISPATCHED,
    "grievance_not_accepted": _S.NOT_ACCEPTED,
    "grievance_signed": _S.SIGNED,
    "return_asked": _S.RETURN_REQUESTED,
    "grievance_verified": _S.HANDLING,
    "grievance_replied": _S.REPLIED,
    "grievance_closed": _S.CLOSED,
    "grievance_withdrawn": _S.WITHDRAWN,
}
# Whose `reply_by` says until when the reply is due from then on.
_DUE = {
    "grievance_received",
    "grievance_classified",
    "grievance_dispatched",
    "extension_decided",
    "redo_begun",
}


@dataclass
class Known:
    """What the events say."""

    state: GrievanceState | None = None
    cycle: int = 1
    reply_by: datetime | None = None
    in_ledger: bool | None = None
    is_signed: bool = False
    hops: Counter[tuple[int, Any]] = field(default_factory=Counter)
    supervised: Counter[tuple[int, Any]] = field(default_factory=Counter)


def replay(events: Iterable[DomainEvent]) -> Known:
    """Fold the events of a grievance."""
    known = Known()
    for event in events:
        _fold(known, event.event, event.data)
    return known


def _fold(known: Known, name: str, data: Mapping[str, Any]) -> None:
    known.state = _STATES.get(name, known.state)
    if name in _DUE:
        known.reply_by = data["reply_by"]
    match name:
        case "grievance_dispatched" | "grievance_reopened":
            known.cycle, known.is_signed = data["cycle"], False
        case "grievance_signed":
            known.is_signed = True
        case "call_back_made" if data["has_effect"]:
            known.state = _S.CALLBACK
        case "return_decided" if data["granted"]:
            known.state = _S.NEW
        case "return_decided":
            known.state = _S.SIGNED if known.is_signed else _S.DISPATCHED
        case "termination_decided" if data["granted"]:
            known.state = _S.TERMINATED
        case "deadlines_moved":
            moved = [move["at"] for move in data["deadlines"] if move["kind"] is Deadline.REPLY]
            known.reply_by = moved[0] if moved else known.reply_by
        case "ledger_entered" | "ledger_crossed_off":
            known.in_ledger = name == "ledger_entered"
        case "grievance_escalated":
            known.hops[data["cycle"], data["level"]] += 1
        case "supervision_raised":
            known.supervised[data["cycle"], data["trigger"]] += 1
