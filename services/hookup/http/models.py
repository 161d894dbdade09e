"""What the hookup API gives. Lengths are metres with one decimal as text; instants carry a zone."""

from datetime import date, datetime

from pydantic import ConfigDict, Field

from libs.casework.domain.work import Light
from libs.casework.http.assignment import AssignmentView
from libs.casework.http.contacts import QuestionView, UrgeView
from libs.common.http.views import View
from libs.common.places import Supply
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode, Source
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.pauses import PauseReason, PauseState
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.domain.values.work import DueOf
from services.hookup.events.clock import DueTimes, OnTime
from services.hookup.http.charge_models import QuoteView
from services.hookup.http.contact_models import (
    AgencyView,
    GuidanceView,
    ToldView,
    WorkView,
)
from services.hookup.http.entry_models import (
    DisputeView,
    InSteadView,
    LateEntryView,
    MarkedEntryView,
)
from services.hookup.http.material_models import MaterialFileView
from services.hookup.http.permit_models import DigView, NoPermitView, PermitView


class StageView(View):
    """A stage and its time."""

    stage: Stage
    name: str
    public_step: int | None = Field(
        description="The public 环节 that it belongs to; null for contract, permits and works, which are not counted"
    )
    started_at: datetime
    start_recorded_at: datetime | None
    completed_at: datetime | None
    completion_recorded_at: datetime | None
    elapsed_minutes: int | None
    working_minutes: int | None


class PauseView(View):
    """A pause, asked for or approved."""

    id: str
    reason: PauseReason
    name: str
    state: PauseState
    starts_at: datetime
    ended_at: datetime | None
    days: int
    evidence_ref: str
    asked_by: str
    decided_by: str | None


class GapView(View):
    """The time between two stages; a gap (空档) from two working days on."""

    model_config = ConfigDict(populate_by_name=True)

    after: Stage
    before: Stage | None = Field(description="Null while the time still runs")
    from_: datetime = Field(alias="from")
    to: datetime
    workdays: int
    minutes: int
    is_gap: bool


class OverlapView(View):
    """Two stages side by side (压茬)."""

    model_config = ConfigDict(populate_by_name=True)

    first: Stage
    second: Stage
    from_: datetime = Field(alias="from")
    to: datetime
    minutes: int
    allowed: bool


class TimeSheetView(View):
    """Where the time went, in minutes: elapsed = stages + pauses + gaps."""

    elapsed: int
    net: int = Field(description="Elapsed minutes, all paused time taken out")
    working: int = Field(description="Business minutes")
    net_working: int
    stages: int
    pauses: int
    gaps: int
    overlap_saving: int


class LengthView(View):
    """The three lengths, in metres."""

    declared_m: str | None
    designed_m: str | None
    as_built_m: str | None


class LengthChangeView(View):
    """One row of the length's audit."""

    kind: LengthKind
    from_m: str | None
    to_m: str
    changed_at: datetime
    changed_by: str


class SpecialView(View):
    """The special-case record."""

    reason: PauseReason
    name: str
    evidence_ref: str
    asked_by: str
    approved_by: str | None
    declined_by: str | None
    declined_for: str | None


class CaseRow(View):
    """One case in a list."""

    id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    number: str = Field(examples=["W-371502-20220930-0001"])
    state: CaseState
    supply: Supply
    district: str
    utility: str
    channel: Channel
    customer_category: CustomerCategory
    length_m: str | None
    length_class: LengthClass
    open_stages: list[Stage]
    submitted_at: datetime
    accepted_at: datetime | None
    due_at: datetime | None
    minutes_left: int | None = Field(
        examples=[1440],
        description="Minutes by the calendar until it is due, negative after; null of what ended or is paused",
    )
    finished_at: datetime | None
    overdue: bool
    on_time: bool | None
    on_time_by_late_entry: bool = Field(
        description="On time although it had been published that the case is overdue"
    )
    special: bool
    paused: bool


class JudgedByView(View):
    """A version of a policy that a case is judged by, and the document that it rests on."""

    model_config = ConfigDict(from_attributes=True)

    policy: str = Field(examples=["hookup_limits"])
    title: str = Field(examples=["报装时限规则"])
    version: str = Field(examples=["2022-49"])
    source_document: str


class CaseView(CaseRow):
    """One case with its timeline, as of an instant: what is open runs until then."""

    as_of: datetime
    version: int
    customer_ref: str
    site_division: str
    receipt_date: date | None
    due: DueTimes | None
    judged_by: list[JudgedByView] = Field(
        description="From the acceptance on the versions of the receipt date, until then those of the submission"
    )
    agreed_date: date | None
    on_time_readings: OnTime | None
    length: LengthView
    length_changes: list[LengthChangeView]
    stages: list[StageView]
    pauses: list[PauseView]
    gaps: list[GapView]
    overlaps: list[OverlapView]
    violations: list[str]
    source: Source = Field(description="LEDGER for a case that was read in")
    late_entries: list[LateEntryView]
    marked_entries: list[MarkedEntryView]
    in_stead: list[InSteadView]
    breached: bool = Field(description="Whether it was ever published that the case is overdue")
    why_late: str | None = Field(
        description="One sentence: what of the delay each stage and the gaps account for; the parts add up to it"
    )
    time_sheet: TimeSheetView
    special_case: SpecialView | None
    correction_items: list[str] | None
    correction_reason: str | None = Field(description="Why what is on file already was asked for again")
    correction_materials: list[MaterialKind]
    materials: list[MaterialFileView]
    missing_materials: list[MaterialKind] = Field(description="What the user must still hand in")
    may_open_files: bool = Field(description="Whether the caller gets links to the files of its materials")
    meter_live_at: datetime | None
    meter_live_recorded_at: datetime | None
    confirm_by: datetime | None = Field(description="Until when the user may confirm or dispute a live meter")
    confirmed_at: datetime | None
    disputes: list[DisputeView]
    confirmed_by_user: bool | None
    refusal_code: RefusalCode | None
    permits: list[PermitView]
    excavation_at: datetime | None
    dig: DigView | None
    no_permit: NoPermitView | None
    agent: AgencyView | None
    guidance: list[GuidanceView]
    urges: list[UrgeView]
    questions: list[QuestionView]
    rating: int | None
    told: list[ToldView]
    work: list[WorkView]
    joint_id: str | None
    begun_anew_after: str | None = Field(
        description="The customer's case for this service at this site that was withdrawn or refused before"
    )
    apart_from: str | None = Field(
        description="The open case of the same customer, service and street from which this was declared to be "
        "separate; only the staff see it"
    )
    quote: QuoteView | None
    assignment: AssignmentView | None = Field(description="Who works on it; only the staff see it")
    watching: bool = Field(description="Whether the caller watches it")
    note_count: int = Field(description="Internal notes; 0 for who is not of the staff")
    allowed: list[Verb] = Field(
        description="What the present state has an edge for and the caller may do; other rules may still refuse it"
    )


class WorkRow(CaseRow):
    """A case on a work list, with what there is to do."""

    work_due_at: datetime | None = Field(
        description="When what is due first is due: a task of those whose list it is, or the case itself"
    )
    work_due_of: DueOf | None = Field(
        description="Which of both that is: the CASE (本件) or the TASK (本环节)"
    )
    work_due_of_name: str | None = Field(examples=["本件"])
    remaining_minutes: int | None = Field(description="Working minutes until then, negative after")
    light: Light = Field(
        description="The most urgent of the case and the tasks of those whose list it is; GREEN where nothing is due"
    )
    work: list[WorkView]
