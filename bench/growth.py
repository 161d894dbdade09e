"""The lists and the board at few and at many cases: what grows is the past, so their time must not.

As many cases are open at both sizes; the ended ones lie in the two years before.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import asyncpg

from bench.cases import hookup, plant
from bench.kit import Row, Size, database, dsn
from libs.common.auth.callers import Place, PlaceKind
from libs.common.places import load_places
from libs.common.service import Service
from services.hookup.usecases.read_cases import Filters, page_of_cases
from services.metrics.bootstrap import build
from services.metrics.domain.facts import CASE_COUNTS
from services.metrics.settings import Settings
from services.metrics.storage import queries
from services.metrics.storage.conditions import Filter
from services.metrics.storage.drill_down import drill_down
from services.metrics.usecases.board import board

OPEN = 2_000
GOAL = 1.25
TIMES = 15
CITY = Place(PlaceKind.CITY)
UTILITY = Place(PlaceKind.UTILITY, "W-371502")

Query = Callable[[], Awaitable[object]]

# Every case has a utility, and an instant: the open ones in the last days, the others evenly over two years.
_SPREAD = """
SELECT n, code, utility.district, utility.supply, n <= {open} AS open,
    now() - CASE WHEN n <= {open} THEN interval '2 minutes' * n ELSE interval '730 days' * random() END AS at
FROM generate_series(1, {count}) n
JOIN unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS utility (code, district, supply, number)
    ON number = 1 + n % cardinality($1::text[])
"""
_CASES = """
INSERT INTO hookup_case
SELECT (copy).* FROM (
    SELECT jsonb_populate_record(one, jsonb_build_object(
        'id', gen_random_uuid(), 'number', code || '-' || n, 'utility', code,
        'district', spread.district, 'supply', spread.supply,
        'submitted_at', at, 'state', CASE WHEN open THEN 'ACCEPTED' ELSE 'CLOSED' END,
        'open_stages', CASE WHEN open THEN ',SURVEY_DESIGN,' ELSE '' END,
        'running_due_at', CASE WHEN open THEN at + interval '1 day' END,
        'clerk_due_at', CASE WHEN open THEN at + interval '1 day' END,
        'finished_at', CASE WHEN NOT open THEN at + interval '2 days' END)) AS copy
    FROM hookup_case one, ({spread}) spread
) copies
"""
_FACTS = """
INSERT INTO case_fact (case_id, case_number, district, utility, supply, length_class, special, state, open_stages,
    accepted_at, due_at, basis, pauses, ended_at, month, on_time, gaps)
SELECT gen_random_uuid()::text, code || '-' || n, district, code, supply,
    (ARRAY['NONE', 'L1_LE20', 'L2_20_200'])[1 + n % 3], false, CASE WHEN open THEN 'OPEN' ELSE 'CLOSED' END,
    CASE WHEN open THEN 'SURVEY_DESIGN' ELSE '' END,
    at, at + interval '1 day', 'LIMIT', '[]', CASE WHEN NOT open THEN at END,
    CASE WHEN NOT open THEN to_char(at, 'YYYY-MM') END, CASE WHEN NOT open THEN n % 10 != 0 END, 0
FROM ({spread}) spread
"""
_STAGES = """
INSERT INTO stage_time (case_id, district, utility, supply, length_class, month, stage, round, elapsed, working)
SELECT case_id, district, utility, supply, length_class, month, stage, 1, 60 + (hashtext(case_id) & 4095), 60
FROM case_fact, unnest(ARRAY['SURVEY_DESIGN', 'EXTERNAL_WORKS', 'TOTAL']) stage WHERE month IS NOT NULL
"""
_FIGURES = """
INSERT INTO stage_figure SELECT district, utility, supply, stage, length_class, month, count(*), sum(elapsed),
    min(elapsed), max(elapsed), sum(working), min(working), max(working) FROM stage_time GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO stage_histogram SELECT district, utility, supply, stage, length_class, month, measure,
    100 + elapsed / 64, count(*) FROM stage_time, unnest(ARRAY['elapsed', 'working']) measure
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
INSERT INTO histogram_sum SELECT district, utility, supply, stage, '', measure, bucket, sum(count)
    FROM stage_histogram GROUP BY 1, 2, 3, 4, 6, 7;
INSERT INTO histogram_sum SELECT '', '', supply, stage, month, measure, bucket, sum(count)
    FROM stage_histogram GROUP BY 3, 4, 5, 6, 7;
INSERT INTO case_figure (district, utility, supply, length_class, month, {counts})
    SELECT district, utility, supply, length_class, month, {sums} FROM case_fact WHERE month IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5;
"""


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Fill both services at both sizes and time their queries in turn."""
    async with AsyncExitStack() as stack:
        few = await _filled(stack, postgres_url, size.few_cases)
        many = await _filled(stack, postgres_url, size.many_cases)
        found = {what: await _medians(few[what], many[what]) for what in few}
    rows = []
    for what, (before, after) in found.items():
        growth = after / before
        rows.append(
            Row(
                f"{what}, {size.many_cases:,} cases",
                f"{1000 * after:.1f} ms",
                f"{size.few_cases:,} cases: {1000 * before:.1f} ms",
                f"{growth:.2f}",
                f"≤ {GOAL}",
                growth <= GOAL,
            )
        )
    return rows


async def _filled(stack: AsyncExitStack, postgres_url: str, count: int) -> Mapping[str, Query]:
    lists = await stack.enter_async_context(database(postgres_url, "lists"))
    figures = await stack.enter_async_context(database(postgres_url, "board"))
    service, metrics = hookup(lists), _metrics(figures)
    stack.push_async_callback(service.close)
    stack.push_async_callback(metrics.close)
    await plant(service, 0)
    await metrics.migrate()
    await _fill(lists, count, _CASES)
    await _fill(figures, count, _FACTS, _STAGES)
    sums = ", ".join(f"count(*) AS {name}" for name in CASE_COUNTS)
    await _execute(figures, _FIGURES.format(counts=", ".join(CASE_COUNTS), sums=sums))
    for url in (lists, figures):
        await _execute(url, "VACUUM ANALYZE")
    return _queries(service, metrics)


def _queries(service: Service, metrics: Service) -> Mapping[str, Query]:
    now = datetime.now(UTC)

    def page(place: Place, *, due_first: bool = False, **filters: object) -> Query:
        wanted = Filters(**filters)  # type: ignore[arg-type]  # names and values are written out below
        return lambda: page_of_cases(
            service.database, wanted, place, now, due_first=due_first, limit=50, cursor=None
        )

    async def figures(place: Place) -> None:
        async with queries.snapshot(metrics.database) as connection:
            await board(connection, Filter(), place, now)

    async def behind(measure: str) -> None:
        found = drill_down(measure, Filter(), CITY, now)
        async with queries.snapshot(metrics.database) as connection:
            await connection.execute(found.keyset.page(found.listed, limit=50, cursor=None, filters={}))
            await found.totals(connection)

    return {
        "list, city, newest": page(CITY),
        "list, one utility, newest": page(UTILITY),
        "list, city, most urgent": page(CITY, due_first=True),
        "list, city, overdue": page(CITY, overdue=True),
        "board, city": lambda: figures(CITY),
        "board, one utility": lambda: figures(UTILITY),
        "cases behind overdue": lambda: behind("overdue"),
        "cases behind late": lambda: behind("late"),
    }


async def _medians(*asked: Query) -> list[float]:
    taken: list[list[float]] = [[] for _ in asked]
    for _ in range(TIMES):
        for query, times in zip(asked, taken, strict=True):
            # Once to warm the connection and the database's memory, which the other query has just used.
            await query()
            begun = time.perf_counter()
            await query()
            times.append(time.perf_counter() - begun)
    return [statistics.median(times) for times in taken]


def _metrics(url: str) -> Service:
    nowhere = "http://127.0.0.1:1"
    values = {"database_url": url, "bus_url": "kafka://127.0.0.1:1", "issuer": nowhere, "jwks_url": nowhere}
    return build(Settings.model_validate(values))


async def _fill(url: str, count: int, spread_over: str, *others: str) -> None:
    utilities = load_places().utilities()
    columns = ([getattr(each, name) for each in utilities] for name in ("code", "district", "service"))
    connection = await asyncpg.connect(dsn(url))
    try:
        spread = _SPREAD.format(open=OPEN, count=count)
        await connection.execute(spread_over.format(spread=spread), *columns)
        for statement in others:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn(url))
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
