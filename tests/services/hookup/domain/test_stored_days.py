"""Every day and instant that a case stores is given, kept or moved."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from services.hookup.domain.case import Case

# What an amended calendar does with each stored day or instant, and why. A new field has to be sorted in here.
GIVEN = "it happened then, or somebody said so"
MOVED = "derived, and applied anew by `Case.apply_calendar`"
KEPT = "of what is over, or a mark of what was told"
CLOCK = "in hours of the clock, whatever the calendar"
STORED: dict[str, str] = {
    "Case.submitted_at": GIVEN,
    "Case.received_at": GIVEN,
    "Case.accepted_at": GIVEN,
    "Case.receipt": MOVED,
    "Case.agreed": GIVEN,
    "Case.agreed_at": GIVEN,
    "Case.correction_asked_at": GIVEN,
    "Case.answer_by": MOVED,
    "Case.due_soon_for": KEPT,
    "Case.overdue_for": KEPT,
    "Case.reminded_for": KEPT,
    "Case.gap_since": KEPT,
    "Case.meter_live_at": GIVEN,
    "Case.meter_live_recorded_at": GIVEN,
    "Case.confirmed_at": GIVEN,
    "Case.promise_needed_at": GIVEN,
    "Case.breach_kept": KEPT,
    "Case.finished_at": GIVEN,
    "Case.agent_by": MOVED,
    "Case.excavation_at": GIVEN,
    "Due.working": MOVED,
    "Due.calendar_roll": MOVED,
    "Due.calendar_strict": MOVED,
    "Due.judged_at": MOVED,
    "Interval.start": GIVEN,
    "Interval.end": GIVEN,
    "Interval.start_recorded_at": GIVEN,
    "Interval.end_recorded_at": GIVEN,
    "Pause.starts_at": GIVEN,
    "Pause.asked_at": GIVEN,
    "Special.asked_at": GIVEN,
    "Pause.counts_from": KEPT,
    "Pause.ended_at": GIVEN,
    "LengthChange.changed_at": GIVEN,
    "MaterialFile.uploaded_at": GIVEN,
    "Agency.assigned_at": GIVEN,
    "Authorisation.given_at": GIVEN,
    "Guidance.given_at": GIVEN,
    "PermitItem.filed_at": GIVEN,
    "PermitItem.due_at": MOVED,
    "PermitItem.object_by": MOVED,
    "PermitItem.approval_since": GIVEN,
    "PermitItem.file_by": CLOCK,
    "PermitItem.decided_at": GIVEN,
    "Commitment.offered_at": GIVEN,
    "Commitment.signed_at": GIVEN,
    "Commitment.withdrawn_at": GIVEN,
    "Commitment.check_by": MOVED,
    "Commitment.rectify_by": MOVED,
    "Check.checked_at": GIVEN,
    "Urge.urged_at": GIVEN,
    "Urge.answer_by": MOVED,
    "Urge.answered_at": GIVEN,
    "Question.asked_at": GIVEN,
    "Question.answer_by": MOVED,
    "Question.answered_at": GIVEN,
    "Rating.rated_at": GIVEN,
    "Assignment.since": GIVEN,
    "Note.written_at": GIVEN,
    "Note.corrected_at": GIVEN,
    "Retraction.at": GIVEN,
    "Notification.at": KEPT,
    "Quote.made_at": GIVEN,
    "Quote.project_start": GIVEN,
    "QuoteLine.answered_at": GIVEN,
    "Bill.recorded_at": GIVEN,
    "DomainEvent.at": GIVEN,
    "Actor.recorded_at": GIVEN,
    "Claim.agreed": GIVEN,
    "Claim.claimed_at": GIVEN,
    "Dispute.disputed_at": GIVEN,
    "Dispute.meter_live_at": GIVEN,
    "InStead.recorded_at": GIVEN,
    "LateEntry.decided_at": GIVEN,
    "LateEntry.entered_at": GIVEN,
    "MarkedEntry.claimed_at": GIVEN,
    "MarkedEntry.recorded_at": GIVEN,
    "NoPermit.recorded_at": GIVEN,
    "Objection.at": GIVEN,
    "RiskFinding.at": GIVEN,
    "Works.begins": GIVEN,
    "Works.ends": GIVEN,
    "Gap.end": GIVEN,
    "Gap.start": GIVEN,
}


def stored(kind: Any, seen: set[Any]) -> Iterator[str]:
    """The fields of a dataclass, and of those in it, that hold a day or an instant."""
    if get_origin(kind) is not None:
        for inner in get_args(kind):
            yield from stored(inner, seen)
    elif isinstance(kind, type) and is_dataclass(kind) and kind not in seen:
        seen.add(kind)
        hints = get_type_hints(kind)
        for field in fields(kind):
            hint = hints[field.name]
            options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
            if {date, datetime} & set(options):
                yield f"{kind.__name__}.{field.name}"
            yield from stored(hint, seen)


def test_every_stored_day_is_given_kept_or_moved() -> None:
    """So that no new deadline is forgotten when a calendar is amended."""
    assert set(stored(Case, set())) == STORED.keys()
