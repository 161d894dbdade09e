"""Routes of 帮办代办, urging, questions and the rating of a case."""

from functools import partial
from uuid import UUID

import uuid_utils
from fastapi import APIRouter, Response

from services.hookup.domain import agent_verbs, contact_verbs
from services.hookup.http import contact_models as models
from services.hookup.http.commands import (
    ByAgent,
    ByApplicantMarked,
    ByClerk,
    ByUser,
    ByUserAlone,
    ByUserMarked,
    command,
)
from services.hookup.http.entry_models import InStead

router = APIRouter(prefix="/v1", tags=["报装"])
_command = partial(command, router)


@_command("agent", "assignAgent", "指派帮办人员")
async def assign_agent(body: models.AssignAgent, command: ByClerk) -> Response:
    """Put another agent of the utility on the case."""
    return await command(lambda case, rules, now: agent_verbs.assign_agent(case, body.agent, now, rules))


@_command("agent/authorization", "authoriseAgent", "用户授权代办")
async def authorise_agent(body: models.AuthoriseAgent, command: ByUser) -> Response:
    """The user authorises the agent; an agent cannot authorise itself."""
    subject = command.caller.subject
    return await command(
        lambda case, _rules, now: agent_verbs.authorise_agent(case, body.document_ref, now, subject),
        InStead(document_ref=body.document_ref),
    )


@_command("agent/revocation", "revokeAgent", "用户撤销授权")
async def revoke_agent(command: ByUserMarked) -> Response:
    """The user withdraws the authorisation."""
    return await command(lambda case, _rules, now: agent_verbs.revoke_agent(case, now))


@_command("guidance", "giveGuidance", "登记接入方案指导")
async def give_guidance(body: models.GiveGuidance, command: ByAgent) -> Response:
    """Record the access scheme that the user was advised on."""
    subject = command.caller.subject
    return await command(
        lambda case, _rules, now: agent_verbs.give_guidance(case, body.document_ref, now, subject)
    )


@_command("urges", "urgeHookup", "催办")
async def urge(command: ByUserAlone) -> Response:
    """Urge the utility on; it answers within a working day, so only the user starts that clock."""
    subject, urge_id = command.caller.subject, str(uuid_utils.uuid7())
    return await command(lambda case, rules, now: contact_verbs.urge(case, urge_id, now, subject, rules))


@_command("urges/{urge_id}/answer", "answerUrge", "答复催办")
async def answer_urge(urge_id: UUID, body: models.Answer, command: ByAgent) -> Response:
    """Answer an urge."""
    subject = command.caller.subject
    return await command(
        lambda case, _rules, now: contact_verbs.answer_urge(case, str(urge_id), body.answer, now, subject)
    )


@_command("questions", "askQuestion", "技术咨询")
async def ask(body: models.AskQuestion, command: ByApplicantMarked) -> Response:
    """Ask about the design or the works."""
    subject, question_id = command.caller.subject, str(uuid_utils.uuid7())
    return await command(
        lambda case, rules, now: contact_verbs.ask(case, question_id, body.text, now, subject, rules)
    )


@_command("questions/{question_id}/answer", "answerQuestion", "答复技术咨询")
async def answer_question(question_id: UUID, body: models.Answer, command: ByAgent) -> Response:
    """Answer a question."""
    subject = command.caller.subject
    return await command(
        lambda case, _rules, now: contact_verbs.answer_question(
            case, str(question_id), body.answer, now, subject
        )
    )


@_command("rating", "rateHookup", "评价")
async def rate(body: models.RateCase, command: ByUserAlone) -> Response:
    """Rate a finished case, once; only the user does."""
    return await command(lambda case, _rules, now: contact_verbs.rate(case, body.score, now))
