"""Commands of 帮办代办, urging, questions and the rating of a case."""

from functools import partial

from fastapi import APIRouter

from libs.casework.http.contacts import ContactRoles, add_contact_commands
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


add_contact_commands(
    HOOKUPS,
    router,
    "Hookup",
    ContactRoles(user=USER_ALONE, asker=USER_OR_HALL, helper=HELPERS),
    offers.CONTACT,
)
