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
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import load_places
from libs.common.service import Service
from services.hookup.usecases.read_cases import DUE, NEWEST, Filters, page_of_cases
from services.metrics.bootstrap import build
from services.metrics.settings import Settings
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage.conditions import Filter
from services.metrics.storage.drill_down import drill_down
from services.metrics.storage.figures import snapshot, tallies

OPEN = 2_000
GOAL = 1.25
TIMES = 15
CITY = Scope(ScopeKind.CITY)
UTILITY = Scope(ScopeKind.UTILITY, "W-371502")

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
# As `services/metrics/sources/hookup/facts.py` has the facts: state, open stages, due time, end and month.
_FACTS = """
INSERT INTO subject
SELECT 'hookup', gen_random_uuid()::text, code || '-' || n, district, code,
    jsonb_build_array(district, code, supply, (ARRAY['L0_NONE', 'L1_LE50', 'L2_LE200'])[1 + n % 3]), open,
    jsonb_build_array(false, CASE WHEN open THEN 'OPEN' ELSE 'CLOSED' END,
        CASE WHEN open THEN 'SURVEY_DESIGN' ELSE '' END, null,
        (1000000 * extract(epoch FROM at + interval '1 day'))::bigint, 'LIMIT', jsonb_build_object(),
        null, null, null, null, false, false, null,
        CASE WHEN NOT open THEN (1000000 * extract(epoch FROM at))::bigint END,
        CASE WHEN NOT open THEN to_char(at, 'YYYY-MM') END, null, jsonb_build_array())
FROM ({spread}) spread
"""
_CONTRIBUTIONS = """
INSERT INTO contribution SELECT 'hookup', '', subject_id, dims || jsonb_build_array('', facts->>15),
    district, utility, facts->>15, 0,
    jsonb_build_object('closed', 1, 'limit', 1, 'limit_late', (hashtext(subject_id) % 10 = 0)::int)
FROM subject WHERE NOT is_live
"""
_TIMES = """
INSERT INTO duration SELECT 'hookup', 'stages', subject_id, stage, 1, abs(hashtext(subject_id)) % 12,
    district, utility, dims, facts->>15, 60 + (hashtext(subject_id) & 4095), 60
FROM subject, unnest(ARRAY['SURVEY_DESIGN', 'EXTERNAL_WORKS', 'TOTAL']) stage WHERE NOT is_live
"""
_COUNTED = """
INSERT INTO cell SELECT 'hookup', jsonb_build_array('{level}', {keys}, '', month)::text, shard, '{level}',
    district, utility, month, jsonb_build_array({counts})::text
FROM (SELECT abs(hashtext(subject_id)) % 12 AS shard, {named}, {month} AS month FROM subject WHERE NOT is_live) closed
GROUP BY shard, {keys}, month
"""
_TIMED = """
INSERT INTO cell SELECT 'hookup', jsonb_build_array('{level}', {keys}, by, month)::text, shard, '{level}',
    district, utility, month, format('[{{}}, %1$s, %1$s]', format('[%s,%s,%s,%s,[%s]]', sum(n), sum(total),
        min(least), max(greatest),
        string_agg(format('%s,%s', bucket, n), ',')))
FROM (SELECT shard, {named}, by, {month} AS month, 100 + elapsed / 64 AS bucket, count(*) AS n,
    sum(elapsed) AS total, min(elapsed) AS least, max(elapsed) AS greatest
    FROM duration GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) buckets
GROUP BY shard, {keys}, by, month
"""
_DIMS = ("district", "utility", "supply", "length_class")
_ALL_MONTHS = "''::text"
_LEVELS = {
    "": ({*_DIMS}, "facts->>15"),
    "/0": (set[str](), "facts->>15"),
    "/1": ({"district", "utility", "supply"}, _ALL_MONTHS),
    "/2": ({"district", "utility", "supply"}, "facts->>15"),
    "stages": ({*_DIMS}, "duration.month"),
    "stages/0": ({"supply"}, "duration.month"),
    "stages/1": ({"district", "utility", "supply"}, _ALL_MONTHS),
}


def _filling(level: str) -> str:
    """Return the statement that fills a level of the cells."""
    level_dims, month = _LEVELS[level]
    values = (f"dims->>{n}" if name in level_dims else "''::text" for n, name in enumerate(_DIMS))
    named = ", ".join(f"{value} AS {name}" for value, name in zip(values, _DIMS, strict=True))
    # One object at a time, since a function has at most a hundred arguments.
    codes = (count.code for count, _ in HOOKUP.counts if not count.by)
    counts = " || ".join(f"jsonb_build_object('{code}', count(*))" for code in codes)
    statement = _TIMED if level.startswith("stages") else _COUNTED
    return statement.format(level=level, keys=", ".join(_DIMS), named=named, month=month, counts=counts)


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Fill both services at both sizes and time their queries in turn."""
    async with AsyncExitStack() as stack:
        few = await _filled(stack, postgres_url, size.few_cases)
        many = await _filled(stack, postgres_url, size.many_cases)
        medians = {name: await _medians(few[name], many[name]) for name in few}
    rows = []
    for name, (before, after) in medians.items():
        growth = after / before
        rows.append(
            Row(
                f"{name}, {size.many_cases:,} cases",
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
    await _fill(figures, count, _FACTS, _CONTRIBUTIONS, _TIMES, *map(_filling, _LEVELS))
    for url in (lists, figures):
        await _execute(url, "VACUUM ANALYZE")
    return _queries(service, metrics)


def _queries(service: Service, metrics: Service) -> Mapping[str, Query]:
    now = datetime.now(UTC)

    def page(scope: Scope, *, order: str = NEWEST, **filters: object) -> Query:
        list_filters = Filters(**filters)  # type: ignore[arg-type]  # names and values are written out below
        return lambda: page_of_cases(
            service.database, list_filters, scope, now, order=order, limit=50, cursor=None
        )

    async def figures(scope: Scope) -> None:
        async with snapshot(metrics.database) as connection:
            await tallies(connection, HOOKUP, HOOKUP.board, Filter(), scope, now)

    async def behind(code: str) -> None:
        drilled = drill_down(HOOKUP, code, Filter(), CITY, now)
        async with snapshot(metrics.database) as connection:
            await connection.execute(drilled.keyset.page(drilled.listed, limit=50, cursor=None, filters={}))
            await drilled.totals(connection)

    return {
        "list, city, newest": page(CITY),
        "list, one utility, newest": page(UTILITY),
        "list, city, most urgent": page(CITY, order=DUE),
        "list, city, overdue": page(CITY, overdue=True),
        "board, city": lambda: figures(CITY),
        "board, one utility": lambda: figures(UTILITY),
        "cases behind overdue": lambda: behind("overdue"),
        "cases behind late": lambda: behind("limit_late"),
    }


async def _medians(*queries: Query) -> list[float]:
    durations: list[list[float]] = [[] for _ in queries]
    for _ in range(TIMES):
        for query, times in zip(queries, durations, strict=True):
            # Once to warm the connection and the database's memory, which the other query has just used.
            await query()
            started = time.perf_counter()
            await query()
            times.append(time.perf_counter() - started)
    return [statistics.median(times) for times in durations]


def _metrics(url: str) -> Service:
    nowhere = "http://127.0.0.1:1"
    values = {"database_url": url, "bus_url": "kafka://127.0.0.1:1", "issuer": nowhere, "jwks_url": nowhere}
    return build(Settings.model_validate(values))


async def _fill(url: str, count: int, spread_over: str, *statements: str) -> None:
    utilities = load_places().utilities()
    columns = ([getattr(utility, name) for utility in utilities] for name in ("code", "district", "service"))
    connection = await asyncpg.connect(dsn(url))
    try:
        spread = _SPREAD.format(open=OPEN, count=count)
        await connection.execute(spread_over.format(spread=spread), *columns)
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn(url))
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
