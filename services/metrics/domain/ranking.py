"""Standard competition ranking of rates ("1224"): equal fractions share a rank, the next ones are skipped."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from services.metrics.domain.rates import Rate

# Ranks of smaller samples are not significant.
SMALL_SAMPLE: Final = 30


class Ranked(NamedTuple):
    """One rank."""

    rank: int
    code: str
    rate: Rate
    is_small: bool


def ranked(rates: Mapping[str, Rate]) -> list[Ranked]:
    """Rank rates by their exact fractions, the greatest first; a zero denominator has no rank.

    Equal ranks are sorted by sample size, descending, then by code.
    """
    shares = {
        code: Fraction(rate.numerator, rate.denominator) for code, rate in rates.items() if rate.denominator
    }
    order = sorted(shares, key=lambda code: (-shares[code], -rates[code].denominator, code))
    ranks: dict[Fraction, int] = {}
    for rank, code in enumerate(order, 1):
        ranks.setdefault(shares[code], rank)
    return [
        Ranked(ranks[shares[code]], code, rates[code], rates[code].denominator < SMALL_SAMPLE)
        for code in order
    ]
