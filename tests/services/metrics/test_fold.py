"""The figures equal those of a plain computation, whatever comes in whatever order, once or twice."""

from collections import Counter
from datetime import timedelta
from importlib import import_module
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.database.tables import dead_letter
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.declare import Count
from services.metrics.domain.histogram import bucket_of
from services.metrics.events.handlers import subscription
from services.metrics.sources import SOURCES
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage import shards
from services.metrics.storage.conditions import Filter
from services.metrics.storage.tables import contribution
from tests.services.metrics import oracle
from tests.services.metrics.conftest import CITY, FIGURES, NOW, apply, asked, content, merged
from tests.services.metrics.lives import arrivals, batches, live_all
from tests.services.metrics.oracle_live import live_case
from tests.services.metrics.plain import cells_of

ACTS = {figure.code for figure in HOOKUP.figures if isinstance(figure, Count) and figure.on}


def history_of(source: str, random: Random) -> list[Received]:
    """Return random events of a source, which the test of its figures makes."""
    messages: list[Received] = import_module(f"tests.services.metrics.sources.test_{source}").history(random)
    return messages


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.code)
@pytest.mark.parametrize("seed", range(2))
async def test_a_fold_gives_the_cells_of_whole_histories(
    database: Database, clock: ManualClock, source: Any, seed: int
) -> None:
    random = Random(seed)
    messages = history_of(source.code, random)
    inbox = Inbox(database, clock, subscription(source))
    await apply(inbox, batches(random, messages, largest=(40, 4000)[seed]))
    expected = cells_of(source, messages)
    for level in (level for of_table in source.levels.values() for level in of_table):
        found = await merged(database, level.name)
        assert found == {key: cell for key, cell in expected.items() if key.level == level.name}
        assert found
    parts = {
        figure.code: figure.part_of
        for figure in source.figures
        if isinstance(figure, Count) and figure.part_of
    }
    for part, whole in parts.items():
        assert all(cell.counts.get(part, 0) <= cell.counts.get(whole, 0) for cell in expected.values())


@pytest.mark.parametrize("seed", range(4))
async def test_figures_equal_the_plain_computation(database: Database, inbox: Inbox, seed: int) -> None:
    random = Random(seed)
    lives = live_all(random, 70)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=(3, 40, 400, 4000)[seed]))
    expected = oracle.figures(lives)

    stages = {
        (*key.dims[:3], key.by, key.dims[3], key.month): cell
        for key, cell in (await merged(database, "stages")).items()
    }
    assert {
        cell: (found.elapsed.count, *_exact(found.elapsed), *_exact(found.working))
        for cell, found in stages.items()
    } == {
        cell: (
            len(times),
            *(figure(values) for values in zip(*times, strict=True) for figure in (sum, min, max)),
        )
        for cell, times in expected.stages.items()
    }
    for cell, times in expected.stages.items():
        assert stages[cell].elapsed.buckets == Counter(bucket_of(elapsed) for elapsed, _ in times)
        assert stages[cell].working.buckets == Counter(bucket_of(working) for _, working in times)
    cases = {
        (*key.dims, key.month): counts
        for key, cell in (await merged(database, "")).items()
        if (counts := {code: n for code, n in cell.counts.items() if code not in ACTS})
    }
    assert cases == {
        cell: {code: n for code, n in counts.items() if n} for cell, counts in expected.cases.items()
    }
    pauses = {
        (*key.dims, key.month, key.by): (cell.counts["pauses"], cell.counts.get("pause_days", 0))
        for key, cell in (await merged(database, "reason")).items()
    }
    assert pauses == expected.pauses
    async with database.reading() as connection:
        present = await shards.read(connection, HOOKUP.code)
        assert await connection.scalar(select(func.count()).select_from(dead_letter)) == 0
    assert present.folded == sum(map(len, lives))
    assert present.latest_event_at == max(event.occurred_at for life in lives for event in life)


def _exact(minutes: Any) -> tuple[int, int, int]:
    return minutes.total, minutes.least, minutes.greatest


@pytest.mark.parametrize("seed", [1, 2])
async def test_acts_equal_the_plain_computation(database: Database, inbox: Inbox, seed: int) -> None:
    random = Random(seed)
    lives = live_all(random, 70)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=(0, 40, 400)[seed]))
    expected = oracle.activities(lives)
    assert {cell[-1] for cell in expected} == ACTS
    names = [column.name for column in contribution.c]
    behind: Counter[tuple[str, ...]] = Counter()
    for row in await content(database, contribution):
        found = dict(zip(names, row, strict=True))
        if found["code"] in ACTS:
            behind[found["subject_id"], *found["cell"][:3], found["month"], found["code"]] += found["number"]
    assert behind == expected
    sums: Counter[tuple[str, ...]] = Counter()
    for (_, *cell), count in expected.items():
        sums[tuple(cell)] += count
    counted: Counter[tuple[str, ...]] = Counter()
    for key, of in (await merged(database, "")).items():
        for code in ACTS & of.counts.keys():
            counted[*key.dims[:3], key.month, code] += of.counts[code]
    assert counted == sums


async def test_order_across_cases_does_not_change_a_row(
    database: Database, inbox: Inbox, clock: ManualClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lives = live_all(Random(7), 60)
    other = Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('other')}/other.db")
    try:
        await Migrations(MIGRATIONS).upgrade(other)
        for seed, target in ((1, inbox), (2, Inbox(other, clock, subscription(HOOKUP)))):
            random = Random(seed)
            await apply(target, batches(random, list(arrivals(random, lives)), largest=100))
        for table in FIGURES:
            assert await content(database, table) == await content(other, table)
    finally:
        await other.close()


@pytest.mark.parametrize(
    "scope", [CITY, Scope(ScopeKind.DISTRICT, "371502"), Scope(ScopeKind.UTILITY, "W-371502")]
)
@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter({"utility": "W-371502"}),
        Filter({"district": "371502", "stage": "CONTRACT"}),
        Filter({}, "2022-08", "2022-09"),
        Filter({"supply": "GAS"}, "2022-09"),
        Filter({"length_class": "L1_LE50"}),
    ],
)
async def test_a_roll_up_answers_as_the_cells_do(
    database: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, wanted: Filter, scope: Scope
) -> None:
    random = Random(13)
    await apply(inbox, batches(random, list(arrivals(random, live_all(random, 100))), largest=900))
    groups = ((), ("stage", "supply"), ("utility", "stage"), ("district", "month"), ("length_class",))
    found = [await asked(database, ["stages"], by, wanted, scope) for by in groups]
    levels = {name: of_table[-1:] for name, of_table in HOOKUP.levels.items()}
    monkeypatch.setitem(HOOKUP.__dict__, "levels", levels)
    assert found == [await asked(database, ["stages"], by, wanted, scope) for by in groups]


async def test_quantiles_of_any_group_are_within_one_percent(database: Database, inbox: Inbox) -> None:
    random = Random(11)
    lives = live_all(random, 120)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=900))
    expected = oracle.figures(lives)
    names = ("district", "utility", "supply", "stage", "length_class", "month")
    for by in ((), ("district",), ("supply", "length_class"), ("stage",), ("stage", "utility", "month")):
        rows = await asked(database, ["stages"], by)
        assert rows
        for group, tally in rows.items():
            times = [
                time
                for cell, found in expected.stages.items()
                if ("stage" in by or cell[3] == "TOTAL")
                and tuple(cell[names.index(name)] for name in by) == group
                for time in found
            ]
            cell = tally.times["stages"]
            for minutes, values in zip((cell.elapsed, cell.working), zip(*times, strict=True), strict=True):
                assert (minutes.count, *_exact(minutes)) == (
                    len(times),
                    sum(values),
                    min(values),
                    max(values),
                )
                for percent, quantile in zip((50, 90, 99), minutes.quantiles((50, 90, 99)), strict=True):
                    exact = oracle.nearest_rank(values, percent)
                    assert abs(quantile - exact) <= exact / 100


@pytest.mark.parametrize("hours", [0, 5, 30, 24 * 12])
async def test_live_figures_equal_the_plain_computation(database: Database, inbox: Inbox, hours: int) -> None:
    random = Random(3)
    lives = live_all(random, 150)
    await apply(inbox, batches(random, list(arrivals(random, lives)), largest=700))
    now = NOW - timedelta(hours=hours)
    live = [each for each in (live_case(life, now) for life in lives) if each is not None]
    codes = [figure.code for figure in HOOKUP.live]
    for by in ((), ("stage",), ("age",), ("utility", "stage", "age"), ("district", "length_class")):
        expected: dict[tuple[str, ...], dict[str, int]] = {}
        for case in live:
            for stage in case.stages if "stage" in by else {""}:
                values = dict(zip(("district", "utility", "supply"), case.place, strict=True))
                values |= {"length_class": case.length_class, "stage": stage, "age": case.age}
                counts = expected.setdefault(tuple(values[name] for name in by), dict.fromkeys(case.flags, 0))
                for name, flag in case.flags.items():
                    counts[name] += flag
        found = await asked(database, codes, by, now=now)
        assert {group: tally.counts for group, tally in found.items()} == expected
    totals = (await asked(database, codes, now=now))[()].counts
    assert totals["open"] == len(live)
    assert all(totals[name] for name in ("overdue", "paused", "awaiting_confirmation", "in_gap"))
