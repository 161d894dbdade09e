"""What is kept of each case, and what a case contributes to the figures: a pure function of those facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from services.metrics.domain.satisfaction import GRADE_NAMES, Ratings

# Beside the six stages: the whole case, the same without its pauses, an open case between stages, and one that its
# user has to confirm.
TOTAL, NET_TOTAL, NO_STAGE, AWAITING = "TOTAL", "TOTAL_NET", "NONE", "AWAITING_CONFIRMATION"
STAGE_NAMES = {
    "ACCEPT": "报装受理",
    "SURVEY_DESIGN": "勘查设计",
    "CONTRACT": "签订合同",
    "PERMIT": "并联审批/告知承诺",
    "EXTERNAL_WORKS": "外线施工",
    "TURN_ON": "验收通水/通气/通热",
    TOTAL: "全流程",
    NET_TOTAL: "全流程（扣除暂停）",
    NO_STAGE: "环节之间",
    AWAITING: "待用户确认",
}

OPEN, TURNED_ON, CLOSED, WITHDRAWN, REFUSED = "OPEN", "TURNED_ON", "CLOSED", "WITHDRAWN", "REFUSED"
LIVE_STATES = (OPEN, TURNED_ON)
READINGS = ("judged", "working", "calendar_roll", "calendar_strict")


class Dims(NamedTuple):
    """Where a case is counted; all of it may change during the case's life."""

    district: str
    utility: str
    supply: str
    length_class: str


# A stage that is taken up again has another round, an interval of its own.
StageRound = tuple[str, int]


class StageTime(NamedTuple):
    """The time of one round of a completed stage, or of the whole case, and the month in which it ended."""

    month: str
    elapsed: int
    working: int


class StageCell(NamedTuple):
    """A cell of the stage figures."""

    district: str
    utility: str
    supply: str
    stage: str
    length_class: str
    month: str


class CaseCell(NamedTuple):
    """A cell of the case figures."""

    district: str
    utility: str
    supply: str
    length_class: str
    month: str


class PauseCell(NamedTuple):
    """A cell of the pause figures."""

    district: str
    utility: str
    supply: str
    length_class: str
    month: str
    reason: str


class Outcome(NamedTuple):
    """What is on record of a closed case. `on_time` is in the order of READINGS; None where nothing was promised.

    `by_late_entry`: judged on time although the breach had been announced. `from_ledger`: it was read in.
    `ceiling_kept`: whether survey, design and acceptance kept their ceiling; None for what has none.
    """

    basis: str
    on_time: tuple[bool | None, bool | None, bool | None, bool | None]
    gaps: int
    gap_workdays: int
    gap_minutes: int
    overlap_saved_minutes: int
    violations: int
    pauses: tuple[tuple[str, int, int], ...]
    by_late_entry: bool = False
    from_ledger: bool = False
    ceiling_kept: bool | None = None


@dataclass(slots=True)
class Case:
    """The facts of one case, as far as its events have been heard."""

    case_id: str
    case_number: str
    dims: Dims
    special: bool = False
    state: str = OPEN
    open_stages: frozenset[str] = frozenset()
    accepted_at: datetime | None = None
    receipt_date: date | None = None
    due_at: datetime | None = None
    basis: str = "NONE"
    # The open pauses, each with the instant from which the clock stands still.
    pauses: dict[str, datetime] = field(default_factory=dict)
    gap_since: datetime | None = None
    # Whether its first agent came before the time for one was over; None while neither has happened.
    agent_in_time: bool | None = None
    # When the latest act was recorded that its entry or 代录 is counted of.
    act_recorded_at: datetime | None = None
    # Whether it was overdue when it was withdrawn or refused, and when it was made a special case.
    ended_overdue: bool = False
    special_overdue: bool = False
    score: int | None = None
    ended_at: datetime | None = None
    month: str | None = None
    outcome: Outcome | None = None
    stages: dict[StageRound, StageTime] = field(default_factory=dict)

    @property
    def stopped_at(self) -> datetime | None:
        """When the clock stopped: by the earliest of the open pauses."""
        return min(self.pauses.values()) if self.pauses else None


# What a promise rests on.
BASES = ("limit", "agreed", "planned")
# What rates of closed cases are divided by. Of each is counted how many were read in from ledgers.
DENOMINATORS = (
    "closed",
    *(f"limit_{reading}" for reading in READINGS),
    "agreed",
    "planned",
    "ceiling",
    "rated",
)
GRADES = tuple(f"rated_{grade}" for grade in GRADE_NAMES)
CASE_COUNTS = (
    "closed",
    "special",
    "limit_judged",
    "limit_judged_on_time",
    "limit_working",
    "limit_working_on_time",
    "limit_calendar_roll",
    "limit_calendar_roll_on_time",
    "limit_calendar_strict",
    "limit_calendar_strict_on_time",
    "agreed",
    "agreed_on_time",
    "planned",
    "planned_on_time",
    "unpromised",
    "gaps",
    "gap_cases",
    "gap_workdays",
    "gap_minutes",
    "overlap_saved_minutes",
    "violations",
    "withdrawn",
    "refused",
    "withdrawn_overdue",
    "refused_overdue",
    "special_overdue",
    *(f"{basis}_by_late_entry" for basis in BASES),
    "ceiling",
    "ceiling_kept",
    *GRADES,
    *(f"{each}_ledger" for each in DENOMINATORS),
)


def ratings_of(counts: Mapping[str, int]) -> Ratings:
    """Return the ratings among the counts of a cell or of several."""
    very, well, basically, badly, very_badly = (counts[name] for name in GRADES)
    return Ratings((very, well, basically, badly, very_badly))


def counts_of(case: Case) -> dict[str, int]:
    """Return what an ended case adds to each count of its cell.

    Only cases with a limit that are not special count for the 3/5/10 days (HK-02); agreed dates, planning values
    and cases without a promise have counts of their own. A case withdrawn, refused or made special while it was
    overdue is counted as such, since it leaves the rate.
    """
    if case.state in (WITHDRAWN, REFUSED):
        name = case.state.lower()
        return {name: 1, f"{name}_overdue": int(case.ended_overdue)}
    outcome = case.outcome
    if outcome is None:
        return {}
    counts = {
        "closed": 1,
        "gaps": outcome.gaps,
        "gap_cases": int(outcome.gaps > 0),
        "gap_workdays": outcome.gap_workdays,
        "gap_minutes": outcome.gap_minutes,
        "overlap_saved_minutes": outcome.overlap_saved_minutes,
        "violations": outcome.violations,
    }
    if case.special:
        counts |= {"special": 1, "special_overdue": int(case.special_overdue)}
    else:
        counts |= _promise_of(outcome)
    if case.score is not None:
        counts[f"rated_{case.score}"] = 1
    if outcome.from_ledger:
        divided = {*counts} | ({"rated"} if case.score is not None else set())
        counts |= {f"{each}_ledger": 1 for each in DENOMINATORS if each in divided}
    return counts


def _promise_of(outcome: Outcome) -> dict[str, int]:
    """Return what a closed case that is not special adds to the rates of kept promises."""
    counts: dict[str, int] = {}
    judged, basis = outcome.on_time[0], outcome.basis.lower()
    if judged is None:
        counts["unpromised"] = 1
    elif basis == "limit":
        for reading, kept in zip(READINGS, outcome.on_time, strict=True):
            if kept is not None:
                counts[f"limit_{reading}"] = 1
                counts[f"limit_{reading}_on_time"] = int(kept)
    elif basis in BASES:
        counts[basis] = 1
        counts[f"{basis}_on_time"] = int(judged)
    if judged and basis in BASES:
        counts[f"{basis}_by_late_entry"] = int(outcome.by_late_entry)
    if outcome.ceiling_kept is not None:
        counts |= {"ceiling": 1, "ceiling_kept": int(outcome.ceiling_kept)}
    return counts


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that one case adds to the figures; each round of a stage on its own, though of one cell."""

    stages: dict[tuple[StageCell, int], tuple[int, int]]
    counts: tuple[CaseCell, dict[str, int]] | None
    pauses: dict[PauseCell, tuple[int, int]]


def contribution_of(case: Case) -> Contribution:
    """Return what a case adds to the figures now."""
    district, utility, supply, length_class = case.dims
    stages = {
        (StageCell(district, utility, supply, stage, length_class, time.month), round_): (
            time.elapsed,
            time.working,
        )
        for (stage, round_), time in case.stages.items()
    }
    if case.month is None:
        return Contribution(stages, None, {})
    cell = CaseCell(district, utility, supply, length_class, case.month)
    pauses: dict[PauseCell, tuple[int, int]] = {}
    for reason, count, days in case.outcome.pauses if case.outcome else ():
        before = pauses.get(PauseCell(*cell, reason), (0, 0))
        pauses[PauseCell(*cell, reason)] = (before[0] + count, before[1] + days)
    return Contribution(stages, (cell, counts_of(case)), pauses)
