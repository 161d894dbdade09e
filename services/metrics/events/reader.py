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


class ExtraMaterialAttempted(HookupEvent, frozen=True, gc=False):
    """An officer asked for what the material list does not have."""


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
    "due_recomputed": DueChanged,
    "due_soon": HookupEvent,
    "case_overdue": HookupEvent,
    "gap_detected": GapDetected,
    "meter_live": MeterLive,
    "case_closed": CaseClosed,
    "case_withdrawn": CaseWithdrawn,
    "case_refused": CaseRefused,
    "material_received": HookupEvent,
    "extra_material_attempted": ExtraMaterialAttempted,
    "due_reminder": HookupEvent,
    "agent_assigned": HookupEvent,
    "agent_overdue": HookupEvent,
    "agent_authorised": HookupEvent,
    "agent_revoked": HookupEvent,
    "guidance_given": HookupEvent,
    "permits_filed": HookupEvent,
    "permit_decided": HookupEvent,
    "permit_overdue": HookupEvent,
    "excavation_begun": HookupEvent,
    "commitment_signed": HookupEvent,
    "commitment_withdrawn": HookupEvent,
    "commitment_check_due": HookupEvent,
    "commitment_checked": HookupEvent,
    "commitment_revoked": HookupEvent,
    "rectification_overdue": HookupEvent,
    "urged": HookupEvent,
    "urge_answered": HookupEvent,
    "urge_overdue": HookupEvent,
    "question_asked": HookupEvent,
    "question_answered": HookupEvent,
    "case_rated": HookupEvent,
    "quote_made": HookupEvent,
    "quote_blocked": HookupEvent,
    "quote_line_answered": HookupEvent,
    "bill_compared": HookupEvent,
    "bill_blocked": HookupEvent,
    "supervision_item_opened": HookupEvent,
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
