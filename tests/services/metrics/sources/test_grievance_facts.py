"""What counts of the events of one grievance: contacts that hold, calls with effect, times that passed unanswered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.metrics.sources.grievances.facts import Deadline, Grievance, GrievanceEvent, apply

CAME = datetime(2022, 7, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUE = CAME + 10 * HOUR
SENT = ("grievance_dispatched", 0, {"reach_by": DUE, "reply_by": DUE})
REDONE = ("redo_begun", 4, {"reply_by": DUE})
CALLED = ("call_back_made", 3, {"reached": True, "contacted": False, "is_counted": True, "solved": True})
Act = tuple[str, int, dict[str, Any]]


def contact(hour: int, **more: Any) -> Act:
    """Tell that a unit spoke with the person in time, so many hours after it came."""
    return "reporter_contacted", hour, {"on_time": True, **more}


def facts_of(*acts: Act) -> Grievance:
    """Return the facts of a grievance by its events, each so many hours after it came."""
    facts = Grievance()
    for name, hour, more in (("grievance_received", 0, {"reply_by": DUE}), *acts):
        event = GrievanceEvent(
            grievance_number="SQ-371502-20220704-0001",
            kind="COMPLAINT",
            source="HOTLINE",
            category="SUPPLY-NONE",
            supply="WATER",
            district="371502",
            utility="W-371502",
            received_at=CAME,
            occurred_at=CAME + hour * HOUR,
            **more,
        )
        apply(name, event, facts)
    return facts


@pytest.mark.parametrize(
    ("acts", "minutes"),
    [
        ([contact(1)], 60),
        # What is recorded late counts from its record.
        ([contact(1, counts_at=CAME + 30 * HOUR)], 1800),
        # A later one that the person denies does not touch the first.
        ([contact(1), REDONE, SENT, contact(5), CALLED], 60),
        ([contact(1), CALLED], None),
        ([contact(1), CALLED, REDONE, SENT, contact(5)], 300),
        ([contact(1), ("return_decided", 2, {"granted": True})], None),
        ([contact(1), ("return_decided", 2, {"granted": False})], 60),
    ],
)
def test_the_first_contact_is_the_first_that_holds(acts: list[Act], minutes: int | None) -> None:
    assert facts_of(SENT, *acts).contact_minutes == minutes


def test_a_call_back_without_effect_is_in_no_figure() -> None:
    name, hour, said = CALLED
    before = facts_of(SENT, contact(1))
    assert facts_of(SENT, contact(1), (name, hour, {**said, "grade": 2, "has_effect": False})) == before
    assert facts_of(SENT, contact(1), CALLED) != before


@pytest.mark.parametrize(
    ("acts", "is_unanswered"),
    [
        ([("grievance_withdrawn", 10, {})], False),
        ([("grievance_withdrawn", 11, {})], True),
        ([("grievance_replied", 11, {"on_time": False}), ("grievance_withdrawn", 12, {})], False),
        ([("grievance_replied", 1, {"on_time": True}), REDONE, ("grievance_withdrawn", 12, {})], True),
        ([("extension_decided", 11, {"reply_by": DUE + 9 * HOUR}), ("grievance_withdrawn", 12, {})], False),
        (
            [
                ("deadlines_moved", 5, {"deadlines": [Deadline(kind="REPLY", at=DUE + 9 * HOUR)]}),
                ("grievance_withdrawn", 12, {}),
            ],
            False,
        ),
        # Not accepted too late, and the hotline does not agree: what counts is how it ends.
        (
            [
                ("grievance_not_accepted", 11, {}),
                ("hotline_return_decided", 12, {"granted": False, "reply_by": DUE + 9 * HOUR}),
                ("grievance_replied", 13, {"on_time": True}),
                ("grievance_closed", 14, {"outcome": "SATISFIED"}),
            ],
            False,
        ),
    ],
)
def test_what_ends_after_its_time_without_a_reply_is_unanswered(acts: list[Act], is_unanswered: bool) -> None:
    assert facts_of(SENT, *acts).is_unanswered is is_unanswered
