"""A ledger of another kind comes in through its jobs, each row once, on each engine."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import house
from libs.workbooks.jobs.imports import Job, JobState, Mode
from libs.workbooks.jobs.runner import ImportRunner, import_loop
from libs.workbooks.ledgers.own_layout import USUAL, Layout
from libs.workbooks.ledgers.rows import open_ledger
from tests.libs.workbooks.accounts import (
    ACCOUNTS,
    CATEGORY,
    KIND,
    NAME,
    NUMBER,
    Account,
    AccountIntake,
    book,
    metadata,
    stored,
)

pytestmark = pytest.mark.usefixtures("unpacked_here")

CITY = Scope(ScopeKind.CITY)
CLOCK = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
ROWS = (("A-1", "王某", "居民", "2024-03-01", 12.5), ("A-2", "李某", "商户", None, None))
STORED = [("A-1", "王某", "HOME", "2024-03-01", 1250), ("A-2", "李某", "SHOP", None, 0)]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


def new_runner(database: Database) -> ImportRunner[Account]:
    return ImportRunner(database, CLOCK, KIND, AccountIntake(CLOCK))


async def read_in(
    database: Database, content: bytes, mode: Mode = Mode.ALL, layout: Layout = USUAL, scope: Scope = CITY
) -> Job:
    rows = len(open_ledger(ACCOUNTS, content, layout).rows)
    async with database.unit_of_work(CLOCK.now()) as uow:
        job_id = await KIND.jobs.add(
            uow,
            file_name="accounts.xlsx",
            content=content,
            rows=rows,
            mode=mode,
            asked_by="someone",
            scope=scope,
            layout=layout,
        )
    runner = new_runner(database)
    while await runner.step():
        pass
    async with database.reading() as connection:
        job = await KIND.jobs.find(connection, job_id, CITY)
    assert job is not None
    return job


async def codes(database: Database, job: Job) -> list[tuple[int, str, str, bool]]:
    async with database.reading() as connection:
        findings = await KIND.jobs.findings_of(connection, job.id)
    return [(finding.row, finding.column, finding.code, finding.is_bad) for finding in findings]


async def accounts(database: Database) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        return await stored(connection)


async def test_rows_are_stored_once_however_often_they_come(database: Database) -> None:
    job = await read_in(database, book(*ROWS))
    assert (job.state, job.loaded, job.repeated, job.bad) == (JobState.DONE, 2, 0, 0)
    own = Layout({"编号": NUMBER, "称呼": NAME, "性质": CATEGORY}, {CATEGORY: {"民用": "HOME"}})
    again = book(
        ("a-1", "王某", "民用", "2024/3/1", "12.50"),
        ("A-3", "赵某", "民用", None, 1),
        headings=("编号", "称呼", "性质", "立户日期", "预存金额"),
    )
    job = await read_in(database, again, layout=own)
    assert (job.state, job.loaded, job.repeated, job.bad) == (JobState.DONE, 1, 1, 0)
    assert await accounts(database) == [*STORED, ("A-3", "赵某", "HOME", None, 100)]


async def test_one_bad_row_keeps_all_out_or_itself_alone(database: Database) -> None:
    content = book(*ROWS, ("A-3", "赵某", "农业", None, 1), ("A-1", "王", "居民", None, 0))
    job = await read_in(database, content)
    assert (job.state, job.loaded, job.bad, job.has_report) == (JobState.REJECTED, 0, 2, True)
    assert await accounts(database) == []
    assert await codes(database, job) == [
        (4, CATEGORY, "unknown-category", True),
        (5, NUMBER, "duplicate-number", True),
        (5, NAME, "one-letter", False),
    ]
    job = await read_in(database, content, Mode.GOOD)
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 2, 2)
    assert await accounts(database) == STORED


async def test_a_number_with_other_content_is_taken(database: Database) -> None:
    await read_in(database, book(*ROWS))
    job = await read_in(database, book(("A-2", "李某", "商户", None, 5)))
    assert (job.state, job.loaded, job.repeated) == (JobState.REJECTED, 0, 0)
    assert await codes(database, job) == [(2, NUMBER, "number-taken", True)]


async def test_what_is_not_kept_is_noted_in_the_words_of_the_kind(database: Database) -> None:
    headings = (NUMBER, NAME, CATEGORY, "联系电话", "楼栋")
    job = await read_in(database, book(("A-1", "王某", "居民", "13812345678", "3"), headings=headings))
    async with database.reading() as connection:
        notes = await KIND.jobs.findings_of(connection, job.id, is_bad=False)
    assert [(note.row, note.column, note.reason) for note in notes] == [
        (1, "表头", "未读取的列：楼栋"),
        (1, "联系电话", "电话另行登记"),
    ]


async def test_a_job_that_is_left_is_gone_on_with_by_whoever_comes_next(database: Database) -> None:
    content = book(*((f"A-{number}", "王某", "居民", None, None) for number in range(1, 121)))
    async with database.unit_of_work(CLOCK.now()) as uow:
        await KIND.jobs.add(
            uow,
            file_name="accounts.xlsx",
            content=content,
            rows=120,
            mode=Mode.ALL,
            asked_by="someone",
            scope=CITY,
        )
    first = new_runner(database)
    # Checked whole, and the first fifty taken; then the process is no more.
    assert await first.step()
    assert await first.step()
    assert not await new_runner(database).step()
    await _expire_leases(database)
    loop = import_loop(database, CLOCK, KIND, AccountIntake(CLOCK))
    assert loop.name == "accounts-import"
    while await _unfinished(database):
        await loop.step()
    assert len(await accounts(database)) == 120


async def _unfinished(database: Database) -> bool:
    async with database.reading() as connection:
        return await KIND.jobs.oldest_unfinished(connection) is not None


async def _expire_leases(database: Database) -> None:
    leases = house.tables["lease"]
    async with database.unit_of_work(CLOCK.now()) as uow:
        await uow.connection.execute(leases.delete())


async def test_jobs_are_seen_from_their_own_place_newest_first(database: Database) -> None:
    utility = Scope(ScopeKind.UTILITY, "W-371502")
    first = await read_in(database, book(ROWS[0]), scope=utility)
    CLOCK.instant += timedelta(seconds=1)
    second = await read_in(database, book(ROWS[1]))
    async with database.reading() as connection:
        mine, _ = await KIND.jobs.newest(connection, utility, limit=5, cursor=None)
        page, cursor = await KIND.jobs.newest(connection, CITY, limit=1, cursor=None)
        rest, end = await KIND.jobs.newest(connection, CITY, limit=1, cursor=cursor)
    assert [job.id for job in mine] == [first.id]
    assert [job.id for job in (*page, *rest)] == [second.id, first.id]
    assert end is None


async def test_a_kind_has_tables_of_its_own(database: Database) -> None:
    async with database.migrating() as connection:
        names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert names & {"import_job", "import_finding", "import_layout"} == set()
    assert {"account_import_job", "account_import_finding", "account_import_layout"} <= names
