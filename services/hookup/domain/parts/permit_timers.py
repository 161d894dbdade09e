"""Timers of permit items: terms that end, and deadlines that were missed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from libs.casework.domain.deadlines import MOMENT, Moved, moved_deadline
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import CommitmentState, Decision, PermitItem, undecided
from services.hookup.domain.values.permit_terms import check_by, decide_by, object_by
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind

KINDS = (
    TimerKind.PERMIT_OVERDUE,
    TimerKind.COMMITMENT_CHECK,
    TimerKind.RECTIFICATION,
    TimerKind.OBJECTION_TERM,
    TimerKind.EMERGENCY_FILING,
)


def timers(items: Sequence[PermitItem]) -> dict[TimerKind, datetime]:
    """Return the next instant of each kind of timer (HK-04; NC-05, NC-06; 城市道路管理条例 §34)."""
    fires_at = dict[TimerKind, datetime]()
    for kind in KINDS:
        if instants := [at for _, at in _waiting(items, kind)]:
            fires_at[kind] = min(instants)
    return fires_at


def due_events(
    items: Sequence[PermitItem], kind: TimerKind, at: datetime
) -> Iterator[tuple[str, PermitItem]]:
    """Apply every timer of a kind that was due by an instant; yield each item with the event's name."""
    for item, due in list(_waiting(items, kind)):
        if due > at:
            continue
        match kind:
            case TimerKind.PERMIT_OVERDUE:
                item.overdue = True
                yield "permit_overdue", item
            case TimerKind.EMERGENCY_FILING:
                item.filing_overdue = True
                yield "emergency_unfiled", item
            case TimerKind.OBJECTION_TERM:
                # The objection term has ended without an objection: excavation is allowed only from here on.
                item.decision, item.decided_at = Decision.GRANTED, at
                yield "permit_decided", item
            case TimerKind.COMMITMENT_CHECK if item.commitment is not None:
                item.commitment.state = CommitmentState.VERIFY_DUE
                yield "commitment_check_due", item
            case TimerKind.RECTIFICATION if item.commitment is not None:
                item.commitment.rectify_told = True
                yield "rectification_overdue", item


def _waiting(items: Iterable[PermitItem], kind: TimerKind) -> Iterator[tuple[PermitItem, datetime]]:
    match kind:
        case TimerKind.PERMIT_OVERDUE:
            for item in undecided(items):
                if item.due_at is not None and not item.overdue:
                    yield item, item.due_at + MOMENT
        case TimerKind.OBJECTION_TERM:
            for item in items:
                if item.task is Task.REVIEW and item.object_by is not None:
                    yield item, item.object_by + MOMENT
        case TimerKind.EMERGENCY_FILING:
            for item in items:
                if item.task is Task.AWAIT_FILING and item.file_by is not None and not item.filing_overdue:
                    yield item, item.file_by + MOMENT
        case _:
            yield from _committed(items, kind)


def _committed(items: Iterable[PermitItem], kind: TimerKind) -> Iterator[tuple[PermitItem, datetime]]:
    for item in items:
        commitment = item.commitment
        if commitment is None:
            continue
        checking = kind is TimerKind.COMMITMENT_CHECK and commitment.state is CommitmentState.DECIDED
        if checking and commitment.check_by is not None:
            yield item, commitment.check_by
        rectifying = kind is TimerKind.RECTIFICATION and commitment.state is CommitmentState.RECTIFYING
        if rectifying and not commitment.rectify_told and commitment.rectify_by is not None:
            yield item, commitment.rectify_by + MOMENT


def moved(item: PermitItem, works_end: datetime | None, at: datetime, rules: Rules) -> Iterator[Moved]:
    """Apply an amended calendar to the deadlines of an item, given when the works ended; yield those that moved."""
    commitment = item.commitment
    if undecided([item]):
        due_at = decide_by(item.waits_since, rules.service, rules.calendar)
        if move := moved_deadline(Deadline.PERMIT, item.id, item.due_at, due_at, at):
            item.due_at = move.at
            yield move
    if item.task is Task.REVIEW:
        latest = object_by(item.filed_at, rules.permits.objection_workdays, rules.calendar)
        if move := moved_deadline(Deadline.OBJECTION, item.id, item.object_by, latest, at):
            item.object_by = move.at
            yield move
    if commitment is None:
        return
    if commitment.state is CommitmentState.DECIDED and item.decided_at is not None:
        latest = check_by(item.decided_at, works_end, rules.service, rules.calendar)
        if move := moved_deadline(Deadline.COMMITMENT_CHECK, item.id, commitment.check_by, latest, at):
            commitment.check_by = move.at
            yield move
    if commitment.state is CommitmentState.RECTIFYING and commitment.checks:
        rectify_by = rules.calendar.close_after(
            commitment.checks[-1].checked_at, rules.service.rectify_workdays
        )
        if move := moved_deadline(Deadline.RECTIFICATION, item.id, commitment.rectify_by, rectify_by, at):
            commitment.rectify_by = move.at
            yield move
