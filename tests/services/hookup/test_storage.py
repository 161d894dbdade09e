"""The schema, and cases as rows."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text

from libs.common.database.migrations import differences
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import case_counter, hookup_case, metadata
from tests.services.hookup.ledger.books import book, models
from tests.services.hookup.ledger.test_routes import hand_in, work
from tests.support.hookup import Hookup, running_hookup
from tests.support.older import before_supervisors_list
from tests.support.records import in_the_clear


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


LOWER = {
    "sqlite": "json_set(record, '$.{0}', lower({0}))",
    "postgresql": "jsonb_set(record, '{{{0}}}', to_jsonb(lower({0})))",
}


async def test_references_that_ledgers_wrote_in_small_letters_get_their_one_form(hookup: Hookup) -> None:
    clerk, database = hookup.client(), hookup.service.database
    made = [(await clerk.submit()).body for _ in range(3)]
    first, second, third = [each["id"] for each in made]
    async with database.migrating() as connection:
        await in_the_clear(connection, hookup_case)
        record = LOWER[connection.dialect.name]
        for name in ("customer_ref", "number"):
            await connection.execute(
                text(f"UPDATE hookup_case SET record = {record.format(name)}, {name} = lower({name})")
            )
        # Two that no longer differ but by their letters: neither is touched.
        await connection.execute(
            text("UPDATE hookup_case SET number = upper(:number) WHERE id = :id"),
            {"number": made[1]["number"], "id": UUID(third).hex if database.is_sqlite else third},
        )
        await before_supervisors_list(connection)
        await connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    await hookup.service.migrations.upgrade(database)
    found = {each: (await clerk.get(f"/hookups/{each}")).body for each in (first, second, third)}
    assert {each["customer_ref"] for each in found.values()} == {"C-1"}
    assert found[first]["number"] == made[0]["number"]
    assert len((await clerk.get("/hookups", customer_ref="c-1")).body["items"]) == 3
    assert [each["id"] for each in (await clerk.get("/hookups", number=made[0]["number"])).body["items"]] == [
        first
    ]


async def test_a_case_is_read_back_as_it_was_stored(hookup: Hookup) -> None:
    clerk = hookup.client()
    shown = (await clerk.submit()).body
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        case = await CASES.load(work, shown["id"])
    assert (case.number, case.version, case.pending_events) == (shown["number"], 1, [])
    assert case.event_seq == len(await hookup.events(case.id)) == 4
    assert case.submitted_at == hookup.clock.now()


async def test_counters_that_ledgers_had_run_past_move_past_what_exists(hookup: Hookup) -> None:
    clerk = hookup.client()
    await clerk.submit()
    await hand_in(clerk, book(models(3)), "good")
    await work(hookup)
    database, migrations = hookup.service.database, hookup.service.migrations
    async with database.reading() as connection:
        expected = set(map(tuple, await connection.execute(select(case_counter))))
    assert expected == {("W-371502-20220704", 1, True), ("W-371502-20220301", 3, False)}
    # As it was before: counters knew nothing of ledgers, and one was behind a number of a ledger.
    async with database.migrating() as connection:
        for statement in (
            "DELETE FROM case_counter WHERE prefix = 'W-371502-20220301'",
            "UPDATE case_counter SET last = 0",
            "UPDATE alembic_version SET version_num = '0005'",
        ):
            await connection.execute(text(statement))
        await before_supervisors_list(connection)
    await migrations.upgrade(database)
    async with database.reading() as connection:
        assert set(map(tuple, await connection.execute(select(case_counter)))) == expected
        assert await connection.run_sync(differences, metadata) == []
