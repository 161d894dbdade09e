"""Contacts between user and utility on a request, and how the staff work together on it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from libs.casework.domain.assignment import Assignments
from libs.casework.domain.contacts import ContactEdges, Contacts, ContactTerms
from libs.casework.domain.notes import Notes
from services.registry.domain.requests.values import RequestTimer, RequestVerb
from services.registry.domain.rules import Rules


@dataclass
class Teamwork(Contacts[Rules, RequestTimer], Notes[Rules, RequestTimer], Assignments[Rules, RequestTimer]):
    """Notes mention the people of the utility, of whom one is assigned."""

    contact_edges: ClassVar[ContactEdges] = ContactEdges(RequestVerb.URGE, RequestVerb.ASK, RequestVerb.RATE)
    note_edge: ClassVar[RequestVerb] = RequestVerb.NOTE
    watch_edge: ClassVar[RequestVerb] = RequestVerb.WATCH
    assignment_edge: ClassVar[RequestVerb] = RequestVerb.ASSIGN

    utility: str = field(kw_only=True)

    def contact_terms(self, rules: Rules) -> ContactTerms:
        """Return what the rules say of contacts."""
        policy = rules.requests
        return ContactTerms(
            rules.calendar,
            policy.urge_workdays,
            policy.question_workdays,
            policy.most_urges,
            policy.most_questions,
            policy.most_open_questions,
        )

    def own_staff(self, rules: Rules) -> Collection[str]:
        """Return the subjects of the utility's staff."""
        return rules.staff.get(self.utility, {}).keys()

    def mentionable(self, rules: Rules) -> Collection[str]:
        """Return the same people."""
        return self.own_staff(rules)
