"""What may be asked of the metrics API: which part of the figures, and how they are grouped."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.auth.callers import OFFICIALS, Caller, PlaceColumns
from libs.common.http.auth import require
from libs.common.http.dates import Month
from libs.common.http.fields import Code
from libs.common.places import Service
from services.metrics.domain.activities import Activity
from services.metrics.domain.ages import months_of
from services.metrics.storage.conditions import LIVE_COUNTS, Filter
from services.metrics.storage.drill_down import STAGE_MEASURE
from services.metrics.storage.tables import case_fact

Word = Annotated[str, Field(max_length=40)]

CaseDimension = Literal["district", "utility", "supply", "length_class", "month"]
StageDimension = Literal["district", "utility", "supply", "stage", "length_class", "month"]
PauseDimension = Literal["district", "utility", "supply", "length_class", "month", "reason"]
ActivityDimension = Literal["district", "utility", "supply", "month"]
LiveDimension = Literal["district", "utility", "supply", "length_class", "stage", "age"]
CaseMeasure = Literal[
    "open",
    "due_today",
    "overdue",
    "paused",
    "awaiting_confirmation",
    "in_gap",
    "closed",
    "limit",
    "limit_working",
    "limit_calendar_roll",
    "limit_calendar_strict",
    "on_time",
    "late",
    "on_time_by_late_entry",
    "agreed",
    "agreed_by_late_entry",
    "planned",
    "planned_by_late_entry",
    "ceiling",
    "unpromised",
    "special",
    "special_overdue",
    "from_ledger",
    "gap",
    "overlap_saved",
    "withdrawn",
    "withdrawn_overdue",
    "refused",
    "refused_overdue",
    "rated",
    "rated_satisfied",
    "rated_well_satisfied",
    "rated_5",
    "rated_4",
    "rated_3",
    "rated_2",
    "rated_1",
    "stage",
]
QuantileAsked = Literal[
    "elapsed_p50", "elapsed_p90", "elapsed_p99", "working_p50", "working_p90", "working_p99"
]


class Where(BaseModel):
    """Which cases, by place and service."""

    model_config = ConfigDict(extra="forbid")

    district: Word | None = None
    utility: Code | None = None
    supply: Service | None = None

    def filter(self, now: datetime) -> Filter:  # noqa: ARG002 - a kind knows no time, what has ended does
        """Return what is asked for at an instant."""
        return Filter(**{name: value for name, value in self if name in Filter.__dataclass_fields__})


class When(Where):
    """In which months, from one to another, or in a period that goes by today."""

    month_from: Month | None = None
    month_to: Month | None = None
    period: Literal["month", "year", "last-year"] | None = None

    @model_validator(mode="after")
    def _one_way_of_saying_when(self) -> Self:
        if self.period and (self.month_from or self.month_to):
            raise ValueError("period 与 month_from、month_to 只能填一种")
        return self

    def filter(self, now: datetime) -> Filter:
        """Return what is asked for at an instant."""
        wanted = super().filter(now)
        if self.period is None:
            return wanted
        first, last = months_of(self.period, now)
        return replace(wanted, month_from=first, month_to=last)


class Kind(Where):
    """Which cases, by place and kind."""

    length_class: Word | None = None


class Ended(Kind, When):
    """Ended cases, by the month in which they ended."""


class ActivitiesWanted(When):
    """What was done on cases, by the month in which it was done."""

    group_by: list[ActivityDimension] = Field(default=[], max_length=4)


class StagesWanted(Ended):
    """Stage times; TOTAL is the whole case, which is also meant when no stage is asked for."""

    stage: Word | None = None
    group_by: list[StageDimension] = Field(default=[], max_length=6)


class CasesWanted(Ended):
    """Ended cases."""

    group_by: list[CaseDimension] = Field(default=[], max_length=5)


class PausesWanted(Ended):
    """Pauses of closed cases."""

    group_by: list[PauseDimension] = Field(default=["reason"], max_length=6)


class LiveWanted(Kind):
    """Live cases."""

    stage: Word | None = None
    group_by: list[LiveDimension] = Field(default=[], max_length=6)


class DrillDownWanted(Ended):
    """The cases behind a figure; months and stages narrow it as they narrow the figure."""

    measure: CaseMeasure | Activity
    stage: Word | None = None
    age: Word | None = Field(default=None, description="Of live cases only")
    quantile: QuantileAsked | None = Field(
        default=None, description="Of stage times only: sorted by the time, with the quantile counted out"
    )
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=400)

    @model_validator(mode="after")
    def _only_live_cases_have_an_age(self) -> Self:
        if self.age is not None and self.measure not in LIVE_COUNTS:
            raise ValueError("历时只适用于在办件")
        return self

    @model_validator(mode="after")
    def _only_stage_times_have_quantiles(self) -> Self:
        if self.quantile is not None and self.measure != STAGE_MEASURE:
            raise ValueError("分位数只适用于环节用时")
        return self

    @property
    def quantile_of(self) -> tuple[str, int] | None:
        """The time that the list is sorted by, and the percentage at which it is marked."""
        if self.quantile is None:
            return None
        time, _, percent = self.quantile.partition("_p")
        return time, int(percent)


_FIGURES = PlaceColumns(case_fact.c.utility, case_fact.c.district, what="指标")
Official = Annotated[Caller, require(*OFFICIALS, of=_FIGURES)]
