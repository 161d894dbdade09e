"""What a case waits for before its clock runs: its acceptance, or the user's correction (行政许可法 §32)."""

from datetime import date

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.work import Whose, Work, WorkKind
from tests.services.hookup.domain.permit_samples import last
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import under
from tests.support.hookup import RULES, submitted_case
from tests.support.service import MONDAY

ASKED, ANSWERED = "2022-07-04 10:00", "2022-07-06 10:00"


def asked() -> Case:
    case = submitted_case(complete=False)
    case.request_correction(["x"], at(ASKED), RULES)
    return case


def test_an_application_waits_for_the_clerk_or_for_the_user() -> None:
    case = submitted_case(complete=False)
    assert work(case, RULES) == [Work(WorkKind.ACCEPT, Whose.CLERK, at(MONDAY), at("2022-07-05 17:30"))]
    case.request_correction(["x"], at(ASKED), RULES)
    assert work(case, RULES) == [
        Work(WorkKind.ANSWER_CORRECTION, Whose.APPLICANT, at(MONDAY), at("2022-07-11 17:30"))
    ]
    asked_for = last(case, "correction_requested")[1]
    assert (asked_for["item_count"], asked_for["again_count"]) == (1, 0)
    case.answer_correction(at(ANSWERED))
    assert last(case, "correction_answered")[0] == at(ANSWERED)
    assert work(case, RULES) == [Work(WorkKind.ACCEPT, Whose.CLERK, at(ANSWERED), at("2022-07-07 17:30"))]
    case.accept(at("2022-07-06 11:00"), RULES)
    waits = {item.kind for item in work(case, RULES)}
    assert waits.isdisjoint({WorkKind.ACCEPT, WorkKind.ANSWER_CORRECTION})


def test_a_complete_form_is_accepted_by_itself_and_any_other_by_the_utility() -> None:
    assert last(submitted_case(), "case_accepted")[1]["automatic"] is True
    case = submitted_case(complete=False)
    case.accept(at(ASKED), RULES)
    assert last(case, "case_accepted")[1]["automatic"] is False


def test_a_date_is_to_be_agreed_from_the_submission_on() -> None:
    assert submitted_case(supply=Supply.HEAT).promise_needed_at == at(MONDAY)
    assert submitted_case(declared_dm=2001).promise_needed_at == at(MONDAY)
    assert submitted_case().promise_needed_at is None


def test_an_amended_calendar_moves_no_answer_that_was_given() -> None:
    amended, now = under({date(2022, 7, 8): False}), at("2022-07-06 11:00")
    waiting, answered = asked(), asked()
    answered.answer_correction(at(ANSWERED))
    for case, answer_by in ((waiting, "2022-07-12 17:30"), (answered, "2022-07-11 17:30")):
        case.apply_calendar(now, amended)
        assert case.answer_by == at(answer_by)
