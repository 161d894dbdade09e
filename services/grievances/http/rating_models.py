"""What the API of ratings answers."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from libs.casework.http.people import PersonView
from libs.casework.http.work_lists import TaskView, WorkCountsView, WorkCountView
from libs.common.places import Supply
from services.grievances.domain.ratings.values import (
    AppealGround,
    AppealState,
    CallCause,
    Ending,
    RatedService,
    RatingChannel,
    RatingState,
    RatingTurn,
    RatingWork,
    Signal,
)


class GradeView(BaseModel):
    """A grade as it was given; the last one counts."""

    grade: int
    grade_name: str = Field(examples=["满意"])
    at: datetime
    channel: RatingChannel
    channel_name: str
    in_stead: bool
    reason: str | None = Field(
        description="The person's words, without numbers and links; whole to the person"
    )


class RatingCallView(BaseModel):
    """One call-back about a rating."""

    at: datetime
    by: PersonView | None
    reached: bool
    genuine: bool | None
    note: str | None


class CallBackView(BaseModel):
    """That the person is called back, and what came of it."""

    cause: CallCause
    cause_name: str
    due_at: datetime
    ended_at: datetime | None
    overdue: bool
    calls: list[RatingCallView]


class RectificationView(BaseModel):
    """That a bad rating is put right, and how."""

    due_at: datetime
    done_at: datetime | None
    text: str | None
    overdue: bool


class DecisionView(BaseModel):
    """What one level says of an appeal."""

    level_name: str
    at: datetime
    by: PersonView | None
    granted: bool
    note: str


class AppealView(BaseModel):
    """That the unit says that a bad rating should not count."""

    ground: AppealGround
    ground_name: str
    reason: str
    asked_at: datetime
    review_by: datetime
    state: AppealState
    state_name: str
    overdue: bool
    decisions: list[DecisionView]


class RatingTask(TaskView[RatingWork, RatingTurn]):
    """Something to do about a rating."""

    about: str = ""


class RatingView(BaseModel):
    """The rating of one service."""

    id: UUID
    version: int
    state: RatingState
    state_name: str
    service: RatedService
    service_name: str = Field(examples=["诉求"])
    thing_id: str
    thing_number: str = Field(examples=["SQ-371502-20221115-0001"])
    cycle: int
    ending: Ending
    ending_name: str
    kind: str
    kind_name: str = Field(examples=["投诉"])
    utility: str | None
    utility_name: str | None
    district: str
    district_name: str
    supply: Supply | None
    supply_name: str | None
    served_at: datetime
    expires_at: datetime
    grade: int | None
    grade_name: str | None
    channel_name: str | None
    rated_at: datetime | None
    is_late: bool | None = Field(description="Added after the day of the service (补评)")
    is_bad: bool
    is_suspect: bool = Field(description="Shown to the staff alone")
    signals: list[Signal]
    signal_names: list[str]
    is_excluded: bool
    overdue: bool
    work: list[RatingTask]


class RatingDetail(RatingView):
    """A rating with its grades and acts."""

    grades: list[GradeView]
    call_back: CallBackView | None
    rectification: RectificationView | None
    appeal: AppealView | None


class RatingCount(WorkCountView[RatingTurn]):
    """How many ratings are on a work list."""


class RatingCounts(WorkCountsView[RatingCount]):
    """The work lists as the caller sees them, each with its counts."""


class RatingLinkMade(BaseModel):
    """A link by which the person rates without a sign-in: for a message to the person, shown this once."""

    path: str = Field(examples=["/r/3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
    expires_at: datetime


class LinkedRating(BaseModel):
    """What the bearer of a link sees: which service, and whether it can be rated."""

    state: RatingState
    service_name: str = Field(examples=["诉求"])
    kind_name: str = Field(examples=["投诉"])
    thing_number: str
    utility_name: str | None
    served_on: date
    expires_at: datetime


class RevealedReason(BaseModel):
    """The person's reason, whole; that it was shown is on record."""

    reason: str = Field(examples=["等了两天才上门"])


class IntegrityRow(BaseModel):
    """The ratings of a unit's services of a kind with one grade: how many, called back and suspect."""

    utility: str | None = Field(examples=["W-371502"])
    utility_name: str
    service: RatedService
    service_name: str
    kind: str
    kind_name: str
    grade: int
    grade_name: str
    rated: int
    called: int = Field(description="Reached by a call-back")
    suspect: int
    excluded: int


class SignalRow(BaseModel):
    """How many ratings have a signal."""

    signal: Signal
    signal_name: str
    suspect: int


class Integrity(BaseModel):
    """Which ratings were called back, by unit, kind and grade, and the suspect ones by signal."""

    as_of: datetime
    items: list[IntegrityRow]
    signals: list[SignalRow]
    sample_permille: int = Field(examples=[50])
    seed: str = Field(description="With it and a rating's id everybody can tell what is in the sample")
