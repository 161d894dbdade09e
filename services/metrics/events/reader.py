"""What this service reads of hookup's events: only the fields that it needs, and any value of an enumeration."""

from datetime import date, datetime

import msgspec

from libs.common.events import TYPE_PREFIX


class HookupEvent(msgspec.Struct, frozen=True, gc=False):
    """What every event says of its case."""

    case_id: str
    case_number: str
    district: str
    utility: str
    supply: str
    length_class: str
    special: bool
    occurred_at: datetime


class DueTimes(msgspec.Struct, frozen=True, gc=False):
    """The promised instant that is judged, what it rests on, and by which policy version and reading."""

    judged_at: datetime | None
    basis: str
    judged: str
    policy_version: str


class OnTime(msgspec.Struct, frozen=True, gc=False):
    """The verdict in each reading of a day."""

    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None


class PauseDays(msgspec.Struct, frozen=True, gc=False):
    """Pauses of one reason."""

    reason: str
    count: int
    days: int


class CaseSubmitted(HookupEvent, frozen=True, gc=False):
    """Stage ACCEPT runs from here."""


class CaseAccepted(HookupEvent, frozen=True, gc=False):
    """The statutory clock runs from the receipt date."""

    receipt_date: date
    due: DueTimes


class StageStarted(HookupEvent, frozen=True, gc=False):
    """A stage was begun."""

    stage: str


class StageCompleted(HookupEvent, frozen=True, gc=False):
    """A stage ended."""

    stage: str
    completed_at: datetime
    elapsed_minutes: int
    working_minutes: int


class DueChanged(HookupEvent, frozen=True, gc=False):
    """The due times changed, for whatever reason."""

    due: DueTimes | None


class DueRecomputed(DueChanged, frozen=True, gc=False):
    """An amended calendar moved the due times, and the receipt date with them; older events do not say it."""

    receipt_date: date | None = None


class CasePaused(HookupEvent, frozen=True, gc=False):
    """A pause was approved."""

    pause_id: str
    starts_at: datetime


class CaseResumed(HookupEvent, frozen=True, gc=False):
    """A pause ended."""

    pause_id: str
    due: DueTimes | None


class GapDetected(HookupEvent, frozen=True, gc=False):
    """No stage is open, and none was at the close of the next working day."""

    since: datetime


class MeterLive(HookupEvent, frozen=True, gc=False):
    """The user has still to confirm."""


class CaseClosed(HookupEvent, frozen=True, gc=False):
    """The case is finished."""

    finished_at: datetime
    elapsed_minutes: int
    working_minutes: int
    due: DueTimes
    on_time: OnTime
    gap_minutes: int
    gaps: int
    gap_workdays: int
    overlap_saved_minutes: int
    violations: list[str]
    pauses: list[PauseDays]


class CaseWithdrawn(HookupEvent, frozen=True, gc=False):
    """The applicant withdrew."""


class CaseRefused(HookupEvent, frozen=True, gc=False):
    """The case was refused."""


class FiledItem(msgspec.Struct, frozen=True, gc=False):
    """An item of a form; that it is there is all that counts."""


class PermitsFiled(HookupEvent, frozen=True, gc=False):
    """The items of one form were filed."""

    is_parallel: bool
    items: list[FiledItem]


class PermitDecided(HookupEvent, frozen=True, gc=False):
    """An item was decided; `in_time` is None where no decision was waited for."""

    mode: str
    decision: str
    working_minutes: int
    in_time: bool | None


class PermitOverdue(HookupEvent, frozen=True, gc=False):
    """An item was not decided in its time."""


class CommitmentSigned(HookupEvent, frozen=True, gc=False):
    """A legal person committed."""


class CommitmentWithdrawn(HookupEvent, frozen=True, gc=False):
    """The applicant chose the ordinary way."""


class CommitmentCheckDue(HookupEvent, frozen=True, gc=False):
    """A commitment has to be checked."""


class CommitmentChecked(HookupEvent, frozen=True, gc=False):
    """A commitment was checked."""

    result: str


class RectificationOverdue(HookupEvent, frozen=True, gc=False):
    """What was to be rectified is overdue."""


class CommitmentRevoked(HookupEvent, frozen=True, gc=False):
    """A decision on a commitment was revoked."""

    is_false: bool


class ExtraMaterialAttempted(HookupEvent, frozen=True, gc=False):
    """The user was to be asked for what is not listed."""


class QuoteMade(HookupEvent, frozen=True, gc=False):
    """A quote was made."""


class QuoteBlocked(HookupEvent, frozen=True, gc=False):
    """A quote was refused."""


class BillCompared(HookupEvent, frozen=True, gc=False):
    """A bill was compared with what the user had accepted."""

    difference_fen: int


class BillBlocked(HookupEvent, frozen=True, gc=False):
    """A bill was refused."""


class SupervisionItemOpened(HookupEvent, frozen=True, gc=False):
    """A charge has to be looked into."""


class Urged(HookupEvent, frozen=True, gc=False):
    """The user urged the utility on."""


class UrgeAnswered(HookupEvent, frozen=True, gc=False):
    """An urge was answered."""

    in_time: bool


class UrgeOverdue(HookupEvent, frozen=True, gc=False):
    """An urge was not answered in its time."""


class QuestionAsked(HookupEvent, frozen=True, gc=False):
    """The user asked."""


class QuestionAnswered(HookupEvent, frozen=True, gc=False):
    """A question was answered."""

    in_time: bool


class CaseRated(HookupEvent, frozen=True, gc=False):
    """The user rated the case, 1 to 5."""

    score: int


class AgentAssigned(HookupEvent, frozen=True, gc=False):
    """An agent was put on the case, the first or another one."""


class AgentOverdue(HookupEvent, frozen=True, gc=False):
    """No agent was put on the case in time."""


class AgentAuthorised(HookupEvent, frozen=True, gc=False):
    """The user authorised the agent."""


class GuidanceGiven(HookupEvent, frozen=True, gc=False):
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
    "special_case_approved": HookupEvent,
    "due_recomputed": DueRecomputed,
    "deadlines_moved": HookupEvent,
    "due_soon": HookupEvent,
    "case_overdue": HookupEvent,
    "gap_detected": GapDetected,
    "meter_live": MeterLive,
    "case_closed": CaseClosed,
    "case_withdrawn": CaseWithdrawn,
    "case_refused": CaseRefused,
    "permits_filed": PermitsFiled,
    "permit_decided": PermitDecided,
    "permit_overdue": PermitOverdue,
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
    "excavation_begun": HookupEvent,
    "material_received": HookupEvent,
    "quote_line_answered": HookupEvent,
    "due_reminder": HookupEvent,
}
_DECODERS = {
    f"{TYPE_PREFIX}.hookup.{name}.v1": msgspec.json.Decoder(reader) for name, reader in _READERS.items()
}


def read(event_type: str, data: bytes) -> HookupEvent | None:
    """Read an event; None for a type that this service does not know.

    Raises msgspec.ValidationError when a field that is needed is missing or of another kind.
    """
    decoder = _DECODERS.get(event_type)
    return None if decoder is None else decoder.decode(data)
