"""Signals over any ratings: whatever their order, only flattering grades, and never less after more of the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grievances.domain.ratings.integrity import Around, Seen, crowded, equal, marks, own_signals
from services.grievances.domain.ratings.policy import Crowd, RatingPolicy
from services.grievances.domain.ratings.values import RatingChannel, Signal

NOON = datetime(2022, 7, 4, 4, tzinfo=UTC)
FEW = Crowd(3, timedelta(minutes=10))
POLICY = RatingPolicy(device=FEW, network=FEW, burst=FEW, equal=Crowd(3, timedelta(days=1)), bulk=FEW)


@st.composite
def ratings(draw: st.DrawFn) -> list[Seen]:
    """Return ratings around noon; some were not rated."""
    found = []
    for number in range(draw(st.integers(1, 14))):
        served = NOON + timedelta(seconds=draw(st.integers(0, 3600)))
        rated = served + timedelta(seconds=draw(st.integers(0, 3600)))
        is_rated = draw(st.booleans()) or number == 0
        found.append(
            Seen(
                id=f"{number:02d}",
                served_at=served,
                rated_at=rated if is_rated else None,
                grade=draw(st.integers(1, 5)) if is_rated else None,
                channel=draw(st.sampled_from(RatingChannel)) if is_rated else None,
                of_staff=draw(st.booleans()),
                contacted=draw(st.sampled_from([True, False, None])),
            )
        )
    return found


def around(seen: list[Seen]) -> Around:
    """Return the first one with all of them around it, in every way."""
    rated = [item for item in seen if item.grade is not None]
    return Around(seen[0], rated, rated, rated, rated, seen)


@given(ratings(), st.randoms(use_true_random=False))
def test_the_order_says_nothing_and_only_flattering_grades_are_marked(
    seen: list[Seen], random: object
) -> None:
    found = marks(around(seen), POLICY)
    shuffled = seen[1:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' random
    assert marks(around([seen[0], *shuffled]), POLICY) == found
    grades = {item.id: item.grade or 0 for item in seen}
    assert all(grades[rating_id] >= POLICY.good_from for rating_id in found)


@given(ratings())
def test_satisfaction_without_the_marked_is_never_better(seen: list[Seen]) -> None:
    found = marks(around(seen), POLICY)
    rated = [item for item in seen if item.grade is not None]
    left = [item for item in rated if item.id not in found]

    def share(items: list[Seen]) -> Fraction:
        return Fraction(sum((item.grade or 0) >= POLICY.good_from for item in items), len(items))

    assert not left or share(left) <= share(rated)


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=30), st.integers(2, 6), st.integers(1, 1200))
def test_a_crowd_is_what_a_plain_count_finds(seconds: list[int], count: int, span: int) -> None:
    items = [Seen(str(number), NOON + timedelta(seconds=second)) for number, second in enumerate(seconds)]
    plain = {
        str(number)
        for number, second in enumerate(seconds)
        for first in seconds
        if first <= second <= first + span
        and sum(first <= other <= first + span for other in seconds) >= count
    }
    crowd = Crowd(count, timedelta(seconds=span))
    assert crowded(items, lambda seen: seen.served_at, crowd) == plain


@given(ratings(), st.integers(1, 1800))
def test_more_of_the_same_crowd_never_unmarks(seen: list[Seen], later: int) -> None:
    served = [item.served_at for item in seen]
    before = crowded(seen, lambda item: item.served_at, FEW)
    more = [*seen, Seen("99", min(served) + timedelta(seconds=later))]
    assert before <= crowded(more, lambda item: item.served_at, FEW)


RATED = Seen("1", NOON, NOON + timedelta(hours=1), 5, RatingChannel.LINK)


@pytest.mark.parametrize(
    ("seen", "signals"),
    [
        (RATED, set()),
        (replace(RATED, of_staff=True), {Signal.STAFF_NETWORK}),
        (replace(RATED, contacted=False), {Signal.NO_CONTACT}),
        (replace(RATED, contacted=True), set()),
        (replace(RATED, rated_at=NOON + timedelta(seconds=30)), {Signal.INSTANT}),
        (replace(RATED, rated_at=NOON + timedelta(seconds=31)), set()),
        # A claimed end that lies after the grade is no quick grade.
        (replace(RATED, rated_at=NOON - timedelta(seconds=1)), set()),
        (Seen("2", NOON, of_staff=True), set()),
    ],
)
def test_signals_of_one_alone(seen: Seen, signals: set[Signal]) -> None:
    assert own_signals(seen, POLICY) == signals


def test_a_bad_grade_is_never_marked_whatever_its_unit_brings_about() -> None:
    bad = replace(RATED, grade=2, of_staff=True, contacted=False, rated_at=NOON)
    assert marks(Around(bad, [bad] * 9, [bad] * 9, [bad] * 9, [bad] * 9, [bad] * 9), POLICY) == {}


def test_all_of_one_handler_equal_and_one_that_differs() -> None:
    same = [replace(RATED, id=str(number)) for number in range(3)]
    assert equal(same, POLICY.equal) == {"0", "1", "2"}
    assert equal(same[:2], POLICY.equal) == set()
    assert equal([*same, replace(RATED, id="9", grade=4)], POLICY.equal) == set()


def test_the_counter_of_a_hall_is_no_device_of_one_person() -> None:
    hall = [replace(RATED, id=str(number), channel=RatingChannel.HALL) for number in range(9)]
    found = marks(Around(hall[0], by_device=hall, by_network=hall), POLICY)
    assert found == {}


@pytest.mark.parametrize(
    ("address", "is_staff"),
    [
        ("10.1.2.3", True),
        ("10.2.0.1", True),
        ("10.3.0.1", False),
        ("192.0.2.1", False),
        ("2001:db8::1", True),
        ("", False),
        ("unknown", False),
    ],
)
def test_networks_of_the_rated_units_own_staff(address: str, is_staff: bool) -> None:
    policy = RatingPolicy(
        staff_networks={
            "": [ip_network("10.1.0.0/16")],
            "W-371502": [ip_network("10.2.0.0/16"), ip_network("2001:db8::/64")],
            "W-371503": [ip_network("10.3.0.0/16")],
        }
    )
    assert policy.is_of_staff(address, "W-371502") is is_staff


@given(st.uuids().map(str), st.text(min_size=1, max_size=9))
def test_the_sample_is_the_same_for_everybody(rating_id: str, seed: str) -> None:
    first, again = (RatingPolicy(seed=seed).is_sampled(rating_id) for _ in range(2))
    assert first == again
    assert RatingPolicy(seed=seed, sample_permille=1000).is_sampled(rating_id)


def test_the_sample_has_its_share() -> None:
    policy = RatingPolicy(seed="2022-LC", sample_permille=50)
    drawn = sum(policy.is_sampled(f"rating-{number}") for number in range(20_000))
    assert 900 < drawn < 1100
