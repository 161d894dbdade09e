"""What the console reads of the hookup API; whatever else it says is passed over."""

from datetime import date, datetime
from typing import Any

import msgspec

from services.console.readers import casework


class Name(msgspec.Struct, frozen=True):
    """A code and its Chinese name."""

    code: str
    name: str


class Reference(msgspec.Struct, frozen=True):
    """The codes of the hookup service."""

    supplies: tuple[Name, ...]
    stages: tuple[Name, ...]
    states: tuple[Name, ...]
    length_classes: tuple[Name, ...]
    pause_reasons: tuple[Name, ...]
    customer_categories: tuple[Name, ...]
    channels: tuple[Name, ...]
    refusal_codes: tuple[Name, ...]
    readings: tuple[Name, ...]
    materials: tuple[Name, ...] = ()
    permit_kinds: tuple[Name, ...] = ()
    permit_modes: tuple[Name, ...] = ()
    risks: tuple[Name, ...] = ()
    permit_reasons: tuple[Name, ...] = ()
    dig_sites: tuple[Name, ...] = ()
    emergency_reasons: tuple[Name, ...] = ()
    no_permit_reasons: tuple[Name, ...] = ()
    acts: tuple[Name, ...] = ()
    approval_grounds: tuple[Name, ...] = ()
    entry_marks: tuple[Name, ...] = ()
    sources: tuple[Name, ...] = ()


class CalendarDay(msgspec.Struct, frozen=True):
    """A day of the working calendar; `name` is its holiday."""

    date: date
    is_workday: bool
    name: str = ""


class CalendarDays(msgspec.Struct, frozen=True):
    """Days of the working calendar."""

    days: tuple[CalendarDay, ...]


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case in a list."""

    id: str
    number: str
    state: str
    supply: str
    district: str
    utility: str
    channel: str
    customer_category: str
    length_m: str | None
    length_class: str
    open_stages: tuple[str, ...]
    submitted_at: datetime
    accepted_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    overdue: bool
    on_time: bool | None
    on_time_by_late_entry: bool = False
    special: bool
    paused: bool


class CasePage(msgspec.Struct, frozen=True):
    """One page of cases."""

    items: tuple[CaseRow, ...]
    next: str | None = None


class DueTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The promised instants in three readings of a day; `judged` names the one that counts."""

    judged_at: datetime | None
    working: datetime | None
    calendar_roll: datetime | None
    calendar_strict: datetime | None
    basis: str
    judged: str
    provisional: bool
    policy_version: str


class JudgedBy(msgspec.Struct, frozen=True):
    """A version of a policy by which a case is judged, and the document that it rests on."""

    title: str
    version: str
    source_document: str


class OnTime(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict in each reading."""

    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage and its time."""

    stage: str
    name: str
    started_at: datetime
    completed_at: datetime | None
    elapsed_minutes: int | None
    working_minutes: int | None


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A pause, asked for or approved."""

    id: str
    name: str
    state: str
    starts_at: datetime
    ended_at: datetime | None
    days: int
    evidence_ref: str
    asked_by: str
    decided_by: str | None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """The time between two stages; `before` is None while it still runs."""

    after: str
    before: str | None
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    workdays: int
    minutes: int
    is_gap: bool


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """Two stages side by side."""

    first: str
    second: str
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    minutes: int
    allowed: bool


class TimeSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time went, in minutes; net without what was paused."""

    elapsed: int
    net: int
    working: int
    net_working: int
    stages: int
    pauses: int
    gaps: int
    overlap_saving: int


class Length(msgspec.Struct, frozen=True, kw_only=True):
    """The three lengths, in metres."""

    declared_m: str | None
    designed_m: str | None
    as_built_m: str | None


class LengthChange(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the length's audit."""

    kind: str
    from_m: str | None
    to_m: str
    changed_at: datetime
    changed_by: str


class Special(msgspec.Struct, frozen=True, kw_only=True):
    """The special-case record."""

    name: str
    evidence_ref: str
    asked_by: str
    approved_by: str | None
    declined_by: str | None = None
    declined_for: str | None = None


class LateEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An act that waits for its approver, or had the decision."""

    id: str
    act_name: str
    stage: str | None
    claimed_at: datetime
    entered_at: datetime
    entered_by: str
    needs_name: str
    reason: str
    evidence_ref: str
    length_kind: str | None
    length_m: str | None
    agreed_date: date | None
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decline_reason: str | None


class MarkedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An act that was not entered in time."""

    act: str
    act_name: str
    stage: str | None
    claimed_at: datetime
    recorded_at: datetime
    recorded_by: str | None
    mark: str


class InStead(msgspec.Struct, frozen=True, kw_only=True):
    """An act of staff or an agent in the user's stead (代录)."""

    name: str
    recorded_at: datetime
    actor: str | None
    document_ref: str | None


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """The user said that it does not run."""

    disputed_at: datetime
    disputed_by: str
    meter_live_at: datetime
    reason: str


class Case(CaseRow, frozen=True, kw_only=True):
    """One case with its timeline."""

    as_of: datetime
    version: int
    site_division: str
    receipt_date: date | None
    due: DueTimes | None
    judged_by: tuple[JudgedBy, ...] = ()
    agreed_date: date | None
    on_time_readings: OnTime | None
    length: Length
    length_changes: tuple[LengthChange, ...]
    stages: tuple[Stage, ...]
    pauses: tuple[Pause, ...]
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    violations: tuple[str, ...]
    time_sheet: TimeSheet
    special_case: Special | None
    correction_items: tuple[str, ...] | None
    correction_reason: str | None = None
    meter_live_at: datetime | None
    confirmed_by_user: bool | None
    refusal_code: str | None
    allowed: frozenset[str] = frozenset()
    permits: tuple[casework.Permit, ...] = ()
    excavation_at: datetime | None = None
    dig: casework.Dig | None = None
    no_permit: casework.NoPermit | None = None
    quote: casework.Quote | None = None
    materials: tuple[casework.Material, ...] = ()
    missing_materials: tuple[str, ...] = ()
    agent: casework.Agency | None = None
    guidance: tuple[casework.Guidance, ...] = ()
    urges: tuple[casework.Urge, ...] = ()
    questions: tuple[casework.Question, ...] = ()
    rating: int | None = None
    told: tuple[casework.Told, ...] = ()
    work: tuple[casework.Work, ...] = ()
    joint_id: str | None = None
    begun_anew_after: str | None = None
    source: str = "LIVE"
    late_entries: tuple[LateEntry, ...] = ()
    marked_entries: tuple[MarkedEntry, ...] = ()
    in_stead: tuple[InStead, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    breached: bool = False
    why_late: str | None = None
    meter_live_recorded_at: datetime | None = None
    confirm_by: datetime | None = None


class Joint(msgspec.Struct, frozen=True):
    """A joint application: its cases, as far as the user sees them, and its permit items, each once."""

    id: str
    agent: str | None
    cases: tuple[CaseRow, ...]
    permits: tuple[casework.Permit, ...]


class WorkRow(CaseRow, frozen=True, kw_only=True):
    """A case on a work list, with what there is to do."""

    work: tuple[casework.Work, ...]


class WorkPage(msgspec.Struct, frozen=True):
    """One page of a work list."""

    items: tuple[WorkRow, ...]
    next: str | None = None


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a case; `seq` counts its events from 1.

    `recorded_at` is None of events from before it was kept, `actor` of those and of the clock's.
    """

    seq: int
    event: str
    name: str
    at: datetime
    recorded_at: datetime | None = None
    entry: str | None = None
    actor: str | None = None
    on_behalf_of: str | None = None
    in_stead: bool = False
    particulars: dict[str, Any]


class CaseEvents(msgspec.Struct, frozen=True):
    """One page of a case's events."""

    items: tuple[CaseEvent, ...]
    next: str | None = None


class ImportRequested(msgspec.Struct, frozen=True):
    """An import that has begun."""

    id: str


class BadRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the workbook and what is wrong with it."""

    row: int
    column: str
    reason: str
    remedy: str


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is; `checked` and `taken` are the rows that checking and loading have passed."""

    id: str
    file_name: str
    mode: str
    state: str
    rows: int
    checked: int
    taken: int
    loaded: int
    repeated: int
    bad: int
    warnings: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None


class Import(ImportSummary, frozen=True, kw_only=True):
    """An import and its report."""

    has_report: bool = False
    bad_rows: tuple[BadRow, ...]
    warning_rows: tuple[BadRow, ...]


class ImportPage(msgspec.Struct, frozen=True):
    """Previous imports."""

    items: tuple[ImportSummary, ...]


class Layout(msgspec.Struct, frozen=True):
    """A utility's own layout: the field of each heading, and by field the code of each word."""

    columns: dict[str, str]
    values: dict[str, dict[str, str]]


class LayoutWord(msgspec.Struct, frozen=True):
    """A word that is not the ledger's, and its code; "" for none."""

    text: str
    code: str


class LayoutColumn(msgspec.Struct, frozen=True):
    """A column, the field that is proposed for it, "" for none, and why."""

    heading: str
    field: str
    source: str
    samples: tuple[str, ...]
    words: tuple[LayoutWord, ...]


class LedgerField(msgspec.Struct, frozen=True):
    """A field of the ledger, and the words that it takes, where they are listed."""

    name: str
    must: bool
    words: tuple[Name, ...]


class LayoutPreview(msgspec.Struct, frozen=True):
    """What a file's columns and words are taken for."""

    sheet: str
    header_row: int
    columns: tuple[LayoutColumn, ...]
    missing: tuple[str, ...]
    version: int
    fields: tuple[LedgerField, ...]


class LogFigure(msgspec.Struct, frozen=True):
    """The times of an activity or a stage in microseconds; None where no event has a duration."""

    name: str
    stage: str | None
    events: int
    timed: int
    mean: int | None
    median: int | None
    p90: int | None


class LogOddity(msgspec.Struct, frozen=True):
    """Something odd in a log, and how often."""

    kind: str
    count: int


class LogFigures(msgspec.Struct, frozen=True):
    """What a log says."""

    cases: int
    events: int
    activities: tuple[LogFigure, ...]
    stages: tuple[LogFigure, ...]
    oddities: tuple[LogOddity, ...]
    unread_rows: int
    first_unread_rows: tuple[int, ...]


class LogReview(msgspec.Struct, frozen=True):
    """A log's headings, the heading of each role and, under `stages`, the stage of each activity; its figures."""

    headings: tuple[str, ...]
    roles: dict[str, Any]
    figures: LogFigures | None
