"""One cycle of work on a grievance, from its dispatch to the end of its call-back.

A cycle that ended stays as it was.
"""

from dataclasses import dataclass, field
from datetime import datetime

from services.grievances.domain.limits import Limit
from services.grievances.domain.values.codes import (
    CloseReason,
    CycleReason,
    EntryMark,
    EscalationCause,
    Level,
    Measure,
    Outcome,
    ReturnReason,
)
from services.grievances.domain.values.kinds import ContactWay


@dataclass(slots=True)
class Act:
    """Something that was done on the spot or by telephone: when it happened, and when and by whom it was recorded.

    What is recorded late counts from its record: an earlier time that is claimed makes nothing punctual.
    """

    at: datetime
    recorded_at: datetime
    by: str
    entry: EntryMark
    way: ContactWay | None = None
    # The person says that it did not happen.
    denied: bool = False
    # It was recorded after it had been announced that it is overdue (hookup.md, entering late).
    is_announced: bool = False

    @property
    def counts_at(self) -> datetime:
        """When it counts as done."""
        is_late = self.is_announced or self.entry is EntryMark.LATE
        return self.recorded_at if is_late else self.at


@dataclass(slots=True)
class Verification:
    """What the unit found out. An opinion that it is unreasonable holds once another unit has confirmed it."""

    at: datetime
    by: str
    reasonable: bool
    finding: str
    confirmed_by: str | None = None
    confirmed: bool | None = None


@dataclass(slots=True)
class Extension:
    """A longer time: asked for before the time is up, decided by who supervises, told to the person."""

    asked_at: datetime
    asked_by: str
    workdays: int
    reason: str
    told_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    granted: bool | None = None


@dataclass(slots=True)
class Return:
    """A unit says that an order is not its duty; once that was refused, it may not say so again."""

    asked_at: datetime
    asked_by: str
    unit: str
    reason: ReturnReason
    note: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    granted: bool | None = None


@dataclass(slots=True)
class Escalation:
    """A hop to the unit above, with the date by which that answers."""

    level: Level
    cause: EscalationCause
    at: datetime
    by: str | None
    need: str | None
    answer_by: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person is told, apart from what the unit notes for itself."""

    at: datetime
    by: str
    unit: str
    text: str
    measures: tuple[Measure, ...]
    internal: str | None = None
    answer_code: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call-back. What was not reached has no result; by a link it is nobody's of the staff."""

    id: str
    at: datetime
    by: str | None
    way: ContactWay
    reached: bool
    contacted: bool | None = None
    solved: bool | None = None
    grade: int | None = None
    reason: str | None = None
    # The hotline's own word for the grade, where it called back.
    grade_word: str | None = None
    # When it came on record, where it was read in from a ledger; None of what was recorded as it was made.
    recorded_at: datetime | None = None
    # When the message went out that nobody answered: an attempt is of that day.
    asked_at: datetime | None = None
    # False of one that is kept beside and says nothing for or against anybody (`verbs/reading_in.py`).
    has_effect: bool = True

    @property
    def counts_at(self) -> datetime:
        """When it takes effect: one that was made earlier, as a ledger says, with its record."""
        return self.recorded_at or self.at


@dataclass(slots=True)
class CallLink:
    """The address that the person may answer the call-back by: who had it sent (None: the policy), and its term.

    `missed` is one that counts as an attempt: it went out, and nobody answered.
    """

    made_at: datetime
    by: str | None
    expires_at: datetime
    sent_at: datetime | None = None
    missed: bool = False


@dataclass(slots=True)
class Termination:
    """A unit asks to stop without a solution, for a listed reason; another decides."""

    asked_at: datetime
    asked_by: str
    reason: CloseReason
    note: str


@dataclass(slots=True)
class Cycle:
    """From a dispatch to the end of the call-back. `handlers` did something of it."""

    number: int
    reason: CycleReason
    started_at: datetime
    reply_by: datetime | None = None
    limit: Limit | None = None
    utility: str | None = None
    dispatched_at: datetime | None = None
    sign_by: datetime | None = None
    signed_at: datetime | None = None
    contact_by: datetime | None = None
    contact: Act | None = None
    arrive_by: datetime | None = None
    arrive_limit: Limit | None = None
    arrival: Act | None = None
    verification: Verification | None = None
    extension: Extension | None = None
    termination: Termination | None = None
    escalations: list[Escalation] = field(default_factory=list)
    reply: Reply | None = None
    call_by: datetime | None = None
    calls: list[Call] = field(default_factory=list)
    # The last one; those before it hold no more.
    link: CallLink | None = None
    handlers: list[str] = field(default_factory=list)
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    sign_missed: bool = False
    contact_missed: bool = False
    arrival_missed: bool = False
    yellow: bool = False
    overdue: bool = False
    red: bool = False

    @property
    def is_reasonable(self) -> bool:
        """Whether it counts as reasonable: unless another unit has confirmed that it is not."""
        found = self.verification
        return found is None or found.reasonable or found.confirmed is not True

    @property
    def effective_call(self) -> Call | None:
        """The call-back that reached the person and has effect; None without one."""
        return next((call for call in reversed(self.calls) if call.reached and call.has_effect), None)

    def handled_by(self, subject: str) -> None:
        """Note who did something of it, each once."""
        if subject not in self.handlers:
            self.handlers.append(subject)

    def open_escalation(self, level: Level) -> Escalation | None:
        """Return what waits for the answer of a level; None without one."""
        return next((hop for hop in self.escalations if hop.level is level and hop.answered_at is None), None)
