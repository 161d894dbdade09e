"""The figures equal those of a plain computation, whatever comes in whatever order, once or twice."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, true

from libs.common.auth.callers import Place, PlaceKind
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.database.tables import dead_letter
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.domain.activities import Activity
from services.metrics.domain.facts import CASE_COUNTS
from services.metrics.domain.histogram import bucket_of, merge
from services.metrics.events.handlers import HOOKUP
from services.metrics.storage import queries, watermark
from services.metrics.storage.conditions import Filter
from services.metrics.storage.tables import (
    ALL,
    activity_fact,
    activity_figure,
    case_figure,
    histogram_sum,
    metadata,
    pause_figure,
    stage_figure,
    stage_histogram,
)
from services.metrics.usecases.roll_up import roll_up
from tests.services.metrics import oracle
from tests.services.metrics.conftest import NOW, apply, content
from tests.services.metrics.lives import arrivals, batches, live_all

CITY = Place(PlaceKind.CITY)


@pytest.mark.parametrize("seed", range(4))
async def test_figures_equal_the_plain_computation(database: Database, inbox: Inbox, seed: int) -> None:
    random = Random(seed)
    lives = live_all(random, 70)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=(3, 40, 400, 4000)[seed]))
    expected = oracle.figures(lives)

    stages = {row[:6]: row[6:] for row in await content(database, stage_figure)}
    assert stages == {
        cell: (
            len(times),
            *(figure(values) for values in zip(*times, strict=True) for figure in (sum, min, max)),
        )
        for cell, times in expected.stages.items()
    }
    histograms = {row[:8]: row[8] for row in await content(database, stage_histogram)}
    assert histograms == merge(
        {(*cell, measure, bucket_of(minutes)): 1}  # type: ignore[dict-item]  # merge adds up any keys
        for cell, times in expected.stages.items()
        for elapsed, working in times
        for measure, minutes in (("elapsed", elapsed), ("working", working))
    )
    sums: Counter[tuple[Any, ...]] = Counter()
    for (district, utility, supply, stage, _, month, measure, bucket), count in histograms.items():
        sums[district, utility, supply, stage, ALL, measure, bucket] += count
        sums[ALL, ALL, supply, stage, month, measure, bucket] += count
    assert {row[:7]: row[7] for row in await content(database, histogram_sum)} == sums
    cases = {
        row[:5]: dict(zip(CASE_COUNTS, row[5:], strict=True)) for row in await content(database, case_figure)
    }
    assert cases == {cell: dict.fromkeys(CASE_COUNTS, 0) | counts for cell, counts in expected.cases.items()}
    pauses = {row[:6]: row[6:] for row in await content(database, pause_figure)}
    assert pauses == expected.pauses
    async with database.reading() as connection:
        present = await watermark.read(connection)
        assert await connection.scalar(select(func.count()).select_from(dead_letter)) == 0
    assert present.folded == sum(map(len, lives))
    assert present.latest_event_at == max(event.occurred_at for life in lives for event in life)


@pytest.mark.parametrize("seed", [1, 2])
async def test_activities_equal_the_plain_computation(database: Database, inbox: Inbox, seed: int) -> None:
    random = Random(seed)
    lives = live_all(random, 70)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=(0, 40, 400)[seed]))
    expected = oracle.activities(lives)
    assert {cell[-1] for cell in expected} == set(Activity)
    assert {row[:6]: row[6:] for row in await content(database, activity_fact)} == expected
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for (_, *cell), (count, amount) in expected.items():
        before = sums.get(tuple(cell), (0, 0))
        sums[tuple(cell)] = before[0] + count, before[1] + amount
    assert {row[:5]: row[5:] for row in await content(database, activity_figure)} == sums


async def test_order_across_cases_does_not_change_a_row(
    database: Database, inbox: Inbox, clock: ManualClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lives = live_all(Random(7), 60)
    other = Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('other')}/other.db")
    try:
        await Migrations(MIGRATIONS).upgrade(other)
        for seed, target in ((1, inbox), (2, Inbox(other, clock, HOOKUP))):
            random = Random(seed)
            await apply(target, batches(random, list(arrivals(random, lives)), largest=100))
        for table in metadata.sorted_tables:
            assert await content(database, table) == await content(other, table)
    finally:
        await other.close()


@pytest.mark.parametrize(
    "place", [CITY, Place(PlaceKind.DISTRICT, "371502"), Place(PlaceKind.UTILITY, "W-371502")]
)
@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(utility="W-371502"),
        Filter(district="371502", stage="CONTRACT"),
        Filter(month_from="2022-08", month_to="2022-09"),
        Filter(month_from="2022-09", supply="GAS"),
        Filter(length_class="L1_LE50"),
    ],
)
async def test_the_sums_of_histograms_answer_as_the_histograms_do(
    database: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, wanted: Filter, place: Place
) -> None:
    random = Random(13)
    await apply(inbox, batches(random, list(arrivals(random, live_all(random, 100))), largest=900))
    groups = ((), ("stage", "supply"), ("utility", "stage"), ("district", "month"), ("length_class",))

    async def asked() -> list[list[queries.StageRow]]:
        async with database.reading() as connection:
            return [await queries.stage_figures(connection, wanted, place, by) for by in groups]

    found = await asked()
    monkeypatch.setattr(queries, "_histogram", lambda *_: (stage_histogram, true()))
    assert found == await asked()


async def test_quantiles_of_any_group_are_within_one_percent(database: Database, inbox: Inbox) -> None:
    random = Random(11)
    lives = live_all(random, 120)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=900))
    expected = oracle.figures(lives)
    for by in ((), ("district",), ("supply", "length_class"), ("stage",), ("stage", "utility", "month")):
        async with database.reading() as connection:
            rows = await queries.stage_figures(connection, Filter(), CITY, by)
        assert rows
        names = ("district", "utility", "supply", "stage", "length_class", "month")
        for row in rows:
            times = [
                time
                for cell, found in expected.stages.items()
                if ("stage" in by or cell[3] == "TOTAL")
                and tuple(cell[names.index(name)] for name in by) == row.group
                for time in found
            ]
            assert row.count == len(times)
            for durations, values in zip((row.elapsed, row.working), zip(*times, strict=True), strict=True):
                assert (durations.sum, durations.least, durations.greatest) == (
                    sum(values),
                    min(values),
                    max(values),
                )
                for percent, quantile in zip(queries.PERCENTS, durations.quantiles, strict=True):
                    exact = oracle.nearest_rank(values, percent)
                    assert abs(quantile - exact) <= exact / 100


@pytest.mark.parametrize("hours", [0, 5, 30, 24 * 12])
async def test_live_figures_equal_the_plain_computation(database: Database, inbox: Inbox, hours: int) -> None:
    random = Random(3)
    lives = live_all(random, 150)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=700))
    now = NOW - timedelta(hours=hours)
    live = [each for each in (oracle.live_case(life, now) for life in lives) if each is not None]
    async with database.reading() as connection:
        rows = await queries.live_figures(connection, Filter(), CITY, now)
    for by in ((), ("stage",), ("age",), ("utility", "stage", "age"), ("district", "length_class")):
        expected: dict[tuple[str, ...], dict[str, int]] = {}
        for case in live:
            for stage in case.stages if "stage" in by else {""}:
                values = dict(zip(("district", "utility", "supply"), case.place, strict=True))
                values |= {"length_class": case.length_class, "stage": stage, "age": case.age}
                counts = expected.setdefault(tuple(values[name] for name in by), dict.fromkeys(case.flags, 0))
                for name, flag in case.flags.items():
                    counts[name] += flag
        assert dict(roll_up(rows, queries.LIVE_DIMS, by)) == expected
    totals = roll_up(rows, queries.LIVE_DIMS, ())[0][1]
    assert totals["open"] == len(live)
    assert all(totals[name] for name in ("overdue", "paused", "awaiting_confirmation", "in_gap"))
