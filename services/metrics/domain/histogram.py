"""Minutes of one cell: exact count, sum, minimum and maximum, and a histogram for quantiles within 1 %.

Bucket i holds the whole minutes in [1.02^i, 1.02^(i+1)); zero has a bucket of its own. Up to 50 minutes every bucket
that is used holds one value, so quantiles there are exact. Histograms merge exactly.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, sqrt

RATIO = 1.02
ZERO = -1
# 1.02^1100 minutes are 5,400 years.
_STARTS = tuple(RATIO**index for index in range(1100))


@lru_cache(maxsize=65_536)
def bucket_of(minutes: int) -> int:
    """Return the bucket of a duration. Raises ValueError for a negative one."""
    if minutes < 0:
        raise ValueError("a duration cannot be negative")
    return ZERO if minutes == 0 else bisect_right(_STARTS, minutes) - 1


def _ends_of(bucket: int) -> tuple[int, int]:
    """Return the least and the greatest whole minute of a bucket."""
    if bucket == ZERO:
        return 0, 0
    return ceil(_STARTS[bucket]), ceil(_STARTS[bucket + 1]) - 1


def middle_of(bucket: int) -> float:
    """Return the geometric middle of the least and the greatest whole minute of a bucket.

    It differs from every value in the bucket by less than √1.02 − 1 = 0.995 % of that value.
    """
    least, greatest = _ends_of(bucket)
    return sqrt(least * greatest)


@dataclass(slots=True)
class Minutes:
    """The statistics of a cell's times; `least` and `greatest` are undefined without any."""

    count: int = 0
    total: int = 0
    least: int = 0
    greatest: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    def change(self, values: Mapping[int, int]) -> bool:
        """Add values, each a number of times; remove them for a negative number.

        Tell whether a minimum or maximum was removed and has to be recomputed from all values.
        """
        extremes = (self.least, self.greatest) if self.count else None
        removed: list[int] = []
        for value, times in values.items():
            if times > 0:
                least, greatest = extremes or (value, value)
                extremes = min(least, value), max(greatest, value)
            elif times < 0:
                removed.append(value)
            else:
                continue
            bucket = bucket_of(value)
            self.count += times
            self.total += times * value
            if count := self.buckets.get(bucket, 0) + times:
                self.buckets[bucket] = count
            else:
                del self.buckets[bucket]
        self.least, self.greatest = extremes if extremes and self.count else (0, 0)
        return bool(removed) and self.count > 0 and self._without(min(removed), max(removed))

    def _without(self, least: int, greatest: int) -> bool:
        """Recompute removed extremes where their bucket holds a single value."""
        is_open = False
        if least <= self.least:
            low, high = _ends_of(min(self.buckets))
            self.least, is_open = low, low != high
        if greatest >= self.greatest:
            low, high = _ends_of(max(self.buckets))
            self.greatest, is_open = high, is_open or low != high
        return is_open

    def merge(self, other: "Minutes") -> None:
        """Add the times of another, non-empty cell."""
        self.least = min(self.least, other.least) if self.count else other.least
        self.greatest = max(self.greatest, other.greatest) if self.count else other.greatest
        self.count += other.count
        self.total += other.total
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def quantiles(self, percents: Iterable[int]) -> list[float]:
        """Return quantiles by the nearest rank: the ⌈n·percent/100⌉-th smallest time, within 1 %.

        They lie between the exact extremes. Raises ValueError without any time.
        """
        return [quantile(self.buckets, percent, self.least, self.greatest) for percent in percents]


def quantile(histogram: Mapping[int, int], percent: int, least: int, greatest: int) -> float:
    """Return the quantile of a histogram that is not empty, between its exact extremes. Raises ValueError."""
    rank = -(-sum(histogram.values()) * percent // 100)
    seen = 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= rank > 0:
            return min(max(middle_of(bucket), float(least)), float(greatest))
    raise ValueError("nothing to take a quantile of")
