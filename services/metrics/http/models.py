"""What the metrics API gives, of any source. Durations are minutes; percentages are for showing, fractions exact."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.cursors import Page

_PERCENT = "Two decimals, rounded half up; null when there is nothing to divide by"


class Rate(BaseModel):
    """A rate as an exact fraction."""

    numerator: int = Field(examples=[86])
    denominator: int = Field(examples=[90])
    percent: str | None = Field(examples=["95.56"], description=_PERCENT)
    from_ledger: int | None = Field(
        default=None,
        examples=[12],
        description="Of the denominator: read in from ledgers, where that is told",
    )


class Interval(BaseModel):
    """Where a share lies with 95 % certainty (Wilson), in percent with two decimals."""

    low: str = Field(examples=["98.18"])
    high: str = Field(examples=["99.86"])


class Share(Rate):
    """A rate against a target, which is judged on the exact fraction."""

    meets: bool | None = Field(description="null when there is nothing to divide by")
    interval: Interval | None = Field(description="null when there is nothing to divide by")


class Mean(BaseModel):
    """A mean as an exact fraction."""

    total: int = Field(examples=[2460])
    count: int = Field(examples=[4])
    mean: str | None = Field(examples=["615.00"], description=_PERCENT)


class Minutes(BaseModel):
    """Sum, least and greatest are exact, quantiles within 1 %."""

    sum: int = Field(examples=[12960])
    min: int = Field(examples=[35])
    max: int = Field(examples=[4320])
    p50: float = Field(examples=[480.5])
    p90: float = Field(examples=[1440.0])
    p99: float = Field(examples=[4102.2])


class Duration(BaseModel):
    """How long something takes."""

    count: int = Field(examples=[27])
    elapsed: Minutes | None = Field(description="null when there is none")
    working: Minutes | None = Field(description="In business hours")


Value = int | Share | Rate | Mean | Duration


class Reach(BaseModel):
    """How far the figures of a source reach."""

    model_config = ConfigDict(from_attributes=True)

    version: str = Field(examples=["1.48211"], description="Changes whenever the figures do")
    generation: int = Field(examples=[1])
    folded: int = Field(examples=[48211], description="Events in the figures")
    latest_event_at: datetime | None
    folded_at: datetime | None
    lag: int | None = Field(
        default=None, examples=[0], description="Events not yet read, where this process is the reader"
    )


class Label(BaseModel):
    """A code and its Chinese name."""

    code: str = Field(examples=["371502"])
    name: str = Field(examples=["东昌府区"])


class Row(BaseModel):
    """The figures of one group, by their codes."""

    group: dict[str, Label]
    figures: dict[str, Value] = Field(examples=[{"closed": 120}])
    rank: int | None = Field(
        default=None, examples=[1], description="On the board, in a ranking: equal fractions have one rank"
    )
    is_small: bool | None = Field(
        default=None, description="In a ranking: fewer than 30, so that the place says little"
    )


class Figures(BaseModel):
    """Figures by group."""

    reach: Reach
    now: datetime
    items: list[Row]


class Board(BaseModel):
    """All that the board shows of a source, of one instant."""

    reach: Reach
    now: datetime
    panels: dict[str, list[Row]]


class Behind(BaseModel):
    """One subject behind a figure."""

    id: str = Field(examples=["01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"])
    number: str = Field(examples=["BZ-W-20221008-0001"])
    dims: dict[str, Label]
    facts: dict[str, Any] = Field(
        description="What the source says of its subject", examples=[{"state": "CLOSED"}]
    )
    adds: int = Field(examples=[1], description="What it adds to the figure")
    in_part: bool | None = Field(description="Only behind a rate: whether it is in the numerator")
    by: Label | None = Field(description="The code of the duration whose time follows")
    round: int | None = Field(examples=[1], description="Of what was taken up again: which time it is")
    elapsed_minutes: int | None
    working_minutes: int | None
    position: int | None = Field(
        examples=[14], description="Only behind a quantile: its place in the order of the time, from 1"
    )
    at_quantile: bool = Field(description="Its time is the quantile's")


class Quantile(BaseModel):
    """A quantile counted out by the nearest rank: the ⌈count·percent/100⌉-th smallest time, exactly."""

    time: str = Field(examples=["elapsed"], description="By which time the list is sorted")
    percent: int = Field(examples=[50])
    rank: int = Field(examples=[14])
    count: int = Field(examples=[27])
    minutes: int = Field(examples=[481])
    cursor: str | None = Field(description="Of the page that shows it; null when it is on the first page")


class Totals(BaseModel):
    """What the whole list adds up to."""

    subjects: int = Field(examples=[90])
    number: int | None = Field(
        examples=[120], description="What they add to the figure; null where each adds one"
    )
    part: Rate | None = Field(description="Only behind a rate")
    part_name: str | None = Field(
        default=None,
        examples=["按时办结（3/5/10天）"],
        description="Only behind a rate: what its numerator counts",
    )


class ListBehind(Page[Behind]):
    """The subjects behind a figure, in pages; the totals come with the first page."""

    reach: Reach
    now: datetime = Field(description="The instant of the counts")
    name: str = Field(examples=["超时办结（3/5/10天）"])
    figure: str = Field(examples=["cases.limit"], description="Code of the figure's definition")
    unit: str = Field(examples=["件"])
    narrowed: dict[str, Label]
    totals: Totals | None
    quantile: Quantile | None = Field(description="Only where a quantile is asked for")


class Definition(BaseModel):
    """What one figure means; without a denominator it is no rate."""

    code: str = Field(examples=["cases.limit"])
    name: str = Field(examples=["按时率（3/5/10天）"])
    unit: str = Field(examples=["%"])
    numerator: str
    denominator: str | None
    exclusions: str
    clause: str = Field(examples=["HK-02；O1；民法典 §203"])


class JudgedUnder(BaseModel):
    """A policy version by which subjects in the figures have due times, and the reading of 天 that it judges by."""

    policy_version: str = Field(examples=["2022-49"])
    reading: Label


class Definitions(BaseModel):
    """What the figures of a source mean (指标口径)."""

    items: list[Definition]
    judged_under: list[JudgedUnder]
