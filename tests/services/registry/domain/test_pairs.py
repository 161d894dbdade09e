"""A pair of customers who may be one: what persons decide stays, until the score rises by the margin."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import uuid4

import pytest

from libs.common.rules import RuleError
from services.registry.domain.duplicates import Feature, Score
from services.registry.domain.pairs import Pair, PairState
from tests.services.registry.samples import MATCHING, mobile

NOW = datetime(2022, 7, 4, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def score(name: float, phone: float = 1.0, *, is_candidate: bool = True) -> Score:
    """A score of a name and a phone."""
    features = {Feature.NAME: name, Feature.PHONE: phone}
    return Score((25 * name + 20 * phone) / 45, features, is_candidate)


def pair() -> Pair:
    """A pair that was found."""
    found = Pair(str(uuid4()), "a", "b", NOW)
    found.find(score(0.6), MATCHING)
    found.pending_events.clear()
    return found


def state_of(item: Pair) -> PairState:
    """Its state, which a verb may have changed."""
    return item.state


def events(item: Pair) -> list[str]:
    """The names of what happened."""
    return [event.event for event in item.pending_events]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        # Of (25·n + 20) / 45 the margin of 1/20 is a rise of the name by 0.09.
        (0.6, PairState.DISTINCT),
        (0.69, PairState.DISTINCT),
        (0.692, PairState.OPEN),
        (0.3, PairState.DISTINCT),
    ],
)
def test_it_is_asked_again_only_when_the_score_rises_by_the_margin(name: float, state: PairState) -> None:
    item = pair()
    item.dismiss("one", "父子二人", NOW)
    assert Fraction(1, 20) == MATCHING.ask_again_margin
    item.rescore(score(name), MATCHING, LATER)
    assert item.state is state
    if state is PairState.OPEN:
        assert (item.found_at, events(item)) == (LATER, ["duplicate_dismissed", "duplicate_found"])
        assert item.judgement is not None
        assert item.judgement.reason == "父子二人"


def test_other_weights_alone_do_not_ask_again() -> None:
    item = pair()
    item.dismiss("one", "父子二人", NOW)
    heavier = replace(MATCHING, weights={Feature.PHONE: 90, Feature.NAME: 10})
    item.rescore(score(0.6), heavier, LATER)
    assert item.state is PairState.DISTINCT
    item.rescore(score(1.0), replace(MATCHING, ask_again_margin=Fraction(1, 3)), LATER)
    assert item.state is PairState.DISTINCT


def test_who_are_no_longer_alike_lapse_and_a_proposal_is_left_to_persons() -> None:
    item = pair()
    item.rescore(score(0.1, is_candidate=False), MATCHING, LATER)
    assert (item.state, events(item)) == (PairState.OBSOLETE, ["duplicate_lapsed"])
    item.rescore(score(0.6), MATCHING, LATER)
    assert state_of(item) is PairState.OPEN
    item.propose("one", "a", "电话相同", LATER)
    item.rescore(score(0.1, is_candidate=False), MATCHING, LATER)
    assert state_of(item) is PairState.PROPOSED
    item.rescore(score(0.8), MATCHING, LATER)
    assert (item.state, item.score) == (PairState.PROPOSED, 889)


def test_a_proposal_is_confirmed_by_another_person_alone() -> None:
    item = pair()
    with pytest.raises(RuleError, match="保留的用户"):
        item.propose("one", "c", "电话相同", NOW)
    item.propose("one", "b", "电话相同", NOW)
    assert item.merged == "a"
    with pytest.raises(RuleError, match="不能自行确认"):
        item.confirm("one", [], [], LATER)
    assert state_of(item) is PairState.PROPOSED
    item.confirm("two", ["x"], [("hookup", "y")], LATER)
    assert (item.state, item.confirmed_by) == (PairState.MERGED, "two")
    assert (item.moved, item.matters) == (("x",), (("hookup", "y"),))
    item.rescore(score(0.1, is_candidate=False), MATCHING, LATER)
    assert state_of(item) is PairState.MERGED
    item.undo("three", "两人", LATER)
    assert item.judgement is not None
    assert (item.state, item.judgement.by) == (PairState.DISTINCT, "three")


def test_a_reason_holds_no_personal_data() -> None:
    item = pair()
    text = f"电话{mobile(1)}相同"
    with pytest.raises(RuleError, match="手机号"):
        item.dismiss("one", text, NOW)
    with pytest.raises(RuleError, match="手机号"):
        item.propose("one", "a", text, NOW)
    assert (item.state, item.pending_events) == (PairState.OPEN, [])
    item.propose("one", "a", "电话相同", NOW)
    with pytest.raises(RuleError, match="手机号"):
        item.decline(text, NOW)
