"""Deadlines under an amended calendar: as if it had always been so."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.casework.domain.contacts import Question, Urge
from libs.common.calendars.workdays import WorkCalendar
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import (
    OFFICES,
    CheckResult,
    Commitment,
    CommitmentState,
    PermitKind,
    PermitMode,
    authority,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment, withdraw_commitment
from services.hookup.domain.verbs.permits import Filing, Form, file_permits
from tests.services.hookup.domain.samples import CALENDAR, at
from tests.support.hookup import RULES, go_through, submitted_case

FIRST = date(2022, 9, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(120)]


def under(changed: Mapping[date, bool], version: int = 2) -> Rules:
    """The rules with a calendar in which some days are worked or not."""
    days = {date(2022, 1, 1) + timedelta(days=n): True for n in range(730)}
    worked = {day: CALENDAR.is_workday(day) for day in days} | dict(changed)
    return replace(RULES, days=WorkCalendar(worked, CALENDAR.settled, version))


OLD = under({}, version=1)


def waiting(at: datetime, rules: Rules) -> Case:
    """A case that waits for its user's correction."""
    case = submitted_case(at, complete=False, rules=rules)
    case.request_correction(["x"], at + timedelta(minutes=30), rules)
    return case


def without_agent(at: datetime, rules: Rules) -> Case:
    """A case that waits for an agent, an answer to an urge and one to a question."""
    case = submitted_case(at, rules=replace(rules, agents={}))
    case.urge("u", at + timedelta(minutes=20), "C-1", rules)
    case.ask("q", "?", at + timedelta(minutes=30), "C-1", rules)
    return case


def on_file(at: datetime, rules: Rules) -> Case:
    """A case with an ordinary item, one that was withdrawn to the ordinary way, and two that were committed to."""
    case = submitted_case(at, rules=rules)
    go_through(case, (Stage.SURVEY_DESIGN, at, None), (Stage.EXTERNAL_WORKS, at, None), rules=rules)
    modes = {
        PermitKind.PLANNING: PermitMode.APPROVAL,
        PermitKind.ROAD_OCCUPATION: PermitMode.RECORD,
        PermitKind.GREEN_LAND: PermitMode.COMMITMENT,
        PermitKind.TREES: PermitMode.COMMITMENT,
        PermitKind.TRAFFIC_SAFETY: PermitMode.COMMITMENT,
    }
    ids = {(kind, authority(office, "371502")): f"{kind}" for kind in modes for office in OFFICES[kind]}
    form = Form("f", [Filing(kind, mode, case.utility, basis="§15") for kind, mode in modes.items()], ids)
    file_permits(case, form, at + timedelta(minutes=5), "clerk-1", rules, frozenset())
    withdraw_commitment(case, "GREEN_LAND", at + timedelta(minutes=10), rules)
    for kind in ("TREES", "TRAFFIC_SAFETY"):
        sign_commitment(case, kind, at + timedelta(minutes=20), "clerk-1", "scan", rules, frozenset())
    check_commitment(
        case, "TREES", CheckResult.MISMATCH, at + timedelta(minutes=30), "authority-1", "scan", rules
    )
    return case


def heat(at: datetime, rules: Rules) -> Case:
    """A case whose due time is its planning value."""
    return submitted_case(at, supply=Supply.HEAT, rules=rules)


BEGINNINGS = (waiting, without_agent, on_file, heat)


def derived(case: Case) -> dict[str, Any]:
    """The days that follow from the calendar."""
    due = case.due
    found = {
        "receipt": case.receipt,
        "due": due and (due.judged_at, due.working, due.calendar_roll, due.calendar_strict),
        "answer_by": case.answer_by,
        "agent_by": case.agent_by,
    }
    contacts: list[Urge | Question] = [*case.urges, *case.questions]
    for contact in contacts:
        found[f"contact {contact.id}"] = contact.answer_by
    for item in case.permits:
        found[f"decide {item.id}"] = item.due_at
        if item.task is Task.REVIEW:
            found[f"object {item.id}"] = item.object_by
        match item.commitment:
            # One that was checked is not to be checked by then any more.
            case Commitment(state=CommitmentState.DECIDED):
                found[f"check {item.id}"] = item.commitment.check_by
            case Commitment(state=CommitmentState.RECTIFYING):
                found[f"rectify {item.id}"] = item.commitment.rectify_by
    return found


starts = st.integers(0, 50 * 24 * 3600).map(lambda n: at("2022-09-01 00:00") + timedelta(seconds=n))
changes = st.dictionaries(st.sampled_from(DAYS), st.booleans(), min_size=1, max_size=25)


@given(st.sampled_from(BEGINNINGS), starts, changes)
def test_an_application_has_the_same_dates_before_the_amendment_and_after_it(
    begin: Any, start: datetime, changed: Mapping[date, bool]
) -> None:
    """Whatever was still to come when the calendar was amended; what had passed is as it was."""
    amended = under(changed)
    before, expected = begin(start, OLD), begin(start, amended)
    old = derived(before)
    now = start + timedelta(minutes=45)
    told = len(before.pending_events)
    before.apply_calendar(now, amended)
    due_passed = before.due is not None and old["due"][0] <= now
    for name, value in derived(before).items():
        passed = due_passed if name in ("due", "receipt") else old[name] is not None and old[name] <= now
        assert value == (old if passed else derived(expected))[name], name
    # It is told once, and only where something moved.
    names = [each.event for each in before.pending_events[told:]]
    moved = {name for name, value in derived(before).items() if value != old[name]}
    assert ("due_recomputed" in names) is bool(moved & {"receipt", "due"})
    assert ("deadlines_moved" in names) is bool(moved - {"receipt", "due"})
    # A second time there is nothing left to move.
    again = deepcopy(before)
    before.apply_calendar(now, amended)
    assert before.pending_events == again.pending_events
    assert derived(before) == derived(again)


@given(starts, changes)
def test_what_an_amendment_takes_back_is_as_if_it_had_never_been(
    start: datetime, changed: Mapping[date, bool]
) -> None:
    case = without_agent(start, OLD)
    old, now = derived(case), start + timedelta(minutes=45)
    case.apply_calendar(now, under(changed))
    moved = derived(case)
    case.apply_calendar(now, OLD)
    still_to_come = case.due is not None and moved["due"][0] > now
    for name, value in derived(case).items():
        ended = moved[name] is not None and name not in ("due", "receipt") and moved[name] <= now
        passed = ended or (name in ("due", "receipt") and not still_to_come)
        assert value == (moved if passed else old)[name], name


MONDAY, TUESDAY = date(2022, 10, 10), date(2022, 10, 11)


def test_the_receipt_date_moves_with_the_due_time() -> None:
    """Submitted on a Saturday: received on the Monday, and on the Tuesday once the Monday is a rest day."""
    case = submitted_case("2022-10-15 10:00")
    assert (case.receipt, case.due and case.due.judged_at) == (date(2022, 10, 17), at("2022-10-24 17:30"))
    case.apply_calendar(at("2022-10-15 11:00"), under({date(2022, 10, 17): False}))
    assert (case.receipt, case.due and case.due.judged_at) == (date(2022, 10, 18), at("2022-10-24 17:30"))
    told = case.pending_events[-1]
    assert (told.event, told.data["receipt_date"]) == ("due_recomputed", date(2022, 10, 18))
    # The versions that judge it stay those of its acceptance.
    assert case.versions == RULES.versions


@pytest.mark.parametrize("moment", ["2022-10-17 17:30", "2022-10-18 09:00"])
def test_a_deadline_that_has_passed_is_never_moved(moment: str) -> None:
    case = waiting(at("2022-10-10 09:00"), OLD)
    assert case.answer_by == at("2022-10-17 17:30")
    case.apply_calendar(at(moment), under({date(2022, 10, 17): False}))
    assert (case.answer_by, case.pending_events[-1].event) == (at("2022-10-17 17:30"), "correction_requested")
    case.apply_calendar(at("2022-10-17 17:29"), under({date(2022, 10, 17): False}))
    assert case.answer_by == at("2022-10-18 17:30")
    assert case.pending_events[-1].data["deadlines"] == [
        {
            "kind": Deadline.CORRECTION,
            "ref": None,
            "at": at("2022-10-18 17:30"),
            "before": at("2022-10-17 17:30"),
        }
    ]


def test_what_was_answered_or_decided_keeps_its_deadline() -> None:
    case = without_agent(at("2022-10-10 09:00"), OLD)
    case.answer_urge("u", "已安排", at("2022-10-10 10:00"), "clerk-1")
    case.apply_calendar(at("2022-10-10 10:30"), under({TUESDAY: False}))
    assert case.urges[0].answer_by == at("2022-10-11 17:30")
    assert case.questions[0].answer_by == at("2022-10-12 17:30")
    told = case.pending_events[-2].data["deadlines"]
    assert isinstance(told, list)
    assert [each["kind"] for each in told] == [Deadline.QUESTION]


def test_a_commitment_is_checked_soon_after_the_works_by_the_amended_calendar() -> None:
    case = on_file(at("2022-10-10 09:00"), OLD)
    for item in case.permits:
        if item.decision is None:
            item.decision, item.decided_at = case.permits[0].decision, at("2022-10-10 10:00")
    before = case.permit("TRAFFIC_SAFETY").commitment
    assert before is not None
    case.stages[-2] = replace(case.stages[-2], end=None)
    works = next(n for n, each in enumerate(case.stages) if each.stage is Stage.EXTERNAL_WORKS)
    case.stages[works] = replace(case.stages[works], end=at("2022-10-11 10:00"))
    case.apply_calendar(at("2022-10-11 11:00"), under({date(2022, 10, 12): False}))
    assert before.check_by == at("2022-10-19 17:30")


def test_a_finished_case_keeps_everything() -> None:
    case = without_agent(at("2022-10-10 09:00"), OLD)
    case.withdraw(at("2022-10-10 10:00"))
    before = deepcopy(case)
    case.apply_calendar(at("2022-10-10 10:30"), under({TUESDAY: False, date(2022, 10, 17): False}))
    assert case == before
