"""What the console reads of the metrics API; whatever else it says is passed over."""

from datetime import datetime

import msgspec


class Label(msgspec.Struct, frozen=True):
    """A code and its Chinese name."""

    code: str
    name: str


class Rate(msgspec.Struct, frozen=True):
    """So many of so many; the percentage is None when there is nothing to divide by."""

    numerator: int
    denominator: int
    percent: str | None


class CaseRate(Rate, frozen=True):
    """A rate of closed cases, and how many of them were read in from ledgers."""

    from_ledger: int = 0


class Interval(msgspec.Struct, frozen=True):
    """Where a share lies with 95 % certainty, in percent."""

    low: str
    high: str


class Satisfaction(CaseRate, frozen=True, kw_only=True):
    """A share of satisfied users; `meets` is None when nobody rated."""

    meets: bool | None
    interval: Interval | None


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far the figures reach."""

    version: str
    folded: int
    latest_event_at: datetime | None


class OnTime(msgspec.Struct, frozen=True, kw_only=True):
    """The rate in the judged reading and in all three."""

    judged: CaseRate
    working: CaseRate
    calendar_roll: CaseRate
    calendar_strict: CaseRate


class Mean(msgspec.Struct, frozen=True):
    """An amount over so many."""

    total: int
    count: int
    mean: str | None


class Grade(msgspec.Struct, frozen=True):
    """One of the five grades, and how often it was given."""

    grade: int
    name: str
    count: int


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """Ratings of one cohort, with 基本满意 among the satisfied and without."""

    rated: int
    grades: tuple[Grade, ...]
    satisfied: Satisfaction
    well_satisfied: Satisfaction
    coverage: CaseRate
    score: Mean
    points: Mean


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Ended cases of one group."""

    group: dict[str, Label]
    closed: int
    from_ledger: Rate
    on_time: OnTime
    on_time_by_late_entry: int
    agreed: CaseRate
    agreed_by_late_entry: int
    planned: CaseRate
    planned_by_late_entry: int
    ceiling: CaseRate
    special: CaseRate
    special_overdue: int
    withdrawn_overdue: int
    refused_overdue: int
    gap_cases: CaseRate
    overlap_saved_minutes: int
    violations: int
    ratings: Ratings


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """Live cases of one group."""

    group: dict[str, Label]
    open: int = 0
    due_today: int = 0
    overdue: int = 0
    paused: int = 0
    awaiting_confirmation: int = 0
    in_gap: int = 0


class StageHours(msgspec.Struct, frozen=True, kw_only=True):
    """How long a stage takes, in hours."""

    stage: Label
    supply: Label
    count: int
    elapsed_p50: float
    elapsed_p90: float
    working_p50: float
    working_p90: float


class Permits(msgspec.Struct, frozen=True, kw_only=True):
    """Permit items."""

    filed: int
    parallel: Rate
    recorded: Rate
    objected: Rate
    undeclared_risks: int
    emergency_unfiled: int
    emergencies: int
    unneeded: int
    decided: int
    in_time: Rate
    overdue: int
    working: Mean


class Commitments(msgspec.Struct, frozen=True, kw_only=True):
    """告知承诺."""

    signed: int
    checked: int
    mismatched: Rate
    revoked: int


class Materials(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for and may not be."""

    extra_attempts: int


class Charges(msgspec.Struct, frozen=True, kw_only=True):
    """Quotes and bills."""

    quotes: int
    quotes_blocked: Rate
    bills: int
    bills_over: Rate
    supervision_items: int


class Urging(msgspec.Struct, frozen=True, kw_only=True):
    """催办."""

    urged: int
    in_time: Rate
    overdue: int


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """Technical questions."""

    asked: int
    in_time: Rate


class Agents(msgspec.Struct, frozen=True, kw_only=True):
    """帮办代办."""

    coverage: Rate
    authorised: int


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """How acts were entered, in the months of their recording."""

    in_time: Rate
    late: int
    approved: int
    requested: int
    declined: int
    in_stead: int


class Confirmations(msgspec.Struct, frozen=True, kw_only=True):
    """What users say of the live meter."""

    disputed: int


class Activities(msgspec.Struct, frozen=True, kw_only=True):
    """What was done on cases."""

    permits: Permits
    commitments: Commitments
    materials: Materials
    charges: Charges
    urging: Urging
    questions: Questions
    agents: Agents
    entries: Entries
    confirmations: Confirmations


class EntryFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How the acts of one utility were entered."""

    group: dict[str, Label]
    entries: Entries


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the ranking by satisfaction."""

    rank: int
    group: dict[str, Label]
    satisfied: Satisfaction
    is_small: bool


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one instant."""

    reach: Reach
    now: datetime
    live: Live
    ended: Ended
    this_month: Ended
    live_by_utility: tuple[Live, ...]
    live_by_district: tuple[Live, ...]
    live_by_stage_and_age: tuple[Live, ...]
    ended_by_utility: tuple[Ended, ...]
    ended_by_district: tuple[Ended, ...]
    ended_by_month: tuple[Ended, ...]
    stage_hours: tuple[StageHours, ...]
    activities: Activities
    entries_by_utility: tuple[EntryFigure, ...]
    satisfaction_by_utility: tuple[Ranked, ...]
    satisfaction_by_district: tuple[Ranked, ...]


class CaseBehind(msgspec.Struct, frozen=True, kw_only=True):
    """One case behind a figure."""

    case_id: str
    case_number: str
    district: Label
    utility: Label
    length_class: Label
    state: str
    special: bool
    open_stages: tuple[Label, ...]
    due_at: datetime | None
    on_time: bool | None
    overlap_saved_minutes: int | None
    ended_at: datetime | None
    by_late_entry: bool | None
    from_ledger: bool | None
    left_overdue: bool
    score: int | None
    stage: Label | None
    round: int | None
    elapsed_minutes: int | None
    working_minutes: int | None
    position: int | None
    at_quantile: bool


class Quantile(msgspec.Struct, frozen=True, kw_only=True):
    """A quantile counted out: the `rank`-th of `count` took `minutes`; the page after `cursor` shows it."""

    time: str
    percent: int
    rank: int
    count: int
    minutes: int
    cursor: str | None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole list of cases adds up to."""

    cases: int
    on_time: Rate | None
    overlap_saved_minutes: int | None
    acts: int | None = None


class CasesBehind(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the cases behind a figure; the totals come with the first."""

    items: tuple[CaseBehind, ...]
    next: str | None
    reach: Reach
    name: str
    figure: str
    narrowed: dict[str, Label]
    totals: Totals | None
    quantile: Quantile | None = None


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure means."""

    code: str
    name: str
    unit: str
    numerator: str
    denominator: str | None
    exclusions: str
    clause: str


class JudgedUnder(msgspec.Struct, frozen=True, kw_only=True):
    """A policy version and the reading that it judges by."""

    policy_version: str
    reading: Label


class Definitions(msgspec.Struct, frozen=True):
    """What the figures mean."""

    items: tuple[Definition, ...]
    judged_under: tuple[JudgedUnder, ...]
