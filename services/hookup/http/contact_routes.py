"""Commands of 帮办代办, urging, questions and the rating of a case."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter

from libs.common.aggregate import Stead
from services.hookup.domain.case import Case
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs import agents as agent_verbs
from services.hookup.http import contact_models as models
from services.hookup.http import offers
from services.hookup.http.commands import CLERK, HELPERS, HOOKUPS, USER, USER_ALONE, USER_OR_HALL, Given

router = APIRouter(prefix="/v1", tags=["报装"])
_verb = partial(HOOKUPS.verb, router)


@_verb(Verb.ASSIGN_AGENT, "agent", "assignAgent", "指派帮办人员", *CLERK, offer=offers.ASSIGN_AGENT)
def assign_agent(case: Case, body: models.AssignAgent, at: Given) -> None:
    """Put another agent of the utility on the case."""
    agent_verbs.assign_agent(case, body.agent, at.now, at.rules)


@_verb(
    Verb.AUTHORISE_AGENT,
    "agent/authorization",
    "authoriseAgent",
    "用户授权代办",
    *USER,
    stead=Stead.DOCUMENT,
    offer=offers.AUTHORISE_AGENT,
)
def authorise_agent(case: Case, body: models.AuthoriseAgent, at: Given) -> None:
    """The user authorises the agent; an agent cannot authorise itself."""
    agent_verbs.authorise_agent(case, body.document_ref, at.now, at.subject)


@_verb(
    Verb.AUTHORISE_AGENT,
    "agent/revocation",
    "revokeAgent",
    "用户撤销授权",
    *USER,
    stead=Stead.MARK,
    offer=offers.REVOKE_AGENT,
)
def revoke_agent(case: Case, at: Given) -> None:
    """The user withdraws the authorisation."""
    agent_verbs.revoke_agent(case, at.now)


@_verb(Verb.GUIDE, "guidance", "giveGuidance", "登记接入方案指导", *HELPERS, offer=offers.GUIDE)
def give_guidance(case: Case, body: models.GiveGuidance, at: Given) -> None:
    """Record the access scheme that the user was advised on."""
    agent_verbs.give_guidance(case, body.document_ref, at.now, at.subject)


@_verb(Verb.URGE, "urges", "urgeHookup", "催办", *USER_ALONE, stead=Stead.MARK, offer=offers.URGE)
def urge(case: Case, at: Given) -> None:
    """Urge the utility on; it answers within a working day, so only the user starts that clock."""
    case.urge(at.new_id(), at.now, at.subject, at.rules)


@_verb(Verb.URGE, "urges/{urge_id}/answer", "answerUrge", "答复催办", *HELPERS, offer=offers.ANSWER_URGE)
def answer_urge(case: Case, urge_id: UUID, body: models.Answer, at: Given) -> None:
    """Answer an urge."""
    case.answer_urge(str(urge_id), body.answer, at.now, at.subject)


@_verb(Verb.ASK, "questions", "askQuestion", "技术咨询", *USER_OR_HALL, stead=Stead.MARK, offer=offers.ASK)
def ask(case: Case, body: models.AskQuestion, at: Given) -> None:
    """Ask about the design or the works."""
    case.ask(at.new_id(), body.text, at.now, at.subject, at.rules)


@_verb(
    Verb.ASK,
    "questions/{question_id}/answer",
    "answerQuestion",
    "答复技术咨询",
    *HELPERS,
    offer=offers.ANSWER_QUESTION,
)
def answer_question(case: Case, question_id: UUID, body: models.Answer, at: Given) -> None:
    """Answer a question."""
    case.answer_question(str(question_id), body.answer, at.now, at.subject)


@_verb(Verb.RATE, "rating", "rateHookup", "评价", *USER_ALONE, stead=Stead.MARK, offer=offers.RATE)
def rate(case: Case, body: models.RateCase, at: Given) -> None:
    """Rate a finished case, once; only the user does."""
    case.rate(body.score, at.now)
