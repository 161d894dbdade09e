"""A questionnaire and the answers to it: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.rounds.values import NO, YES, QuestionKind

MOST_QUESTIONS = 20
MOST_OPTIONS = 20
GRADES = tuple(str(grade) for grade in range(1, 6))


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `options` are what there is to choose of, by their place from 1 on."""

    text: str
    kind: QuestionKind
    options: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The answers that there are; none of a question that is answered in words."""
        match self.kind:
            case QuestionKind.GRADE:
                return GRADES
            case QuestionKind.YES_NO:
                return (YES, NO)
            case QuestionKind.CHOICE:
                return tuple(str(place) for place in range(1, len(self.options) + 1))
        return ()


Answers = tuple[str | None, ...]
"""The answers in the order of the questions: codes, and words of what is answered in words; None without one."""


def check_questions(questions: Sequence[Question]) -> None:
    """Raise RuleError for a questionnaire that cannot be answered."""
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise RuleError("questions-number", f"问卷须有1至{MOST_QUESTIONS}题", "请增减题目", "questions")
    for place, question in enumerate(questions):
        field = f"questions.{place}"
        check_text(question.text, f"{field}.text")
        for option in question.options:
            check_text(option, f"{field}.options")
        if question.kind is not QuestionKind.CHOICE:
            if question.options:
                raise RuleError("options-for-none", "只有单选题有选项", "请删除选项", f"{field}.options")
        elif not 2 <= len(question.options) <= MOST_OPTIONS:
            rule = f"单选题须有2至{MOST_OPTIONS}个选项"
            raise RuleError("options-number", rule, "请增减选项", f"{field}.options")
        elif len(set(question.options)) < len(question.options):
            raise RuleError("options-twice", "选项重复", "请删除重复的选项", f"{field}.options")


def checked_answers(questions: Sequence[Question], given: Sequence[str | None]) -> Answers:
    """Return what was answered, one for each question. Raises RuleError.

    Who was reached has answered at least one question; each of the others may be left open.
    """
    answers = tuple(answer or None for answer in given)
    if any(answers[len(questions) :]):
        rule = f"问卷只有{len(questions)}题"
        raise RuleError("answer-to-none", rule, "请删除多余的回答", f"q{len(questions) + 1}")
    answers = (answers + (None,) * len(questions))[: len(questions)]
    for place, (question, answer) in enumerate(zip(questions, answers, strict=True), start=1):
        if answer is None:
            continue
        if question.kind is QuestionKind.TEXT:
            check_text(answer, f"q{place}")
        elif answer not in question.codes:
            rule = f"第{place}题的回答须为：{'、'.join(question.codes)}"
            raise RuleError("answer-not-offered", rule, "请从选项中选择", f"q{place}")
    if not any(answers):
        raise RuleError("nothing-answered", "联系上的至少回答一题", "请填写回答，或登记为拒绝受访", "q1")
    return answers


def coded(questions: Sequence[Question], answers: Answers) -> Answers:
    """Return the answers that are codes: what somebody said in words is none of them."""
    pairs = zip(questions, answers, strict=True)
    return tuple(None if question.kind is QuestionKind.TEXT else answer for question, answer in pairs)


def grade_of(questions: Sequence[Question], answers: Answers) -> int | None:
    """Return the answer to the first question for a grade; None without one."""
    pairs = zip(questions, answers, strict=True)
    grades = (answer for question, answer in pairs if question.kind is QuestionKind.GRADE)
    first = next(grades, None)
    return None if first is None else int(first)
