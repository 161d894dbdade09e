"""The grievance: what is known of it, its cycles, and what the clock does to it. Instants are aware UTC.

It holds no particulars of the person who told it: these, and the words themselves, stand sealed elsewhere. What is
done to it stands in `verbs`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from libs.casework.domain.assignment import Assignments
from libs.casework.domain.contacts import ContactEdges, Contacts, ContactTerms
from libs.casework.domain.notes import Notes
from libs.common.aggregate import Actor, Aggregate
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.grievances.domain import clock
from services.grievances.domain.cycle import Cycle, Return
from services.grievances.domain.files import File
from services.grievances.domain.hotline.content import HotlineLink
from services.grievances.domain.hotline.messages import Message, message_of
from services.grievances.domain.ledger import LedgerEntry
from services.grievances.domain.limits import Told
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import CloseReason, Outcome, Trigger
from services.grievances.domain.values.kinds import GrievanceKind, LimitClass, ReporterKind, Source
from services.grievances.domain.values.states import (
    HELPED,
    OVER,
    TRANSITIONS,
    GrievanceState,
    GrievanceTimer,
    Verb,
)

CHANNEL: Final = "channel:"
"""What the unit of a channel's account begins with."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where it stands in another system: the system, its number there, and the version that was taken over last."""

    system: str
    number: str
    version: int


@dataclass(frozen=True, slots=True)
class ReadIn:
    """That it was read in from an office's own ledger: when, and the digest of the row."""

    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Supervision:
    """That somebody above is told of it (督办), and why."""

    trigger: Trigger
    at: datetime
    cycle: int


@dataclass(slots=True)
class Grievance(
    Contacts[Rules, GrievanceTimer], Notes[Rules, GrievanceTimer], Assignments[Rules, GrievanceTimer]
):
    """One matter that somebody told, followed until the call-back closes it."""

    transitions = TRANSITIONS
    over = OVER
    contact_edges: ClassVar[ContactEdges] = ContactEdges(Verb.URGE, Verb.ASK, Verb.RATE)
    note_edge: ClassVar[Verb] = Verb.NOTE
    watch_edge: ClassVar[Verb] = Verb.WATCH
    assignment_edge: ClassVar[Verb] = Verb.ASSIGN

    number: str
    kind: GrievanceKind
    source: Source
    reporter: ReporterKind
    category: str
    category_version: str
    district: str
    received_at: datetime
    supply: Supply | None = None
    limit_class: LimitClass | None = None
    # The street or town as the registry has it; the address itself is sealed.
    site: str | None = None
    customer_id: str | None = None
    account_id: str | None = None
    origin: Origin | None = None
    # What the hotline wants of it; None of what came by another way.
    hotline: HotlineLink | None = None
    state: GrievanceState = field(default=GrievanceState.NEW, kw_only=True)
    screen_by: datetime | None = field(default=None, kw_only=True)
    helpers: list[str] = field(default_factory=list, kw_only=True)
    cycles: list[Cycle] = field(default_factory=list, kw_only=True)
    returns: list[Return] = field(default_factory=list, kw_only=True)
    files: list[File] = field(default_factory=list, kw_only=True)
    ledger: LedgerEntry | None = field(default=None, kw_only=True)
    supervised: list[Supervision] = field(default_factory=list, kw_only=True)
    # By utility whether it came to see it since it was loaded, or ceased to; not stored.
    unit_changes: dict[str, bool] = field(default_factory=dict, kw_only=True)
    # What the hotline is told since it was loaded; not stored.
    messages: list[Message] = field(default_factory=list, kw_only=True)
    read_in: ReadIn | None = field(default=None, kw_only=True)
    # The grievance that this one says again; each keeps its own reply, call-back and rating.
    repeats: str | None = field(default=None, kw_only=True)
    closed_at: datetime | None = field(default=None, kw_only=True)
    close_reason: CloseReason | None = field(default=None, kw_only=True)
    close_note: str | None = field(default=None, kw_only=True)
    # By which document or recording staff withdrew it in the stead of who told it (代录).
    document_ref: str | None = field(default=None, kw_only=True)

    # -- what it is now

    @property
    def cycle(self) -> Cycle:
        """The cycle that runs, or ran last."""
        return self.cycles[-1]

    @property
    def order(self) -> Origin | None:
        """The hotline's order that it is; None of what came by another way."""
        return None if self.hotline is None else self.origin

    @property
    def utility(self) -> str | None:
        """The utility that works on it; None before a dispatch, and after a return."""
        return self.cycle.utility

    @property
    def told(self) -> Told:
        """What limits are chosen by."""
        return Told(self.kind, self.supply, self.limit_class)

    @property
    def redos(self) -> int:
        """How often it was done anew since it came or was reopened."""
        number = 0
        for cycle in reversed(self.cycles):
            if cycle.reason != "REDO":
                break
            number += 1
        return number

    @property
    def units(self) -> set[str]:
        """The utilities that see it: who works on it, and who helps."""
        return {*self.helpers, *([self.utility] if self.utility else [])}

    @property
    def open_return(self) -> Return | None:
        """The return that waits for a decision; None without one."""
        last = self.returns[-1] if self.returns else None
        return last if last is not None and last.decided_at is None else None

    @property
    def waits_above(self) -> bool:
        """Whether what was brought before a level still has to be answered: after a third failure also at the end."""
        is_unsolved = self.state is GrievanceState.CLOSED and self.cycle.outcome is Outcome.UNSATISFIED
        return is_unsolved or self.state not in OVER

    # -- what is common to its verbs

    def check(self, verb: StrEnum) -> None:
        """Raise RuleError for what the state does not allow, and for a utility that only helps (协办)."""
        Contacts.check(self, verb)
        if self.is_utility() and self.unit() != f"utility:{self.utility}" and verb not in HELPED:
            raise RuleError(
                "not-the-unit", "只有主办单位才能办理", "请由主办单位办理，协办单位可写备注", "state"
            )

    def is_utility(self) -> bool:
        """Tell whether it is somebody of a utility who acts."""
        return self.unit().startswith("utility:")

    def record(self, event: str, at: datetime, **data: object) -> None:
        """Append a domain event; the hotline is told what it has to know of its own orders, and not by itself."""
        Aggregate.record(self, event, at, **data)
        order = self.order
        if order is None or (self.actor is not None and self.actor.unit == f"{CHANNEL}{order.system}"):
            return
        if (kind := message_of(event, data)) is not None:
            self.messages.append(Message(kind, at, order.version, self.cycle.number))

    def by(self) -> str:
        """Return who acts. Raises AssertionError where nobody is named: a programming error."""
        if self.actor is None or self.actor.subject is None:
            raise AssertionError("nobody is named who acts")
        return self.actor.subject

    def unit(self) -> str:
        """Return the unit that acts, as scopes name it."""
        return (self.actor or Actor(self.received_at)).unit or ""

    def end(self, verb: Verb, state: GrievanceState, at: datetime) -> None:
        """Move it to a final state."""
        self.move(verb, state)
        self.closed_at = self.cycle.ended_at = at

    def entrust(self, utility: str | None, helpers: list[str]) -> None:
        """Give it to a utility and those that help; nobody else sees it any more."""
        before = self.units
        self.cycle.utility, self.helpers = utility, list(helpers)
        self.unit_changes |= {
            **dict.fromkeys(before - self.units, False),
            **dict.fromkeys(self.units - before, True),
        }

    def supervise(self, trigger: Trigger, at: datetime) -> None:
        """Tell who supervises, once a cycle for each reason (督办)."""
        entry = Supervision(trigger, at, self.cycle.number)
        if all((item.trigger, item.cycle) != (trigger, entry.cycle) for item in self.supervised):
            self.supervised.append(entry)
            self.record("supervision_raised", at, trigger=trigger, cycle=entry.cycle)

    def take_file(self, file: File, rules: Rules) -> None:
        """Add a file. Raises RuleError where there are too many."""
        self.check(Verb.ADD_FILE)
        if len(self.files) >= rules.process.most_files:
            raise RuleError(
                "files-too-many", f"每件至多{rules.process.most_files}个附件", "请合并后再提交", "file"
            )
        self.files.append(file)
        facts = {"file_kind": file.kind, "size": file.size, "media_type": file.media_type}
        self.record("file_received", file.uploaded_at, **facts)

    # -- contacts and staff

    def contact_terms(self, rules: Rules) -> ContactTerms:
        """Return what the rules say of contacts."""
        policy = rules.process
        return ContactTerms(
            rules.calendar,
            policy.urge_workdays,
            policy.question_workdays,
            policy.most_urges,
            policy.most_questions,
            policy.most_open_questions,
        )

    def answer_urge(self, urge_id: str, answer: str, at: datetime, by: str) -> None:
        """Answer an urge, as who has it now."""
        self._check_answering()
        Contacts.answer_urge(self, urge_id, answer, at, by)

    def answer_question(self, question_id: str, answer: str, at: datetime, by: str) -> None:
        """Answer a question, as who has it now."""
        self._check_answering()
        Contacts.answer_question(self, question_id, answer, at, by)

    def _check_answering(self) -> None:
        """Raise RuleError for the desk once a utility works on it."""
        if self.utility is not None and not self.is_utility():
            raise RuleError("unit-answers", "已派单，由主办单位答复", "请由主办单位答复", "answer")

    def own_staff(self, rules: Rules) -> Collection[str]:
        """Return the subjects of the staff of the utility that works on it."""
        return rules.staff.get(self.utility or "", {}).keys()

    def mentionable(self, rules: Rules) -> Collection[str]:
        """Return the people whom notes may mention: of its utilities and of its district."""
        return {subject for unit in (*self.units, self.district) for subject in rules.staff.get(unit, {})}

    # -- the clock

    def timers(self, rules: Rules) -> dict[GrievanceTimer, datetime]:
        """Return what it waits for."""
        return clock.timers_of(self, rules)

    def fire(self, kind: GrievanceTimer, at: datetime, rules: Rules) -> None:
        """Note what has passed; a timer that it no longer waits for does nothing."""
        if kind in self.timers(rules):
            clock.pass_time(self, kind, at, rules)
