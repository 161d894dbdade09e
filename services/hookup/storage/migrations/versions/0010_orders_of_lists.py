"""The due time that lists show; an index for each order of a list of cases, and for each agent's own cases."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0010"
down_revision = "0009"

_JUDGED = {
    # As UtcDateTime stores an instant: without its zone, to the microsecond.
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', json_extract(record, '$.due.judged_at'))",
    "postgresql": "(record -> 'due' ->> 'judged_at')::timestamptz",
}
_ORDERS = {
    "due": ["due_at", "id"],
    "utility_due": ["utility", "due_at", "id"],
    "finished": ["finished_at", "id"],
    "utility_finished": ["utility", "finished_at", "id"],
    "utility_number": ["utility", "number"],
    **{name: [name, "utility", "submitted_at", "id"] for name in ("supply", "state", "length_class")},
}


def upgrade() -> None:
    """Bring the tables forward."""
    # What the release before stores meanwhile gets its due time when its case is saved next.
    op.add_column("hookup_case", sa.Column("due_at", UtcDateTime(), nullable=True))
    judged = _JUDGED[op.get_context().dialect.name]
    op.execute(f"UPDATE hookup_case SET due_at = {judged}")  # noqa: S608 - a constant
    # It held only cases that ended with a verdict.
    op.drop_index("hookup_case_finished", table_name="hookup_case")
    for name, columns in _ORDERS.items():
        op.create_index(f"hookup_case_{name}", "hookup_case", columns, unique=False)
    if op.get_context().dialect.name == "postgresql":
        # A trusted extension: whoever may create objects in the database may create it.
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.create_index(
            "hookup_case_number_parts",
            "hookup_case",
            ["number"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"number": "gin_trgm_ops"},
        )
    op.drop_index("hookup_case_work_agent", table_name="hookup_case")
    helped = sa.text("agent IS NOT NULL AND finished_at IS NULL")
    op.create_index(
        "hookup_case_work_agent",
        "hookup_case",
        ["agent", "agent_due_at", "id"],
        unique=False,
        postgresql_where=helped,
        sqlite_where=helped,
    )
