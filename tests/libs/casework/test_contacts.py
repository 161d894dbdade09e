"""Urging, questions and ratings of a kind of case that is no hookup."""

from datetime import date, datetime

import pytest

from libs.casework.storage.work_lists import work_values
from libs.common.clock import SHANGHAI
from libs.common.rules import RuleError
from tests.libs.casework.complaint import Complaint, State, Timer, Turn, calendar


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


MONDAY = at("2022-07-04 10:00")
RULES = calendar()


def test_an_urge_goes_by_the_terms_of_its_own_kind_of_case() -> None:
    complaint = Complaint("c-1")
    complaint.urge("u-1", MONDAY, "caller-1", RULES)
    assert complaint.timers(RULES) == {Timer.URGE: at("2022-07-06 17:00:01")}
    assert work_values(complaint.work(), Turn) == {
        "clerk_due_at": at("2022-07-06 17:00"),
        "caller_due_at": None,
        "open_tasks": ",clerk:ANSWER,",
    }
    complaint.catch_up(at("2022-07-07 09:00"), RULES)
    assert [event.event for event in complaint.pending_events] == ["urged", "urge_overdue"]
    complaint.answer_urge("u-1", "已派人", at("2022-07-07 10:00"), "clerk-1")
    assert complaint.pending_events[-1].data["in_time"] is False
    assert work_values(complaint.work(), Turn) == {
        "clerk_due_at": None,
        "caller_due_at": None,
        "open_tasks": "",
    }


def test_one_question_waits_at_a_time_and_what_is_over_waits_for_none() -> None:
    complaint = Complaint("c-1")
    complaint.ask("q-1", "何时来人？", MONDAY, "caller-1", RULES)
    with pytest.raises(RuleError, match="questions-unanswered"):
        complaint.ask("q-2", "几点？", MONDAY, "caller-1", RULES)
    assert complaint.all_answered_at(MONDAY) == at("2022-07-06 17:00")
    complaint.state = State.DONE
    assert complaint.open_questions == []
    with pytest.raises(RuleError, match="not-in-this-state"):
        complaint.answer_question("q-1", "明天", MONDAY, "clerk-1")
    complaint.rate(4, MONDAY)
    with pytest.raises(RuleError, match="rated-already"):
        complaint.rate(5, MONDAY)


def test_an_amended_calendar_moves_what_has_not_passed() -> None:
    complaint = Complaint("c-1")
    complaint.urge("u-1", MONDAY, "caller-1", RULES)
    complaint.ask("q-1", "何时来人？", MONDAY, "caller-1", RULES)
    amended = calendar({date(2022, 7, 6): False})
    moved = list(complaint.moved_answers(MONDAY, amended, urge=Timer.URGE, question=Timer.URGE))
    assert [(deadline.ref, deadline.at) for deadline in moved] == [
        ("u-1", at("2022-07-07 17:00")),
        ("q-1", at("2022-07-07 17:00")),
    ]
    passed = at("2022-07-08 09:00")
    assert list(complaint.moved_answers(passed, RULES, urge=Timer.URGE, question=Timer.URGE)) == []
