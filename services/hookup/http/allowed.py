"""Permissions on a case, derived from the declared commands, and access to applicants' files."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.http.commands import By
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.transitions import ALLOWED, CaseState, StaffVerb, Verb
from services.hookup.domain.verbs.agents import AGENT, may_act_for_user

# Filled when the routes are declared, before the first request.
DECLARED: list[By] = []
_WORKS_ON_CASES = frozenset({Role.WINDOW, Role.CLERK, Role.APPROVER})
_DECIDES = frozenset({Role.APPROVER, Role.SUPERVISOR})
_OF_STATE: Mapping[CaseState, list[StrEnum]] = {
    state: [verb for verb in (*Verb, *StaffVerb) if (state, verb) in ALLOWED] for state in CaseState
}


@cache
def roles_by_verb() -> Mapping[StrEnum, frozenset[Role]]:
    """Return the roles of each transition; those of authorities are on items and not included."""
    roles: dict[StrEnum, frozenset[Role]] = {}
    for command in DECLARED:
        roles[command.edge] = roles.get(command.edge, frozenset()) | command.roles
    return MappingProxyType(roles)


@cache
def by_authorisation() -> frozenset[StrEnum]:
    """Return the verbs that an agent needs the user's authorisation for: those that belong to the applicant."""
    return frozenset(roles_by_verb()) - {command.edge for command in DECLARED if command.stead is None}


def withheld_from(case: Case, caller: Caller) -> Mapping[StrEnum, str]:
    """Return the verbs that the caller lacks the user's authorisation for, each with the reason."""
    if may_act_for_user(case, caller.subject, caller.roles):
        return MappingProxyType({})
    return dict.fromkeys(by_authorisation(), "须先登记用户的授权，才能代用户办理")


def allowed_to(case: Case, caller: Caller) -> list[StrEnum]:
    """Return the verbs that the state and the caller's roles allow; other rules may still refuse them."""
    withheld = withheld_from(case, caller)
    return [
        verb
        for verb in _OF_STATE[case.state]
        if verb in roles_by_verb()
        and not roles_by_verb()[verb].isdisjoint(caller.roles)
        and verb not in withheld
    ]


def may_open_files(case: Case, caller: Caller) -> bool:
    """Tell whether a caller who sees a case works on it and so may open the applicant's files (PIPL §6).

    These are the applicant, the counters and approvers of the case, and its agent; not supervisors, and not the app
    that submitted it: there the applicant's own token opens them.
    """
    if caller.scope.kind is ScopeKind.CITIZEN or not caller.roles.isdisjoint(_WORKS_ON_CASES):
        return True
    return AGENT in caller.roles and case.agency is not None and case.agency.agent == caller.subject


def may_open(file: MaterialFile, case: Case, caller: Caller) -> bool:
    """Tell whether a caller may open a file; supervisors and approvers may open evidence that they decide on."""
    is_for_deciders = file.kind is MaterialKind.EVIDENCE and not caller.roles.isdisjoint(_DECIDES)
    return is_for_deciders or may_open_files(case, caller)
