"""Standard competition ranking of rates: equal fractions have one rank, and the next has as many more as they are."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from services.metrics.domain.rates import Rate

# Below it a place in a ranking says little.
SMALL_SAMPLE: Final = 30


class Ranked(NamedTuple):
    """One place in a ranking."""

    rank: int
    code: str
    rate: Rate
    is_small: bool


def ranked(rates: Mapping[str, Rate]) -> list[Ranked]:
    """Rank rates by their exact fractions, the greatest first; what has nothing to divide by has no rank.

    Those of one rank stand with the larger sample first, then by code.
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
