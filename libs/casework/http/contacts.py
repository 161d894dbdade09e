"""The HTTP API of contacts (urging, questions, rating): models, and the five commands of a kind of case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.casework.domain.contacts import Contacts
from libs.common.aggregate import Stead
from libs.common.auth.callers import Role
from libs.common.clock import local
from libs.common.http.actions import Chosen, Offer, doing
from libs.common.http.command import Given
from libs.common.http.commands import Commands
from libs.common.http.fields import Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label

C = TypeVar("C", bound=Contacts[Any, Any])

Text = Annotated[str, Field(min_length=1, max_length=500, examples=["户内管线能否沿北墙敷设？"])]

SCORE_NAMES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Answer(_Request):
    """What is answered to the user; no personal data."""

    answer: Annotated[Text, Label("答复", hint=NO_PERSONAL_DATA)]


class AskQuestion(_Request):
    """A technical question; no personal data."""

    text: Annotated[Text, Label("问题", hint=NO_PERSONAL_DATA)]


class RateCase(_Request):
    """1 (非常不满意) to 5 (非常满意)."""

    score: Annotated[Whole, Label("评价", names=SCORE_NAMES)] = Field(ge=1, le=5, examples=[5])


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UrgeView(_Shown):
    """One 催办."""

    id: str
    urged_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None
    overdue: bool


class QuestionView(_Shown):
    """A question and its answer."""

    id: str
    text: str
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None


def _always(_case: Any, _at: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class ContactRoles:
    """The roles that may urge and rate, ask, and answer.

    `is_helper` tells whether a caller of such a role answers on a case as it is now.
    """

    user: Sequence[Role]
    asker: Sequence[Role]
    helper: Sequence[Role]
    is_helper: Callable[[Any, Any], bool] = _always


def add_contact_commands(
    commands: Commands[C, Any, Any],
    router: APIRouter,
    noun: str,
    roles: ContactRoles,
    group: str,
) -> None:
    """Add the commands of contacts to a kind of case; `noun` is the end of their operation ids (`urgeHookup`).

    `group` is the group under which user interfaces offer them.
    """
    edges = commands.store.aggregate.contact_edges
    verb = partial(commands.verb, router)

    @verb(edges.urge, "urges", f"urge{noun}", "催办", *roles.user, stead=Stead.MARK, offer=Offer(group))
    def urge(case: C, at: Given[Any, Any]) -> None:
        """Urge on who is responsible; it is answered within a working day, so only the user starts that clock."""
        case.urge(at.new_id(), at.now, at.subject, at.rules)

    @verb(
        edges.urge,
        "urges/{urge_id}/answer",
        "answerUrge",
        "答复催办",
        *roles.helper,
        offer=Offer(
            group,
            when=roles.is_helper,
            targets={"urge_id": _urges},
            target_label="催办",
            does=doing("ANSWER_URGE"),
            otherwise="没有待答复的催办",
        ),
    )
    def answer_urge(case: C, urge_id: UUID, body: Answer, at: Given[Any, Any]) -> None:
        """Answer an urge."""
        case.answer_urge(str(urge_id), body.answer, at.now, at.subject)

    @verb(
        edges.ask,
        "questions",
        "askQuestion",
        "技术咨询",
        *roles.asker,
        stead=Stead.MARK,
        offer=Offer(group),
    )
    def ask(case: C, body: AskQuestion, at: Given[Any, Any]) -> None:
        """Ask about the design or the works."""
        case.ask(at.new_id(), body.text, at.now, at.subject, at.rules)

    @verb(
        edges.ask,
        "questions/{question_id}/answer",
        "answerQuestion",
        "答复技术咨询",
        *roles.helper,
        offer=Offer(
            group,
            when=roles.is_helper,
            targets={"question_id": _questions},
            target_label="问题",
            does=doing("ANSWER_QUESTION"),
            otherwise="没有待答复的技术咨询",
        ),
    )
    def answer_question(case: C, question_id: UUID, body: Answer, at: Given[Any, Any]) -> None:
        """Answer a question."""
        case.answer_question(str(question_id), body.answer, at.now, at.subject)

    @verb(
        edges.rate,
        "rating",
        f"rate{noun}",
        "评价",
        *roles.user,
        stead=Stead.MARK,
        offer=Offer(
            group, when=lambda case, _at: case.rating is None, otherwise="此件已评价过，只能评价一次"
        ),
    )
    def rate(case: C, body: RateCase, at: Given[Any, Any]) -> None:
        """Rate a finished case, once; only the user does."""
        case.rate(body.score, at.now)


def _urges(case: Contacts[Any, Any], _at: Any) -> Chosen:
    return [(urge.id, f"{local(urge.urged_at):%Y-%m-%d %H:%M} 催办") for urge in case.open_urges]


def _questions(case: Contacts[Any, Any], _at: Any) -> Chosen:
    return [(question.id, question.text) for question in case.open_questions]
