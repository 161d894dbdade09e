"""What this service reads of hookup's events: only the fields that it needs, and any value of an enumeration.

What is outside its declared range is refused here, so that no figure can hold it: durations are not negative and no
longer than a century, scores are 1 to 5, instants lie between 2000 and 2100, texts fit their columns. Fields with a
default are those that older events do not have.
"""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Final, get_args, get_type_hints

import msgspec
from msgspec import Meta

from libs.common.events import TYPE_PREFIX, InvalidEventError
from services.metrics.domain.activities import ENTRIES
from services.metrics.domain.widths import WIDTHS

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099
MOST_MINUTES: Final = 100 * 366 * 24 * 60

# Codes of stages are joined by commas in the facts; those that mean something else beside them are none.
_STAGE: Final = r"\A(?!(TOTAL|TOTAL_NET|NONE|AWAITING_CONFIRMATION)\Z)[A-Z0-9_]+\Z"

CaseId = Annotated[str, Meta(max_length=WIDTHS["case_id"], min_length=1)]
CaseNumber = Annotated[str, Meta(max_length=WIDTHS["case_number"], min_length=1)]
District = Annotated[str, Meta(max_length=WIDTHS["district"], min_length=1)]
Utility = Annotated[str, Meta(max_length=WIDTHS["utility"], min_length=1)]
Supply = Annotated[str, Meta(max_length=WIDTHS["supply"], min_length=1)]
LengthClass = Annotated[str, Meta(max_length=WIDTHS["length_class"], min_length=1)]
Stage = Annotated[str, Meta(max_length=WIDTHS["stage"], pattern=_STAGE)]
Basis = Annotated[str, Meta(max_length=WIDTHS["basis"], min_length=1)]
Reading = Annotated[str, Meta(max_length=WIDTHS["reading"], min_length=1)]
PolicyVersion = Annotated[str, Meta(max_length=WIDTHS["policy_version"], min_length=1)]
Reason = Annotated[str, Meta(max_length=WIDTHS["reason"], min_length=1)]
PauseId = Annotated[str, Meta(max_length=WIDTHS["pause_id"], min_length=1)]
Instant = Annotated[datetime, Meta(tz=True)]
Minutes = Annotated[int, Meta(ge=0, le=MOST_MINUTES)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Round = Annotated[int, Meta(ge=1, le=1_000)]
Score = Annotated[int, Meta(ge=1, le=5)]
Fen = Annotated[int, Meta(ge=-(10**15), le=10**15)]


def is_in_range(instant: date) -> bool:
    """Whether an instant or a day can be that of an event; what is far outside is a placeholder or a fault."""
    return FIRST_YEAR <= instant.year <= LAST_YEAR


class _Ranged(msgspec.Struct, frozen=True, gc=False):
    def __post_init__(self) -> None:
        for name in _dated(type(self)):
            value = getattr(self, name)
            if value is not None and not is_in_range(value):
                raise ValueError(f"`{name}` is not between {FIRST_YEAR} and {LAST_YEAR}")


@cache
def _dated(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a kind that hold instants or days."""
    return tuple(
        name for name, hint in get_type_hints(kind).items() if {datetime, date} & {hint, *get_args(hint)}
    )


class HookupEvent(_Ranged, frozen=True, gc=False, kw_only=True):
    """What every event says of its case.

    `occurred_at` is when it happened, as far as it is claimed; `recorded_at` is when it came on record.
    """

    case_id: CaseId
    case_number: CaseNumber
    district: District
    utility: Utility
    supply: Supply
    length_class: LengthClass
    special: bool
    occurred_at: Instant
    recorded_at: Instant | None = None
    entry: str | None = None
    in_stead: bool = False

    @property
    def entered_at(self) -> datetime:
        """When the act came on record; events that do not say it were recorded as they happened."""
        return self.recorded_at or self.occurred_at

    @property
    def tells_its_entry(self) -> bool:
        """Whether it was entered with a claimed time, other than from a ledger, or in the user's stead."""
        return self.in_stead or self.entry in ENTRIES


class DueTimes(_Ranged, frozen=True, gc=False):
    """The promised instant that is judged, what it rests on, and by which policy version and reading."""

    judged_at: Instant | None
    basis: Basis
    judged: Reading
    policy_version: PolicyVersion


class OnTime(msgspec.Struct, frozen=True, gc=False):
    """The verdict in each reading of a day."""

    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None


class PauseDays(msgspec.Struct, frozen=True, gc=False):
    """Pauses of one reason."""

    reason: Reason
    count: Count
    days: Count


class CaseSubmitted(HookupEvent, frozen=True, gc=False, kw_only=True):
    """Stage ACCEPT runs from here."""


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

    pause_id: PauseId
    starts_at: Instant
    stops_at: Instant | None = None


class CaseResumed(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A pause ended."""

    pause_id: PauseId
    due: DueTimes | None


class GapDetected(HookupEvent, frozen=True, gc=False, kw_only=True):
    """No stage is open, and none was at the close of the next working day."""

    since: Instant


class MeterLive(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user has still to confirm."""


class CaseClosed(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The case is finished."""

    finished_at: Instant
    elapsed_minutes: Minutes
    working_minutes: Minutes
    due: DueTimes
    on_time: OnTime
    gap_minutes: Minutes
    gaps: Count
    gap_workdays: Count
    overlap_saved_minutes: Minutes
    violations: list[str]
    pauses: list[PauseDays]
    by_late_entry: bool = False
    source: str | None = None
    net_minutes: Minutes | None = None
    net_working_minutes: Minutes | None = None
    ceiling_workdays: Count | None = None
    ceiling_used: Count | None = None


class CaseWithdrawn(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The applicant withdrew."""

    overdue: bool = False


class CaseRefused(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The case was refused."""

    overdue: bool = False


class SpecialCaseApproved(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The case was taken out of the limit statistics."""

    overdue: bool = False


class LateEntryRequested(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An act was entered so late, or after an announced breach, that somebody else has to approve it."""


class LateEntryDecided(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A late entry was approved or declined."""

    approved: bool


class MeterLiveDisputed(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user says that there is no water, gas or heat; the clock runs on."""


class FiledItem(msgspec.Struct, frozen=True, gc=False):
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


class PermitOverdue(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An item was not decided in its time."""


class PermitObjected(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An authority objected to a 备案 or 免审批."""


class UndeclaredRiskFound(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An authority found a risk that nobody had declared."""


class NoPermitNeeded(HookupEvent, frozen=True, gc=False, kw_only=True):
    """It was recorded why the works need no permit."""


class ExcavationBegun(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The ground was broken; `emergency` is set where that was before the permit."""

    emergency: str | None = None


class EmergencyUnfiled(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A road was dug up in an emergency, and no form followed in time."""


class CommitmentSigned(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A legal person committed."""


class CommitmentWithdrawn(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The applicant chose the ordinary way."""


class CommitmentCheckDue(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A commitment has to be checked."""


class CommitmentChecked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A commitment was checked."""

    result: str


class RectificationOverdue(HookupEvent, frozen=True, gc=False, kw_only=True):
    """What was to be rectified is overdue."""


class CommitmentRevoked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A decision on a commitment was revoked."""

    is_false: bool


class ExtraMaterialAttempted(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user was to be asked for what is not listed."""


class QuoteMade(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A quote was made."""


class QuoteBlocked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A quote was refused."""


class BillCompared(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A bill was compared with what the user had accepted."""

    difference_fen: Fen


class BillBlocked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A bill was refused."""


class SupervisionItemOpened(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A charge has to be looked into."""


class Urged(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user urged the utility on."""


class UrgeAnswered(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An urge was answered."""

    in_time: bool


class UrgeOverdue(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An urge was not answered in its time."""


class QuestionAsked(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user asked."""


class QuestionAnswered(HookupEvent, frozen=True, gc=False, kw_only=True):
    """A question was answered."""

    in_time: bool


class CaseRated(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user rated the case, 1 to 5."""

    score: Score


class AgentAssigned(HookupEvent, frozen=True, gc=False, kw_only=True):
    """An agent was put on the case, the first or another one."""


class AgentOverdue(HookupEvent, frozen=True, gc=False, kw_only=True):
    """No agent was put on the case in time."""


class AgentAuthorised(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user authorised the agent."""


class GuidanceGiven(HookupEvent, frozen=True, gc=False, kw_only=True):
    """The user was advised on an access scheme."""


WITH_DUE = (CaseAccepted, DueChanged, CaseResumed, CaseClosed)

_READERS: dict[str, type[HookupEvent]] = {
    "case_submitted": CaseSubmitted,
    "correction_requested": HookupEvent,
    "correction_answered": HookupEvent,
    "case_accepted": CaseAccepted,
    "stage_started": StageStarted,
    "stage_completed": StageCompleted,
    "length_changed": DueChanged,
    "pause_requested": HookupEvent,
    "case_paused": CasePaused,
    "pause_declined": HookupEvent,
    "case_resumed": CaseResumed,
    "date_agreed": DueChanged,
    "special_case_approved": SpecialCaseApproved,
    "special_case_declined": HookupEvent,
    "due_recomputed": DueRecomputed,
    "deadlines_moved": HookupEvent,
    "due_soon": HookupEvent,
    "case_overdue": HookupEvent,
    "gap_detected": GapDetected,
    "meter_live": MeterLive,
    "meter_live_disputed": MeterLiveDisputed,
    "late_entry_requested": LateEntryRequested,
    "late_entry_decided": LateEntryDecided,
    "case_closed": CaseClosed,
    "case_withdrawn": CaseWithdrawn,
    "case_refused": CaseRefused,
    "permits_filed": PermitsFiled,
    "permit_decided": PermitDecided,
    "permit_overdue": PermitOverdue,
    "permit_objected": PermitObjected,
    "undeclared_risk_found": UndeclaredRiskFound,
    "permit_mode_ended": HookupEvent,
    "no_permit_needed": NoPermitNeeded,
    "emergency_unfiled": EmergencyUnfiled,
    "commitment_signed": CommitmentSigned,
    "commitment_withdrawn": CommitmentWithdrawn,
    "commitment_check_due": CommitmentCheckDue,
    "commitment_checked": CommitmentChecked,
    "rectification_overdue": RectificationOverdue,
    "commitment_revoked": CommitmentRevoked,
    "extra_material_attempted": ExtraMaterialAttempted,
    "quote_made": QuoteMade,
    "quote_blocked": QuoteBlocked,
    "bill_compared": BillCompared,
    "bill_blocked": BillBlocked,
    "supervision_item_opened": SupervisionItemOpened,
    "urged": Urged,
    "urge_answered": UrgeAnswered,
    "urge_overdue": UrgeOverdue,
    "question_asked": QuestionAsked,
    "question_answered": QuestionAnswered,
    "case_rated": CaseRated,
    "agent_assigned": AgentAssigned,
    "agent_overdue": AgentOverdue,
    "agent_authorised": AgentAuthorised,
    "guidance_given": GuidanceGiven,
    "agent_revoked": HookupEvent,
    "excavation_begun": ExcavationBegun,
    "material_received": HookupEvent,
    "quote_line_answered": HookupEvent,
    "due_reminder": HookupEvent,
}
_DECODERS = {
    f"{TYPE_PREFIX}.hookup.{name}.v1": msgspec.json.Decoder(reader) for name, reader in _READERS.items()
}


def read(event_type: str, data: bytes) -> HookupEvent | None:
    """Read an event; None for a type that this service does not know.

    Raises InvalidEventError, which names the field, when one that is needed is missing, of another kind or outside
    its range.
    """
    decoder = _DECODERS.get(event_type)
    if decoder is None:
        return None
    try:
        event = decoder.decode(data)
    except msgspec.DecodeError as error:
        raise InvalidEventError(str(error)) from error
    # In JSON a control character is written with a backslash, so almost no event has to be looked through.
    if b"\\" in data:
        _check_controls(event)
    return event


def _check_controls(struct: msgspec.Struct, path: str = "$") -> None:
    """Refuse what no code is and no database takes: control characters. `path` is where the struct stands."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, msgspec.Struct):
                _check_controls(part, f"{path}.{name}")
            elif isinstance(part, str) and any(character < " " for character in part):
                raise InvalidEventError(f"control characters - at `{path}.{name}`")
