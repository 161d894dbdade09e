"""Rates and means as exact fractions; what is rounded is for showing and never for judging."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str | None:
        """The percentage with two decimals, rounded half up; None when there is nothing to divide by."""
        return _two_decimals(100 * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Mean:
    """An amount over so many."""

    total: int
    count: int

    @property
    def mean(self) -> str | None:
        """The mean with two decimals, rounded half up; None when there is nothing to divide by."""
        return _two_decimals(self.total, self.count)


def _two_decimals(numerator: int, denominator: int) -> str | None:
    if denominator == 0:
        return None
    hundredths = (numerator * 200 + denominator) // (2 * denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
