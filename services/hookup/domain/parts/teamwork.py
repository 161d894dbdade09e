"""How the staff work together on a case: internal notes, mentions, watchers, and who works on it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from libs.casework.domain import notes
from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.staff import CITY
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import StaffVerb


@dataclass
class Teamwork(Part, notes.Notes[Rules, TimerKind]):
    """Notes mention people of the utility and the city; only the utility's own are assigned."""

    note_edge: ClassVar[StaffVerb] = StaffVerb.NOTE
    watch_edge: ClassVar[StaffVerb] = StaffVerb.WATCH
    assignment_edge: ClassVar[StaffVerb] = StaffVerb.ASSIGN

    def own_staff(self, rules: Rules) -> Collection[str]:
        """Return the subjects of the utility's staff."""
        return rules.staff.get(self.utility, {}).keys()

    def mentionable(self, rules: Rules) -> Collection[str]:
        """Return the subjects of the utility's and the city's staff."""
        return self.own_staff(rules) | rules.staff.get(CITY, {}).keys()
