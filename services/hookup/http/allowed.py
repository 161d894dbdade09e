"""What a caller may do to a case, as its commands are declared, and who may open applicants' files."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.http.commands import By
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.transitions import ALLOWED, CaseState, Verb
from services.hookup.domain.verbs.agents import AGENT, may_act_for_user

# Filled by the declarations of the routes, before any case is shown.
DECLARED: list[By] = []
_WORKS_ON_CASES = frozenset({Role.WINDOW, Role.CLERK, Role.APPROVER})
_DECIDES = frozenset({Role.APPROVER, Role.SUPERVISOR})
_OF_STATE = {state: [verb for verb in Verb if (state, verb) in ALLOWED] for state in CaseState}


@cache
def roles_by_verb() -> Mapping[Verb, frozenset[Role]]:
    """Return who takes each edge between states; those of authorities are taken on items and not here."""
    roles: dict[Verb, frozenset[Role]] = {}
    for command in DECLARED:
        edge = Verb(command.edge)
        roles[edge] = roles.get(edge, frozenset()) | command.roles
    return MappingProxyType(roles)


@cache
def by_authorisation() -> frozenset[Verb]:
    """Return what an agent does only by the user's authorisation: the edges that are the applicant's alone."""
    return frozenset(roles_by_verb()) - {Verb(command.edge) for command in DECLARED if command.stead is None}


def allowed_to(case: Case, caller: Caller) -> list[Verb]:
    """Return what the present state has an edge for and the caller may do; other rules may still refuse it."""
    withheld = frozenset[Verb]()
    if not may_act_for_user(case, caller.subject, caller.roles):
        withheld = by_authorisation()
    return [
        verb
        for verb in _OF_STATE[case.state]
        if verb in roles_by_verb()
        and not roles_by_verb()[verb].isdisjoint(caller.roles)
        and verb not in withheld
    ]


def may_open_files(case: Case, caller: Caller) -> bool:
    """Tell whether a caller who sees a case works on it, so that its applicant's files are for them (PIPL §6).

    The applicant, the counters and approvers whose case it is, and its own agent; not who only supervises, and not
    the app that it came by: the applicant's own token opens them there.
    """
    if caller.scope.kind is ScopeKind.CITIZEN or not caller.roles.isdisjoint(_WORKS_ON_CASES):
        return True
    return AGENT in caller.roles and case.agency is not None and case.agency.agent == caller.subject


def may_open(file: MaterialFile, case: Case, caller: Caller) -> bool:
    """Tell whether a file of a case is for a caller: who supervises opens the evidence that they decide on."""
    is_for_deciders = file.kind is MaterialKind.EVIDENCE and not caller.roles.isdisjoint(_DECIDES)
    return is_for_deciders or may_open_files(case, caller)
