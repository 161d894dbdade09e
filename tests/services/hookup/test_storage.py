"""The schema, and cases as rows."""

from pathlib import Path

from libs.common.database.migrations import differences
from services.hookup.storage.cases import load
from services.hookup.storage.tables import metadata
from tests.support.hookup import Hookup, running_hookup


async def test_migrations_from_empty_make_the_tables_that_the_code_declares(
    database_url: str, tmp_path: Path
) -> None:
    async with running_hookup(database_url, tmp_path) as hookup:
        await hookup.service.migrate()
        await hookup.service.migrate()
        async with hookup.service.database.reading() as connection:
            assert await connection.run_sync(differences, metadata) == []


async def test_a_migrated_database_is_ready_and_an_empty_one_is_not(hookup: Hookup, tmp_path: Path) -> None:
    assert (await hookup.stranger().http.get("/readyz")).status_code == 200
    async with running_hookup(f"sqlite+aiosqlite:///{tmp_path}/empty.db", tmp_path) as empty:
        assert (await empty.stranger().http.get("/readyz")).status_code == 503


async def test_a_case_is_read_back_as_it_was_stored(hookup: Hookup) -> None:
    clerk = hookup.client()
    shown = (await clerk.submit()).body
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        case = await load(work, shown["id"])
    assert (case.number, case.version, case.happened) == (shown["number"], 1, [])
    assert case.event_seq == len(await hookup.events(case.id)) == 4
    assert case.submitted_at == hookup.clock.now()
