"""Events of the ratings of services (好差评): codes and times, no word of who rates and nothing of the device."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.events import EventPayload
from libs.common.places import Supply
from services.grievances.domain.ratings.values import (
    AppealGround,
    AppealState,
    Ending,
    RatedService,
    RatingChannel,
    RatingDeadline,
    Signal,
)
from services.grievances.domain.values.codes import Level


class RatingEvent(EventPayload):
    """What every event of a rating says: which service, and how the rating stands after the event."""

    service: ClassVar[str] = "grievances"

    rating_id: UUID
    rated_service: RatedService
    thing_id: str = Field(description="Id of the case, request or grievance")
    thing_number: str = Field(description="As W-371502-20250303-0001")
    cycle: int = Field(description="1, and one more for each time a grievance was reopened or done anew")
    ending: Ending
    kind: str = Field(description="Supply of a hookup, kind of a request or of a grievance")
    utility: str | None
    district: str = Field(description="Division code of the reporting unit, as 371502")
    supply: Supply | None
    served_at: datetime = Field(description="When the service ended")
    grade: int | None = Field(
        description="The grade that counts, 1 (非常不满意) to 5 (非常满意); null before"
    )
    channel: RatingChannel | None
    is_late: bool | None = Field(description="Added after the day of the service (补评)")
    is_bad: bool = Field(description="Whether it is or was bad, and so is called back and rectified")
    is_suspect: bool = Field(description="Whether figures without SUSPECT leave it out; never of a bad grade")
    signals: list[Signal]
    is_excluded: bool = Field(description="Left out of all figures by two persons, after an appeal")
    policy_version: str
    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(
        default=None, description="Id of who gave the command; null for the clock and by a link"
    )
    actor_unit: str | None = Field(default=None, description="The actor's unit, as utility:W-371502")
    in_stead: bool = Field(default=False, description="The grade was taken down by the hall's staff (代录)")


class RatingInvited(RatingEvent):
    """A service ended: it may be rated."""

    event: ClassVar[str] = "rating_invited"
    expires_at: datetime


class RatingLinkMade(RatingEvent):
    """A link to rate by was made, for a message."""

    event: ClassVar[str] = "rating_link_made"


class RatingGiven(RatingEvent):
    """It was rated."""

    event: ClassVar[str] = "rating_given"


class RatingChanged(RatingEvent):
    """The person changed the grade shortly after."""

    event: ClassVar[str] = "rating_changed"
    grade_before: int


class RatingExpired(RatingEvent):
    """Nobody rated it in the term."""

    event: ClassVar[str] = "rating_expired"


class RatingSuspected(RatingEvent):
    """There are signs that the grade is not the person's own."""

    event: ClassVar[str] = "rating_suspected"
    new_signals: list[Signal]


class _CalledBack(RatingEvent):
    attempt: int
    reached: bool
    genuine: bool | None = Field(description="Whether the person says that the grade is its own")
    ended: bool = Field(description="Reached, or given up after the last attempt")
    on_time: bool


class BadRatingCalledBack(_CalledBack):
    """Somebody called back about a bad rating."""

    event: ClassVar[str] = "bad_rating_called_back"


class RatingCalledBack(_CalledBack):
    """Somebody called back about a rating of the sample."""

    event: ClassVar[str] = "rating_called_back"


class BadRatingRectified(RatingEvent):
    """The unit put right what a bad rating was about."""

    event: ClassVar[str] = "bad_rating_rectified"
    on_time: bool


class RatingOverdue(RatingEvent):
    """A call-back, a rectification or the review of an appeal is not done in time."""

    event: ClassVar[str] = "rating_overdue"
    deadline: RatingDeadline
    due_at: datetime


class MovedTerm(BaseModel):
    """A deadline of a rating that an amended calendar moved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: RatingDeadline
    ref: None = None
    at: datetime
    before: datetime


class RatingDeadlinesMoved(RatingEvent):
    """An amended calendar moved deadlines that had not passed."""

    event: ClassVar[str] = "rating_deadlines_moved"
    calendar_version: int
    deadlines: list[MovedTerm]


class AppealAsked(RatingEvent):
    """The unit says that a bad rating should not count."""

    event: ClassVar[str] = "appeal_asked"
    ground: AppealGround
    review_by: datetime


class AppealDecided(RatingEvent):
    """A level decided on an appeal; only both together leave the rating out."""

    event: ClassVar[str] = "appeal_decided"
    level: Level
    granted: bool
    appeal_state: AppealState
    on_time: bool


RATING_EVENTS: Final[tuple[type[EventPayload], ...]] = (
    RatingInvited,
    RatingLinkMade,
    RatingGiven,
    RatingChanged,
    RatingExpired,
    RatingSuspected,
    BadRatingCalledBack,
    RatingCalledBack,
    BadRatingRectified,
    RatingOverdue,
    RatingDeadlinesMoved,
    AppealAsked,
    AppealDecided,
)
RATING_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rating_invited": "邀请评价",
        "rating_link_made": "生成评价链接",
        "rating_given": "收到评价",
        "rating_changed": "更改评价",
        "rating_expired": "逾期未评价",
        "rating_suspected": "评价存疑",
        "bad_rating_called_back": "差评回访",
        "rating_called_back": "抽样回访",
        "bad_rating_rectified": "差评整改",
        "rating_overdue": "评价事项逾期",
        "rating_deadlines_moved": "工作日历调整",
        "appeal_asked": "申诉",
        "appeal_decided": "审核申诉",
    }
)
