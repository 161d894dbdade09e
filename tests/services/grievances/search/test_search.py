"""A search finds what a naive one finds, on both engines, whatever was indexed, merged and erased before."""

from random import Random

import pytest

from libs.common.auth.callers import Scope, ScopeKind
from services.grievances.domain.grams import indexed
from services.grievances.storage.tables import WORDS, grievance
from services.grievances.usecases import search_words
from tests.services.grievances.search.samples import (
    CITY,
    HERE,
    found,
    index,
    look_for,
    rulebook,
    segments,
    tell,
)
from tests.support.service import Running

OTHER = "371503"


def naive(told: dict[str, str], *words: str) -> list[str]:
    """Return the ids of what holds all words, the latest first."""
    return [of for of, text in reversed(told.items()) if all(word in indexed(text) for word in words)]


async def test_it_finds_what_a_naive_search_finds(grievances: Running) -> None:
    dice, told, district = Random(2022), dict[str, str](), dict[str, str]()
    for size in (70, 20, 5, 1, 1):
        place = dice.choice((HERE, OTHER))
        texts = ["".join(dice.choices("停水气热管网漏费", k=dice.randint(2, 30))) for _ in range(size)]
        ids = await tell(grievances, *texts, district=place)
        told |= dict(zip(ids, texts, strict=True))
        district |= dict.fromkeys(ids, place)
        # Sometimes the worker has not come to it.
        if dice.random() < 0.7:
            await index(grievances)
        erased = dice.choice(list(told))
        async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
            await rulebook(grievances).sealer.erase(uow, erased, WORDS)
        del told[erased]
    await index(grievances)
    assert 1 < len(await segments(grievances)) < 6
    for _ in range(25):
        words = [
            "".join(dice.choices("停水气热管网漏费", k=dice.randint(2, 4))) for _ in range(dice.randint(1, 2))
        ]
        expected = naive(told, *words)
        assert await found(grievances, " ".join(words), limit=dice.choice((1, 7, 50))) == expected
        own = [of for of in expected if district[of] == HERE]
        assert await found(grievances, " ".join(words), Scope(ScopeKind.DISTRICT, HERE)) == own


async def test_what_is_not_indexed_yet_is_found_if_it_is_few(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await tell(grievances, "昨天停水", "停气了")
    await index(grievances)
    new = await tell(grievances, "今天停水", "又停水")
    search = await look_for(grievances, "停水")
    assert [match.item.id for match in search.found] == [*new[::-1], old[0]]
    assert not search.has_unindexed
    assert await found(grievances, "停水", limit=2) == [*new[::-1], old[0]]
    monkeypatch.setattr(search_words, "MOST_UNINDEXED", 1)
    search = await look_for(grievances, "停水")
    assert [match.item.id for match in search.found] == [new[1], old[0]]
    assert search.has_unindexed


async def test_a_sibling_unit_finds_nothing_and_filters_hold(grievances: Running) -> None:
    (here,), (there,) = await tell(grievances, "停水了"), await tell(grievances, "停水了", district=OTHER)
    for _ in range(2):
        assert await found(grievances, "停水") == [there, here]
        assert await found(grievances, "停水", Scope(ScopeKind.DISTRICT, HERE)) == [here]
        assert await found(grievances, "停水", Scope(ScopeKind.UTILITY, "W-371502")) == []
        narrowed = await look_for(grievances, "停水", conditions=[grievance.c.district == OTHER])
        assert [match.item.id for match in narrowed.found] == [there]
        await index(grievances)


async def test_a_request_does_a_bounded_amount_of_work_and_says_where_it_stopped(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All have both pairs, the last one alone has them together.
    ids = await tell(grievances, "停水管", *["停水，水管"] * 130)
    await index(grievances)
    monkeypatch.setattr(search_words, "MOST_WORK", 100)
    monkeypatch.setattr(search_words, "_ASKED_AT_ONCE", 30)
    first = await look_for(grievances, "停水管")
    assert first.found == []
    assert not first.is_complete
    assert first.following is not None
    assert first.work < 200
    assert await found(grievances, "停水管") == [ids[0]]
    monkeypatch.setattr(search_words, "MOST_WORK", 5_000)
    whole = await look_for(grievances, "停水管", scope=CITY)
    assert (whole.is_complete, whole.following) == (True, None)
