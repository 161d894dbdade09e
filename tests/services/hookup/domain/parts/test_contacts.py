"""Urges and questions: until when the case waits for an answer, whose it is, and what is told."""

from datetime import date, timedelta

from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.agency import Agency
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import Whose, Work, WorkKind
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import under
from tests.services.hookup.domain.timer_samples import SECOND, fire
from tests.support.hookup import RULES, submitted_case

URGED, ASKED, NOW = at("2022-07-04 10:00"), at("2022-07-04 11:00"), at("2022-07-04 14:00")
# Within a working day.
ANSWER_BY = at("2022-07-05 17:30")
CONTACTS = {WorkKind.ANSWER_URGE, WorkKind.ANSWER_QUESTION}


def contacted() -> Case:
    case = submitted_case()
    case.urge("u", URGED, "C-1", RULES)
    case.ask("q", "?", ASKED, "C-1", RULES)
    return case


def answering(case: Case) -> list[Work]:
    return [item for item in work(case, RULES) if item.kind in CONTACTS]


def answer(case: Case) -> None:
    case.answer_urge("u", "已安排", NOW, "clerk-1")
    case.answer_question("q", "可以", NOW, "clerk-1")


def test_urges_are_the_clerks_to_answer_and_questions_who_helps_the_user() -> None:
    case = contacted()
    of_clerk = Work(WorkKind.ANSWER_URGE, Whose.CLERK, URGED, ANSWER_BY)
    assert answering(case) == [of_clerk, Work(WorkKind.ANSWER_QUESTION, Whose.CLERK, ASKED, ANSWER_BY)]
    case.agency = Agency("a-1", NOW, automatic=False)
    assert answering(case) == [of_clerk, Work(WorkKind.ANSWER_QUESTION, Whose.AGENT, ASKED, ANSWER_BY)]
    answer(case)
    assert answering(case) == []


def test_an_urge_may_be_answered_up_to_its_last_instant_and_by_the_end_of_the_case() -> None:
    case = contacted()
    assert case.timers(RULES)[TimerKind.URGE] == ANSWER_BY + SECOND
    answer(case)
    assert TimerKind.URGE not in case.timers(RULES)
    ended = contacted()
    ended.withdraw(NOW)
    assert TimerKind.URGE not in ended.timers(RULES)
    assert answering(ended) == []


def test_only_the_urge_that_waits_is_told_of() -> None:
    case = contacted()
    answer(case)
    case.urge("u-2", NOW, "C-1", RULES)
    fire(case, TimerKind.URGE)
    told = [item.data["urge_id"] for item in case.pending_events if item.event == "urge_overdue"]
    assert told == ["u-2"]
    assert [item.overdue for item in case.urges] == [False, True]


def test_an_amended_calendar_moves_what_waits_for_its_answer_and_nothing_else() -> None:
    waiting, answered = contacted(), contacted()
    answer(answered)
    for case, later in ((waiting, timedelta(days=1)), (answered, timedelta())):
        case.apply_calendar(NOW, under({date(2022, 7, 5): False}))
        assert case.urges[0].answer_by == ANSWER_BY + later
        assert case.questions[0].answer_by == ANSWER_BY + later
