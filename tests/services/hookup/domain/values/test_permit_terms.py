"""Until when what is done about permit items is done in time (O3), and an item that becomes an ordinary one."""

from datetime import timedelta

import pytest

from services.hookup.domain.values.permit_items import Commitment, CommitmentState, PermitMode
from services.hookup.domain.values.permit_terms import in_time, to_approval
from tests.services.hookup.domain.permit_item_samples import FILED, granted, permit_item
from tests.services.hookup.domain.samples import CALENDAR, POLICY, at
from tests.support.hookup import RULES

# What was filed on Tuesday, 5 July, is in time after a reply of the Monday, and late after one of the Friday before.
REPLY, EARLY_REPLY = at("2022-07-04 10:00"), at("2022-07-01 10:00")


def test_only_ordinary_items_on_a_form_excuse_the_utility() -> None:
    waiting, decided = permit_item(), granted(FILED + timedelta(days=3))
    others = [permit_item(mode) for mode in PermitMode if mode is not PermitMode.APPROVAL]
    items = [waiting, permit_item(form_id=None), *others, decided]
    assert in_time(items, None, POLICY, CALENDAR) == [waiting, decided]
    assert in_time(items, REPLY, POLICY, CALENDAR) == [waiting, decided]
    assert in_time(items, EARLY_REPLY, POLICY, CALENDAR) == []


def test_an_item_is_in_time_until_the_close_of_the_last_day_from_when_it_waits_for_approval() -> None:
    close = at("2022-07-05 17:30")
    last = permit_item(filed_at=close)
    late = permit_item(filed_at=close + timedelta(seconds=1))
    became = permit_item(approval_since=close + timedelta(seconds=1))
    assert in_time([last, late, became], REPLY, POLICY, CALENDAR) == [last]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CommitmentState.OFFERED, CommitmentState.WITHDRAWN),
        (CommitmentState.DECIDED, CommitmentState.REVOKED),
    ],
)
def test_an_item_that_becomes_an_ordinary_one_waits_anew(
    before: CommitmentState, after: CommitmentState
) -> None:
    item = granted(FILED, mode=PermitMode.COMMITMENT, decided_by="x", document_ref="doc")
    item.commitment = Commitment("W-371502", "text", FILED, before)
    since = at("2022-07-08 09:00")
    to_approval(item, since, RULES.service, CALENDAR)
    assert (item.mode, item.waits_since, item.commitment.state) == (PermitMode.APPROVAL, since, after)
    assert item.due_at is not None
    assert item.due_at > since
    assert not item.overdue
    assert (item.decision, item.decided_at, item.decided_by, item.document_ref) == (None, None, None, None)
