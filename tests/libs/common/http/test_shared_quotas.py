"""Quotas of all processes of a service: exact among them, on both engines, by the database's clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select, update

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.http.buckets import SharedBuckets, bucket_table
from libs.common.http.quotas import Quotas, quota_rules
from libs.common.problems import Problem

from .quota_samples import CITIZEN, CLERK, NOW, Ticks, version

metadata = MetaData()
BUCKETS = bucket_table(metadata)
RULE = {"name": "绑定户号", "per": "citizen", "shared": True, "requests": 3, "seconds": 3600}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


def process(database: Database, *rules: dict[str, Any]) -> Quotas:
    """The quotas of one process of several."""
    shared = SharedBuckets(database, BUCKETS)
    return Quotas(database, ManualClock(NOW), [version(*rules)], Ticks(), shared)


async def ask(of: Quotas, caller: Any = CITIZEN, operation: str = "bind") -> Problem | None:
    try:
        assert of.admit(caller, operation, "POST") is None
        await of.admit_shared(caller, operation, "POST")
    except Problem as problem:
        return problem
    return None


async def pass_time(database: Database, seconds: float) -> None:
    """Let seconds pass for the buckets."""
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(update(BUCKETS).values(full_at=BUCKETS.c.full_at - seconds))


async def rows(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(BUCKETS)) or 0


async def test_several_processes_admit_together_what_one_may(database: Database) -> None:
    processes = [process(database, RULE) for _ in range(4)]
    answers = await asyncio.gather(*(ask(of) for of in processes * 3))
    refused = [answer for answer in answers if answer is not None]
    assert len(refused) == 9
    for problem in refused:
        assert (problem.kind.slug, problem.kind.status) == ("too-many-requests", 429)
        assert 1195 <= int(problem.headers["Retry-After"]) <= 1200
    assert "“绑定户号”每 1 小时至多 3 次" in refused[0].detail
    # A third of the time refills one.
    await pass_time(database, 1201)
    assert [await ask(of) is None for of in processes[:3]] == [True, False, False]
    # Of two days no more is saved up than the bucket holds.
    await pass_time(database, 2 * 86_400)
    assert [await ask(processes[0]) is None for _ in range(5)] == [True, True, True, False, False]


async def test_others_and_other_operations_are_not_counted(database: Database) -> None:
    of = process(database, {**RULE, "operations": ["bind"], "requests": 1})
    assert await ask(of) is None
    assert await ask(of) is not None
    assert await ask(of, operation="unbind") is None
    assert await ask(of, CLERK) is None


async def test_what_one_rule_refuses_no_other_counts(database: Database) -> None:
    hourly = {**RULE, "name": "b", "requests": 1}
    daily = {**RULE, "name": "a", "requests": 2, "seconds": 86_400}
    of = process(database, hourly, daily)
    assert await ask(of) is None
    for _ in range(3):
        problem = await ask(of)
        assert problem is not None
        assert "“b”" in problem.detail
    await pass_time(database, 3601)
    assert await ask(of) is None


async def test_full_buckets_are_forgotten(database: Database) -> None:
    shared = SharedBuckets(database, BUCKETS)
    assert await ask(process(database, RULE)) is None

    async def purged() -> int:
        async with database.unit_of_work(NOW + timedelta(days=400)) as work:
            return await shared.purge(work)

    assert (await purged(), await rows(database)) == (0, 1)
    await pass_time(database, 1201)
    assert (await purged(), await rows(database)) == (1, 0)


async def test_a_process_without_shared_buckets_counts_by_itself() -> None:
    of = Quotas(None, ManualClock(NOW), [version({**RULE, "requests": 1})], Ticks())
    assert await ask(of) is None
    assert await ask(of) is not None


@pytest.mark.parametrize("limit", [{"at_once": 1}, {"kept_bytes": 5, "seconds": 5}])
def test_only_requests_are_counted_for_all_processes(limit: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="only requests"):
        quota_rules(version({"name": "a", "shared": True, **limit}))
