"""What the console reads of the metrics API; whatever else it says is passed over."""

from datetime import datetime

import msgspec


class Label(msgspec.Struct, frozen=True):
    """A code and its Chinese name."""

    code: str
    name: str


class Interval(msgspec.Struct, frozen=True):
    """Where a share lies with 95 % certainty, in percent."""

    low: str
    high: str


class Minutes(msgspec.Struct, frozen=True):
    """Quantiles of a duration in minutes."""

    p50: float
    p90: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A rate, a share, a mean or a duration; what it has not is None."""

    numerator: int = 0
    denominator: int = 0
    percent: str | None = None
    from_ledger: int | None = None
    meets: bool | None = None
    interval: Interval | None = None
    total: int = 0
    count: int = 0
    mean: str | None = None
    elapsed: Minutes | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one group: `row["closed"]`; one that is not there is 0."""

    group: dict[str, Label] = {}
    figures: dict[str, int | Figure] = {}
    rank: int | None = None
    is_small: bool | None = None

    def __getitem__(self, code: str) -> int | Figure:
        """Return a figure."""
        return self.figures.get(code, 0)

    def number(self, code: str) -> int:
        """Return a count."""
        value = self[code]
        return value if isinstance(value, int) else value.count

    def figure(self, code: str) -> Figure:
        """Return what is no count."""
        value = self[code]
        return Figure() if isinstance(value, int) else value


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far the figures reach."""

    version: str
    folded: int
    latest_event_at: datetime | None


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one instant, by the parts of the board."""

    reach: Reach
    now: datetime
    panels: dict[str, tuple[Row, ...]]

    def __getitem__(self, panel: str) -> tuple[Row, ...]:
        """Return the rows of a part."""
        return self.panels[panel]

    def whole(self, panel: str) -> Row:
        """Return the one row of a part that has no groups."""
        (row,) = self.panels[panel]
        return row


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a case behind a figure."""

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


class CaseBehind(msgspec.Struct, frozen=True, kw_only=True):
    """One case behind a figure."""

    id: str
    number: str
    dims: dict[str, Label]
    facts: CaseFacts
    in_part: bool | None
    round: int | None
    elapsed_minutes: int | None
    working_minutes: int | None
    position: int | None
    at_quantile: bool

    @property
    def on_time(self) -> bool | None:
        """Whether it kept its time: behind a rate what that judges by."""
        return self.facts.on_time if self.in_part is None else self.in_part


class Quantile(msgspec.Struct, frozen=True, kw_only=True):
    """A quantile counted out: the `rank`-th of `count` took `minutes`; the page after `cursor` shows it."""

    time: str
    percent: int
    rank: int
    count: int
    minutes: int
    cursor: str | None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole list adds up to; `number` is None where each case adds one."""

    subjects: int
    number: int | None
    part: Figure | None


class CasesBehind(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the cases behind a figure; the totals come with the first."""

    items: tuple[CaseBehind, ...]
    next: str | None
    reach: Reach
    name: str
    figure: str
    unit: str
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
