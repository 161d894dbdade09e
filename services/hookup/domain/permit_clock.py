"""What happens to permit items by the clock alone: overdue decisions, checks and rectifications that are due."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from services.hookup.domain.permits import CommitmentState, PermitItem, undecided
from services.hookup.domain.timer_kinds import TimerKind

# What is done at the very instant at which it is due is in time.
_MOMENT = timedelta(seconds=1)


def timers(items: Sequence[PermitItem]) -> dict[TimerKind, datetime]:
    """Return when somebody has to be told next, of each kind (HK-04; NC-05, NC-06)."""
    wanted = dict[TimerKind, datetime]()
    for kind in (TimerKind.PERMIT_OVERDUE, TimerKind.COMMITMENT_CHECK, TimerKind.RECTIFICATION):
        if instants := [at for _, at in _waiting(items, kind)]:
            wanted[kind] = min(instants)
    return wanted


def tell(items: Sequence[PermitItem], kind: TimerKind, at: datetime) -> Iterator[tuple[str, PermitItem]]:
    """Let everything of a kind happen that was due by an instant; give each item and the event's name."""
    for item, due in list(_waiting(items, kind)):
        if due > at:
            continue
        if kind is TimerKind.PERMIT_OVERDUE:
            item.overdue = True
            yield "permit_overdue", item
        elif item.commitment is not None and kind is TimerKind.COMMITMENT_CHECK:
            item.commitment.state = CommitmentState.VERIFY_DUE
            yield "commitment_check_due", item
        elif item.commitment is not None:
            item.commitment.rectify_told = True
            yield "rectification_overdue", item


def _waiting(items: Iterable[PermitItem], kind: TimerKind) -> Iterator[tuple[PermitItem, datetime]]:
    if kind is TimerKind.PERMIT_OVERDUE:
        for item in undecided(items):
            if item.due_at is not None and not item.overdue:
                yield item, item.due_at + _MOMENT
        return
    for item in items:
        commitment = item.commitment
        if commitment is None:
            continue
        checking = kind is TimerKind.COMMITMENT_CHECK and commitment.state is CommitmentState.DECIDED
        if checking and commitment.check_by is not None:
            yield item, commitment.check_by
        rectifying = kind is TimerKind.RECTIFICATION and commitment.state is CommitmentState.RECTIFYING
        if rectifying and not commitment.rectify_told and commitment.rectify_by is not None:
            yield item, commitment.rectify_by + _MOMENT
