"""Rates and means as exact fractions; rounded values are for display only."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

# Two-sided 95 %: 1.96 standard deviations.
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Rate:
    """A fraction of counts."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str | None:
        """The percentage with two decimals, rounded half up; None for a zero denominator."""
        return _two_decimals(100 * self.numerator, self.denominator)

    @property
    def interval(self) -> "Interval | None":
        """The 95 % confidence interval; None for a zero denominator."""
        return wilson(self.numerator, self.denominator) if self.denominator else None

    def reaches(self, target: Fraction) -> bool | None:
        """Whether the exact fraction is at least the target (以上 includes it); None for a zero denominator."""
        if self.denominator == 0:
            return None
        return self.numerator * target.denominator >= self.denominator * target.numerator


@dataclass(frozen=True, slots=True)
class Mean:
    """An amount divided by a count."""

    total: int
    count: int

    @property
    def mean(self) -> str | None:
        """The mean with two decimals, rounded half up; None for a zero count."""
        return _two_decimals(self.total, self.count)


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of shares, each from 0 to 1."""

    low: float
    high: float


def wilson(numerator: int, denominator: int) -> Interval:
    """Return the Wilson score interval (95 %) of a share, without continuity correction.

    E. B. Wilson (1927); R. G. Newcombe, Statistics in Medicine 17 (1998), method 3. Raises ValueError unless
    0 ≤ numerator ≤ denominator and 0 < denominator.
    """
    if not 0 <= numerator <= denominator or denominator == 0:
        raise ValueError("a share needs 0 ≤ numerator ≤ denominator, and something to divide by")
    share, squared = numerator / denominator, _Z * _Z
    centre = 2 * numerator + squared
    margin = _Z * sqrt(squared + 4 * numerator * (1 - share))
    divisor = 2 * (denominator + squared)
    # The exact ends 0 and 1 must not be affected by float rounding.
    low = 0.0 if numerator == 0 else (centre - margin) / divisor
    high = 1.0 if numerator == denominator else (centre + margin) / divisor
    return Interval(low, high)


def _two_decimals(numerator: int, denominator: int) -> str | None:
    if denominator == 0:
        return None
    hundredths = (numerator * 200 + denominator) // (2 * denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
