"""Sort each work list by what is due of those whose list it is; list running cases, the newest first."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0005"
down_revision = "0004"

WHOSE = ("clerk", "approver", "agent", "applicant", "authority")


def upgrade() -> None:
    """Bring the tables forward."""
    for whose in WHOSE:
        op.add_column("hookup_case", sa.Column(f"{whose}_due_at", UtcDateTime(), nullable=True))
    due_at = [f"{whose}_due_at" for whose in WHOSE]
    names = ("awaits", "work_due_at", "running_due_at", "submitted_at", *due_at)
    case = sa.table("hookup_case", *map(sa.column, names))
    place = sa.func.coalesce(case.c.work_due_at, case.c.running_due_at, case.c.submitted_at)
    for whose in WHOSE:
        # What exactly is due of them is known when a case is saved next; until then it stands where all found it.
        waits = case.c.awaits.contains(f",{whose},")
        op.execute(sa.update(case).where(waits).values({f"{whose}_due_at": place}))
        waited = sa.text(f"{whose}_due_at IS NOT NULL")
        op.create_index(
            f"hookup_case_work_{whose}",
            "hookup_case",
            [f"{whose}_due_at", "id"],
            unique=False,
            postgresql_where=waited,
            sqlite_where=waited,
        )
    running = sa.text("running_due_at IS NOT NULL")
    op.create_index(
        "hookup_case_running_newest",
        "hookup_case",
        ["submitted_at", "id"],
        unique=False,
        postgresql_where=running,
        sqlite_where=running,
    )
    op.drop_index("hookup_case_work", table_name="hookup_case")
    op.drop_column("hookup_case", "work_due_at")
    op.drop_column("hookup_case", "awaits")
