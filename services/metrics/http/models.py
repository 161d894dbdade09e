"""What the metrics API gives. Durations are minutes; rates are exact fractions, the percentage is for showing."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.cursors import Page


class Rate(BaseModel):
    """A rate as an exact fraction."""

    model_config = ConfigDict(from_attributes=True)

    numerator: int = Field(examples=[86])
    denominator: int = Field(examples=[90])
    percent: str | None = Field(
        examples=["95.56"],
        description="Two decimals, rounded half up; null when there is nothing to divide by",
    )


class CaseRate(Rate):
    """A rate of closed cases, and how many of those it is divided by were read in from ledgers."""

    from_ledger: int = Field(examples=[12])


class Interval(BaseModel):
    """Where a share lies with 95 % certainty (Wilson), in percent with two decimals."""

    low: str = Field(examples=["98.18"])
    high: str = Field(examples=["99.86"])


class Satisfaction(CaseRate):
    """A share of satisfied users against the target of 99.5 %, which is judged on the exact fraction."""

    meets: bool | None = Field(description="null when nobody rated")
    interval: Interval | None = Field(description="null when nobody rated")


class Mean(BaseModel):
    """A mean as an exact fraction."""

    model_config = ConfigDict(from_attributes=True)

    total: int = Field(examples=[2460])
    count: int = Field(examples=[4])
    mean: str | None = Field(
        examples=["615.00"],
        description="Two decimals, rounded half up; null when there is nothing to divide by",
    )


class Reach(BaseModel):
    """How far the figures reach."""

    model_config = ConfigDict(from_attributes=True)

    version: str = Field(examples=["1.48211"], description="Changes whenever the figures do")
    generation: int = Field(examples=[1])
    folded: int = Field(examples=[48211], description="Events in the figures")
    latest_event_at: datetime | None
    folded_at: datetime | None
    lag: int | None = Field(examples=[0], description="Events not yet read, where this process is the reader")


class Label(BaseModel):
    """A code and its Chinese name."""

    code: str = Field(examples=["371502"])
    name: str = Field(examples=["东昌府区"])


class Durations(BaseModel):
    """Minutes: sum, least and greatest are exact, quantiles within 1 %."""

    sum: int = Field(examples=[12960])
    min: int = Field(examples=[35])
    max: int = Field(examples=[4320])
    p50: float = Field(examples=[480.5])
    p90: float = Field(examples=[1440.0])
    p99: float = Field(examples=[4102.2])


class StageFigure(BaseModel):
    """The stage times of one group."""

    group: dict[str, Label]
    count: int = Field(examples=[27])
    elapsed: Durations
    working: Durations


class StageFigures(BaseModel):
    """Stage times by group."""

    reach: Reach
    items: list[StageFigure]


class OnTime(BaseModel):
    """On time in each reading, of the cases with a 3/5/10-day limit that are not special (HK-02)."""

    judged: CaseRate
    working: CaseRate
    calendar_roll: CaseRate
    calendar_strict: CaseRate


class Grade(BaseModel):
    """One of the five grades, and how often it was given."""

    grade: int = Field(examples=[5])
    name: str = Field(examples=["非常满意"])
    count: int = Field(examples=[310])


class Ratings(BaseModel):
    """Ratings of the cases that closed in the months asked for, whenever they were rated."""

    rated: int = Field(examples=[400])
    grades: list[Grade] = Field(description="All five, the best first")
    satisfied: Satisfaction = Field(description="Grades from 3 (基本满意) upwards")
    well_satisfied: Satisfaction = Field(description="Grades from 4 (满意) upwards")
    coverage: CaseRate = Field(description="Share of the closed cases that are rated")
    score: Mean = Field(description="The mean grade, 1 to 5")
    points: Mean = Field(description="The mean on a scale of a hundred: 100, 80, 60, 30, 0")


class CaseFigure(BaseModel):
    """The ended cases of one group."""

    group: dict[str, Label]
    closed: int = Field(examples=[120])
    from_ledger: Rate = Field(description="Share of the closed cases that were read in from a ledger")
    on_time: OnTime
    on_time_by_late_entry: int = Field(
        examples=[2], description="Of those on time: entered, with approval, after the breach was announced"
    )
    agreed: CaseRate = Field(
        description="Cases with a date agreed with the user, never mixed into the 3/5/10 rate"
    )
    agreed_by_late_entry: int = Field(examples=[0])
    planned: CaseRate = Field(description="Cases judged by a planning value")
    planned_by_late_entry: int = Field(examples=[0])
    ceiling: CaseRate = Field(
        description="Above 200 m and heat: survey, design and acceptance within their ceiling"
    )
    unpromised: int = Field(description="Cases without any promised date")
    special: CaseRate = Field(description="Share of special cases (特殊情况)")
    special_overdue: int = Field(examples=[0], description="Special cases that were overdue when approved")
    gaps: int
    gap_cases: CaseRate = Field(description="Share of cases with a gap (空档期)")
    gap_workdays: int
    gap_minutes: int
    overlap_saved_minutes: int
    violations: int
    withdrawn: int
    withdrawn_overdue: int = Field(examples=[0], description="Withdrawn while overdue")
    refused: int
    refused_overdue: int = Field(examples=[0], description="Refused while overdue")
    ratings: Ratings


class CaseFigures(BaseModel):
    """Ended cases by group."""

    reach: Reach
    items: list[CaseFigure]


class PauseFigure(BaseModel):
    """The pauses of one group."""

    group: dict[str, Label]
    count: int = Field(examples=[4])
    days: int = Field(examples=[11])


class PauseFigures(BaseModel):
    """Pauses of closed cases by group."""

    reach: Reach
    items: list[PauseFigure]


class Permits(BaseModel):
    """Permit items (审批事项, HK-04); decided are those of the ordinary way, which a decision is waited for."""

    filed: int = Field(examples=[12])
    parallel: Rate = Field(description="Share of the items filed together with the first (并联)")
    recorded: Rate = Field(description="Share of the items that are 备案 or 免审批")
    objected: Rate = Field(description="Objections of authorities, of the items that are 备案 or 免审批")
    undeclared_risks: int = Field(examples=[0], description="Risks that authorities found undeclared")
    emergency_unfiled: int = Field(
        examples=[0], description="Emergencies whose form did not follow in time (城市道路管理条例 §34)"
    )
    emergencies: int = Field(examples=[1], description="Roads dug up in an emergency, before the permit")
    unneeded: int = Field(examples=[2], description="Cases with a recorded reason why no permit is needed")
    decided: int = Field(examples=[4])
    in_time: Rate
    refused: int = Field(examples=[0])
    overdue: int = Field(examples=[1])
    working: Mean = Field(description="Working minutes from filing to decision")


class Commitments(BaseModel):
    """告知承诺 (NC-01 to NC-07)."""

    signed: int = Field(examples=[6])
    withdrawn: int = Field(examples=[0])
    check_due: int = Field(examples=[2])
    checked: int = Field(examples=[5])
    mismatched: Rate
    rectification_overdue: int = Field(examples=[0])
    revoked: int = Field(examples=[1])
    untrue: int = Field(examples=[1], description="Revoked since what was committed to was false (NC-07)")


class Materials(BaseModel):
    """What may not be asked for (HK-06)."""

    extra_attempts: int = Field(examples=[0])


class Charges(BaseModel):
    """Quotes, bills and what is supervised of them."""

    quotes: int = Field(examples=[9])
    quotes_blocked: Rate
    bills: int = Field(examples=[7])
    bills_over: Rate = Field(description="Share of the bills above what the user had accepted")
    bills_blocked: Rate
    supervision_items: int = Field(examples=[2])


class Urging(BaseModel):
    """催办."""

    urged: int = Field(examples=[3])
    answered: int = Field(examples=[3])
    in_time: Rate
    overdue: int = Field(examples=[0])


class Questions(BaseModel):
    """Technical questions."""

    asked: int = Field(examples=[2])
    answered: int = Field(examples=[2])
    in_time: Rate


class Agents(BaseModel):
    """帮办代办 (HK-07)."""

    coverage: Rate = Field(
        description="Share of the cases that had an agent before the time for one was over"
    )
    authorised: int = Field(examples=[5])
    guidance: int = Field(examples=[4])


class Entries(BaseModel):
    """How acts with a claimed time were entered, in the months in which they were recorded.

    What was read in from ledgers is neither in time nor late.
    """

    in_time: Rate = Field(description="Share of the acts recorded by the close of the next working day")
    late: int = Field(examples=[3])
    approved: int = Field(examples=[1], description="Entered very late or after a breach, and approved")
    requested: int = Field(examples=[2], description="Late entries that waited for an approver")
    declined: int = Field(examples=[1])
    in_stead: int = Field(examples=[4], description="Acts in the user's stead (代录)")


class Confirmations(BaseModel):
    """What users say of the live meter."""

    disputed: int = Field(examples=[0])


class ActivityFigure(BaseModel):
    """What was done on the cases of one group, in the months in which it was done."""

    group: dict[str, Label]
    permits: Permits
    commitments: Commitments
    materials: Materials
    charges: Charges
    urging: Urging
    questions: Questions
    agents: Agents
    entries: Entries
    confirmations: Confirmations


class ActivityFigures(BaseModel):
    """What was done on cases, by group."""

    reach: Reach
    items: list[ActivityFigure]


class LiveFigure(BaseModel):
    """The live cases of one group."""

    group: dict[str, Label]
    open: int = Field(examples=[42])
    due_today: int = Field(examples=[3])
    overdue: int = Field(examples=[1])
    paused: int = Field(examples=[5])
    awaiting_confirmation: int = Field(examples=[2])
    in_gap: int = Field(examples=[0])


class LiveFigures(BaseModel):
    """Live cases by group."""

    reach: Reach
    now: datetime
    items: list[LiveFigure]


class StageHours(BaseModel):
    """Hours of a stage, with one decimal, for showing."""

    stage: Label
    supply: Label
    count: int = Field(examples=[27])
    elapsed_p50: float = Field(examples=[8.0])
    elapsed_p90: float = Field(examples=[24.0])
    working_p50: float = Field(examples=[3.5])
    working_p90: float = Field(examples=[8.0])


class EntryFigure(BaseModel):
    """How the acts of one utility were entered."""

    group: dict[str, Label]
    entries: Entries


class RankedSatisfaction(BaseModel):
    """A place in the ranking by satisfaction (基本满意 included), on exact fractions: equals have one rank."""

    rank: int = Field(examples=[1])
    group: dict[str, Label]
    satisfied: Satisfaction
    is_small: bool = Field(description="Fewer than 30 ratings: the place says little")


class Board(BaseModel):
    """All that the board shows, of one instant."""

    reach: Reach
    now: datetime
    live: LiveFigure
    ended: CaseFigure
    this_month: CaseFigure = Field(description="What has ended this month, whatever period is asked for")
    live_by_utility: list[LiveFigure]
    live_by_district: list[LiveFigure]
    live_by_stage_and_age: list[LiveFigure]
    ended_by_utility: list[CaseFigure]
    ended_by_district: list[CaseFigure]
    ended_by_month: list[CaseFigure]
    stage_hours: list[StageHours]
    activities: ActivityFigure = Field(description="In the period, of cases of every length class")
    entries_by_utility: list[EntryFigure]
    satisfaction_by_utility: list[RankedSatisfaction]
    satisfaction_by_district: list[RankedSatisfaction]


class CaseBehind(BaseModel):
    """One case behind a figure."""

    case_id: str = Field(examples=["01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"])
    case_number: str = Field(examples=["BZ-W-20221008-0001"])
    district: Label
    utility: Label
    supply: Label
    length_class: Label
    state: str = Field(examples=["CLOSED"])
    special: bool
    open_stages: list[Label]
    receipt_date: date | None
    due_at: datetime | None
    basis: str = Field(examples=["LIMIT"])
    on_time: bool | None = Field(
        description="In the reading of the figure; the judged one unless it names another"
    )
    gaps: int
    overlap_saved_minutes: int | None
    ended_at: datetime | None
    by_late_entry: bool | None = Field(description="On time although the breach had been announced")
    from_ledger: bool | None = Field(description="It was read in from a ledger")
    left_overdue: bool = Field(description="Overdue when it was withdrawn, refused or made a special case")
    score: int | None = Field(examples=[5], description="The user's grade, 1 to 5")
    stage: Label | None = Field(description="The stage, or the whole case, whose time follows")
    round: int | None = Field(
        examples=[1], description="Of a stage that was taken up again: which time it is"
    )
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

    cases: int = Field(examples=[90])
    on_time: Rate | None = Field(description="Only behind a rate: its cases that kept their time")
    overlap_saved_minutes: int | None = Field(description="Only behind what overlaps have saved")
    acts: int | None = Field(description="Only behind what was done on cases: how often")


class CasesBehind(Page[CaseBehind]):
    """The cases behind a figure, in pages; the totals come with the first page."""

    reach: Reach
    name: str = Field(examples=["超时办结（3/5/10天）"])
    figure: str = Field(examples=["cases.on_time"], description="Code of the figure's definition")
    narrowed: dict[str, Label]
    totals: Totals | None
    quantile: Quantile | None = Field(description="Only where a quantile is asked for")


class Definition(BaseModel):
    """What one figure means; without a denominator it is no rate."""

    code: str = Field(examples=["cases.on_time"], description="`<resource>.<field>` of this API")
    name: str = Field(examples=["按时率（3/5/10天）"])
    unit: str = Field(examples=["%"])
    numerator: str
    denominator: str | None
    exclusions: str
    clause: str = Field(examples=["HK-02；O1；民法典 §203"])


class JudgedUnder(BaseModel):
    """A policy version by which cases in the figures have due times, and the reading of 天 that it judges by."""

    policy_version: str = Field(examples=["2022-49"])
    reading: Label


class Definitions(BaseModel):
    """What the figures mean (指标口径)."""

    items: list[Definition]
    judged_under: list[JudgedUnder]
