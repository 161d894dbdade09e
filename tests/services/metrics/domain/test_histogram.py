from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.histogram import ZERO, Minutes, bucket_of, middle_of, quantile

minutes = st.integers(0, 20_000_000)
durations = st.lists(minutes, min_size=1, max_size=200)
percents = st.integers(1, 100)


def of(values: list[int]) -> Minutes:
    found = Minutes()
    found.change(Counter(values))
    return found


def histogram(values: list[int]) -> dict[int, int]:
    return of(values).buckets


@given(st.lists(durations, max_size=5))
def test_merging_is_the_histogram_of_everything_whatever_the_grouping(parts: list[list[int]]) -> None:
    whole = of([value for part in parts for value in part])
    for order in (parts, parts[::-1]):
        merged = Minutes()
        for part in order:
            merged.merge(of(part))
        assert merged == whole


@given(durations, durations, st.data())
def test_what_is_taken_away_leaves_the_rest_or_says_that_an_extreme_is_not_known(
    kept: list[int], gone: list[int], data: st.DataObject
) -> None:
    came = data.draw(st.lists(minutes, max_size=20))
    delta = Counter(came)
    delta.subtract(gone)
    found = of(kept + gone)
    is_open = found.change(delta)
    rest = of(kept + came)
    assert (found.count, found.total, found.buckets) == (rest.count, rest.total, rest.buckets)
    if not is_open:
        assert (found.least, found.greatest) == (rest.least, rest.greatest)
    else:
        assert min(gone) <= min(kept + came) or max(gone) >= max(kept + came)


@given(minutes)
def test_the_middle_of_a_bucket_is_within_one_percent_of_every_value_in_it(value: int) -> None:
    assert abs(middle_of(bucket_of(value)) - value) <= value / 100


def test_up_to_fifty_minutes_every_value_is_kept_exactly() -> None:
    assert [middle_of(bucket_of(value)) for value in range(51)] == pytest.approx(range(51))
    assert len({bucket_of(value) for value in range(51)}) == 51


@given(minutes, minutes)
def test_buckets_keep_the_order(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert bucket_of(low) <= bucket_of(high)
    assert (bucket_of(low) == ZERO) == (low == 0)


@given(durations, percents)
def test_a_quantile_is_within_one_percent_of_the_nearest_rank(values: list[int], percent: int) -> None:
    exact = sorted(values)[-(-len(values) * percent // 100) - 1]
    found = quantile(histogram(values), percent, min(values), max(values))
    assert abs(found - exact) <= exact / 100
    assert min(values) <= found <= max(values)


@given(durations)
def test_quantiles_do_not_fall(values: list[int]) -> None:
    found = [quantile(histogram(values), percent, min(values), max(values)) for percent in range(1, 101)]
    assert all(one <= other for one, other in pairwise(found))
    assert found[-1] >= max(values) * 0.99


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        bucket_of(-1)
    with pytest.raises(ValueError, match="nothing"):
        quantile({}, 50, 0, 0)
