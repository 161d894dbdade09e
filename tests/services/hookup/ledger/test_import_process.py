"""Processes that do import jobs: one at a time, each row once, whoever fails, is overtaken or killed."""

import asyncio
import signal
import sys
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import delete

from libs.common.database.tables import lease
from libs.workbooks.jobs.imports import JobState, Mode, OvertakenError
from libs.workbooks.ledgers.rows import RawRow
from services.hookup.ledger import reader
from services.hookup.storage.imports import LEDGERS
from tests.services.hookup.ledger.books import book, changed, models, some_rows
from tests.services.hookup.ledger.conftest import CITY, ROOT, World

DEADLINE = 60.0


async def test_a_file_that_cannot_be_read_any_more_fails_and_the_next_is_taken(small: World) -> None:
    async with small.database.unit_of_work(small.clock.now()) as work:
        broken = await LEDGERS.jobs.add(
            work, file_name="x", content=b"x", rows=1, mode=Mode.ALL, asked_by="someone", scope=CITY
        )
    job = await small.read_in(book(models(1)))
    failed = await small.job(broken)
    assert (failed.state, failed.error) == (
        JobState.FAILED,
        "ledger-not-xlsx: 不是 Excel 或 CSV 文件，请用 Excel 打开后另存为 .xlsx 再导入",
    )
    assert job.state is JobState.DONE


async def test_an_unforeseen_fault_fails_the_job_and_tells_no_secret(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await small.hand_in(book(models(1)))

    def fail(*_: object) -> None:
        raise KeyError("swordfish")

    monkeypatch.setattr("services.hookup.ledger.check.read_row", fail)
    while await small.runner.step():
        pass
    job = await small.job(job_id)
    assert (job.state, job.error) == (JobState.FAILED, "系统内部错误，请联系管理员")


async def test_one_process_works_at_a_time(world: World) -> None:
    await world.hand_in(book(models(2)))
    other = world.new_runner()
    assert await world.runner.step()
    assert not await other.step()
    assert await world.runner.step()


async def test_whoever_has_finished_a_job_lets_the_next_process_work_at_once(world: World) -> None:
    await world.read_in(book(models(1)))
    await world.hand_in(book(models(2)))
    assert await world.new_runner().step()


async def test_a_process_that_was_overtaken_changes_nothing(world: World) -> None:
    job_id = await world.hand_in(book(models(2)))
    stale = await world.job(job_id)
    while await world.runner.step():
        pass
    with pytest.raises(OvertakenError):
        async with world.database.unit_of_work(world.clock.now()) as work:
            await LEDGERS.jobs.advance(work, stale, {"checked": 1})
    assert (await world.job(job_id)).checked == 2


async def test_progress_is_seen_while_it_grows(small: World) -> None:
    job_id = await small.hand_in(book(models(250)))
    seen = []
    while await small.runner.step():
        job = await small.job(job_id)
        seen.append((job.state, job.checked, job.taken))
    assert seen[:3] == [(JobState.CHECKING, 200, 0), (JobState.LOADING, 250, 0), (JobState.LOADING, 250, 50)]
    assert seen[-1] == (JobState.DONE, 250, 250)


async def test_the_loop_lives_while_rows_are_checked(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs in a thread: a task on the loop goes on while a row is being read."""
    waiting, beaten = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    real = reader.read_row

    def slow(raw: RawRow, now: object) -> object:
        loop.call_soon_threadsafe(waiting.set)
        asyncio.run_coroutine_threadsafe(beaten.wait(), loop).result(DEADLINE)
        return real(raw, now)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr("services.hookup.ledger.check.read_row", slow)
    await small.hand_in(book(models(1)))
    step = asyncio.create_task(small.runner.step())
    await asyncio.wait_for(waiting.wait(), DEADLINE)
    beaten.set()
    assert await asyncio.wait_for(step, DEADLINE)


async def test_a_killed_process_leaves_each_row_once_and_right_counts(world: World) -> None:
    rows = some_rows(400, seed=11)
    bad = [changed(rows[0], {"受理编号": f"BAD-{n}", "用户类别": "?"}) for n in range(7)]
    job_id = await world.hand_in(book([*rows[:200], *bad, *rows[200:]]), Mode.GOOD)
    # Killed once while it checks, and three times while it loads.
    for reached in ("checked 200", "taken 50", "taken 150", "taken 250"):
        await kill_when(world, job_id, *reached.split())
    # The killed processes' lease runs out by itself; here we give it back at once.
    await forget_lease(world)
    while await world.runner.step():
        pass
    job = await world.job(job_id)
    assert (job.state, job.rows, job.taken, job.loaded, job.repeated, job.bad) == (
        JobState.DONE, 407, 407, 400, 0, 7,
    )  # fmt: skip
    assert len(await world.findings(job)) == 7
    assert (await world.cases()).keys() == {row.number for row in rows}
    told = Counter((each.key, each.aggregate_seq) for each in await world.events())
    last = Counter(each.key for each in await world.events())
    assert set(told.values()) == {1}
    assert all((key, count) in told for key, count in last.items())
    assert len(last) == 400


async def forget_lease(world: World) -> None:
    async with world.database.unit_of_work(world.clock.now()) as work:
        await work.connection.execute(delete(lease))


async def kill_when(world: World, job_id: str, column: str, count: str) -> None:
    """Start a process that does imports, and kill it as soon as a count is reached."""
    await forget_lease(world)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.hookup.ledger.importing", world.database.url, cwd=ROOT
    )
    try:
        async with asyncio.timeout(DEADLINE):
            while getattr(await world.job(job_id), column) < int(count):
                assert process.returncode is None, "the process ended by itself"
                await asyncio.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_whoever_looked_while_another_finished_finds_nothing_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two processes one may see a job, wait for the lease, and get it when the job is done and its file gone."""
    job_id = await world.hand_in(book(models(1)))
    late = world.new_runner()
    real = LEDGERS.jobs.oldest_unfinished
    first = True

    async def then_another_finishes(connection: Any) -> Any:
        nonlocal first
        found = await real(connection)
        if first:
            first = False
            while await world.runner.step():
                pass
        return found

    monkeypatch.setattr(LEDGERS.jobs, "oldest_unfinished", then_another_finishes)
    assert await late.step()
    assert not await late.step()
    job = await world.job(job_id)
    assert (job.state, job.loaded, job.error) == (JobState.DONE, 1, None)
