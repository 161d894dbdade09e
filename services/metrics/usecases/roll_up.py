"""Add up rows of live figures over fewer dimensions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

Group = tuple[str, ...]
Counts = dict[str, int]


def roll_up(
    rows: Iterable[tuple[Group, Counts]], dims: Sequence[str], by: Sequence[str], split: str = "stage"
) -> list[tuple[Group, Counts]]:
    """Add up rows that are grouped by `dims` over the dimensions `by`, in the order of the groups.

    A row whose `split` dimension holds several codes, joined by commas, counts under each of them when that
    dimension is asked for, and once otherwise.
    """
    totals: dict[Group, Counts] = defaultdict(lambda: defaultdict(int))
    for group, counts in rows:
        keys: list[Group] = [()]
        for name in by:
            code = group[dims.index(name)]
            codes = code.split(",") if name == split else [code]
            keys = [(*key, each) for key in keys for each in codes]
        for key in keys:
            total = totals[key]
            for name, count in counts.items():
                total[name] += count
    return sorted((key, dict(counts)) for key, counts in totals.items())
