"""Urging, questions and the rating of a case (channel journeys: 报装; 二（一）4, 5; 二（二）2)."""

from datetime import datetime

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.hookup.domain.case import Case
from services.hookup.domain.parts.contacts import Question, Rating, Urge
from services.hookup.domain.values.deadlines import close_after
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb


def urge(case: Case, urge_id: str, at: datetime, by: str, rules: Rules) -> None:
    """Urge the utility on (催办); one urge at a time waits for its answer."""
    case.check(Verb.URGE)
    if any(each.answered_at is None for each in case.urges):
        raise RuleError("urged-already", "已经催办，专营单位尚未答复", "请等待答复", "urge")
    if len(case.urges) >= rules.service.most_urges:
        raise RuleError(
            "urges-too-many", f"每件至多催办 {rules.service.most_urges} 次", "请联系主管部门督办", "urge"
        )
    answer_by = close_after(at, rules.service.urge_workdays, rules)
    case.urges.append(Urge(urge_id, at, by, answer_by))
    case.record("urged", at, urge_id=urge_id, answer_by=answer_by)


def answer_urge(case: Case, urge_id: str, answer: str, at: datetime, by: str) -> None:
    """Answer an urge."""
    case.check(Verb.URGE)
    check_text(answer, "answer")
    found = next((each for each in case.urges if each.id == urge_id and each.answered_at is None), None)
    if found is None:
        raise RuleError("urge-unknown", "没有这条待答复的催办", "请刷新后核对", "urge_id")
    found.answered_at, found.answered_by, found.answer = at, by, answer
    case.record("urge_answered", at, urge_id=urge_id, in_time=at <= found.answer_by)


def ask(case: Case, question_id: str, text: str, at: datetime, by: str, rules: Rules) -> None:
    """Ask about the design or the works; the utility answers on the case (二（一）4 主动提供技术支持)."""
    case.check(Verb.ASK)
    check_text(text, "text")
    if sum(question.answered_at is None for question in case.questions) >= rules.service.most_open_questions:
        raise RuleError(
            "questions-unanswered",
            f"已有 {rules.service.most_open_questions} 个问题待答复",
            "请等待答复后再咨询",
            "text",
        )
    if len(case.questions) >= rules.service.most_questions:
        raise RuleError(
            "questions-too-many",
            f"每件至多咨询 {rules.service.most_questions} 个问题",
            "请向专营单位当面咨询",
            "text",
        )
    answer_by = close_after(at, rules.service.question_workdays, rules)
    case.questions.append(Question(question_id, text, at, by, answer_by))
    case.record("question_asked", at, question_id=question_id, answer_by=answer_by)


def answer_question(case: Case, question_id: str, answer: str, at: datetime, by: str) -> None:
    """Answer a question."""
    case.check(Verb.ASK)
    check_text(answer, "answer")
    found = next(
        (each for each in case.questions if each.id == question_id and each.answered_at is None), None
    )
    if found is None:
        raise RuleError("question-unknown", "没有这个待答复的问题", "请刷新后核对", "question_id")
    found.answered_at, found.answered_by, found.answer = at, by, answer
    case.record("question_answered", at, question_id=question_id, in_time=at <= found.answer_by)


def rate(case: Case, score: int, at: datetime) -> None:
    """Rate a finished case, once."""
    case.check(Verb.RATE)
    if case.rating is not None:
        raise RuleError("rated-already", "此件已经评价过", "每件只能评价一次", "score")
    case.rating = Rating(score, at)
    case.record("case_rated", at, score=score)
