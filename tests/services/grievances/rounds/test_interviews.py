"""What is asked in a round, of whom, by whom, and when nobody is asked any more: the pure rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from libs.common.aggregate import Actor
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.grievances.dev.scenarios import CLERK, UTILITY
from services.grievances.domain.rounds.interview import MOST_FINDINGS, Interview
from services.grievances.domain.rounds.questions import (
    Question,
    check_questions,
    checked_answers,
    coded,
    grade_of,
)
from services.grievances.domain.rounds.round import Plan, Population, Round
from services.grievances.domain.rounds.sampling import Stratum, StratumKey
from services.grievances.domain.rounds.values import (
    CustomerCategory,
    InterviewResult,
    InterviewState,
    QuestionKind,
    RoundPurpose,
    RoundState,
    RoundTimer,
)
from tests.services.grievances.samples import RULES, at
from tests.support.service import when

CALLER = "u-371502"
GRADE = Question("您对供水服务是否满意？", QuestionKind.GRADE)
ON_TIME = Question("维修是否及时？", QuestionKind.YES_NO)
WAY = Question("怎样缴费？", QuestionKind.CHOICE, ("营业厅", "手机"))
WORDS = Question("有什么建议？", QuestionKind.TEXT)
QUESTIONS = [ON_TIME, GRADE, WAY, WORDS]
ANSWERS = ["YES", "4", "2", "希望夜间也能维修"]
REACHED, REFUSED, MISSED = InterviewResult


def asked() -> Interview:
    """Return a customer who is to be asked."""
    return Interview(
        id="i",
        round_id="r",
        round_number="HF-371502-20220704-0001",
        purpose=RoundPurpose.CALLS,
        position=1,
        stratum=0,
        account_id="a",
        customer_id="c",
        utility=UTILITY,
        district="371502",
        supply=Supply.WATER,
        category=CustomerCategory.RES,
        questions=list(QUESTIONS),
    )


def planned(ends_on: date = date(2022, 7, 8)) -> Round:
    """Return a round that is planned."""
    return Round(
        id="r",
        number="HF-371502-20220704-0001",
        title="第三季度回访",
        purpose=RoundPurpose.CALLS,
        district="371502",
        starts_on=date(2022, 7, 4),
        ends_on=ends_on,
        plan=Plan(Population(), 2),
        questions=list(QUESTIONS),
        prepared_at=at(4),
        prepared_by=CALLER,
    )


def test_who_was_reached_has_answered() -> None:
    item = asked()
    item.enter(REACHED, ANSWERS, at(4), CALLER, RULES)
    assert (item.state, item.answers, item.ended_at) == (InterviewState.REACHED, tuple(ANSWERS), at(4))
    ended = item.pending_events[-1]
    assert (ended.event, ended.data["grade"], ended.data["outcome"]) == ("interview_ended", 4, "REACHED")
    with pytest.raises(RuleError, match="已访"):
        item.enter(REFUSED, [], at(5), CALLER, RULES)


def test_nobody_is_unreachable_before_three_attempts_on_two_days() -> None:
    item = asked()
    for instant in (at(4), at(4, "10:00"), at(4, "11:00")):
        item.enter(MISSED, [], instant, CALLER, RULES)
        assert item.state is InterviewState.OPEN
    item.enter(MISSED, [], at(5), CALLER, RULES)
    assert (item.state, item.answers) == (InterviewState.UNREACHABLE, None)
    assert item.pending_events[-1].data == {"outcome": "UNREACHABLE", "grade": None, "attempts": 4}
    two_days = asked()
    for instant in (at(4), at(5)):
        two_days.enter(MISSED, [], instant, CALLER, RULES)
    assert two_days.state is InterviewState.OPEN


def test_staff_of_the_utility_that_is_asked_about_neither_ask_nor_are_named() -> None:
    item = asked()
    assert CLERK in RULES.staff[UTILITY]
    attempts: list[Callable[[], None]] = [
        lambda: item.enter(REACHED, ANSWERS, at(4), CLERK, RULES),
        lambda: item.assign_to(CLERK, at(4), RULES),
    ]
    for attempt in attempts:
        with pytest.raises(RuleError) as refusal:
            attempt()
        assert refusal.value.code == "asked-about-own-unit"
    elsewhere = replace(RULES, staff={"W-371503": {CLERK: "茌平"}})
    item.assign_to(CLERK, at(4), elsewhere)
    assert item.assignee == CLERK


def test_only_who_was_named_records() -> None:
    item = asked()
    item.assign_to("u-other", at(4), RULES)
    with pytest.raises(RuleError) as refusal:
        item.enter(REACHED, ANSWERS, at(4), CALLER, RULES)
    assert refusal.value.code == "assigned-to-another"
    item.enter(REACHED, ANSWERS, at(4), "u-other", RULES)
    assert item.state is InterviewState.REACHED


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (["MAYBE"], "answer-not-offered"),
        ([None, "6"], "answer-not-offered"),
        ([None, None, "3"], "answer-not-offered"),
        ([None, None, None, "请打 13800138000"], "personal-data-in-text"),
        ([None, None, None, None, "1"], "answer-to-none"),
        ([], "nothing-answered"),
        ([None, "", ""], "nothing-answered"),
    ],
)
def test_answers_are_those_that_there_are(answers: list[str | None], code: str) -> None:
    with pytest.raises(RuleError) as refusal:
        checked_answers(QUESTIONS, answers)
    assert refusal.value.code == code


def test_who_was_not_reached_has_answered_nothing() -> None:
    item = asked()
    for result in (MISSED, REFUSED):
        with pytest.raises(RuleError) as refusal:
            item.enter(result, ["YES"], at(4), CALLER, RULES)
        assert refusal.value.code == "answers-of-nobody"
    assert not item.attempts


def test_words_are_no_codes_and_the_grade_is_of_the_first_such_question() -> None:
    answers = checked_answers(QUESTIONS, ["NO", None, "1", "很好"])
    assert coded(QUESTIONS, answers) == ("NO", None, "1", None)
    assert grade_of(QUESTIONS, answers) is None
    assert grade_of(QUESTIONS, checked_answers(QUESTIONS, [None, "2"])) == 2


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ([], "questions-number"),
        ([GRADE] * 21, "questions-number"),
        ([replace(GRADE, options=("好",))], "options-for-none"),
        ([replace(WAY, options=("好",))], "options-number"),
        ([replace(WAY, options=("好", "好"))], "options-twice"),
        ([replace(GRADE, text="请致电13800138000")], "personal-data-in-text"),
    ],
)
def test_a_questionnaire_can_be_answered(questions: list[Question], code: str) -> None:
    with pytest.raises(RuleError) as refusal:
        check_questions(questions)
    assert refusal.value.code == code


def test_findings_have_a_bound() -> None:
    item = asked()
    for number in range(MOST_FINDINGS):
        item.find(str(number), at(4))
    with pytest.raises(RuleError) as refusal:
        item.find("more", at(4))
    assert refusal.value.code == "findings-too-many"


def test_a_round_ends_with_its_last_day() -> None:
    item = planned()
    item.prepare(date(2022, 7, 4))
    assert item.timers(RULES) == {}
    item.actor = Actor(at(4), CALLER)
    item.draw([Stratum(StratumKey(), 10, 2)], at(4))
    assert item.timers(RULES) == {RoundTimer.END: when("2022-07-09 00:00")}
    item.catch_up(when("2022-07-09 00:01"), RULES)
    assert (item.state, item.ended_at) == (RoundState.CLOSED, when("2022-07-09 00:00"))
    assert item.timers(RULES) == {}
    with pytest.raises(RuleError):
        item.close(at(11))


def test_a_round_is_drawn_once_and_of_somebody() -> None:
    item = planned()
    with pytest.raises(RuleError) as refusal:
        item.draw([], at(4))
    assert refusal.value.code == "population-empty"
    item.draw([Stratum(StratumKey(), 10, 2)], at(4))
    attempts: list[Callable[[], None]] = [
        lambda: item.draw([Stratum(StratumKey(), 10, 2)], at(4)),
        lambda: item.add_questions([GRADE], at(4)),
        lambda: item.cancel(at(4)),
    ]
    for attempt in attempts:
        with pytest.raises(RuleError) as refusal:
            attempt()
        assert refusal.value.code == "not-in-this-state"


@pytest.mark.parametrize("ends_on", [date(2022, 7, 3), date(2023, 7, 5)])
def test_a_period_has_its_order_and_its_bound(ends_on: date) -> None:
    with pytest.raises(RuleError) as refusal:
        planned(ends_on).prepare(date(2022, 7, 4))
    assert refusal.value.field == "ends_on"
