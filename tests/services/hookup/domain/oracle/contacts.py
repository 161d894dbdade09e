"""The rules of agents, urging, questions and ratings, written a second time."""

from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb
from tests.services.hookup.domain.oracle.outcomes import TELEPHONE, Outcome, outcome


def assign_agent(case: Case, agent: str, rules: Rules) -> Outcome:
    """Another one of the utility's."""
    own = (rules.agents or {}).get(case.utility, ())
    now = case.agency and case.agency.agent
    return outcome(case, Verb.ASSIGN_AGENT, agent in own and agent != now)


def authorise_agent(case: Case) -> Outcome:
    """Who is there and was not authorised."""
    legal = case.agency is not None and case.agency.authorisation is None
    return outcome(case, Verb.AUTHORISE_AGENT, legal)


def revoke_agent(case: Case) -> Outcome:
    """Who was authorised."""
    return outcome(case, Verb.AUTHORISE_AGENT, may_act(case, case.agency.agent if case.agency else ""))


def may_act(case: Case, subject: str) -> bool:
    """Whether an agent may do what is the applicant's."""
    agency = case.agency
    return agency is not None and agency.agent == subject and agency.authorisation is not None


def urge(case: Case) -> Outcome:
    """While none waits for its answer, fifty times at most."""
    return outcome(case, Verb.URGE, all(each.answered_at for each in case.urges) and len(case.urges) < 50)


def answer_urge(case: Case, urge_id: str, text: str) -> Outcome:
    """One that waits, without personal data."""
    there = any(each.id == urge_id and each.answered_at is None for each in case.urges)
    return outcome(case, Verb.URGE, there and text != TELEPHONE)


def ask(case: Case, text: str) -> Outcome:
    """Without personal data, while less than five wait for an answer, fifty at most."""
    waiting = [each for each in case.questions if each.answered_at is None]
    return outcome(case, Verb.ASK, text != TELEPHONE and len(waiting) < 5 and len(case.questions) < 50)


def answer_question(case: Case, question_id: str, text: str) -> Outcome:
    """One that waits, without personal data."""
    there = any(each.id == question_id and each.answered_at is None for each in case.questions)
    return outcome(case, Verb.ASK, there and text != TELEPHONE)


def rate(case: Case) -> Outcome:
    """Once."""
    return outcome(case, Verb.RATE, case.rating is None)
