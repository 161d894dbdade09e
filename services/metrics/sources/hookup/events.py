"""The tolerant reader of hookup's events. Fields with a default are missing in older events."""

from datetime import date, datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from services.metrics.events.reader import Fen, Instant, Minutes, Number, Ranged

# How an act with a claimed time was entered; acts of imported ledgers are neither late nor in time.
IN_TIME, LATE, APPROVED, LEDGER = "IN_TIME", "LATE", "APPROVED", "LEDGER"
# Codes of stages are joined by commas in the facts; those that mean something else beside them are none.
_STAGE: Final = r"\A(?!(TOTAL|TOTAL_NET|NONE|AWAITING_CONFIRMATION)\Z)[A-Z0-9_]+\Z"

Id = Annotated[str, Meta(min_length=1, max_length=64)]
District = Annotated[str, Meta(min_length=1, max_length=12)]
Supply = Annotated[str, Meta(min_length=1, max_length=8)]
Basis = Annotated[str, Meta(min_length=1, max_length=12)]
Word = Annotated[str, Meta(min_length=1, max_length=20)]
Code = Annotated[str, Meta(min_length=1, max_length=40)]
Stage = Annotated[str, Meta(max_length=20, pattern=_STAGE)]
Round = Annotated[int, Meta(ge=1, le=1_000)]
Score = Annotated[int, Meta(ge=1, le=5)]


class HookupEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """The common fields of all events.

    `occurred_at` is the claimed time; `recorded_at` is when it was recorded.
    """

    case_id: Id
    case_number: Id
    district: District
    utility: Code
    supply: Supply
    length_class: Word
    special: bool
    occurred_at: Instant
    recorded_at: Instant | None = None
    entry: str | None = None
    in_stead: bool = False

    @property
    def entered_at(self) -> datetime:
        """When the act was recorded; by default when it happened."""
        return self.recorded_at or self.occurred_at

    @property
    def tells_its_entry(self) -> bool:
        """Whether it counts as an entry: with a claimed time and not from a ledger, or in the user's stead."""
        return self.in_stead or self.entry in (IN_TIME, LATE, APPROVED)


class DueTimes(Ranged, frozen=True, gc=False):
    """The judged due time, its basis, policy version and reading."""

    judged_at: Instant | None
    basis: Basis
    judged: Word
    policy_version: Code


class OnTime(Struct, frozen=True, gc=False):
    """The verdict in each reading of a day."""

    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None


class PauseDays(Struct, frozen=True, gc=False):
    """Pauses of one reason."""

    reason: Code
    count: Number
    days: Number


class CaseAccepted(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The statutory clock runs from the receipt date."""

    receipt_date: date
    due: DueTimes


class StageStarted(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A stage was begun."""

    stage: Stage


class StageCompleted(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A stage ended."""

    stage: Stage
    completed_at: Instant
    elapsed_minutes: Minutes
    working_minutes: Minutes
    round: Round = 1


class DueChanged(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The due times changed, for whatever reason."""

    due: DueTimes | None


class DueRecomputed(DueChanged, frozen=True, gc=False, kw_only=True):
    """An amended calendar moved the due times, and the receipt date with them; older events do not say it."""

    receipt_date: date | None = None


class CasePaused(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A pause was approved."""

    pause_id: Id
    starts_at: Instant
    stops_at: Instant | None = None


class CaseResumed(DueChanged, frozen=True, gc=False, kw_only=True):
    """A pause ended."""

    pause_id: Id


class GapDetected(HookupEvent, frozen=True, gc=False, kw_only=True):
    """No stage is open, and none was at the close of the next working day."""

    since: Instant


class CaseClosed(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The case is finished."""

    finished_at: Instant
    elapsed_minutes: Minutes
    working_minutes: Minutes
    due: DueTimes
    on_time: OnTime
    gap_minutes: Minutes
    gaps: Number
    gap_workdays: Number
    overlap_saved_minutes: Minutes
    violations: list[str]
    pauses: list[PauseDays]
    by_late_entry: bool = False
    confirmed_by_user: bool = True
    source: str | None = None
    net_minutes: Minutes | None = None
    net_working_minutes: Minutes | None = None
    ceiling_workdays: Number | None = None
    ceiling_used: Number | None = None


class Left(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The case left the rate: withdrawn, refused, or made a special case."""

    overdue: bool = False


class LateEntryDecided(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A late entry was approved or declined."""

    approved: bool


class FiledItem(Struct, frozen=True, gc=False):
    """An item of a form, and whether an authority decides on it."""

    mode: str


class PermitsFiled(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The items of one form were filed."""

    is_parallel: bool
    items: list[FiledItem]


class PermitDecided(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An item was decided; `in_time` is None where no decision was waited for."""

    mode: str
    decision: str
    working_minutes: Minutes
    in_time: bool | None


class ExcavationBegun(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The ground was broken; `emergency` is set where that was before the permit."""

    emergency: str | None = None


class CommitmentChecked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A commitment was checked."""

    result: str


class CommitmentRevoked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A decision on a commitment was revoked."""

    is_false: bool


class BillCompared(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A bill was compared with what the user had accepted."""

    difference_fen: Fen


class CaseSubmitted(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An application was received."""

    begun_anew_after: str | None = None


class Answered(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An urge or a question was answered."""

    in_time: bool


class CaseRated(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user rated the case, 1 to 5."""

    score: Score


KINDS: Final[dict[str, type[HookupEvent]]] = {
    "case_submitted": CaseSubmitted,
    "case_accepted": CaseAccepted,
    "stage_started": StageStarted,
    "stage_completed": StageCompleted,
    "length_changed": DueChanged,
    "case_paused": CasePaused,
    "case_resumed": CaseResumed,
    "date_agreed": DueChanged,
    "special_case_approved": Left,
    "due_recomputed": DueRecomputed,
    "gap_detected": GapDetected,
    "late_entry_decided": LateEntryDecided,
    "case_closed": CaseClosed,
    "case_withdrawn": Left,
    "case_refused": Left,
    "permits_filed": PermitsFiled,
    "permit_decided": PermitDecided,
    "commitment_checked": CommitmentChecked,
    "commitment_revoked": CommitmentRevoked,
    "bill_compared": BillCompared,
    "urge_answered": Answered,
    "question_answered": Answered,
    "case_rated": CaseRated,
    "excavation_begun": ExcavationBegun,
}
