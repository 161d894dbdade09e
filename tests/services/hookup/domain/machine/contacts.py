"""Random verbs of agents, urging and questions."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from libs.common.aggregate import Stead
from libs.common.rules import RuleError
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs import agents as agent_verbs
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.machine.base import PLACE, RULES, TEXTS, Machine

AGENTS = st.sampled_from(["agent-1", "agent-2", "agent-3", "agent-4"])


class ContactRules(Machine):
    """Verbs of agents and users."""

    @rule(agent=AGENTS)
    def assign(self, agent: str) -> None:
        self.attempt(
            Verb.ASSIGN_AGENT,
            oracle.assign_agent(self.case, agent, RULES),
            lambda case: agent_verbs.assign_agent(case, agent, self.now, RULES),
        )

    @rule()
    def authorise(self) -> None:
        self.attempt(
            Verb.AUTHORISE_AGENT,
            oracle.authorise_agent(self.case),
            lambda case: agent_verbs.authorise_agent(case, "scan", self.now, "C-1"),
        )

    @rule()
    def revoke(self) -> None:
        expected = oracle.revoke_agent(self.case)
        self.attempt(Verb.AUTHORISE_AGENT, expected, lambda case: agent_verbs.revoke_agent(case, self.now))

    @rule(agent=AGENTS)
    def act_in_the_users_stead(self, agent: str) -> None:
        try:
            actor = agent_verbs.actor_of(
                self.case, agent, frozenset({"agent"}), self.now, stead=Stead.DOCUMENT
            )
        except RuleError:
            assert not oracle.may_act(self.case, agent)
        else:
            assert oracle.may_act(self.case, agent)
            assert (actor.subject, actor.on_behalf_of) == (agent, self.case.customer_ref)

    @rule()
    def guide(self) -> None:
        self.attempt(
            Verb.GUIDE,
            oracle.by_state(self.case, Verb.GUIDE),
            lambda case: agent_verbs.give_guidance(case, "doc", self.now, "agent-1"),
        )

    @rule()
    def urge(self) -> None:
        urge_id = next(self.ids)
        self.attempt(
            Verb.URGE,
            oracle.urge(self.case),
            lambda case: case.urge(urge_id, self.now, "C-1", RULES),
        )

    @rule(place=PLACE, text=TEXTS)
    def answer_urge(self, place: int, text: str) -> None:
        urge_id = self.one([each.id for each in self.case.urges], place)
        self.attempt(
            Verb.URGE,
            oracle.answer_urge(self.case, urge_id, text),
            lambda case: case.answer_urge(urge_id, text, self.now, "clerk-1"),
        )

    @rule(text=TEXTS)
    def ask(self, text: str) -> None:
        question_id = next(self.ids)
        self.attempt(
            Verb.ASK,
            oracle.ask(self.case, text),
            lambda case: case.ask(question_id, text, self.now, "C-1", RULES),
        )

    @rule(place=PLACE, text=TEXTS)
    def answer_question(self, place: int, text: str) -> None:
        question_id = self.one([each.id for each in self.case.questions], place)
        self.attempt(
            Verb.ASK,
            oracle.answer_question(self.case, question_id, text),
            lambda case: case.answer_question(question_id, text, self.now, "agent-1"),
        )
