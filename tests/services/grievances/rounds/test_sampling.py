"""Samples: divided by the sizes of strata, drawn by a hash, and the same wherever they are drawn."""

from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grievances.domain.rounds.sampling import LEAST, Drawing, StratumKey, allocate, rank
from services.grievances.domain.rounds.values import Allocation

A, B, C = (StratumKey(category=code) for code in ("ENT", "IND", "RES"))
SIZES = st.dictionaries(
    st.builds(StratumKey, district=st.sampled_from(["1", "2", "3", "4"]), category=st.sampled_from("abc")),
    st.integers(1, 400),
    min_size=1,
)


@pytest.mark.parametrize(
    ("sizes", "number", "taken"),
    [
        # Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, example 5.1: 155, 62 and 93 of 310.
        ({A: 155, B: 62, C: 93}, 40, {A: 20, B: 8, C: 12}),
        # The largest remainders: 2.6, 2.4 and 5.0 of ten.
        ({A: 26, B: 24, C: 50}, 10, {A: 3, B: 2, C: 5}),
        # Two of each where that is possible.
        ({A: 1_000, B: 3}, 10, {A: 8, B: 2}),
        ({A: 1_000, B: 1}, 10, {A: 9, B: 1}),
        ({A: 5, B: 5, C: 5}, 2, {A: 1, B: 1, C: 0}),
        ({A: 3, B: 2}, 100, {A: 3, B: 2}),
    ],
)
def test_a_sample_is_divided_in_proportion(
    sizes: dict[StratumKey, int], number: int, taken: dict[StratumKey, int]
) -> None:
    assert allocate(sizes, number, Allocation.PROPORTIONAL) == taken


def test_equal_parts_are_as_equal_as_the_sizes_allow() -> None:
    assert allocate({A: 155, B: 62, C: 93}, 41, Allocation.EQUAL) == {A: 14, B: 14, C: 13}
    assert allocate({A: 155, B: 4, C: 93}, 40, Allocation.EQUAL) == {A: 18, B: 4, C: 18}


@given(sizes=SIZES, number=st.integers(1, 900), allocation=st.sampled_from(Allocation))
def test_it_is_neither_more_nor_less(
    sizes: dict[StratumKey, int], number: int, allocation: Allocation
) -> None:
    taken = allocate(sizes, number, allocation)
    assert sum(taken.values()) == min(number, sum(sizes.values()))
    assert all(0 <= taken[key] <= size for key, size in sizes.items())
    if number >= LEAST * len(sizes):
        assert all(taken[key] >= min(LEAST, size) for key, size in sizes.items())
    total = sum(sizes.values())
    if allocation is Allocation.PROPORTIONAL and all(
        Fraction(number * size, total) >= LEAST for size in sizes.values()
    ):
        # Within one of the share, as the largest remainders are (quota rule).
        assert all(
            abs(taken[key] - Fraction(number * size, total)) < 1
            for key, size in sizes.items()
            if number <= total
        )


def _drawn(seed: str, members: list[tuple[StratumKey, str]], number: int) -> dict[StratumKey, list[str]]:
    drawing = Drawing(seed, number)
    for key, member in members:
        drawing.add(key, member)
    return {stratum.key: drawing.drawn(stratum) for stratum in drawing.strata(Allocation.PROPORTIONAL)}


def test_who_is_drawn_depends_on_seed_and_ids_alone() -> None:
    members = [((A, B, C)[number % 3], f"account-{number}") for number in range(600)]
    first = _drawn("seed", members, 30)
    shuffled = Random(7).sample(members, len(members))
    assert _drawn("seed", shuffled, 30) == first
    assert _drawn("another", members, 30) != first
    for key, chosen in first.items():
        ranked = sorted(
            (member for of, member in members if of == key), key=lambda member: rank("seed", member)
        )
        assert chosen == ranked[:10]


def test_the_order_of_a_seed_is_the_same_on_every_machine() -> None:
    # The first half of what `sha256sum` says of "seed:account-1".
    assert rank("seed", "account-1") == 0x6CF3D7D40A957325FBCAA63C4F09491A
    assert _drawn("2022", [(A, str(number)) for number in range(20)], 3) == {A: ["6", "2", "0"]}


def test_each_is_drawn_as_often_as_the_others() -> None:
    members = [(A, str(number)) for number in range(20)]
    often = Counter(member for seed in range(2_000) for member in _drawn(str(seed), members, 5)[A])
    # 2,000 draws of 5 of 20 take each 500 times; the standard deviation is 19.
    assert all(abs(number - 500) < 100 for number in often.values())


def test_a_weight_says_for_how_many_one_stands() -> None:
    drawing = Drawing("seed", 4)
    for number in range(10):
        drawing.add(A, str(number))
    (stratum,) = drawing.strata(Allocation.EQUAL)
    assert (stratum.population, stratum.sample, stratum.weight) == (10, 4, Fraction(5, 2))
