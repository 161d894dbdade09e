"""The base of aggregates: id, version, numbered domain events, actor, and the transitions between states.

A verb either changes the aggregate and records what happened, or raises RuleError and changes nothing. Instants are
aware UTC. `libs.common.store` loads and saves aggregates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from libs.common.rules import RuleError

Rules = TypeVar("Rules")
TimerKinds = TypeVar("TimerKinds", bound=StrEnum)
State = TypeVar("State", bound=StrEnum)
Verbs = TypeVar("Verbs", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """A domain event of an aggregate, with the field names of the published event of this name."""

    event: str
    at: datetime
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, on whose behalf, and when it is recorded; ids, never names.

    `subject` is None for the clock. `unit` is where the subject acts from, as `Scope.unit` names it; None for the
    clock and where it is not known. `in_stead` marks what staff or an agent do in the user's stead (代录), by
    `document_ref`: a signed document or the user's recorded authorisation. `read_in` is true of acts that were done
    elsewhere and are imported from a ledger. `conflicts` is false where what is done only adds something, such as a
    note: it conflicts with nobody's form.
    """

    recorded_at: datetime
    subject: str | None = None
    on_behalf_of: str | None = None
    in_stead: bool = False
    document_ref: str | None = None
    read_in: bool = False
    unit: str | None = None
    conflicts: bool = True


class Act(NamedTuple):
    """A stored change that a person or another system made: its version, and the numbers of its events.

    These are the events after `before`, up to `last`.
    """

    version: int
    before: int
    last: int


# So many acts are kept with an aggregate: a form that is older than all of them is told of these alone.
MOST_ACTS = 8


class Stead(StrEnum):
    """What staff need for an act that belongs to the applicant: a signed document, or only the mark."""

    DOCUMENT = "DOCUMENT"
    MARK = "MARK"


class Transitions(Generic[State, Verbs]):
    """The transitions between the states of an aggregate: `rows` of (from, verb, to, source of the rule).

    Where a pair has several targets the aggregate chooses one.
    """

    def __init__(
        self,
        rows: Iterable[tuple[State, Verbs, State, str]],
        state_names: Mapping[State, str],
        verb_names: Mapping[Verbs, str],
    ) -> None:
        targets: dict[tuple[State, Verbs], set[State]] = {}
        for origin, verb, target, _ in rows:
            targets.setdefault((origin, verb), set()).add(target)
        self.allowed: Mapping[tuple[State, Verbs], frozenset[State]] = {
            edge: frozenset(states) for edge, states in targets.items()
        }
        self.state_names = state_names
        self._verb_names = verb_names

    def check(self, state: State, verb: Verbs) -> None:
        """Raise RuleError unless a state has a transition for a verb."""
        if (state, verb) not in self.allowed:
            raise RuleError(
                "not-in-this-state",
                f"此件{self.state_names[state]}，不能{self._verb_names[verb]}",
                "请刷新后核对办理状态",
                "state",
            )


@dataclass(slots=True)
class Aggregate(Generic[Rules, TimerKinds]):
    """A consistency boundary with a history: only its own verbs change it, one change at a time."""

    transitions: ClassVar[Transitions[Any, Any]]

    id: str
    # Subclasses set their enumeration of states and the initial state.
    state: StrEnum = field(kw_only=True)
    version: int = field(default=0, kw_only=True)
    event_seq: int = field(default=0, kw_only=True)
    pending_events: list[DomainEvent] = field(default_factory=list, kw_only=True)
    actor: Actor | None = field(default=None, kw_only=True)
    # The last acts, the newest last; None before they were kept. Timers, the calendar and notes add none, so
    # that they conflict with nobody's form.
    acts: list[Act] | None = field(default=None, kw_only=True)

    # -- hooks for subclasses

    def timers(self, rules: Rules) -> dict[TimerKinds, datetime]:
        """Return the aggregate's timers, each with the instant at which it fires; none by default."""
        del rules
        return {}

    def fire(self, kind: TimerKinds, at: datetime, rules: Rules) -> None:
        """Handle a due timer; one that the aggregate no longer waits for does nothing."""

    def judged_by(self, rules: Rules) -> Rules:
        """Return the rules that the aggregate is judged by; a verb may have fixed them, `rules` are the previous."""
        return rules

    # -- common behaviour

    def check(self, verb: StrEnum) -> None:
        """Raise RuleError unless the present state has a transition for the verb."""
        self.transitions.check(self.state, verb)

    def why_not(self, verb: StrEnum) -> str | None:
        """Return why the present state does not allow a verb, None where it does."""
        try:
            self.check(verb)
        except RuleError as error:
            return error.text
        return None

    def move(self, verb: StrEnum, target: StrEnum) -> None:
        """Change the state by a transition. Raises AssertionError where there is none: a programming error."""
        if target not in self.transitions.allowed.get((self.state, verb), ()):
            raise AssertionError(f"no edge {self.state} -{verb}-> {target}")
        self.state = target

    def record(self, event: str, at: datetime, **data: object) -> None:
        """Append a domain event at an instant, under the name and with the fields of its published event."""
        self.pending_events.append(DomainEvent(event, at, data))

    @property
    def acted_version(self) -> int | None:
        """The version that the last act made; None for an aggregate from before acts were kept."""
        return self.acts[-1].version if self.acts else None

    @property
    def is_by_clock(self) -> bool:
        """Whether it is the clock that changes the aggregate now: an actor without a subject."""
        return self.actor is not None and self.actor.subject is None

    def note_act(self, version: int, before: int) -> None:
        """Keep that the change which makes a version is an act, except the clock's and what conflicts with nobody.

        `before` is the number of the last event before it.
        """
        if not self.is_by_clock and (self.actor is None or self.actor.conflicts):
            self.acts = [*(self.acts or [])[1 - MOST_ACTS :], Act(version, before, self.event_seq)]

    def catch_up(self, now: datetime, rules: Rules) -> dict[TimerKinds, datetime]:
        """Fire all timers that were due before an instant, in order; those due exactly at it fire after the verb.

        So the result of a verb does not depend on a late worker. Return the timers from before.
        """
        before = timers = self.timers(rules)
        while passed := [(at, kind) for kind, at in timers.items() if at < now]:
            at, kind = min(passed)
            self.fire(kind, at, rules)
            rules = self.judged_by(rules)
            timers = self.timers(rules)
        return before
