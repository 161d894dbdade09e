"""What the answers of a stratified sample say of the population, with an interval of 95 %: pure, exact fractions.

Cochran, Sampling Techniques, 3rd ed.: the mean of strata 5.1, its variance 5.12 with the correction for finite
populations, collapsed strata 5A.12. Shares have Wilson's interval at the effective number of answers, which does not
shrink to a point where all answer alike (Korn and Graubard, Survey Methodology 24, 1998).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

Z = Fraction(196, 100)
_SCALE = 10**8


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of a stratum: grades, or 1 and 0 of a share."""

    population: int
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate; None without an answer. `left_out` is the part of the population that nobody answers for.

    Without a second answer in all there is no interval.
    """

    answered: int
    value: Fraction | None = None
    variance: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    left_out: Fraction = Fraction(0)


def root(square: Fraction) -> Fraction:
    """Return the square root of a fraction, rounded down to eight decimals."""
    return Fraction(isqrt(square.numerator * _SCALE**2 // square.denominator), _SCALE)


def mean_of(groups: Iterable[Group], least: int, most: int) -> Estimate:
    """Estimate the mean of grades from `least` to `most`."""
    estimate = _estimate(list(groups))
    if estimate.value is None or estimate.variance is None:
        return estimate
    half = Z * root(estimate.variance)
    low, high = max(Fraction(least), estimate.value - half), min(Fraction(most), estimate.value + half)
    return _with(estimate, low, high)


def share_of(groups: Iterable[Group]) -> Estimate:
    """Estimate the share of those whose value is 1."""
    groups = list(groups)
    estimate = _estimate(groups)
    share, variance = estimate.value, estimate.variance
    if share is None or variance is None:
        return estimate
    if all(len(group.values) == group.population for group in groups):
        return _with(estimate, share, share)
    spread = share * (1 - share)
    number = spread / variance if variance else Fraction(estimate.answered)
    low, high = _wilson(share, number)
    return _with(estimate, low, high)


def _wilson(share: Fraction, number: Fraction) -> tuple[Fraction, Fraction]:
    square = Z * Z / number
    middle = (share + square / 2) / (1 + square)
    half = root(Z * Z * (share * (1 - share) / number + square / number / 4)) / (1 + square)
    return max(Fraction(0), middle - half), min(Fraction(1), middle + half)


def _with(estimate: Estimate, low: Fraction, high: Fraction) -> Estimate:
    return Estimate(
        estimate.answered, estimate.value, estimate.variance, low, high, left_out=estimate.left_out
    )


def _estimate(groups: Sequence[Group]) -> Estimate:
    whole = sum(group.population for group in groups)
    answered = [group for group in groups if group.values]
    number = sum(len(group.values) for group in answered)
    if not answered:
        return Estimate(0, left_out=Fraction(1 if whole else 0))
    # Strata without an answer count in proportion to the others, and how much they are is told.
    population = sum(group.population for group in answered)
    left_out = Fraction(whole - population, whole)
    value = sum((Fraction(group.population, population) * _mean(group) for group in answered), Fraction(0))
    variances = [_variance(group) for group in _collapsed(answered)]
    if any(variance is None for variance in variances):
        return Estimate(number, value, left_out=left_out)
    parts = zip(_collapsed(answered), variances, strict=True)
    variance = sum(
        (Fraction(group.population, population) ** 2 * (within or 0) for group, within in parts), Fraction(0)
    )
    return Estimate(number, value, variance, left_out=left_out)


def _collapsed(groups: Sequence[Group]) -> list[Group]:
    """Return the strata with those of one answer put together, and with the least of the others if one is left."""
    alone = [group for group in groups if len(group.values) == 1 < group.population]
    others = sorted(
        (group for group in groups if not len(group.values) == 1 < group.population),
        key=lambda group: group.population,
    )
    if len(alone) == 1 and others:
        alone.append(others.pop(0))
    if not alone:
        return others
    together = Group(
        sum(group.population for group in alone), [value for group in alone for value in group.values]
    )
    return [*others, together]


def _mean(group: Group) -> Fraction:
    return Fraction(sum(group.values), len(group.values))


def _variance(group: Group) -> Fraction | None:
    """Return the variance of a stratum's mean; None of a single answer that stands for several."""
    number = len(group.values)
    if number >= group.population:
        return Fraction(0)
    if number < 2:
        return None
    mean = _mean(group)
    within = sum(((value - mean) ** 2 for value in group.values), Fraction(0)) / (number - 1)
    return (1 - Fraction(number, group.population)) * within / number
