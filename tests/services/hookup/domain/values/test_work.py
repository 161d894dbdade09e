"""By what a case is sorted on the lists of those it waits for."""

from datetime import timedelta

from libs.casework.domain.work import places_on_lists
from services.hookup.domain.values.work import Whose, Work, WorkKind
from tests.services.hookup.domain.samples import at

SINCE, DUE = at("2022-08-01 09:00"), at("2022-08-03 17:30")
LATER = DUE + timedelta(days=1)


def test_a_case_stands_where_its_first_work_is_due_and_last_where_nothing_is() -> None:
    places = places_on_lists(
        [
            Work(WorkKind.STAGE, Whose.CLERK, SINCE, LATER),
            Work(WorkKind.ANSWER_URGE, Whose.CLERK, SINCE, DUE),
            Work(WorkKind.SIGN_COMMITMENT, Whose.CLERK, SINCE, None),
            Work(WorkKind.DECIDE_PAUSE, Whose.APPROVER, SINCE, LATER),
            Work(WorkKind.CONFIRM, Whose.APPLICANT, SINCE, None),
        ]
    )
    assert places.keys() == {Whose.CLERK, Whose.APPROVER, Whose.APPLICANT}
    assert (places[Whose.CLERK], places[Whose.APPROVER]) == (DUE, LATER)
    assert places[Whose.APPLICANT].year == 9999


def test_a_case_that_waits_for_nobody_is_on_no_list() -> None:
    assert places_on_lists([]) == {}


def test_a_case_that_is_due_before_its_tasks_stands_where_it_is_due_itself() -> None:
    tasks = [
        Work(WorkKind.HAND_OVER, Whose.CLERK, SINCE, LATER),
        Work(WorkKind.SIGN_COMMITMENT, Whose.APPLICANT, SINCE, None),
        Work(WorkKind.ANSWER_QUESTION, Whose.AGENT, SINCE, DUE - timedelta(days=1)),
    ]
    assert places_on_lists(tasks, DUE) == {
        Whose.CLERK: DUE,
        Whose.APPLICANT: DUE,
        Whose.AGENT: DUE - timedelta(days=1),
    }
    assert places_on_lists([], DUE) == {}
