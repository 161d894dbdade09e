"""The parts of a rating: its grades, the call-back, the rectification of a bad one, and the unit's appeal."""

from dataclasses import dataclass, field
from datetime import datetime

from services.grievances.domain.ratings.values import AppealGround, AppealState, CallCause, RatingChannel
from services.grievances.domain.values.codes import Level


@dataclass(frozen=True, slots=True)
class Sender:
    """From where a grade came: keyed hashes of device and network, and whether that is where the staff work."""

    device: str
    network: str
    of_staff: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade as it was given; a later one does not replace it. `words` is the id of the sealed reason."""

    grade: int
    at: datetime
    by: str | None
    channel: RatingChannel
    in_stead: bool = False
    sender: Sender | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class RatingCall:
    """One call-back about a rating: `genuine` where the person was reached and gave this grade oneself."""

    at: datetime
    by: str
    reached: bool
    genuine: bool | None
    note: str | None
    unit: str | None = None


@dataclass(slots=True)
class CallBack:
    """That the person is to be called back, by when, and what came of it."""

    cause: CallCause
    since: datetime
    due_at: datetime
    calls: list[RatingCall] = field(default_factory=list)
    ended_at: datetime | None = None
    overdue: bool = False


@dataclass(slots=True)
class Rectification:
    """That a bad rating is to be put right, by when, and what was done."""

    since: datetime
    due_at: datetime
    done_at: datetime | None = None
    by: str | None = None
    text: str | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class AppealDecision:
    """What one level says of an appeal."""

    level: Level
    at: datetime
    by: str
    granted: bool
    note: str
    unit: str | None = None


@dataclass(slots=True)
class Appeal:
    """That the unit says that a bad rating should not count; two persons at two levels decide."""

    ground: AppealGround
    reason: str
    asked_at: datetime
    asked_by: str
    review_by: datetime
    state: AppealState = AppealState.COUNTY
    decisions: list[AppealDecision] = field(default_factory=list)
    overdue: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.state in (AppealState.COUNTY, AppealState.CITY)
