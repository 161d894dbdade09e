"""What is kept of each case, and what a case contributes to the figures: a pure function of those facts."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from services.metrics.domain.ages import end_of_day

# Beside the six stages: the whole case, an open case between stages, and one that its user has to confirm.
TOTAL, NO_STAGE, AWAITING = "TOTAL", "NONE", "AWAITING_CONFIRMATION"
STAGE_NAMES = {
    "ACCEPT": "报装受理",
    "SURVEY_DESIGN": "勘查设计",
    "CONTRACT": "签订合同",
    "PERMIT": "并联审批/告知承诺",
    "EXTERNAL_WORKS": "外线施工",
    "TURN_ON": "验收通水/通气/通热",
    TOTAL: "全流程",
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


class StageTime(NamedTuple):
    """The time of one completed stage, or of the whole case, and the month in which it ended."""

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
    """What is on record of a closed case. `on_time` is in the order of READINGS; None where nothing was promised."""

    basis: str
    on_time: tuple[bool | None, bool | None, bool | None, bool | None]
    gaps: int
    gap_workdays: int
    gap_minutes: int
    overlap_saved_minutes: int
    violations: int
    pauses: tuple[tuple[str, int, int], ...]


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
    pauses: dict[str, datetime] = field(default_factory=dict)
    gap_since: datetime | None = None
    # Whether its first agent came before the time for one was over; None while neither has happened.
    agent_in_time: bool | None = None
    ended_at: datetime | None = None
    month: str | None = None
    outcome: Outcome | None = None
    stages: dict[str, StageTime] = field(default_factory=dict)

    @property
    def stopped_at(self) -> datetime | None:
        """When the clock stopped; the day on which a pause begins still counts."""
        return end_of_day(min(self.pauses.values())) if self.pauses else None


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
)


def counts_of(case: Case) -> dict[str, int]:
    """Return what an ended case adds to each count of its cell.

    Only cases with a limit that are not special count for the 3/5/10 days (HK-02); agreed dates, planning values
    and cases without a promise have counts of their own.
    """
    if case.state == WITHDRAWN:
        return {"withdrawn": 1}
    if case.state == REFUSED:
        return {"refused": 1}
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
    judged = outcome.on_time[0]
    if case.special:
        counts["special"] = 1
    elif judged is None:
        counts["unpromised"] = 1
    elif outcome.basis == "LIMIT":
        for reading, kept in zip(READINGS, outcome.on_time, strict=True):
            if kept is not None:
                counts[f"limit_{reading}"] = 1
                counts[f"limit_{reading}_on_time"] = int(kept)
    else:
        column = outcome.basis.lower()
        counts[column] = 1
        counts[f"{column}_on_time"] = int(judged)
    return counts


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that one case adds to the figures."""

    stages: dict[StageCell, tuple[int, int]]
    counts: tuple[CaseCell, dict[str, int]] | None
    pauses: dict[PauseCell, tuple[int, int]]


def contribution_of(case: Case) -> Contribution:
    """Return what a case adds to the figures now."""
    district, utility, supply, length_class = case.dims
    stages = {
        StageCell(district, utility, supply, stage, length_class, time.month): (time.elapsed, time.working)
        for stage, time in case.stages.items()
    }
    if case.month is None:
        return Contribution(stages, None, {})
    cell = CaseCell(district, utility, supply, length_class, case.month)
    pauses = case.outcome.pauses if case.outcome else ()
    return Contribution(
        stages,
        (cell, counts_of(case)),
        {PauseCell(*cell, reason): (count, days) for reason, count, days in pauses},
    )
