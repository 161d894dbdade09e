"""Names of staff, assignees, watchers."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "hookup_case_watcher",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("case_id", Identifier, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("since_seq", sa.Integer(), nullable=False),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hookup_case.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subject", "case_id"),
    )
    op.create_index("hookup_case_watcher_case", "hookup_case_watcher", ["case_id"], unique=False)
    op.add_column("agents_of", sa.Column("names", Json, nullable=True))
    op.add_column("hookup_case", sa.Column("assignee", sa.String(length=120), nullable=True))
    op.create_index(
        "hookup_case_assignee",
        "hookup_case",
        ["assignee", "clerk_due_at", "id"],
        postgresql_where=sa.text("assignee IS NOT NULL"),
        sqlite_where=sa.text("assignee IS NOT NULL"),
    )
