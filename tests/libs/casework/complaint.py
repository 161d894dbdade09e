"""A kind of case that is no hookup: a complaint that is urged, asked about and rated, by its own rules and words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar

from libs.casework.domain.assignment import Assignments
from libs.casework.domain.contacts import ContactEdges, Contacts, ContactTerms
from libs.casework.domain.notes import Notes
from libs.casework.domain.work import WorkItem
from libs.common.aggregate import Transitions
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar


class State(StrEnum):
    OPEN = "OPEN"
    DONE = "DONE"


class Edge(StrEnum):
    URGE = "URGE"
    ASK = "ASK"
    RATE = "RATE"
    ASSIGN = "ASSIGN"
    NOTE = "NOTE"
    WATCH = "WATCH"


class Timer(StrEnum):
    URGE = "URGE"


class Turn(StrEnum):
    CLERK = "clerk"
    CALLER = "caller"


class Todo(StrEnum):
    ANSWER = "ANSWER"


OURS = frozenset({"clerk-1", "clerk-2"})
OF_CITY = frozenset({"city-1"})


@dataclass
class Complaint(
    Contacts[BusinessCalendar, Timer], Notes[BusinessCalendar, Timer], Assignments[BusinessCalendar, Timer]
):
    """Answered within two working days, at most one question at a time; two clerks work on complaints."""

    transitions: ClassVar[Transitions[State, Edge]] = Transitions(
        [
            (State.OPEN, Edge.URGE, State.OPEN, "二（二）2"),
            (State.OPEN, Edge.ASK, State.OPEN, "二（一）4"),
            (State.DONE, Edge.RATE, State.DONE, "二（二）2"),
            (State.OPEN, Edge.ASSIGN, State.OPEN, "[R]"),
            *((state, edge, state, "[R]") for state in State for edge in (Edge.NOTE, Edge.WATCH)),
        ],
        {State.OPEN: "办理中", State.DONE: "已办结"},
        {
            Edge.URGE: "催办",
            Edge.ASK: "咨询",
            Edge.RATE: "评价",
            Edge.ASSIGN: "指派",
            Edge.NOTE: "备注",
            Edge.WATCH: "关注",
        },
    )
    contact_edges: ClassVar[ContactEdges] = ContactEdges(Edge.URGE, Edge.ASK, Edge.RATE)
    note_edge, watch_edge, assignment_edge = Edge.NOTE, Edge.WATCH, Edge.ASSIGN
    over = frozenset({State.DONE})

    state: State = field(default=State.OPEN, kw_only=True)

    def contact_terms(self, rules: BusinessCalendar) -> ContactTerms:
        return ContactTerms(rules, urge_workdays=2, question_workdays=2, most_urges=2, most_open_questions=1)

    def own_staff(self, rules: BusinessCalendar) -> frozenset[str]:
        del rules
        return OURS

    def mentionable(self, rules: BusinessCalendar) -> frozenset[str]:
        del rules
        return OURS | OF_CITY

    def timers(self, rules: BusinessCalendar) -> dict[Timer, datetime]:
        del rules
        overdue_at = self.urge_overdue_at()
        return {} if overdue_at is None else {Timer.URGE: overdue_at}

    def fire(self, kind: Timer, at: datetime, rules: BusinessCalendar) -> None:
        del kind, rules
        self.miss_urge(at)

    def work(self) -> list[WorkItem[Todo, Turn, None]]:
        return [
            WorkItem(Todo.ANSWER, Turn.CLERK, contact.urged_at, contact.answer_by)
            for contact in self.open_urges
        ]


def calendar(days: Mapping[date, bool] | None = None) -> BusinessCalendar:
    """Return a calendar of five-day weeks that close at 17:00."""
    return BusinessCalendar(WorkCalendar(days or {}, (2022,)), time(17))
