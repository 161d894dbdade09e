"""Figures of cases, counted one by one."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.support.oracle.ledger import OracleCase
from tests.support.oracle.rules import READINGS

# Working days for survey, design and acceptance, where no limit in days holds.
CEILINGS = {"WATER": 12, "GAS": 18, "HEAT": 30}


@dataclass(slots=True)
class Minutes:
    """Some durations, exactly."""

    values: list[int] = field(default_factory=list)

    def quantile(self, percent: int) -> int:
        """The nearest rank: the ⌈n·percent/100⌉-th smallest."""
        return sorted(self.values)[-(-len(self.values) * percent // 100) - 1]


@dataclass(slots=True)
class StageFigure:
    """All durations of one cell; count, sum, min and max follow from them."""

    elapsed: Minutes = field(default_factory=Minutes)
    working: Minutes = field(default_factory=Minutes)


def stage_figures(cases: Iterable[OracleCase]) -> dict[tuple[str, ...], StageFigure]:
    """By district, utility, supply, stage (or TOTAL), class and month of completion."""
    figures: dict[tuple[str, ...], StageFigure] = defaultdict(StageFigure)
    for case in cases:
        for stage, took in case.stages.items():
            figure = figures[case.district, case.utility, case.supply, stage, case.length_class, took.month]
            figure.elapsed.values.append(took.elapsed)
            figure.working.values.append(took.working)
    return dict(figures)


def case_figures(cases: Iterable[OracleCase]) -> dict[tuple[str, ...], Counter[str]]:
    """By district, utility, supply, class and month of the end: how cases ended."""
    figures: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case.ended_month is not None:
            cell = case.district, case.utility, case.supply, case.length_class, case.ended_month
            figures[cell] += counts_of(case)
    return dict(figures)


def counts_of(case: OracleCase) -> Counter[str]:
    """What an ended case counts for. Only limits, and no special case, count for the 3/5/10 days.

    Every case of a ledger was read in: each rate that it is in is told so.
    """
    if case.state != "CLOSED":
        return Counter({case.state.lower(): 1})
    rates = ["closed"]
    counts = Counter(
        gaps=case.gaps,
        gap_cases=int(case.gaps > 0),
        gap_workdays=case.gap_workdays,
        gap_minutes=case.gap_minutes,
        overlap_saved_minutes=case.overlap_saved_minutes,
        violations=len(case.violations),
    )
    if case.special:
        counts["special"] = 1
    elif case.basis == "LIMIT":
        for reading in READINGS:
            rates.append(f"limit_{reading}")
            counts[f"limit_{reading}_on_time"] = int(case.on_time[reading] is True)
    elif case.basis == "NONE":
        counts["unpromised"] = 1
    else:
        rates.append(case.basis.lower())
        counts[f"{case.basis.lower()}_on_time"] = int(case.on_time["judged"] is True)
    if case.ceiling_used is not None and not case.special:
        rates.append("ceiling")
        counts["ceiling_kept"] = int(case.ceiling_used <= CEILINGS[case.supply])
    for rate in rates:
        counts[rate] = counts[f"{rate}_ledger"] = 1
    return counts


def pause_figures(cases: Iterable[OracleCase]) -> dict[tuple[str, ...], tuple[int, int]]:
    """By district, utility, supply, class, month of the end and reason: pauses of closed cases, and their days."""
    figures: dict[tuple[str, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for case in cases:
        if case.state == "CLOSED" and case.ended_month:
            for reason, (count, days) in case.pauses.items():
                cell = case.district, case.utility, case.supply, case.length_class, case.ended_month, reason
                before = figures[cell]
                figures[cell] = (before[0] + count, before[1] + days)
    return dict(figures)
