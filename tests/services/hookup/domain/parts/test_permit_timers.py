"""What happens to permit items by the clock alone, and what an amended calendar moves of them."""

from datetime import date, datetime, timedelta
from enum import StrEnum

import pytest

from services.hookup.domain.parts.permit_timers import due_events, moved, timers
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.permit_items import (
    Check,
    CheckResult,
    Commitment,
    CommitmentState,
    PermitItem,
    PermitMode,
)
from services.hookup.domain.values.timer_kinds import TimerKind
from tests.services.hookup.domain.permit_item_samples import FILED, granted, permit_item
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import under
from tests.services.hookup.domain.timer_samples import SECOND

NOW = FILED + timedelta(hours=1)
DUE, LATER = at("2022-07-12 17:30"), at("2022-07-13 17:30")
# A Wednesday on which nobody works after all.
AMENDED = under({date(2022, 7, 6): False})


def committed(
    state: CommitmentState, check_by: datetime | None = None, rectify_by: datetime | None = None
) -> PermitItem:
    """An item that was committed to at its filing."""
    item = granted(FILED, mode=PermitMode.COMMITMENT)
    item.commitment = Commitment("W-371502", "text", FILED, state, check_by=check_by, rectify_by=rectify_by)
    return item


def moved_kinds(item: PermitItem, now: datetime = NOW) -> list[StrEnum]:
    return [deadline.kind for deadline in moved(item, None, now, AMENDED)]


def test_the_first_of_several_items_is_waited_for_and_only_what_is_due_happens() -> None:
    first, second = permit_item(due_at=DUE), permit_item(due_at=LATER)
    for items in ([first, second], [second, first]):
        assert timers(items) == {TimerKind.PERMIT_OVERDUE: DUE + SECOND}
    assert list(due_events([first, second], TimerKind.PERMIT_OVERDUE, DUE)) == []
    found = list(due_events([first, second], TimerKind.PERMIT_OVERDUE, DUE + SECOND))
    assert found == [("permit_overdue", first)]
    assert (first.overdue, second.overdue) == (True, False)
    assert timers([first, second]) == {TimerKind.PERMIT_OVERDUE: LATER + SECOND}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CommitmentState.DECIDED, {TimerKind.COMMITMENT_CHECK: DUE}),
        (CommitmentState.VERIFY_DUE, {}),
        (CommitmentState.RECTIFYING, {TimerKind.RECTIFICATION: LATER + SECOND}),
        (CommitmentState.OK, {}),
        (CommitmentState.REVOKED, {}),
    ],
)
def test_a_commitment_waits_for_its_check_or_for_what_is_to_be_mended(
    state: CommitmentState, expected: dict[TimerKind, datetime]
) -> None:
    assert timers([committed(state, check_by=DUE, rectify_by=LATER)]) == expected


def test_an_amended_calendar_moves_what_still_waits() -> None:
    assert moved_kinds(permit_item(due_at=DUE)) == [Deadline.PERMIT]
    assert moved_kinds(permit_item(PermitMode.RECORD, object_by=DUE)) == [Deadline.OBJECTION]
    assert moved_kinds(committed(CommitmentState.DECIDED, check_by=DUE)) == [Deadline.COMMITMENT_CHECK]
    rectifying = committed(CommitmentState.RECTIFYING, rectify_by=DUE)
    assert rectifying.commitment is not None
    rectifying.commitment.checks = [Check(CheckResult.MISMATCH, FILED, "authority-1", "doc")]
    assert moved_kinds(rectifying) == [Deadline.RECTIFICATION]


def test_an_amended_calendar_moves_nothing_of_what_is_decided_or_checked() -> None:
    checked = committed(CommitmentState.OK, check_by=DUE, rectify_by=DUE)
    assert checked.commitment is not None
    checked.commitment.checks = [Check(CheckResult.OK, FILED, "authority-1", "doc")]
    for item in (granted(FILED, due_at=DUE), granted(FILED, mode=PermitMode.RECORD, object_by=DUE), checked):
        assert moved_kinds(item) == []
