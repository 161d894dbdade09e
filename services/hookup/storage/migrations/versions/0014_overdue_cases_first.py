"""Work lists by what is due first of a case and its tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

WHOSE = ("clerk", "approver", "supervisor", "agent", "applicant", "authority")


def upgrade() -> None:
    """Bring the rows forward: a case whose own due time is the earlier one stands by it.

    What the release before stores later stands by its tasks alone until its case is saved next.
    """
    due_at = [f"{whose}_due_at" for whose in WHOSE]
    case = sa.table("hookup_case", *map(sa.column, ("running_due_at", *due_at)))
    for name in due_at:
        op.execute(
            sa.update(case).where(case.c.running_due_at < case.c[name]).values({name: case.c.running_due_at})
        )
