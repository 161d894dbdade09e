"""What the tests of late entries share: entering, deciding, and cases to enter into."""

from collections.abc import Callable
from typing import Any

import pytest

from libs.common.aggregate import Actor
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.clock_policy import ClockPolicy
from services.hookup.domain.values.entries import (
    Act,
    Claim,
    Grounds,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, submitted_case

GROUNDS = Grounds("现场记录三日后才交回", "scan-1")
HEAD = Approver("head-1", supervises=False)
SUPERVISOR = Approver("supervisor-1", supervises=True)
CLOCK = ClockPolicy()


def act(
    case: Case,
    now: str,
    claimed: str | None = None,
    *,
    grounds: Grounds | None = None,
    entry_id: str = "e-1",
    by: str = "clerk-1",
    what: Act = Act.METER_LIVE,
    **particulars: Any,
) -> None:
    """Enter an act as a command does: after what was due, recorded now."""
    instant = at(now)
    case.actor = Actor(instant)
    case.catch_up(instant, RULES)
    case.actor = Actor(instant, by)
    claim = Claim(act=what, claimed_at=at(claimed or now), **particulars)
    enter(case, claim, grounds, entry_id, instant, by, RULES)


def decide(case: Case, now: str, by: Approver, entry_id: str = "e-1", reason: str | None = None) -> None:
    instant = at(now)
    case.actor = Actor(instant)
    case.catch_up(instant, RULES)
    case.actor = Actor(instant, by.subject)
    decide_late_entry(case, entry_id, instant, by, RULES, decline_reason=reason)


def nothing_outside() -> Case:
    """A case without an external line, due on Thursday, 7 July, 17:30, whose acceptance runs."""
    return go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-06 10:00", None),
    )


def refused(code: str, case: Case, step: Callable[[], None]) -> None:
    before = len(case.pending_events), case.state, case.due, list(case.stages)
    with pytest.raises(RuleError, match=code):
        step()
    assert (len(case.pending_events), case.state, case.due, list(case.stages)) == before


def last(case: Case, event: str) -> Any:
    return next(each for each in reversed(case.pending_events) if each.event == event).data


def very_late() -> Case:
    case = go_through(
        submitted_case("2022-08-01 09:00", declared_dm=2000), (Stage.SURVEY_DESIGN, "2022-08-01 10:00", None)
    )
    act(
        case,
        "2022-08-05 09:00",
        "2022-08-02 11:00",
        what=Act.COMPLETE_STAGE,
        stage=Stage.SURVEY_DESIGN,
        grounds=GROUNDS,
    )
    return case


def case_after(case: Case, now: str) -> Case:
    case.catch_up(at(now), RULES)
    return case
