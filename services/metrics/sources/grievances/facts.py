"""What the figures read of grievances' events, and the facts that they make of one grievance."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from services.metrics.domain.months import micros, month_of
from services.metrics.events.reader import Instant, Ranged, Reader

OPEN, CLOSED, REFUSED, TERMINATED, WITHDRAWN = "OPEN", "CLOSED", "REFUSED", "TERMINATED", "WITHDRAWN"
READ_IN: Final = "READ_IN"
"""Of what an office's own ledger says: worked on elsewhere and no end that counts, until it is begun anew here."""
NOBODY: Final = "NONE"
"""The code of the utility of what was not sent to one."""
_MINUTE: Final = 60_000_000
_Name = Annotated[str, Meta(max_length=40)]
_Grade = Annotated[int, Meta(ge=1, le=5)]


class Deadline(Ranged, frozen=True, gc=False, kw_only=True):
    """A deadline that an amended calendar moved."""

    kind: _Name
    at: Instant


class GrievanceEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of the events of a grievance; each has what its kind tells."""

    grievance_number: _Name
    kind: _Name
    source: _Name
    category: _Name
    supply: _Name | None
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)] | None
    received_at: Instant
    occurred_at: Instant
    counts_at: Instant | None = None
    reply_by: Instant | None = None
    reach_by: Instant | None = None
    on_time: bool | None = None
    granted: bool | None = None
    reached: bool | None = None
    contacted: bool | None = None
    solved: bool | None = None
    grade: _Grade | None = None
    is_counted: bool | None = None
    has_effect: bool = True
    outcome: _Name | None = None
    trigger: _Name | None = None
    level: _Name | None = None
    deadlines: list[Deadline] | None = None


class Grievance(Struct, array_like=True):
    """The facts of one grievance over all its cycles; instants in microseconds since 1970.

    `month` is that of its end, and none again while it is reopened: so its way counts as one, from when it came.
    `handling_minutes` are None while it is open, and where it ended before it came.
    """

    state: str = OPEN
    received_at: int = 0
    reply_by: int | None = None
    month: str | None = None
    outcome: str | None = None
    # Of the cycle that runs: whether it was replied to, and whether its contact counts.
    is_replied: bool = False
    is_contacted: bool = False
    is_order: bool = False
    orders: int = 0
    contacts: int = 0
    replies: int = 0
    replies_on_time: int = 0
    redos: int = 0
    reopened: int = 0
    calls: int = 0
    reached: int = 0
    effective: int = 0
    solved: int = 0
    grade: int | None = None
    contact_minutes: int | None = None
    handling_minutes: int | None = None
    is_in_ledger: bool = False
    # Whether `contact_minutes` are of the contact of the cycle that runs.
    is_first_contact: bool = False
    # Whether its time had passed when it ended without a reply in its last cycle.
    is_unanswered: bool = False


_READ: Final = (
    "grievance_received",
    "grievance_classified",
    "grievance_dispatched",
    "return_decided",
    "reporter_contacted",
    "extension_decided",
    "grievance_replied",
    "call_back_made",
    "redo_begun",
    "grievance_closed",
    "grievance_not_accepted",
    "termination_decided",
    "grievance_withdrawn",
    "grievance_reopened",
    "ledger_entered",
    "ledger_crossed_off",
    "deadlines_moved",
    "supervision_raised",
    "grievance_escalated",
    "hotline_limit_set",
    "hotline_return_decided",
    "grievance_read_in",
)
READER: Final = Reader("grievances", GrievanceEvent, dict.fromkeys(_READ, GrievanceEvent))


def _minutes(since: int, at: datetime) -> int | None:
    """Return the whole minutes from an instant to another; None for one before it, which cannot be."""
    elapsed = micros(at) - since
    return None if elapsed < 0 else elapsed // _MINUTE


def apply(name: str, event: GrievanceEvent, facts: Grievance) -> None:
    """Change the facts of a grievance by an event."""
    if event.reply_by is not None and name != "grievance_replied":
        facts.reply_by = micros(event.reply_by)
    match name:
        case "grievance_received":
            facts.received_at = micros(event.received_at)
        case "grievance_read_in":
            facts.state = READ_IN
        case "grievance_dispatched":
            # Of an anonymous one nobody can be spoken with.
            facts.is_order, facts.is_contacted = event.reach_by is not None, False
            facts.is_first_contact = False
            facts.orders += int(facts.is_order)
        case "return_decided" if event.granted:
            _take_back(facts)
            facts.orders -= int(facts.is_order)
            facts.is_order = False
        case "reporter_contacted":
            if facts.contact_minutes is None:
                # Events before `counts_at` say only when it happened, as the unit claims.
                facts.contact_minutes = _minutes(facts.received_at, event.counts_at or event.occurred_at)
                facts.is_first_contact = True
            facts.is_contacted = bool(event.on_time) and facts.is_order
            facts.contacts += int(facts.is_contacted)
        case "grievance_replied":
            facts.is_replied = True
            facts.replies += 1
            facts.replies_on_time += int(bool(event.on_time))
        case "call_back_made" if event.has_effect:
            _call(event, facts)
        case "redo_begun":
            facts.redos += 1
            facts.is_replied = False
        case "grievance_closed":
            facts.outcome = event.outcome
            facts.handling_minutes = _minutes(facts.received_at, event.occurred_at)
            _end(CLOSED, event, facts)
        case "grievance_not_accepted":
            _end(REFUSED, event, facts)
        case "termination_decided" if event.granted:
            _end(TERMINATED, event, facts)
        case "grievance_withdrawn":
            _end(WITHDRAWN, event, facts)
        case "hotline_return_decided" if not event.granted:
            # It was not accepted, and the hotline does not agree: its time runs as if it had never ended.
            facts.state, facts.month, facts.outcome = OPEN, None, None
        case "grievance_reopened":
            facts.state, facts.month, facts.outcome, facts.is_replied = OPEN, None, None, False
            facts.reopened += 1
        case "ledger_entered":
            facts.is_in_ledger = True
        case "ledger_crossed_off":
            facts.is_in_ledger = False
        case "deadlines_moved":
            facts.reply_by = next(
                (micros(row.at) for row in event.deadlines or () if row.kind == "REPLY"), facts.reply_by
            )


def _end(state: str, event: GrievanceEvent, facts: Grievance) -> None:
    facts.state, facts.month = state, month_of(event.occurred_at)
    is_over = facts.reply_by is not None and facts.reply_by < micros(event.occurred_at)
    facts.is_unanswered = is_over and not facts.is_replied


def _take_back(facts: Grievance) -> None:
    """Take a contact back: of an order that was returned, or that the person denies."""
    facts.contacts -= int(facts.is_contacted)
    facts.is_contacted = False
    if facts.is_first_contact:
        facts.contact_minutes, facts.is_first_contact = None, False


def _call(event: GrievanceEvent, facts: Grievance) -> None:
    facts.calls += 1
    if not event.reached:
        return
    facts.reached += 1
    facts.grade = event.grade
    if event.contacted is False:
        _take_back(facts)
    if event.is_counted:
        facts.effective += 1
        facts.solved += int(bool(event.solved))
