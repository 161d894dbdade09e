"""List of who supervises."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("hookup_case", sa.Column("supervisor_due_at", UtcDateTime(), nullable=True))
    waited = sa.text("supervisor_due_at IS NOT NULL")
    op.create_index(
        "hookup_case_work_supervisor",
        "hookup_case",
        ["supervisor_due_at", "id"],
        postgresql_where=waited,
        sqlite_where=waited,
    )
