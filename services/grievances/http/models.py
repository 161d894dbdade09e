"""What the API of grievances answers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from libs.casework.domain.work import Light
from libs.casework.http.assignment import AssignmentView
from libs.casework.http.contacts import QuestionView, UrgeView
from libs.casework.http.history import EventView
from libs.casework.http.work_lists import TaskView, WorkCountsView, WorkCountView
from libs.common.http.cursors import Page
from libs.common.places import Supply
from services.grievances.domain.values.codes import CloseReason
from services.grievances.domain.values.kinds import (
    FileKind,
    GrievanceKind,
    ReporterKind,
    Source,
)
from services.grievances.domain.values.states import GrievanceState, Turn, WorkKind
from services.grievances.http.cycle_models import CycleView, LedgerView, ReturnView


class FileView(BaseModel):
    """A file that was handed in."""

    id: UUID
    kind: FileKind
    name: str
    media_type: str
    size: int = Field(description="Bytes")
    uploaded_at: datetime
    erased_at: datetime | None = Field(default=None, description="When it was deleted with who told it")
    may_open: bool


class GrievanceWorkView(TaskView[WorkKind, Turn]):
    """Something to do on a grievance."""

    about: str = Field(examples=["重办"], description="What it concerns; empty where the kind says it")


class GrievanceView(BaseModel):
    """A grievance without a word of what was told."""

    id: UUID
    number: str = Field(examples=["SQ-371502-20221115-0001"])
    version: int
    kind: GrievanceKind
    kind_name: str
    source: Source
    source_name: str
    reporter: ReporterKind
    reporter_name: str
    category: str
    category_name: str = Field(examples=["供应 › 停水、停气、停热"])
    supply: Supply | None
    supply_name: str | None
    district: str
    district_name: str
    site: str | None
    site_name: str | None
    utility: str | None
    utility_name: str | None
    helpers: list[str]
    customer_id: UUID | None = Field(description="Null of who asked to be kept confidential, but to the desk")
    account_id: UUID | None
    state: GrievanceState
    state_name: str
    received_at: datetime
    reply_by: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None
    overdue: bool
    cycle: int
    cycle_name: str = Field(examples=["首次办理"])
    outcome_name: str | None
    in_ledger: bool | None
    read_in_at: datetime | None = Field(description="When it was read in from an office's own ledger")
    clear_by: datetime | None
    repeats: UUID | None
    rating: int | None
    assignment: AssignmentView | None
    note_count: int
    work: list[GrievanceWorkView]


class AroseFrom(BaseModel):
    """What a grievance came of: the visit or call of a customer in a round, or a symposium."""

    kind: Literal["ROUND", "SYMPOSIUM"]
    id: UUID = Field(description="Of the interview, or of the symposium")


class GrievanceDetail(GrievanceView):
    """A grievance with what was told, masked, and all that was done."""

    words: str | None = Field(description="What was told, without numbers and links; whole to who told it")
    place: str | None
    name: str | None
    phone: str | None
    ledger_number: str | None = Field(description="Its number in the ledger that it was read in from")
    has_order: bool = Field(description="Whether the hotline (12345) has an order of it")
    affected: int = Field(description="How many grievances say the same, this one included")
    cycles: list[CycleView]
    returns: list[ReturnView]
    ledger: LedgerView | None
    files: list[FileView]
    urges: list[UrgeView]
    questions: list[QuestionView]
    close_reason: CloseReason | None
    close_note: str | None
    document_ref: str | None = Field(
        description="By which staff withdrew it for the person; to the staff alone"
    )
    arose_from: AroseFrom | None = Field(description="Where it was found by our own; to the desk alone")
    supervised: list[str] = Field(description="Why it is supervised (督办)")


class GrievanceWorkRow(GrievanceView):
    """A grievance on a work list; what is due first of those whose list it is."""

    work_due_at: datetime | None
    remaining_minutes: int | None
    light: Light


class GrievanceWorkCount(WorkCountView[Turn]):
    """How many grievances are on a work list."""


class GrievanceWorkCounts(WorkCountsView[GrievanceWorkCount]):
    """The work lists as the caller sees them, each with its counts."""


class GrievanceUpdate(EventView):
    """Something that happened to a grievance that one watches."""

    position: int
    unread: bool
    grievance_id: UUID
    grievance_number: str


class GrievanceUpdates(Page[GrievanceUpdate]):
    """A page of a person's updates, and how many are unread in all."""

    unread: int


class ToldBefore(BaseModel):
    """What was told from a number, the newest first."""

    items: list[GrievanceView]
    more: bool = Field(examples=[False], description="Whether there is more than is listed")


class Similar(BaseModel):
    """A grievance that is like what is about to be told, closed ones too; to citizens without its number."""

    id: UUID | None
    number: str | None
    category_name: str
    state_name: str
    received_at: datetime
    closed_at: datetime | None
    likeness: int | None = Field(description="0 to 100; null to citizens")


class Suggestions(BaseModel):
    """What is like it, the most alike first."""

    items: list[Similar]


class RevealedGrievance(BaseModel):
    """What was told, whole; that it was shown is on record."""

    words: str = Field(examples=["小区昨天起停水，物业说不清楚原因。"])
    place: str | None
    name: str | None
    phone: str | None
