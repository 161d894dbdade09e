"""The target and interval of a share, and the ranking by it, against the vectors and known values."""

from fractions import Fraction
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.ranking import ranked
from services.metrics.domain.rates import Rate, wilson
from services.metrics.sources.hookup.ratings import TARGET
from tests.services.hookup.domain.samples import VECTORS


def shown(rate: Rate) -> dict[str, object]:
    return {
        "rated": rate.denominator,
        "good": rate.numerator,
        "rate_pct": rate.percent,
        "meets": rate.reaches(TARGET),
    }


def test_e07b_what_shows_as_99_50_may_miss_the_target() -> None:
    assert shown(Rate(1382, 1389)) == VECTORS["E07b"]["r"]


@pytest.mark.parametrize(
    ("good", "rated", "meets"),
    [(199, 200, True), (198, 199, False), (995, 1000, True), (994, 999, False), (0, 0, None), (0, 1, False)],
)
def test_the_target_includes_its_number_and_nobody_rated_is_no_verdict(
    good: int, rated: int, meets: bool | None
) -> None:
    assert Rate(good, rated).reaches(TARGET) is meets


@given(st.integers(1, 100_000), st.data())
def test_the_target_is_judged_on_the_fraction(rated: int, data: st.DataObject) -> None:
    good = data.draw(st.integers(0, rated))
    assert Rate(good, rated).reaches(TARGET) is (1000 * good >= 995 * rated)


# R. G. Newcombe, Statistics in Medicine 17 (1998), Table I, method 3.
@pytest.mark.parametrize(
    ("good", "rated", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_has_the_published_values(good: int, rated: int, low: float, high: float) -> None:
    found = wilson(good, rated)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 50_000), st.data())
def test_the_interval_holds_the_share_and_mirrors_it(rated: int, data: st.DataObject) -> None:
    good = data.draw(st.integers(0, rated))
    found, mirrored, larger = wilson(good, rated), wilson(rated - good, rated), wilson(4 * good, 4 * rated)
    assert 0.0 <= found.low <= good / rated <= found.high <= 1.0
    assert (found.low == 0.0) == (good == 0)
    assert (found.high == 1.0) == (good == rated)
    assert isclose(found.low, 1 - mirrored.high, abs_tol=1e-9)
    # Four times as many that say the same leave less doubt.
    assert larger.high - larger.low < found.high - found.low
    # The ends are the shares from which what was seen is just 1.96 standard deviations away.
    for end in {found.low, found.high} - {0.0, 1.0}:
        assert isclose(
            (good / rated - end) ** 2, 1.959963984540054**2 * end * (1 - end) / rated, rel_tol=1e-5
        )


@pytest.mark.parametrize(("good", "rated"), [(0, 0), (-1, 5), (6, 5)])
def test_there_is_no_interval_of_what_is_no_share(good: int, rated: int) -> None:
    with pytest.raises(ValueError, match="share"):
        wilson(good, rated)
    assert Rate(0, 0).interval is None


def test_e16() -> None:
    rates = {code: Rate(good, rated) for code, rated, good in VECTORS["E16"]["input"]}
    assert [
        [
            each.rank,
            each.code,
            each.rate.denominator,
            each.rate.numerator,
            each.rate.percent,
            each.rate.reaches(TARGET),
            each.is_small,
        ]
        for each in ranked(rates)
    ] == VECTORS["E16"]["rows"]


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=3), st.tuples(st.integers(0, 9), st.integers(0, 9))
    )
)
def test_a_rank_is_one_more_than_those_that_are_better(pairs: dict[str, tuple[int, int]]) -> None:
    rates = {code: Rate(min(pair), max(pair)) for code, pair in pairs.items()}
    found = ranked(rates)
    assert {each.code for each in found} == {code for code, rate in rates.items() if rate.denominator}
    shares = {each.code: Fraction(each.rate.numerator, each.rate.denominator) for each in found}
    for each in found:
        assert each.rank == 1 + sum(share > shares[each.code] for share in shares.values())
    assert [each.rank for each in found] == sorted(each.rank for each in found)
