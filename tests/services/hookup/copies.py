"""Many cases in one statement, and the plans of the statements that a request sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from libs.common.database.engine import Database
from services.hookup.storage.tables import hookup_case
from tests.support.hookup import Hookup
from tests.support.records import in_the_clear

# What a plan says when it sorts, or reads every row of the table.
SLOW = ("TEMP B-TREE", "SCAN hookup_case\n", "Sort", "Seq Scan")

_UTILITIES = (
    "CASE i % 4 WHEN 0 THEN 'W-371502' WHEN 1 THEN 'G-371503' WHEN 2 THEN 'H-371502' ELSE 'W-371521' END"
)
_VALUES = {
    "number": f"{_UTILITIES} || '-COPY-' || (100000 + i)",
    "version": "version",
    "state": "CASE i % 5 WHEN 0 THEN 'SUBMITTED' WHEN 1 THEN 'PAUSED' WHEN 2 THEN 'CLOSED' ELSE state END",
    "supply": "CASE i % 4 WHEN 1 THEN 'GAS' WHEN 2 THEN 'HEAT' ELSE 'WATER' END",
    "district": "CASE i % 4 WHEN 1 THEN '371503' WHEN 3 THEN '371521' ELSE '371502' END",
    "utility": _UTILITIES,
    "channel": "channel",
    "customer_ref": "customer_ref",
    "length_class": "CASE i % 3 WHEN 0 THEN 'L2_LE200' WHEN 1 THEN 'L0_NONE' ELSE length_class END",
    "special": "special",
    "open_stages": "open_stages",
    "open_tasks": "open_tasks",
    "agent": "'agent-' || (i % 4)",
    "record": "record",
}
_TIMES = {
    "submitted_at": ("submitted_at", "-", "TRUE"),
    "running_due_at": ("running_due_at", "+", "TRUE"),
    "due_at": ("due_at", "+", "i % 7 > 0"),
    "finished_at": ("submitted_at", "+", "i % 3 = 2"),
    "clerk_due_at": ("clerk_due_at", "+", "i % 10 = 0"),
    "agent_due_at": ("clerk_due_at", "+", "i % 10 IN (0, 2)"),
}
_DIALECTS = {
    "sqlite": (
        "printf('%032x', i)",
        "strftime('%Y-%m-%d %H:%M:%f000', {column}, '{sign}' || i || ' minutes')",
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)",
    ),
    "postgresql": (
        "lpad(to_hex(i), 32, '0')::uuid",
        "{column} {sign} i * interval '1 minute'",
        "generate_series(1, {count}) AS i",
    ),
}


async def copy_cases(hookup: Hookup, count: int) -> None:
    """Insert copies of each stored case: a minute apart, of four utilities, a third finished, a
    tenth on the clerk's list, some without a date."""
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        # A sealed record opens in its own row only.
        await in_the_clear(work.connection, hookup_case)
        case_id, time, numbers = _DIALECTS[work.connection.dialect.name]
        times = {
            name: f"CASE WHEN {condition} THEN {time.format(column=column, sign=sign)} END"
            for name, (column, sign, condition) in _TIMES.items()
        }
        values = {"id": case_id, **_VALUES, **times}
        await work.connection.exec_driver_sql(
            f"INSERT INTO hookup_case ({', '.join(values)}) SELECT {', '.join(values.values())} "
            f"FROM hookup_case, {numbers.format(count=count)}"
        )
        await work.connection.exec_driver_sql("ANALYZE hookup_case")


Sent = list[tuple[str, Any]]


@contextmanager
def sending(database: Database) -> Iterator[Sent]:
    """Collect the statements that are read by, each with its parameters."""
    sent: Sent = []

    def note(*of: Any) -> None:
        if not of[2].startswith("BEGIN"):
            sent.append((of[2], of[3]))

    event.listen(database._reader.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(database._reader.sync_engine, "before_cursor_execute", note)


async def plan_of(database: Database, statement: str, parameters: Any) -> str:
    """Return a statement's plan, a line a step."""
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.reading() as connection:
        rows = (await connection.exec_driver_sql(explain + statement, parameters)).all()
    return "".join(f"{row[-1]}\n" for row in rows)
