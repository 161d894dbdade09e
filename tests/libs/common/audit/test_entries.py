"""An entry holds codes and ids, the alarm goes off once, and auditors find what they ask for."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from fastapi import Request
from pydantic import ValidationError
from sqlalchemy import Connection, text

from libs.common.audit.entries import ACTION_NAMES, RESULT_NAMES, Action, Result
from libs.common.audit.keys import AuditSettings
from libs.common.audit.log import AuditLog, recorded, refusals_recorded
from libs.common.audit.reading import AuditFilters, find_entries
from libs.common.audit.steps import create_audit_tables
from libs.common.audit.volume import DAY, HOUR, Excess, RevealLimits, Reveals, Window, excesses, reveals_of
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import differences
from libs.common.database.tables import house
from libs.common.problems import NOT_FOUND, Problem
from libs.common.rules import RuleError
from tests.libs.common.audit.samples import (
    METADATA,
    SUBJECT,
    TABLES,
    add,
    entry,
    rows,
)
from tests.libs.common.database.samples import NOW
from tests.libs.common.encryption.samples import encoded

CALLER = Caller("clerk-1", frozenset({"clerk", "approver"}), Scope(ScopeKind.UTILITY, "W-371502"))


def request_to(database: Database, log: AuditLog, address: str | None = "192.0.2.7") -> Request:
    state = SimpleNamespace(audit=log, database=database, clock=ManualClock(NOW))
    client = None if address is None else (address, 1)
    return Request({"type": "http", "app": SimpleNamespace(state=state), "client": client})


@pytest.mark.parametrize(
    "values",
    [
        {"purpose": "to help Mr Zhang"},
        {"purpose": ""},
        {"fields": ("13800138000",)},
        {"fields": ("手机号",)},
        {"subject": "张三"},
        {"subject": "a/b"},
        {"result": Result.REFUSED},
        {"slug": "out-of-scope"},
    ],
)
def test_no_text_about_a_person_can_be_recorded(values: dict[str, Any]) -> None:
    name = next(iter(values)).replace("result", "slug")
    with pytest.raises(ValueError, match=f"^{name}: "):
        entry(**values)


def test_every_code_has_a_name() -> None:
    assert set(ACTION_NAMES) == set(Action)
    assert set(RESULT_NAMES) == set(Result)


def test_entries_are_kept_for_six_months_at_least() -> None:
    values = {"audit_keys": f"a1:{encoded(1)}", "anchors_url": "file:///a"}
    assert AuditSettings.model_validate(values).audit_kept == timedelta(days=1096)
    with pytest.raises(ValidationError) as error:
        AuditSettings.model_validate(values | {"audit_keep_days": 183})
    with pytest.raises(ValidationError) as missing:
        AuditSettings.model_validate({"audit_keys": f"a1:{encoded(1)}"})
    assert all(encoded(1)[:8] not in str(said.value) for said in (error, missing))


async def test_who_does_what_is_recorded_with_it(database: Database, log: AuditLog) -> None:
    request = request_to(database, log)
    async with database.unit_of_work(NOW) as uow:
        await recorded(uow, CALLER, request, Action.SEARCH, purpose="billing", fields=["phone"])
        two = [SUBJECT, SUBJECT.replace("0", "1")]
        await recorded(uow, CALLER, request, Action.REVEAL, purpose="billing", subjects=two, fields=["phone"])
    found = {(row["action"], row["subject"]): row for row in await rows(database)}
    assert set(found) == {("SEARCH", None), *(("REVEAL", subject) for subject in two)}
    row = found["REVEAL", SUBJECT]
    assert (row["actor"], row["roles"], row["unit"]) == ("clerk-1", ["approver", "clerk"], "utility:W-371502")
    assert (row["source_address"], row["purpose"], row["fields"]) == ("192.0.2.7", "billing", ["phone"])
    assert (row["result"], row["slug"], row["recorded_at"]) == ("OK", None, NOW)


@pytest.mark.parametrize(
    ("refusal", "slug"),
    [(NOT_FOUND(), "not-found"), (RuleError("over-limit", "超出上限", "请稍后再试"), "over-limit")],
)
async def test_what_is_refused_is_recorded_although_nothing_was_changed(
    database: Database, log: AuditLog, refusal: Exception, slug: str
) -> None:
    async def reveal() -> None:
        request = request_to(database, log, None)
        async with (
            refusals_recorded(CALLER, request, Action.REVEAL, purpose="billing", subject=SUBJECT),
            database.unit_of_work(NOW) as uow,
        ):
            await recorded(uow, CALLER, request, Action.REVEAL, purpose="billing", subjects=[SUBJECT])
            raise refusal

    with pytest.raises((Problem, RuleError)):
        await reveal()
    (row,) = await rows(database)
    assert (row["result"], row["slug"], row["subject"], row["source_address"]) == (
        "REFUSED",
        slug,
        SUBJECT,
        "",
    )


async def test_auditors_find_what_they_ask_for_page_by_page(database: Database, log: AuditLog) -> None:
    await add(database, log, 5)
    await add(database, log, 2, action=Action.EXPORT, purpose="complaint", subject=None)

    async def found(
        limit: int = 50, cursor: str | None = None, **filters: Any
    ) -> tuple[list[Any], str | None]:
        async with database.reading() as connection:
            page, following = await find_entries(
                connection, TABLES, AuditFilters(**filters), limit=limit, cursor=cursor
            )
        return list(page), following

    assert len((await found())[0]) == 7
    assert [row.actor for row in (await found(actor="clerk-3"))[0]] == ["clerk-3"]
    assert len((await found(subject=SUBJECT))[0]) == 5
    assert len((await found(purpose="complaint"))[0]) == 2
    assert len((await found(action=Action.EXPORT))[0]) == 2
    assert len((await found(result=Result.REFUSED))[0]) == 0
    assert len((await found(since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=3)))[0]) == 3
    seen, cursor = await found(limit=3, action=Action.REVEAL)
    rest, end = await found(limit=3, cursor=cursor, action=Action.REVEAL)
    assert [row.actor for row in (*seen, *rest)] == [f"clerk-{number}" for number in (4, 3, 2, 1, 0)]
    assert end is None
    with pytest.raises(Problem):
        await found(limit=3, cursor=cursor, action=Action.EXPORT)


@pytest.mark.parametrize(
    ("before", "added", "expected"),
    [
        (Reveals(8, 8), 2, []),
        (Reveals(10, 10), 1, [Excess(Window.HOUR, 11, 10)]),
        (Reveals(9, 9), 2, [Excess(Window.HOUR, 11, 10)]),
        # Once: it was told when the limit was passed.
        (Reveals(11, 11), 1, []),
        (Reveals(0, 20), 1, [Excess(Window.DAY, 21, 20)]),
        (Reveals(10, 20), 1, [Excess(Window.HOUR, 11, 10), Excess(Window.DAY, 21, 20)]),
    ],
)
def test_an_alarm_is_raised_when_a_limit_is_passed(
    before: Reveals, added: int, expected: list[Excess]
) -> None:
    assert excesses(before, added, RevealLimits(10, 20)) == expected


async def test_reveals_are_counted_for_one_account_within_the_hour_and_the_day(
    database: Database, log: AuditLog
) -> None:
    await add(database, log, 3, actor="clerk-1")
    await add(database, log, actor="clerk-2")
    await add(database, log, actor="clerk-1", action=Action.READ)
    await add(database, log, actor="clerk-1", result=Result.REFUSED, slug="over-limit")
    async with database.reading() as connection:
        for later, expected in (
            (timedelta(seconds=2), Reveals(3, 3)),
            (HOUR, Reveals(2, 3)),
            (HOUR + timedelta(seconds=2), Reveals(0, 3)),
            (DAY + timedelta(seconds=1), Reveals(0, 1)),
        ):
            assert await reveals_of(connection, TABLES, "clerk-1", NOW + later) == expected


async def test_the_migration_makes_the_tables(another_database: Callable[[], Database]) -> None:
    def migrate(connection: Connection) -> list[Any]:
        create_audit_tables(Operations(MigrationContext.configure(connection)))
        house.create_all(connection)
        return differences(connection, METADATA)

    def triggers(connection: Connection) -> set[str]:
        names = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if connection.dialect.name == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        return set(connection.execute(text(names)).scalars())

    database = another_database()
    async with database.migrating() as connection:
        assert await connection.run_sync(migrate) == []
        migrated = await connection.run_sync(triggers)
        await connection.run_sync(METADATA.drop_all)
        if not database.is_sqlite:
            await connection.execute(text("DROP FUNCTION audit_protect"))
        await connection.run_sync(METADATA.create_all)
        assert await connection.run_sync(triggers) == migrated
    assert len(migrated) == 4
