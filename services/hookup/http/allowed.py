"""What a caller may do to a case: who may give which command, and who may open applicants' files.

Routes guard themselves (`libs.common.http.commands.By`); a test holds this table against them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from libs.common.auth.callers import Caller, PlaceKind
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.transitions import ALLOWED, CaseState, Verb
from services.hookup.domain.verbs.agents import AGENT, may_act_for_user

_CLERK, _APPROVER, _AUTHORITY = frozenset({"clerk"}), frozenset({"approver"}), frozenset({"authority"})
_DECIDER = _APPROVER | {"supervisor"}
_HELPERS = frozenset({"clerk", AGENT})
_USER = frozenset({"clerk", "channel", "citizen"})
_APPLICANT = _USER | {AGENT}

WHO: Mapping[Verb, frozenset[str]] = MappingProxyType(
    {
        Verb.REQUEST_CORRECTION: _CLERK,
        Verb.ANSWER_CORRECTION: _APPLICANT,
        Verb.ACCEPT: _CLERK,
        Verb.START_STAGE: _CLERK,
        Verb.COMPLETE_STAGE: _CLERK,
        Verb.CHANGE_LENGTH: _CLERK,
        Verb.REQUEST_PAUSE: _CLERK,
        Verb.DECIDE_PAUSE: _APPROVER,
        Verb.RESUME: _CLERK,
        Verb.AGREE_DATE: _CLERK,
        Verb.MARK_SPECIAL: _CLERK | _DECIDER,
        Verb.REPORT_METER_LIVE: _CLERK,
        Verb.FINISH: _APPLICANT,
        Verb.WITHDRAW: _APPLICANT,
        Verb.REFUSE: _CLERK,
        Verb.ADD_MATERIAL: _APPLICANT,
        Verb.ADD_EVIDENCE: _HELPERS,
        Verb.FILE_PERMITS: _HELPERS,
        Verb.DECIDE_PERMIT: _AUTHORITY,
        Verb.SIGN_COMMITMENT: _APPLICANT,
        Verb.CHECK_COMMITMENT: _AUTHORITY,
        Verb.EXCAVATE: _HELPERS,
        Verb.MAKE_QUOTE: _HELPERS,
        Verb.ANSWER_QUOTE: _APPLICANT,
        Verb.RECORD_BILL: _CLERK,
        Verb.ASSIGN_AGENT: _CLERK,
        Verb.AUTHORISE_AGENT: _USER,
        Verb.GUIDE: _HELPERS,
        Verb.ASK: _APPLICANT,
        Verb.URGE: _APPLICANT,
        Verb.ENTER_LATE: _DECIDER,
        Verb.DISPUTE: _USER,
        Verb.OBJECT: _AUTHORITY,
        Verb.REPORT_RISK: _AUTHORITY,
        Verb.RECORD_NO_PERMIT: _CLERK,
        Verb.RATE: frozenset({"channel", "citizen"}),
    }
)
# What an agent does only by the user's authorisation. An agent answers questions and urging without one, and signs
# the utility's own commitments.
BY_AUTHORISATION = frozenset(
    verb
    for verb, roles in WHO.items()
    if roles >= _USER and verb not in (Verb.ASK, Verb.URGE, Verb.SIGN_COMMITMENT)
)
_OF_STATE = {state: [verb for verb in Verb if (state, verb) in ALLOWED] for state in CaseState}


def allowed_to(case: Case, caller: Caller) -> list[Verb]:
    """Return what the present state has an edge for and the caller may do; other rules may still refuse it."""
    withheld = frozenset[Verb]()
    if not may_act_for_user(case, caller.subject, caller.roles):
        withheld = BY_AUTHORISATION
    return [
        verb
        for verb in _OF_STATE[case.state]
        if not WHO[verb].isdisjoint(caller.roles) and verb not in withheld
    ]


def may_open_files(case: Case, caller: Caller) -> bool:
    """Tell whether a caller who sees a case works on it, so that its applicant's files are for them (PIPL §6).

    The applicant, the counters and approvers whose case it is, and its own agent; not who only supervises, and not
    the app that it came by: the applicant's own token opens them there.
    """
    if caller.place.kind is PlaceKind.CITIZEN or not caller.roles.isdisjoint(_CLERK | _APPROVER):
        return True
    return AGENT in caller.roles and case.agency is not None and case.agency.agent == caller.subject


def may_open(file: MaterialFile, case: Case, caller: Caller) -> bool:
    """Tell whether a file of a case is for a caller: who supervises opens the evidence that they decide on."""
    is_for_deciders = file.kind is MaterialKind.EVIDENCE and not caller.roles.isdisjoint(_DECIDER)
    return is_for_deciders or may_open_files(case, caller)
