"""The base of a case's parts: the data that every part reads, and the methods that a part may define.

A case is put together from parts. Each is a dataclass with its own state, its own timers and what it does when one of
them fires, its work items, its deadlines under an amended calendar, its infringements, and its figures at the end. A
part contributes by defining the method of that name; the case calls it on all its parts, in the order of its base
classes. So a new part is a file, and a name in the list of `Case`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import ClassVar

from libs.casework.domain.assignment import Assignments
from libs.casework.domain.deadlines import Moved
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.values.agency import Agency
from services.hookup.domain.values.codes import CustomerCategory, Source
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CASE_TRANSITIONS, CaseState
from services.hookup.domain.values.violations import Violation
from services.hookup.domain.values.work import Work


@dataclass(frozen=True, slots=True)
class InStead:
    """An act of staff or an agent in the user's stead (代录), and the document or authorisation that it rests on."""

    event: str
    recorded_at: datetime
    actor: str | None
    document_ref: str | None


@dataclass
class Part(Assignments[Rules, TimerKind]):
    """A part of a case: the fields that every part reads, and methods without effect that a part may override."""

    transitions = CASE_TRANSITIONS
    # The timers that are this part's own.
    kinds: ClassVar[tuple[TimerKind, ...]] = ()

    number: str
    supply: Supply
    district: str
    utility: str
    channel: str
    customer_ref: str
    customer_category: CustomerCategory
    site_division: str
    submitted_at: datetime
    state: CaseState = field(default=CaseState.SUBMITTED, kw_only=True)
    joint_id: str | None = None
    joint_agent: str | None = None
    agency: Agency | None = None
    source: Source = Source.LIVE
    in_stead: list[InStead] = field(default_factory=list)
    # How the act that is being performed was entered: its mark, claimed time and document.
    mark: EntryMark | None = None

    # -- methods that a part may override

    def waits_for(self, rules: Rules) -> Mapping[TimerKind, datetime]:
        """Return what the part waits for now, of its `kinds`, each with its instant."""
        del rules
        return {}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Handle a due timer of the part."""

    def work_items(self, rules: Rules) -> Iterable[Work]:
        """Return the part's entries of the work lists, each with who is to act."""
        del rules
        return ()

    def move_deadlines(self, at: datetime, rules: Rules) -> Iterable[Moved]:
        """Apply an amended calendar to the part's deadlines in an open case; return those that moved."""
        del at, rules
        return ()

    def infringements(self) -> Iterable[Violation]:
        """Return the codes of the part's violations of HK-03, HK-04 and O4."""
        return ()

    def closing_figures(self, rules: Rules) -> Mapping[str, object]:
        """Return the part's figures of a case that ends, under the field names of the event `case_closed`."""
        del rules
        return {}

    def answered_at(self, told_at: datetime) -> datetime:
        """Return when the user had all his answers or should have had them; `told_at` where he had asked nothing."""
        return told_at

    def on_acceptance(self, at: datetime, rules: Rules) -> None:
        """Handle the acceptance of the case."""

    # -- what the case collects from its parts

    def parts_with(self, method: str) -> tuple[type["Part"], ...]:
        """Return the case's parts that define a method of `Part`, in the order in which the case names its parts."""
        case: type = type(self)
        return _parts_with(method, case)

    def timers(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Return the case's timers, each with the instant at which it fires."""
        fires_at = dict[TimerKind, datetime]()
        for part in self.parts_with("waits_for"):
            fires_at |= part.waits_for(self, rules)
        return fires_at

    def fire(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Handle a due timer. A timer that the case no longer waits for does nothing."""
        case: type = type(self)
        owner = _timer_owners(case)[kind]
        if kind in owner.waits_for(self, rules):
            owner.on_timer(self, kind, at, rules)

    def violations(self) -> list[Violation]:
        """Return the codes of the case's violations of HK-03, HK-04 and O4, each once."""
        parts = self.parts_with("infringements")
        return sorted({code for part in parts for code in part.infringements(self)})

    # -- how acts are recorded

    @property
    def is_read_in(self) -> bool:
        """Whether the acts come from an imported ledger: they were done and decided outside the system."""
        return self.actor is not None and self.actor.read_in

    def recorded_at(self, at: datetime) -> datetime:
        """Return when the act that happened at an instant is recorded; what is read in was recorded elsewhere."""
        return at if self.actor is None or self.is_read_in else self.actor.recorded_at

    def check_not_before_submission(self, at: datetime) -> None:
        """Raise RuleError for an instant before the application."""
        if at < self.submitted_at:
            raise RuleError("before-submission", "时间早于申请时间", "请核对时间", "at")


@cache
def _parts_with(name: str, case: type) -> tuple[type[Part], ...]:
    return tuple(
        part for part in case.__mro__ if issubclass(part, Part) and part is not Part and name in vars(part)
    )


@cache
def _timer_owners(case: type) -> Mapping[TimerKind, type[Part]]:
    return {kind: part for part in _parts_with("kinds", case) for kind in part.kinds}
