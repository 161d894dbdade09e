"""What tests of migrations undo, so that a chain can be walked again from an earlier revision."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HOUSE = (
    "DROP TABLE policy_draft",
    "DROP TABLE calendar_year",
    *(
        f"ALTER TABLE policy_version DROP COLUMN {name}"
        for name in ("retroactive", "drafted_by", "drafted_at")
    ),
)
_AMENDMENTS = tuple(
    f"ALTER TABLE calendar_amendment DROP COLUMN {name}" for name in ("year", "withdrawn_by", "withdrawn_at")
)
_IMPORTS = ("ALTER TABLE case_counter DROP COLUMN issued", "ALTER TABLE import_job DROP COLUMN report")
_SUPERVISOR = (
    "DROP INDEX hookup_case_work_supervisor",
    "ALTER TABLE hookup_case DROP COLUMN supervisor_due_at",
)
_TEAMWORK = (
    "DROP TABLE hookup_case_watcher",
    "DROP INDEX hookup_case_assignee",
    "ALTER TABLE hookup_case DROP COLUMN assignee",
    "ALTER TABLE agents_of DROP COLUMN names",
)


_TASKS = (
    "DELETE FROM timer WHERE kind = 'fill_open_tasks'",
    "ALTER TABLE hookup_case DROP COLUMN open_tasks",
    "DROP INDEX permit_item_objected",
    "ALTER TABLE permit_item DROP COLUMN objected_at",
    "ALTER TABLE permit_item DROP COLUMN kind",
)


async def before_open_tasks(connection: AsyncConnection) -> None:
    """Undo what hookup's migrations made from 0012 on, with work lists of one kind, and lists of objections."""
    await connection.execute(text("DROP TABLE data_key"))
    await connection.execute(text("DROP TABLE quota_bucket"))
    for statement in _TASKS:
        await connection.execute(text(statement))


async def before_teamwork(connection: AsyncConnection) -> None:
    """Undo what hookup's migrations made from 0011 on, with staff, assignees and watchers."""
    await before_open_tasks(connection)
    for statement in _TEAMWORK:
        await connection.execute(text(statement))


_ORDERS = (
    "due",
    "utility_due",
    "finished",
    "utility_finished",
    "utility_number",
    "supply",
    "state",
    "length_class",
)
_LISTS = (
    *(f"DROP INDEX hookup_case_{name}" for name in (*_ORDERS, "work_agent")),
    "ALTER TABLE hookup_case DROP COLUMN due_at",
    "CREATE INDEX hookup_case_finished ON hookup_case (finished_at, id) WHERE on_time IS NOT NULL",
    "CREATE INDEX hookup_case_work_agent ON hookup_case (agent_due_at, id) WHERE agent_due_at IS NOT NULL",
)


async def before_orders(connection: AsyncConnection) -> None:
    """Undo what came with the orders of lists."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("DROP INDEX hookup_case_number_parts"))
    for statement in _LISTS:
        await connection.execute(text(statement))


async def before_policy_drafts(connection: AsyncConnection, *, hookup: bool = False) -> None:
    """Undo what came with the drafts of policies and the notices of years."""
    for statement in (*_HOUSE, *(_AMENDMENTS if hookup else ())):
        await connection.execute(text(statement))


async def before_supervisors_list(connection: AsyncConnection) -> None:
    """Undo what hookup's migrations made from 0006 on; what they changed in rows is left."""
    await before_teamwork(connection)
    await before_orders(connection)
    await before_policy_drafts(connection, hookup=True)
    for statement in (*_IMPORTS, *_SUPERVISOR):
        await connection.execute(text(statement))
