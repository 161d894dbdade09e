"""What a batch of events changes in the figures: differences of whole numbers, so their order does not matter."""

from collections import defaultdict
from dataclasses import dataclass, field

from services.metrics.domain.activities import Act, ActivityCell
from services.metrics.domain.facts import CaseCell, Contribution, PauseCell, StageCell
from services.metrics.domain.histogram import bucket_of

ELAPSED, WORKING = "elapsed", "working"


@dataclass(slots=True)
class Extremes:
    """What came to a cell and what left it; the least and greatest left decide whether its own must be found anew."""

    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)


@dataclass(slots=True)
class StageDelta:
    """The change of one cell of the stage figures."""

    elapsed: Extremes = field(default_factory=Extremes)
    working: Extremes = field(default_factory=Extremes)

    @property
    def count(self) -> int:
        """By how many stage times the cell grows."""
        return len(self.elapsed.added) - len(self.elapsed.removed)


@dataclass(slots=True)
class Deltas:
    """The changes of all cells."""

    stages: dict[StageCell, StageDelta] = field(default_factory=lambda: defaultdict(StageDelta))
    buckets: dict[tuple[StageCell, str, int], int] = field(default_factory=lambda: defaultdict(int))
    cases: dict[CaseCell, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    pauses: dict[PauseCell, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    acts: dict[tuple[str, ActivityCell], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )

    def act(self, case_id: str, cell: ActivityCell, act: Act) -> None:
        """Add what an event of a case counts for; it is never taken away."""
        into = self.acts[case_id, cell]
        into[0] += act.count
        into[1] += act.amount

    def move(self, before: Contribution, after: Contribution) -> None:
        """Take away what a case contributed and add what it contributes now."""
        if before.stages != after.stages:
            for key, times in before.stages.items():
                if after.stages.get(key) != times:
                    self._stage(key[0], times, -1)
            for key, times in after.stages.items():
                if before.stages.get(key) != times:
                    self._stage(key[0], times, 1)
        if before.counts != after.counts:
            self._counts(before, -1)
            self._counts(after, 1)
        if before.pauses != after.pauses:
            self._pauses(before, -1)
            self._pauses(after, 1)

    def _stage(self, cell: StageCell, times: tuple[int, int], sign: int) -> None:
        delta = self.stages[cell]
        for measure, extremes, minutes in (
            (ELAPSED, delta.elapsed, times[0]),
            (WORKING, delta.working, times[1]),
        ):
            (extremes.added if sign > 0 else extremes.removed).append(minutes)
            self.buckets[cell, measure, bucket_of(minutes)] += sign

    def _counts(self, contribution: Contribution, sign: int) -> None:
        if contribution.counts is not None:
            cell, counts = contribution.counts
            into = self.cases[cell]
            for name, value in counts.items():
                into[name] += sign * value

    def _pauses(self, contribution: Contribution, sign: int) -> None:
        for cell, (count, days) in contribution.pauses.items():
            into = self.pauses[cell]
            into[0] += sign * count
            into[1] += sign * days
