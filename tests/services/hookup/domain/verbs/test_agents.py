"""Who acts for whom, who signs a commitment, and what is told of agents (HK-07; NC-01)."""

from dataclasses import replace

import pytest

from libs.common.aggregate import Actor, Stead
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.agency import Guidance
from services.hookup.domain.values.permit_items import PermitKind, PermitMode
from services.hookup.domain.verbs.agents import (
    actor_of,
    assign_agent,
    authorise_agent,
    give_guidance,
    revoke_agent,
    signing,
)
from tests.services.hookup.domain.permit_checks import refused
from tests.services.hookup.domain.permit_samples import LIVE, at, file, filing, last, surveyed_case
from tests.support.hookup import RULES, submitted_case

NOW = at("2022-07-05 12:00")
AGENTS = replace(RULES, agents={"W-371502": ("a-1", "a-2")})
AGENT, CLERK, HEAD, CITIZEN = (frozenset({role}) for role in ("agent", "clerk", "approver", "citizen"))


def committed(party: str) -> Case:
    """A case with an item whose commitment was offered to a legal person."""
    case = surveyed_case()
    file(case, filing(PermitKind.TREES, PermitMode.COMMITMENT, party))
    return case


def signer(case: Case, roles: frozenset[str], document_ref: str | None = None) -> Actor:
    return signing(case, case.permits[0].id, "x-1", roles, NOW, document_ref)


@pytest.mark.parametrize("roles", [CLERK, AGENT])
def test_the_utilitys_commitment_is_its_own_peoples_to_sign(roles: frozenset[str]) -> None:
    assert signer(committed("W-371502"), roles) == Actor(NOW, "x-1")


@pytest.mark.parametrize("roles", [HEAD, CITIZEN])
def test_nobody_else_signs_for_the_utility(roles: frozenset[str]) -> None:
    with pytest.raises(RuleError) as error:
        signer(committed("W-371502"), roles)
    assert error.value.code == "commitment-of-utility"


def test_the_users_commitment_is_the_users_or_in_the_users_stead() -> None:
    case = committed("C-1")
    assert signer(case, CITIZEN) == Actor(NOW, "x-1")
    assert signer(case, CLERK, "paper-1") == Actor(NOW, "x-1", "C-1", in_stead=True, document_ref="paper-1")
    for roles, code in ((CLERK, "stead-document-missing"), (AGENT, "agent-not-authorised")):
        with pytest.raises(RuleError) as error:
            signer(case, roles)
        assert error.value.code == code
    # Where there is no commitment at all the act itself is refused.
    case.permits[0].commitment = None
    assert signer(case, CITIZEN) == Actor(NOW, "x-1")


def test_an_agents_own_document_goes_before_the_authorisation_which_is_of_agents_only() -> None:
    case = submitted_case(rules=AGENTS)
    authorise_agent(case, "scan", NOW, "C-1")
    agent = actor_of(case, "a-2", AGENT, NOW, stead=Stead.DOCUMENT, document_ref="paper-1")
    assert (agent.in_stead, agent.document_ref) == (True, "paper-1")
    with pytest.raises(RuleError, match="stead-document-missing"):
        actor_of(case, "a-2", CLERK, NOW, stead=Stead.DOCUMENT)


def test_where_nobody_is_assigned_no_agent_acts_and_there_is_nothing_to_revoke() -> None:
    case = submitted_case(rules=LIVE)
    with pytest.raises(RuleError, match="agent-not-authorised"):
        actor_of(case, "a-1", AGENT, NOW, stead=Stead.DOCUMENT)
    refused("agent-not-authorised", case, lambda: revoke_agent(case, NOW))
    refused("agent-unknown", case, lambda: assign_agent(case, "a-1", NOW, RULES))


def test_what_is_done_about_agents_is_told() -> None:
    case = submitted_case(rules=LIVE)
    assign_agent(case, "a-1", NOW, AGENTS)
    assert case.agency is not None
    assert (case.agency.agent, case.agency.automatic) == ("a-1", False)
    told = last(case, "agent_assigned")[1]
    assert (told["agent"], told["automatic"]) == ("a-1", False)
    authorise_agent(case, "scan", NOW, "C-1")
    assert last(case, "agent_authorised")[1]["agent"] == "a-1"
    revoke_agent(case, NOW)
    assert last(case, "agent_revoked")[1]["agent"] == "a-1"
    give_guidance(case, "doc", NOW, "clerk-1")
    assert case.guidance == [Guidance("doc", NOW, "clerk-1")]


def test_of_a_case_that_has_ended_no_authorisation_is_revoked() -> None:
    case = submitted_case(rules=AGENTS)
    authorise_agent(case, "scan", NOW, "C-1")
    case.withdraw(NOW)
    refused("not-in-this-state", case, lambda: revoke_agent(case, NOW))
