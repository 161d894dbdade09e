"""Being on the spot, and speaking with the person: when it may have happened, and when it counts."""

from collections.abc import Callable
from datetime import datetime

import pytest

from services.grievances.dev.scenarios import CLERK, act
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.kinds import ContactWay
from services.grievances.domain.verbs import handling
from tests.services.grievances.samples import (
    MONDAY,
    RULES,
    at,
    pass_until,
    refused,
    signed,
)


def spoke(item: Grievance, claimed: datetime) -> None:
    handling.speak(item, claimed, ContactWay.PHONE, MONDAY, RULES)


def arrived(item: Grievance, claimed: datetime) -> None:
    handling.arrive(item, claimed, MONDAY, RULES)


@pytest.mark.parametrize("attempt", [spoke, arrived])
@pytest.mark.parametrize(("code", "claimed"), [("in-the-future", "09:01"), ("before-dispatch", "08:59")])
def test_an_act_happened_after_the_dispatch_and_before_now(
    attempt: Callable[[Grievance, datetime], None], code: str, claimed: str
) -> None:
    item = signed()
    error = refused(code, item, lambda: attempt(item, at(4, claimed)))
    assert error.field == "at"
    attempt(item, MONDAY)
    done = "contacted-already" if attempt is spoke else "arrived-already"
    refused(done, item, lambda: attempt(item, MONDAY))


def test_what_is_recorded_late_counts_from_its_record() -> None:
    """Said in time it counts as it is said; after the breach was announced, or days later, as it was recorded."""

    def on_time(contact_at: datetime, recorded_at: datetime) -> bool:
        item = signed()
        pass_until(item, recorded_at)
        act(item, recorded_at, CLERK)
        handling.speak(item, contact_at, ContactWay.PHONE, recorded_at, RULES)
        return bool(item.pending_events[-1].data["on_time"])

    assert on_time(at(4, "10:00"), at(5, "08:59"))
    # Its 24 hours were announced to be over.
    assert not on_time(at(4, "10:00"), at(5, "17:00"))
    assert not on_time(at(4, "10:00"), at(8))
    arrived = signed("SUPPLY-NONE")
    pass_until(arrived, at(4, "11:30"))
    act(arrived, at(4, "11:30"), CLERK)
    handling.arrive(arrived, at(4, "10:30"), at(4, "11:30"), RULES)
    assert arrived.pending_events[-1].data["on_time"] is False
