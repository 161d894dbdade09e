"""Verbs of agency (帮办代办, HK-07; 二（一）4), and who may act on whose behalf."""

from collections.abc import Set
from datetime import datetime

from libs.common.aggregate import Actor, Stead
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.agency import Authorisation, Guidance
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb

AGENT = "agent"
# Roles that act as the user themselves: the user, and the app that the user uses.
USERS = frozenset({"citizen", "channel"})


def actor_of(
    case: Case,
    subject: str,
    roles: Set[str],
    now: datetime,
    *,
    stead: Stead | None,
    document_ref: str | None = None,
) -> Actor:
    """Return the actor, and on whose behalf; `stead` is set for acts that belong to the applicant.

    An agent needs the user's recorded authorisation, whatever other role it has; other staff need a document signed
    by the user. Raises RuleError without it.
    """
    if stead is None or "citizen" in roles:
        return Actor(now, subject)
    if not USERS.isdisjoint(roles):
        return Actor(now, subject, case.customer_ref)
    if not may_act_for_user(case, subject, roles):
        raise RuleError(
            "agent-not-authorised", "用户没有授权您代办此件", "请先由用户在申请中电子授权", "authorization"
        )
    if AGENT in roles and (authorisation := _authorisation(case, subject)) is not None:
        document_ref = document_ref or authorisation.document_ref
    elif stead is Stead.DOCUMENT and document_ref is None:
        raise RuleError(
            "stead-document-missing",
            "代用户办理须注明用户签字的文件",
            "请填写用户签字文件的编号，或由用户在手机上办理",
            "document_ref",
        )
    return Actor(now, subject, case.customer_ref, in_stead=True, document_ref=document_ref)


def may_act_for_user(case: Case, subject: str, roles: Set[str]) -> bool:
    """Tell whether a caller may act for the user: an agent needs the user's authorisation."""
    return AGENT not in roles or _authorisation(case, subject) is not None


def _authorisation(case: Case, agent: str) -> Authorisation | None:
    agency = case.agency
    return agency.authorisation if agency is not None and agency.agent == agent else None


def signing(
    case: Case, item_id: str, subject: str, roles: Set[str], now: datetime, document_ref: str | None
) -> Actor:
    """Return who signs or withdraws a commitment, and on whose behalf: one legal person commits (NC-01).

    The utility's staff sign its commitment; the applicant's follows the rules of all acts of the applicant. Raises
    RuleError.
    """
    commitment = case.permit(item_id).commitment
    if commitment is None or commitment.party != case.utility:
        return actor_of(case, subject, roles, now, stead=Stead.DOCUMENT, document_ref=document_ref)
    if roles.isdisjoint({"clerk", AGENT}):
        raise RuleError(
            "commitment-of-utility", "此项承诺由专营单位作出", "请由专营单位签署或撤回", "item_id"
        )
    return Actor(now, subject)


def assign_agent(case: Case, agent: str, at: datetime, rules: Rules) -> None:
    """Assign another agent; the user's authorisation of the previous one ends."""
    case.check(Verb.ASSIGN_AGENT)
    if agent not in (rules.agents or {}).get(case.utility, ()):
        raise RuleError("agent-unknown", "不是本单位的帮办人员", "请从本单位帮办人员名单中选择", "agent")
    if case.agency is not None and case.agency.agent == agent:
        raise RuleError("agent-assigned", "此件已由该人员帮办", "无需再次指派", "agent")
    case.assign(agent, at, automatic=False)


def authorise_agent(case: Case, document_ref: str, at: datetime, by: str) -> None:
    """The user authorises the agent electronically; revocable at any time."""
    case.check(Verb.AUTHORISE_AGENT)
    if case.agency is None:
        raise RuleError("agent-missing", "尚未指派帮办人员", "请等待专营单位指派帮办人员", "agent")
    if case.agency.authorisation is not None:
        raise RuleError("agent-authorised", "已经授权该人员代办", "无需再次授权", "agent")
    case.agency.authorisation = Authorisation(document_ref, at, by)
    case.record("agent_authorised", at, agent=case.agency.agent)


def revoke_agent(case: Case, at: datetime) -> None:
    """The user withdraws the authorisation; the agent still gives advice."""
    case.check(Verb.AUTHORISE_AGENT)
    if case.agency is None or case.agency.authorisation is None:
        raise RuleError("agent-not-authorised", "没有可以撤销的授权", "请刷新后核对", "agent")
    case.agency.authorisation = None
    case.record("agent_revoked", at, agent=case.agency.agent)


def give_guidance(case: Case, document_ref: str, at: datetime, by: str) -> None:
    """Record the access scheme that the user was advised on (合理化接入方案指导)."""
    case.check(Verb.GUIDE)
    case.guidance.append(Guidance(document_ref, at, by))
    case.record("guidance_given", at)
