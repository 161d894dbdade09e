"""Estimates of stratified samples: textbook values, and a plain recomputation."""

from fractions import Fraction
from math import sqrt
from statistics import fmean, variance

from hypothesis import given
from hypothesis import strategies as st

from services.grievances.domain.rounds.estimates import Estimate, Group, mean_of, root, share_of

# Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, examples 5.2 to 5.4: hours before the television.
TOWN_A = Group(155, [35, 43, 36, 39, 28, 28, 29, 25, 38, 27, 26, 32, 29, 40, 35, 41, 37, 31, 45, 34])
TOWN_B = Group(62, [27, 15, 4, 41, 49, 25, 10, 30])
RURAL = Group(93, [8, 14, 12, 15, 30, 32, 21, 20, 34, 7, 11, 24])
GROUPS = st.lists(
    st.integers(2, 30).flatmap(
        lambda number: st.builds(
            Group,
            st.integers(number, 5_000),
            st.lists(st.integers(1, 5), min_size=number, max_size=number),
        )
    ),
    min_size=1,
    max_size=6,
)


def test_the_textbook_example_has_its_values() -> None:
    estimate = mean_of([TOWN_A, TOWN_B, RURAL], 0, 168)
    assert estimate.value is not None
    assert estimate.variance is not None
    assert round(float(estimate.value), 1) == 27.7
    assert round(float(estimate.variance), 2) == 1.97
    assert estimate.answered == 40
    # 27.7 ± 1.96 · 1.40
    assert (round(float(estimate.low or 0), 1), round(float(estimate.high or 0), 1)) == (24.9, 30.4)


def test_shares_have_the_published_intervals_of_wilson() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 0/20, 1/29, 15/148 and 81/263.
    for ones, number, low, high in (
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (15, 148, 0.0624, 0.1605),
        (81, 263, 0.2553, 0.3662),
    ):
        # The variance of a sample has one answer less than Newcombe's.
        estimate = share_of([Group(10**9, [1] * ones + [0] * (number - ones))])
        assert estimate.value == Fraction(ones, number)
        assert abs(float(estimate.low or 0) - low) < 0.002
        assert abs(float(estimate.high or 0) - high) < 0.006
    assert round(float(share_of([Group(10**9, [0] * 20)]).high or 0), 4) == 0.1611


@given(groups=GROUPS)
def test_mean_and_interval_equal_a_plain_recomputation(groups: list[Group]) -> None:
    whole = sum(group.population for group in groups)
    value = sum(group.population * fmean(group.values) for group in groups) / whole
    squares = [
        (group.population / whole) ** 2
        * (1 - len(group.values) / group.population)
        * variance(group.values)
        / len(group.values)
        for group in groups
    ]
    half = 1.96 * sqrt(sum(squares))
    estimate = mean_of(groups, 1, 5)
    assert abs(float(estimate.value or 0) - value) < 1e-9
    assert abs(float(estimate.low or 0) - max(1, value - half)) < 1e-6
    assert abs(float(estimate.high or 0) - min(5, value + half)) < 1e-6


@given(groups=GROUPS, least=st.integers(2, 5))
def test_a_share_is_within_its_interval(groups: list[Group], least: int) -> None:
    shares = [Group(group.population, [int(value >= least) for value in group.values]) for group in groups]
    estimate = share_of(shares)
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    slack = Fraction(1, 10**6)
    assert 0 <= estimate.low <= estimate.value + slack
    assert estimate.value - slack <= estimate.high <= 1


def test_weights_count_and_not_answers() -> None:
    # Nine of ten answers are of a stratum that is one percent of all.
    estimate = mean_of([Group(10, [1] * 9), Group(990, [5, 5])], 1, 5)
    assert estimate.value == Fraction(10, 1000) * 1 + Fraction(990, 1000) * 5


def test_all_alike_is_no_certainty_unless_all_were_asked() -> None:
    some = share_of([Group(1_000, [1] * 10)])
    assert (some.value, some.high) == (Fraction(1), Fraction(1))
    assert some.low is not None
    assert round(float(some.low), 3) == 0.722
    every = share_of([Group(10, [1] * 9 + [0])])
    assert every.low == every.value == every.high == Fraction(9, 10)


def test_strata_without_an_answer_are_left_out_and_told() -> None:
    estimate = mean_of([Group(300, [4, 5]), Group(100, [])], 1, 5)
    assert (estimate.value, estimate.left_out) == (Fraction(9, 2), Fraction(1, 4))
    nobody = mean_of([Group(300, []), Group(100, [])], 1, 5)
    assert nobody == Estimate(0, left_out=Fraction(1))


def test_single_answers_are_put_together_for_the_interval() -> None:
    both = mean_of([Group(50, [3]), Group(50, [5])], 1, 5)
    assert both.value == 4
    # As one stratum of 100 with 3 and 5: variance 2, corrected by 0.98, of two.
    assert both.variance == Fraction(98, 100) * 2 / 2
    alone = mean_of([Group(50, [3])], 1, 5)
    assert alone == Estimate(1, Fraction(3))
    beside = mean_of([Group(50, [3]), Group(50, [5, 4]), Group(500, [4, 4, 5])], 1, 5)
    assert beside.low is not None
    # The only one of a stratum stands for nobody else.
    assert mean_of([Group(1, [3])], 1, 5).low == 3


@given(square=st.fractions(0, 10**6))
def test_a_root_is_exact_to_seven_decimals(square: Fraction) -> None:
    assert 0 <= square - root(square) ** 2 <= 2 * root(square) / 10**8 + Fraction(1, 10**16)
