"""Rates as exact fractions; the percentage is for showing and never for judging."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str | None:
        """The percentage with two decimals, rounded half up; None when there is nothing to divide by."""
        if self.denominator == 0:
            return None
        hundredths = (self.numerator * 20_000 + self.denominator) // (2 * self.denominator)
        return f"{hundredths // 100}.{hundredths % 100:02d}"
