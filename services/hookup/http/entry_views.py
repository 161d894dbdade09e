"""Response views of late entries, acts in a user's stead and disputes."""

from services.hookup.domain.case import Case
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.lengths import metres
from services.hookup.domain.values.names import ACT_NAMES
from services.hookup.domain.verbs.late_entries import GROUND_NAMES
from services.hookup.http.entry_models import DisputeView, InSteadView, LateEntryView, MarkedEntryView


def late_entry_views(case: Case) -> list[LateEntryView]:
    """Return the acts that need or needed approval."""
    return [
        LateEntryView(
            id=entry.id,
            act=entry.claim.act,
            act_name=ACT_NAMES[entry.claim.act],
            stage=entry.claim.stage,
            claimed_at=entry.claim.claimed_at,
            entered_at=entry.entered_at,
            entered_by=entry.entered_by,
            needs=entry.needs,
            needs_name=GROUND_NAMES[entry.needs],
            reason=entry.grounds.reason,
            evidence_ref=entry.grounds.evidence_ref,
            length_kind=entry.claim.length_kind,
            length_m=metres(entry.claim.length_dm),
            agreed_date=entry.claim.agreed,
            state=entry.state,
            decided_by=entry.decided_by,
            decided_at=entry.decided_at,
            decline_reason=entry.decline_reason,
        )
        for entry in case.late_entries
    ]


def marked_entry_views(case: Case) -> list[MarkedEntryView]:
    """Return the acts that were entered late."""
    return [
        MarkedEntryView(
            act=entry.act,
            act_name=ACT_NAMES[entry.act],
            stage=entry.stage,
            claimed_at=entry.claimed_at,
            recorded_at=entry.recorded_at,
            recorded_by=entry.recorded_by,
            mark=entry.mark,
        )
        for entry in case.marked_entries
    ]


def in_stead_views(case: Case) -> list[InSteadView]:
    """Return the acts in the user's stead."""
    return [
        InSteadView(
            event=act.event,
            name=EVENT_NAMES.get(act.event, act.event),
            recorded_at=act.recorded_at,
            actor=act.actor,
            document_ref=act.document_ref,
        )
        for act in case.in_stead
    ]


def dispute_views(case: Case) -> list[DisputeView]:
    """Return the user's disputes of the live meter."""
    return [DisputeView.model_validate(dispute, from_attributes=True) for dispute in case.disputes]
