"""Models of the event log API, generic over a service's stages."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

S = TypeVar("S", bound=str)
FigureT = TypeVar("FigureT", bound="LogFigure[Any]")
RolesT = TypeVar("RolesT", bound="LogRoles[Any]")
FiguresT = TypeVar("FiguresT", bound="LogFigures[Any]")

Heading = Annotated[str, Field(max_length=200)]


class LogRoles(BaseModel, Generic[S]):
    """Which column holds what, and the stage of each activity."""

    model_config = ConfigDict(extra="forbid")

    case: Heading = Field(default="", examples=["工单"])
    activity: Heading = Field(default="", examples=["环节活动"])
    end: Heading = Field(default="", examples=["完成时刻"])
    start: Heading = ""
    lifecycle: Heading = ""
    case_start: Heading = ""
    case_end: Heading = ""
    stages: dict[Heading, S] = Field(default={}, max_length=2_000)

    def columns(self) -> dict[str, str]:
        """Return by role the heading of its column, without the roles that have none."""
        return {role: text for role, text in self.model_dump(exclude={"stages"}).items() if text}


class LogFigure(BaseModel, Generic[S]):
    """An activity's or a stage's times."""

    name: str
    stage: S | None
    events: int
    timed: int
    mean: int | None
    median: int | None
    p90: int | None = Field(description="Nearest rank")


class LogOddity(BaseModel):
    """Something odd in a log, and how often it is there."""

    kind: str
    count: int


class LogFigures(BaseModel, Generic[FigureT]):
    """What a log says."""

    cases: int
    events: int
    activities: list[FigureT]
    stages: list[FigureT]
    oddities: list[LogOddity]
    unread_rows: int
    first_unread_rows: list[int]


class LogReview(BaseModel, Generic[RolesT, FiguresT]):
    """A log's headings, roles and figures."""

    headings: list[str]
    roles: RolesT
    figures: FiguresT | None
