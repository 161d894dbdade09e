"""What may be asked of the metrics API: which part of the figures, and how they are grouped."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from libs.common.auth.callers import Caller, PlaceKind
from libs.common.http.auth import FORBIDDEN, CurrentCaller
from libs.common.places import Service
from services.metrics.storage.conditions import Filter

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2022-10"])]
Code = Annotated[str, Field(max_length=40)]

CaseDimension = Literal["district", "utility", "supply", "length_class", "month"]
StageDimension = Literal["district", "utility", "supply", "stage", "length_class", "month"]
PauseDimension = Literal["district", "utility", "supply", "length_class", "month", "reason"]
LiveDimension = Literal["district", "utility", "supply", "length_class", "stage", "age"]
Measure = Literal[
    "open",
    "due_today",
    "overdue",
    "paused",
    "awaiting_confirmation",
    "in_gap",
    "closed",
    "on_time",
    "late",
    "agreed",
    "planned",
    "unpromised",
    "special",
    "gap",
    "withdrawn",
    "refused",
    "stage",
]


class Kind(BaseModel):
    """Which cases, by place and kind."""

    model_config = ConfigDict(extra="forbid")

    district: Code | None = None
    utility: Code | None = None
    supply: Service | None = None
    length_class: Code | None = None

    def filter(self) -> Filter:
        """Return what is asked for."""
        return Filter(**{name: value for name, value in self if name in Filter.__dataclass_fields__})


class Ended(Kind):
    """Ended cases, by the month in which they ended."""

    month_from: Month | None = None
    month_to: Month | None = None


class StagesWanted(Ended):
    """Stage times; TOTAL is the whole case, which is also meant when no stage is asked for."""

    stage: Code | None = None
    group_by: list[StageDimension] = Field(default=[], max_length=6)


class CasesWanted(Ended):
    """Ended cases."""

    group_by: list[CaseDimension] = Field(default=[], max_length=5)


class PausesWanted(Ended):
    """Pauses of closed cases."""

    group_by: list[PauseDimension] = Field(default=["reason"], max_length=6)


class LiveWanted(Kind):
    """Live cases."""

    stage: Code | None = None
    group_by: list[LiveDimension] = Field(default=[], max_length=6)


class DrillDownWanted(Ended):
    """The cases behind a figure; months and stages narrow it as they narrow the figure."""

    measure: Measure
    stage: Code | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=400)


async def official(caller: CurrentCaller) -> Caller:
    """Return a caller of a utility, a district or the city. Raises the problem `forbidden` for others."""
    if caller.place.kind not in (PlaceKind.UTILITY, PlaceKind.DISTRICT, PlaceKind.CITY):
        raise FORBIDDEN("指标仅供专营单位、区县和市级主管部门查看")
    return caller


Official = Annotated[Caller, Depends(official)]
