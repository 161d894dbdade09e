"""A hookup database with its rules, and short ways to read a ledger into it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.calendars.days import seed_calendar
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import house, outbox
from libs.common.policy_changes import load_policies
from libs.workbooks.jobs.imports import Job, Mode
from libs.workbooks.jobs.runner import ImportRunner
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.own_layout import USUAL, Layout
from libs.workbooks.ledgers.rows import open_ledger
from libs.workbooks.ledgers.writer import Signature
from services.hookup.domain.case import Case
from services.hookup.ledger.check import LedgerCase
from services.hookup.ledger.layout import LEDGER
from services.hookup.storage.cases import CASES
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.policies import POLICIES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import IMPORTS, metadata
from services.hookup.usecases.export_ledger import export_ledger
from services.hookup.usecases.import_ledger import ledger_runner
from services.hookup.usecases.read_cases import Filters
from tests.libs.workbooks.conftest import unpacked_here
from tests.support.records import RECORDS

__all__ = ["unpacked_here"]

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples"
CITY = Scope(ScopeKind.CITY)
NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
SIGNATURE = Signature("聊城市", NOW.date(), "测试")


@dataclass
class World:
    """One database of the hookup service."""

    database: Database
    clock: ManualClock
    rulebook: RuleBook
    runner: ImportRunner[LedgerCase] = field(init=False)

    def __post_init__(self) -> None:
        self.runner = self.new_runner()

    def new_runner(self) -> ImportRunner[LedgerCase]:
        """Another process that does import jobs."""
        return ledger_runner(self.database, self.clock, self.rulebook)

    async def hand_in(
        self, content: bytes, mode: Mode = Mode.ALL, scope: Scope = CITY, layout: Layout | None = None
    ) -> str:
        rows = len(open_ledger(LEDGER, content, layout or USUAL).rows)
        async with self.database.unit_of_work(self.clock.now()) as work:
            return await LEDGERS.jobs.add(
                work,
                file_name="a.xlsx",
                content=content,
                rows=rows,
                mode=mode,
                asked_by="someone",
                scope=scope,
                layout=layout or USUAL,
            )

    async def job(self, job_id: str) -> Job:
        async with self.database.reading() as connection:
            job = await LEDGERS.jobs.find(connection, job_id, CITY)
        assert job is not None
        return job

    async def read_in(self, content: bytes, mode: Mode = Mode.ALL, scope: Scope = CITY) -> Job:
        job_id = await self.hand_in(content, mode, scope)
        while await self.runner.step():
            pass
        return await self.job(job_id)

    async def read_in_first(self, content: bytes) -> Job:
        """Read a ledger in before the jobs that wait."""
        job_id = await self.hand_in(content)
        earlier = self.clock.now() - timedelta(hours=1)
        async with self.database.unit_of_work(self.clock.now()) as work:
            await work.connection.execute(
                update(IMPORTS.job).where(IMPORTS.job.c.id == job_id).values(started_at=earlier)
            )
        while (job := await self.job(job_id)).finished_at is None:
            await self.runner.step()
        return job

    async def findings(self, job: Job, *, is_bad: bool = True) -> list[Finding]:
        async with self.database.reading() as connection:
            return await LEDGERS.jobs.findings_of(connection, job.id, is_bad=is_bad)

    async def cases(self) -> dict[str, Case]:
        async with self.database.reading() as connection:
            rows = await connection.execute(CASES.select())
            cases = [CASES.read(row, self.database.records) for row in rows.mappings()]
            return {case.number: case for case in cases}

    async def events(self) -> list[Any]:
        async with self.database.reading() as connection:
            statement = select(outbox.c.key, outbox.c.aggregate_seq, outbox.c.type, outbox.c.payload)
            return list(await connection.execute(statement.order_by(outbox.c.seq)))

    async def export(self, filters: Filters | None = None, scope: Scope = CITY) -> bytes:
        with await export_ledger(
            self.database, self.rulebook, self.clock, filters or Filters(), scope, SIGNATURE
        ) as file:
            return file.read()


NewWorld = Callable[[str], Any]


@pytest_asyncio.fixture
async def new_world() -> AsyncIterator[NewWorld]:
    opened: list[Database] = []

    async def open_at(url: str) -> World:
        database = Database(url, records=RECORDS)
        opened.append(database)
        async with database.migrating() as connection:
            await connection.run_sync(house.create_all)
            await connection.run_sync(metadata.create_all)
        await load_policies(database, POLICIES, NOW)
        async with database.unit_of_work(NOW) as work:
            await seed_calendar(work)
        rulebook = RuleBook(database)
        await rulebook.refresh()
        return World(database, ManualClock(NOW), rulebook)

    yield open_at
    for each in opened:
        await each.close()


@pytest_asyncio.fixture
async def world(new_world: NewWorld, database_url: str) -> World:
    """A database on each engine in turn."""
    made: World = await new_world(database_url)
    return made


@pytest_asyncio.fixture
async def small(new_world: NewWorld, sqlite_url: str) -> World:
    """A database on SQLite, for what does not depend on the engine."""
    made: World = await new_world(sqlite_url)
    return made


@pytest.fixture(scope="session")
def bad_rows() -> bytes:
    return (EXAMPLES / "ledger-bad-rows.xlsx").read_bytes()
