"""What stands in an office's own ledgers: history recorded late, by which nobody gains a figure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from services.grievances.dev.scenarios import CLERK, COUNTY, UTILITY, act, call, grievance, work_on
from services.grievances.domain.amendment import apply_calendar
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import CrossOffGround, Level, Outcome
from services.grievances.domain.values.states import GrievanceState, GrievanceTimer
from services.grievances.domain.verbs import calling, clearing
from services.grievances.domain.verbs.reading_in import MOST_WITHOUT_EFFECT, LedgerRow, read_in, read_in_call
from tests.services.grievances.samples import (
    COLLEAGUE,
    MONDAY,
    RULES,
    at,
    names,
    pass_until,
    refused,
    replied,
)

NOW = MONDAY + timedelta(days=60)


def row(**more: Any) -> LedgerRow:
    """A row of a ledger of clearing."""
    return LedgerRow(**{"utility": UTILITY, "entered_at": at(8), "digest": "d", **more})


def told(by: str = CLERK) -> Grievance:
    """Return a grievance that somebody begins to read in."""
    item = grievance(1, RULES, MONDAY)
    act(item, NOW, by)
    return item


def entered(**more: Any) -> Grievance:
    """Return a grievance that a clerk of its utility read in."""
    item = told()
    read_in(item, row(**more), NOW, RULES)
    return item


def late(made_at: datetime, **more: Any) -> Call:
    """Return a call-back that is read in now."""
    return replace(call(1, made_at, **more), recorded_at=NOW)


def test_it_is_an_open_entry_and_nothing_that_was_done_in_time() -> None:
    item = entered(owner=CLERK, measures="更换水泵", progress="水泵已订购", outcome=Outcome.UNSATISFIED)
    assert (item.state, item.utility, item.closed_at) == (GrievanceState.CLOSED, UTILITY, at(8))
    cycle = item.cycle
    assert (cycle.outcome, cycle.reply, cycle.contact, cycle.dispatched_at) == (
        Outcome.UNSATISFIED,
        None,
        None,
        None,
    )
    assert names(item) == ["grievance_received", "grievance_read_in", "ledger_entered", "ledger_kept"]
    assert item.ledger is not None
    assert (item.ledger.owner, item.ledger.measures) == (CLERK, "更换水泵")
    assert [(step.at, step.by, step.text) for step in item.ledger.progress] == [(NOW, CLERK, "水泵已订购")]
    # Nothing but the entry waits: its old cycle has no clock here.
    assert set(item.timers(RULES)) == {GrievanceTimer.LEDGER}


def test_a_time_for_clearing_shortens_that_of_the_rule_and_lengthens_none() -> None:
    rule = RULES.calendar.close_after(at(8), RULES.process.clear_workdays)
    for stated, until in ((None, rule), (at(11), at(11)), (rule + timedelta(days=1), rule)):
        item = entered(clear_by=stated)
        assert item.ledger is not None
        assert item.ledger.clear_by == until


def test_an_amended_calendar_does_not_lengthen_a_stated_time() -> None:
    days = WorkCalendar({at(12).date(): False}, (2022,), version=2)
    amended = replace(RULES, calendar=BusinessCalendar(days, RULES.calendar.close))
    moved, stays = entered(), entered(clear_by=at(14))
    for item in (moved, stays):
        assert item.ledger is not None
        before = item.ledger.clear_by
        apply_calendar(item, at(9), amended)
        assert (item.ledger.clear_by > before) is (item is moved)


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("entered-before-receipt", {"entered_at": MONDAY - timedelta(days=1)}),
        ("cleared-before-entry", {"clear_by": at(7)}),
        ("not-your-ledger", {"utility": "W-371503"}),
        ("utility-unknown", {"utility": "W-0"}),
    ],
)
def test_what_a_row_may_not_say(code: str, more: dict[str, Any]) -> None:
    item = told(COUNTY if code == "utility-unknown" else CLERK)
    refused(code, item, lambda: read_in(item, row(**more), NOW, RULES))


def test_it_goes_on_by_a_new_cycle_whose_call_back_crosses_it_off() -> None:
    item = entered()
    act(item, NOW, COUNTY)
    refused(
        "not-called-back",
        item,
        lambda: clearing.cross_off(item, CrossOffGround.SOLVED, Level.COUNTY, None, NOW, RULES),
    )
    calling.reopen(item, "清零", NOW, RULES)
    assert item.cycle.reply_by is not None
    assert item.cycle.reply_by > NOW
    work_on(item, NOW, RULES)
    act(item, NOW, COUNTY)
    calling.call_back(item, call(2, NOW), RULES)
    clearing.cross_off(item, CrossOffGround.SOLVED, Level.COUNTY, None, NOW, RULES)
    assert item.ledger is not None
    assert not item.ledger.is_open


def test_its_entry_is_overdue_by_the_time_that_it_claims() -> None:
    item = entered()
    item.pending_events = []
    pass_until(item, NOW)
    assert names(item) == ["ledger_overdue", "supervision_raised"]


def test_the_call_back_that_brought_it_there_is_kept_and_changes_nothing_more() -> None:
    item = entered()
    before = item.state, len(item.cycles), item.closed_at
    read_in_call(item, late(at(7), by=COLLEAGUE, grade=2, solved=False), RULES)
    assert (item.state, len(item.cycles), item.closed_at) == before
    assert [(known.grade, known.has_effect) for known in item.cycle.calls] == [(2, False)]
    act(item, NOW, COUNTY)
    good = late(at(9))
    refused("cleared-elsewhere", item, lambda: read_in_call(item, good, RULES))
    refused("call-before-reply", item, lambda: read_in_call(item, late(MONDAY - timedelta(days=1)), RULES))


def test_a_call_back_takes_effect_with_its_record() -> None:
    good, bad = replied(), replied()
    read_in_call(good, late(at(5)), RULES)
    assert (good.state, good.closed_at) == (GrievanceState.CLOSED, NOW)
    assert good.cycle.calls[0].at == at(5)
    read_in_call(bad, late(at(5), grade=1, solved=False), RULES)
    # The unit learns of it now, and has its whole time from now on.
    assert (bad.state, bad.cycle.started_at) == (GrievanceState.DISPATCHED, NOW)
    assert bad.ledger is not None
    assert bad.ledger.entered_at == NOW


@pytest.mark.parametrize("solved", [False, True])
def test_the_rated_units_own_bad_call_backs_are_kept_without_effect(solved: bool) -> None:
    item = replied()
    act(item, NOW, CLERK)
    item.pending_events = []
    refused("own-call-back", item, lambda: read_in_call(item, late(at(5), by=COLLEAGUE), RULES))
    refused("own-call-back", item, lambda: read_in_call(item, late(at(5), by=COLLEAGUE, grade=None), RULES))
    own = replace(late(at(5), by=COLLEAGUE, grade=2, solved=solved), contacted=False)
    for _ in range(MOST_WITHOUT_EFFECT):
        read_in_call(item, own, RULES)
    assert (item.state, len(item.cycles), item.ledger) == (GrievanceState.REPLIED, 1, None)
    assert item.cycle.contact is not None
    assert not item.cycle.contact.denied
    assert item.cycle.effective_call is None
    assert [event.data["has_effect"] for event in item.pending_events] == [False] * MOST_WITHOUT_EFFECT
    assert refused("kept-calls-too-many", item, lambda: read_in_call(item, own, RULES)).field == "at"
    # The real one is not shut out.
    act(item, NOW, COUNTY)
    read_in_call(item, late(at(6)), RULES)
    assert (item.state, item.cycle.calls[-1].has_effect) == (GrievanceState.CLOSED, True)
    act(item, NOW, CLERK)
    refused("not-in-this-state", item, lambda: read_in_call(item, own, RULES))


def test_of_an_entry_that_was_read_in_few_call_backs_are_kept() -> None:
    item = entered()
    bad = late(at(7), by=COLLEAGUE, grade=2, solved=True)
    for _ in range(MOST_WITHOUT_EFFECT):
        read_in_call(item, bad, RULES)
    refused("kept-calls-too-many", item, lambda: read_in_call(item, bad, RULES))
    assert item.cycle.effective_call is None


def test_the_guards_of_call_backs_hold() -> None:
    item = replied()
    refused("caller-is-handler", item, lambda: read_in_call(item, late(at(5), by=CLERK), RULES))
    refused("call-before-reply", item, lambda: read_in_call(item, late(MONDAY - timedelta(hours=1)), RULES))
    refused("call-incomplete", item, lambda: read_in_call(item, replace(late(at(5)), solved=None), RULES))
    read_in_call(item, late(at(5)), RULES)
    refused("not-in-this-state", item, lambda: read_in_call(item, late(at(6)), RULES))
