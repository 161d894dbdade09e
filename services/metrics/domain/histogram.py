"""A histogram of minutes in logarithmic buckets of ratio 1.02: it merges exactly and knows quantiles within 1 %.

Bucket i holds the whole minutes in [1.02^i, 1.02^(i+1)); zero has a bucket of its own. Up to 50 minutes every bucket
that is used holds one value, so quantiles there are exact.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from math import ceil, sqrt

RATIO = 1.02
ZERO = -1
# 1.02^1100 minutes are 5,400 years.
_STARTS = tuple(RATIO**index for index in range(1100))


def bucket_of(minutes: int) -> int:
    """Return the bucket of a duration. Raises ValueError for a negative one."""
    if minutes < 0:
        raise ValueError("a duration cannot be negative")
    return ZERO if minutes == 0 else bisect_right(_STARTS, minutes) - 1


def middle_of(bucket: int) -> float:
    """Return the geometric middle of the least and the greatest whole minute of a bucket.

    It differs from every value in the bucket by less than √1.02 − 1 = 0.995 % of that value.
    """
    if bucket == ZERO:
        return 0.0
    return sqrt(ceil(_STARTS[bucket]) * (ceil(_STARTS[bucket + 1]) - 1))


def merge(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Add up histograms, each a mapping of bucket to count."""
    total: dict[int, int] = {}
    for histogram in histograms:
        for bucket, count in histogram.items():
            total[bucket] = total.get(bucket, 0) + count
    return total


def quantile(histogram: Mapping[int, int], percent: int, least: int, greatest: int) -> float:
    """Return the quantile by the nearest rank: the ⌈n·percent/100⌉-th smallest duration, within 1 %.

    `least` and `greatest` are the exact extremes of what the histogram holds; the answer lies between them.
    Raises ValueError for an empty histogram.
    """
    rank = -(-sum(histogram.values()) * percent // 100)
    seen = 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= rank > 0:
            return min(max(middle_of(bucket), float(least)), float(greatest))
    raise ValueError("nothing to take a quantile of")
