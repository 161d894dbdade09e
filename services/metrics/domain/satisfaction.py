"""Satisfaction (满意率) of one cohort: cases by the month in which they closed, whenever they were rated.

Five grades (好差评, GB/T 39735) are kept apart. 基本满意 counts as satisfied, and the share without it stands beside
(O11). The target is judged on the exact fraction.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from services.metrics.domain.rates import Mean, Rate

# 二（二）2: 确保今年用户满意度不低于99.5%.
TARGET: Final = Fraction(995, 1000)
GRADE_NAMES: Final = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
SATISFIED, WELL_SATISFIED = 3, 4
# What a grade counts for on a scale of a hundred.
POINTS: Final = {5: 100, 4: 80, 3: 60, 2: 30, 1: 0}


@dataclass(frozen=True, slots=True)
class Ratings:
    """How often each grade was given, in the order of GRADE_NAMES."""

    counts: tuple[int, int, int, int, int]

    @property
    def rated(self) -> int:
        """How many cases were rated."""
        return sum(self.counts)

    @property
    def satisfied(self) -> Rate:
        """基本满意 and better."""
        return self._from(SATISFIED)

    @property
    def well_satisfied(self) -> Rate:
        """满意 and better."""
        return self._from(WELL_SATISFIED)

    @property
    def score(self) -> Mean:
        """The mean grade, 1 to 5."""
        return Mean(sum(grade * self.of(grade) for grade in GRADE_NAMES), self.rated)

    @property
    def points(self) -> Mean:
        """The mean on a scale of a hundred."""
        return Mean(sum(points * self.of(grade) for grade, points in POINTS.items()), self.rated)

    def of(self, grade: int) -> int:
        """Return how often a grade was given."""
        return self.counts[5 - grade]

    def _from(self, least: int) -> Rate:
        return Rate(sum(self.of(grade) for grade in GRADE_NAMES if grade >= least), self.rated)
