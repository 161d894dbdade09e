"""A unit that wants better figures tries what it can, on both engines: what each attempt comes to."""

import pytest

from libs.common.auth.callers import ScopeKind
from services.grievances.domain.ratings.policy import Crowd, RatingPolicy
from services.grievances.storage.rulebook import RuleBook
from tests.services.grievances.people import desk, replied
from tests.services.grievances.ratings.arriving import (
    DONE,
    city,
    clerk,
    district,
    hall,
    invited,
    names,
    own_events_arrive,
    owner,
    path_of,
    payloads,
)
from tests.services.grievances.ratings.test_links import link_of, phone
from tests.support.service import Running

LATER = "2022-07-04 09:20"


async def looked_at(grievances: Running, moment: str = "2022-07-04 12:00") -> None:
    """Let the signals be looked for, twice: the second time changes nothing."""
    grievances.set_clock(moment)
    await grievances.fire_timers()


async def signals(grievances: Running, path: str) -> list[str]:
    """Return the signals of a rating."""
    shown = (await city(grievances).get(path)).body
    found: list[str] = shown["signals"]
    assert shown["is_suspect"] is bool(found)
    return found


async def test_a_script_posts_five_stars_by_many_links_from_one_machine(grievances: Running) -> None:
    grievances.set_clock(LATER)
    paths = [await invited(grievances, number) for number in range(1, 5)]
    links = [await link_of(grievances, path) for path in paths]
    for link in links[:3]:
        await phone(grievances).post(link, {"grade": 5})
    await phone(grievances, "203.0.113.9").post(links[3], {"grade": 5})
    await looked_at(grievances)
    # The first ones too, which were no crowd when they came.
    assert [await signals(grievances, path) for path in paths] == [["SAME_DEVICE"]] * 3 + [[]]
    marked = await names(grievances, paths[0])
    assert marked[-1] == "rating_suspected"
    await looked_at(grievances, "2022-07-04 13:00")
    assert await names(grievances, paths[0]) == marked
    # Nothing is deleted.
    assert [(await city(grievances).get(path)).body["grade"] for path in paths] == [5] * 4


async def test_bad_grades_from_the_same_machine_stay_in_the_figures(grievances: Running) -> None:
    grievances.set_clock(LATER)
    paths = [await invited(grievances, number) for number in range(1, 5)]
    for path, grade in zip(paths, (5, 5, 5, 1), strict=True):
        await phone(grievances).post(await link_of(grievances, path), {"grade": grade})
    await looked_at(grievances)
    assert [await signals(grievances, path) for path in paths] == [["SAME_DEVICE"]] * 3 + [[]]


async def test_rating_seconds_after_the_end_is_seen(grievances: Running) -> None:
    grievances.set_clock("2022-07-04 08:00:20")
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 5})
    await looked_at(grievances)
    assert await signals(grievances, path) == ["INSTANT"]


@pytest.fixture
def small_crowds(grievances: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three be many, of what takes twenty in the policy that ships."""
    policy = RatingPolicy(
        device=Crowd(99, RatingPolicy().device.span),
        burst=Crowd(3, RatingPolicy().burst.span),
        equal=Crowd(3, RatingPolicy().equal.span),
        bulk=Crowd(3, RatingPolicy().bulk.span),
        network=Crowd(99, RatingPolicy().network.span),
    )
    rulebook = grievances.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    original = RuleBook.policy

    def with_small_crowds(self: RuleBook, kind: object, *day: object) -> object:
        return policy if getattr(kind, "name", "") == "service_ratings" else original(self, kind, *day)  # type: ignore[arg-type]

    monkeypatch.setattr(RuleBook, "policy", with_small_crowds)


@pytest.mark.usefixtures("small_crowds")
async def test_closing_in_bulk_before_the_term_ends_marks_what_flatters(grievances: Running) -> None:
    grievances.set_clock(LATER)
    by_clerk = {"actor": "u-clerk", "actor_unit": "utility:W-371502"}
    paths = [await invited(grievances, number, **by_clerk) for number in (1, 2, 3)]
    grievances.set_clock("2022-07-04 09:40")
    await owner(grievances).command(paths[0], "grade", {"grade": 5})
    await owner(grievances).command(paths[1], "grade", {"grade": 1})
    await looked_at(grievances)
    assert await signals(grievances, paths[0]) == ["BULK_CLOSING"]
    assert await signals(grievances, paths[1]) == []


@pytest.mark.usefixtures("small_crowds")
async def test_bursts_and_one_handlers_equal_grades_are_seen(grievances: Running) -> None:
    grievances.set_clock(LATER)
    for number in (1, 2, 3):
        path = await invited(
            grievances,
            number,
            actor="u-clerk",
            actor_unit="utility:W-371502",
            recorded_at=f"2022-07-04T00:{number}0:00Z",
        )
        await owner(grievances).command(path, "grade", {"grade": 5})
    await looked_at(grievances)
    assert await signals(grievances, path) == ["BURST", "EQUAL"]


async def test_a_grievance_that_nobody_spoke_about_does_not_flatter(grievances: Running) -> None:
    path = await replied(grievances)
    # The person says that nobody spoke with it, whatever the unit recorded.
    said = {"reached": True, "contacted": False, "solved": True, "grade": 4}
    await desk(grievances).command(path, "call", said)
    await own_events_arrive(grievances)
    rating = await path_of(grievances, path.rpartition("/")[2])
    await phone(grievances).post(await link_of(grievances, rating), {"grade": 5})
    await looked_at(grievances)
    assert "NO_CONTACT" in await signals(grievances, rating)


async def test_a_utility_can_neither_rate_nor_link_nor_call_back_nor_choose_who_is_asked(
    grievances: Running,
) -> None:
    path = await invited(grievances)
    for act, body in (
        ("grade", {"grade": 5}),
        ("grade-change", {"grade": 5}),
        ("call", {"reached": True, "genuine": True}),
        ("appeal-decision", {"granted": True, "note": "同意"}),
    ):
        assert (await clerk(grievances).command(path, act, body, 403)).code == "forbidden"
    assert (await clerk(grievances).post(f"{path}/link", None, 403)).code == "forbidden"
    await clerk(grievances).post("/ratings", {}, 405)


async def test_pressing_for_another_grade_does_not_end_what_a_bad_one_began(grievances: Running) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 1})
    await owner(grievances).command(path, "grade-change", {"grade": 5})
    shown = (await city(grievances).get(path)).body
    assert [task["kind"] for task in shown["work"]] == ["CALL", "RECTIFY"]
    # The appeal is for bad ones only, and so cannot be used to rub out that it was one.
    appeal = {"ground": "MISTAKEN", "reason": "已改为好评"}
    assert (await clerk(grievances).command(path, "appeal", appeal, 409)).code == "not-a-bad-rating"
    # The call-back hears that the second was not the person's own.
    denied = {"reached": True, "genuine": False, "note": "承办人代为更改"}
    await hall(grievances).command(path, "call", denied)
    assert await signals(grievances, path) == ["DENIED"]


async def test_a_friendly_desk_cannot_take_a_bad_grade_out_by_a_denial(grievances: Running) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 1})
    await hall(grievances).command(path, "call", {"reached": True, "genuine": False})
    assert await signals(grievances, path) == []


async def test_a_claimed_earlier_end_shortens_no_term_and_hides_no_quick_grade(grievances: Running) -> None:
    grievances.set_clock("2022-07-04 08:00:10")
    path = await invited(grievances, occurred_at="2022-06-01T00:00:00Z", recorded_at=DONE)
    assert (await owner(grievances).get(path)).body["expires_at"] == "2022-07-11T15:59:00Z"
    await owner(grievances).command(path, "grade", {"grade": 5})
    await looked_at(grievances)
    assert await signals(grievances, path) == ["INSTANT"]


async def test_which_ones_are_called_back_is_open_to_all_who_look(grievances: Running) -> None:
    first, second = await invited(grievances, 1), await invited(grievances, 2)
    await owner(grievances).command(first, "grade", {"grade": 1})
    await owner(grievances).command(second, "grade", {"grade": 5})
    await hall(grievances).command(first, "call", {"reached": True, "genuine": True})
    shown = (await clerk(grievances).get("/rating-integrity")).body
    assert [(row["grade"], row["rated"], row["called"]) for row in shown["items"]] == [(1, 1, 1), (5, 1, 0)]
    assert {row["signal"]: row["suspect"] for row in shown["signals"]}["DENIED"] == 0
    other = grievances.client("clerk", ScopeKind.UTILITY, "W-371503")
    assert (await other.get("/rating-integrity")).body["items"] == []
    assert (await owner(grievances).get("/rating-integrity", 403)).code == "forbidden"


async def test_citizens_are_not_told_what_is_suspected_and_only_see_their_own(grievances: Running) -> None:
    grievances.set_clock("2022-07-04 08:00:20")
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 5})
    await looked_at(grievances)
    assert await signals(grievances, path) == ["INSTANT"]
    own = (await owner(grievances).get(path)).body
    assert (own["is_suspect"], own["signals"], own["work"], own["call_back"]) == (False, [], [], None)
    for query in ({"suspect": "true"}, {"suspect": "false"}, {"signal": "INSTANT"}, {"signal": "DENIED"}):
        assert len((await owner(grievances).get("/ratings", query=query)).body["items"]) == 1
    stranger = grievances.client("citizen", ScopeKind.CITIZEN, "C-9")
    await stranger.get(path, 404)
    assert (await stranger.get("/ratings")).body["items"] == []


async def test_the_sample_is_drawn_by_the_seed_and_called_back_like_bad_ones(grievances: Running) -> None:
    rulebook = grievances.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    grievances.lift_quotas()
    drawn = 0
    for number in range(1, 41):
        path = await invited(grievances, number)
        await owner(grievances).command(path, "grade", {"grade": 5})
        shown = (await district(grievances).get(path)).body
        expected = rulebook.rules.ratings.is_sampled(path.rpartition("/")[2])
        assert (shown["call_back"] is not None) is expected
        if expected:
            drawn += 1
            await hall(grievances).command(path, "call", {"reached": True, "genuine": True})
            assert (await payloads(grievances, path))[-1][0] == "rating_called_back"
    assert drawn
